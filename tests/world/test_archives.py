"""How an archive of code is unpacked. What is refused: test_made_folders.py."""

from __future__ import annotations

import io
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from harness.world.archives import BadArchive, unpack


def archive(*entries: tuple[str, int]) -> io.BytesIO:
    """An archive of entries with these modes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            made.writestr(entry, "content")
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_what_is_executable_stays_so_and_nothing_takes_on_another_s_rights(tmp_path: Path) -> None:
    entries = ("bootstrap", 0o100755), ("lib/data", 0o100444), ("plain", 0), ("set", 0o104755)
    unpack(archive(*entries), tmp_path)
    modes = {path: stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("bootstrap", "lib/data", "set")}
    assert modes == {"bootstrap": 0o755, "lib/data": 0o644, "set": 0o755}
    assert (tmp_path / "plain").read_text() == "content"


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFCHR | 0o600])
def test_links_and_devices_are_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadArchive, match='"x" in it is'):
        unpack(archive(("x", mode)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_lies_about_its_sizes_writes_no_more_than_it_said(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb", bytes(50_000_000))
        made.filelist[0].file_size = 10
    with pytest.raises(BadArchive):
        unpack(file, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 10


def test_a_file_where_a_folder_must_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArchive):
        unpack(archive(("x", 0), ("x/y", 0)), tmp_path)
