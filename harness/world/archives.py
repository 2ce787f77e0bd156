"""This file decides how an archive of code is unpacked: whole, inside its folder, within AWS's size; or not at all."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO

# AWS's limit for what an archive unpacks to (LAM-27).
MOST_UNPACKED_BYTES = 262_144_000
_MOST_ENTRIES = 100_000
_PERMISSIONS = 0o777
# What whoever unpacked a file may always do with it.
_OWN = 0o600


class BadArchive(Exception):
    """An archive cannot be unpacked, or must not be."""


def unpack(file: Path | IO[bytes], folder: Path) -> None:
    """Unpack into an empty folder; what is executable stays so.

    Raises:
        BadArchive: it is none, it is too large, or something in it has no business there. The folder is half full then.
    """
    folder = folder.resolve()
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in _checked(archive, folder):
                _extract(archive, entry, folder)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError, zlib.error) as error:
        raise BadArchive(str(error)) from None


def _checked(archive: zipfile.ZipFile, folder: Path) -> list[zipfile.ZipInfo]:
    unpacked = 0
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise BadArchive(f"it has more than {_MOST_ENTRIES} entries")
    for entry in entries:
        # No more than this is ever read of the entry.
        unpacked += entry.file_size
        if unpacked > MOST_UNPACKED_BYTES:
            raise BadArchive(f"unpacked, it is larger than {MOST_UNPACKED_BYTES} bytes, AWS's limit")
        if entry.flag_bits & 1:
            raise BadArchive(f'"{entry.filename}" in it is encrypted')
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            what = "a link" if stat.S_ISLNK(mode) else "no file"
            raise BadArchive(f'"{entry.filename}" in it is {what}')
        if not (folder / entry.filename).resolve().is_relative_to(folder):
            raise BadArchive(f'"{entry.filename}" in it leads out of its folder')
    return entries


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.filename
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    mode = entry.external_attr >> 16 & _PERMISSIONS
    if mode:
        target.chmod(mode | _OWN)
