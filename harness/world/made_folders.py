"""This file decides where code lies that has no folder of its own: inline code, a single file, an archive.

Each gets a folder in this process's temporary folder, with that code alone in it, as in the archive that AWS would
unpack. Rule: nothing from an archive is written outside its folder.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

from harness.world.archives import BadArchive, unpack

__all__ = ["INLINE_MODULE", "BadArchive", "of_file", "of_inline"]

INLINE_MODULE = "index"
"""The module that inline code becomes."""


# On AWS other ways to import it bring nothing.
_IMPORTS_CFNRESPONSE = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)


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
def of_inline(code: str, end: str = ".py") -> Path:
    """A folder with ``index`` in a file that ends so, and with the module ``cfnresponse`` if the code imports it."""
    folder = _new()
    (folder / f"{INLINE_MODULE}{end}").write_text(code, encoding="utf-8", newline="")
    if end == ".py" and _IMPORTS_CFNRESPONSE.search(code):
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
        unpack(file, folder)
    else:
        shutil.copyfile(file, folder / file.name)
    return folder
