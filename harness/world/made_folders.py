"""This file decides where code lies that has no folder of its own: inline code, a single file, an archive.

Each gets a folder in this process's temporary folder, with that code alone in it, as in the archive that AWS would
unpack. Rule: nothing from an archive is written outside its folder.
"""

from __future__ import annotations

import atexit
import re
import shutil
import stat
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

# AWS's limit for what an archive unpacks to.
MOST_UNPACKED_BYTES = 262_144_000
INLINE_MODULE = "index"
"""The module that inline code becomes."""


# On AWS other ways to import it bring nothing.
_IMPORTS_CFNRESPONSE = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)


class BadArchive(Exception):
    """An archive cannot be unpacked, or must not be."""


@lru_cache(maxsize=1)
def _root() -> Path:
    # Resolved: on some systems the temporary folder is a link, and handlers see real paths.
    root = Path(tempfile.mkdtemp(prefix="harness-code-")).resolve()
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def _new() -> Path:
    folder = _root() / str(len(list(_root().iterdir())))
    folder.mkdir()
    return folder


@lru_cache(maxsize=256)
def of_inline(code: str) -> Path:
    """A folder with ``index.py``, and with the module ``cfnresponse`` if the code imports it."""
    folder = _new()
    (folder / f"{INLINE_MODULE}.py").write_text(code, encoding="utf-8", newline="")
    if _IMPORTS_CFNRESPONSE.search(code):
        shutil.copyfile(Path(__file__).with_name("cfnresponse.py"), folder / "cfnresponse.py")
    return folder


def of_file(file: Path) -> Path:
    """A folder with what ``sam package`` would upload of a file: an archive's content, else the file alone.

    Raises:
        BadArchive: it is an archive that cannot be unpacked.
    """
    return _of_file(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _of_file(file: Path, changed_ns: int) -> Path:
    folder = _new()
    if zipfile.is_zipfile(file):
        _unpack(file, folder)
    else:
        shutil.copyfile(file, folder / file.name)
    return folder


def _unpack(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        unpacked = 0
        for entry in archive.infolist():
            unpacked += entry.file_size
            if unpacked > MOST_UNPACKED_BYTES:
                raise BadArchive(f"unpacked, it is larger than {MOST_UNPACKED_BYTES} bytes, AWS's limit")
            if entry.flag_bits & 1:
                raise BadArchive(f'"{entry.filename}" in it is encrypted')
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise BadArchive(f'"{entry.filename}" in it is a link')
            target = (folder / entry.filename).resolve()
            if not target.is_relative_to(folder):
                raise BadArchive(f'"{entry.filename}" in it leads out of its folder')
        try:
            archive.extractall(folder)
            for entry in archive.infolist():
                # Programs stay programs.
                if not entry.is_dir() and entry.external_attr >> 16 & stat.S_IXUSR:
                    target = folder / entry.filename
                    target.chmod(target.stat().st_mode | stat.S_IXUSR)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
            raise BadArchive(str(error)) from None
