from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from harness.world import archives, made_folders
from harness.world.made_folders import BadArchive


def archive(path: Path, *entries: tuple[str | zipfile.ZipInfo, str]) -> Path:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name, text in entries:
            written.writestr(name, text)
    path.write_bytes(content.getvalue())
    return path


def test_inline_code_becomes_the_module_index() -> None:
    folder = made_folders.of_inline("x = 1\n")
    assert [p.name for p in folder.iterdir()] == ["index.py"]
    assert (folder / "index.py").read_text() == "x = 1\n"
    assert made_folders.of_inline("x = 1\n") == folder
    assert made_folders.of_inline("x = 2\n") != folder


def test_a_file_is_alone_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1")
    (tmp_path / "beside.py").write_text("y = 1")
    assert [p.name for p in made_folders.of_file(tmp_path / "app.py").iterdir()] == ["app.py"]


def test_an_archive_is_unpacked(tmp_path: Path) -> None:
    folder = made_folders.of_file(archive(tmp_path / "code.zip", ("app.py", "x = 1"), ("pkg/mod.py", "")))
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.py")) == ["app.py", "pkg/mod.py"]


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("../outside.py", "leads out of its folder"),
        ("/etc/outside.py", "leads out of its folder"),
        (link("inside"), "is a link"),
    ],
)
def test_nothing_is_written_outside_the_folder(tmp_path: Path, entry: str | zipfile.ZipInfo, expected: str) -> None:
    with pytest.raises(BadArchive, match=expected):
        made_folders.of_file(archive(tmp_path / "code.zip", (entry, "x")))


def test_an_archive_larger_than_aws_allows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 3)
    with pytest.raises(BadArchive, match="larger than 3 bytes"):
        made_folders.of_file(archive(tmp_path / "code.zip", ("a.py", "1234")))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bit")
def test_a_program_in_an_archive_can_be_started(tmp_path: Path) -> None:
    tool, data = zipfile.ZipInfo("bin/tool"), zipfile.ZipInfo("data")
    tool.external_attr, data.external_attr = (stat.S_IFREG | 0o755) << 16, (stat.S_IFREG | 0o644) << 16
    folder = made_folders.of_file(archive(tmp_path / "layer.zip", (tool, "x"), (data, "x")))
    assert os.access(folder / "bin/tool", os.X_OK)
    assert not (folder / "data").stat().st_mode & stat.S_IXUSR
