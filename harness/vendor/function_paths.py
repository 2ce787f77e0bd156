"""This file decides what ``/opt/...`` and ``/var/task/...`` mean to a function's code: its layers and its own folder.

Upstream: a process has one file system, and code lies where it lies on disk. Why that can't stay: on AWS layers are
unpacked into ``/opt`` and code into ``/var/task``, and handlers name data files and programs there. What we do:
Python's own ways to read files, folders and shared libraries, and to start programs, look for such a path in the layers
of the function that runs, the last layer first; a path that none of them has means what it means on this machine.
Nothing can be written there, as on AWS. What reads files in C without asking Python is not reached (a font that
freetype loads, a database that SQLite opens). Since: CPython 3.11. Not needed any more when: each environment has a
file system of its own.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import glob
import io
import os
import posixpath
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.vendor.patches import Patches

TASK_ROOT = "/var/task"
LAYER_ROOT = "/opt"
_ROOTS = (f"{TASK_ROOT}/", f"{LAYER_ROOT}/")
_IN_TEXT = re.compile(r"(?<![\w./-])(?:/var/task|/opt)/[^\s:;,\"'|&<>()$]*")
_READERS = ("access", "chdir", "lstat", "readlink", "stat")
_WRITERS = ("chmod", "mkdir", "remove", "rename", "replace", "rmdir", "unlink")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class FunctionPaths:
    """Where on this machine lies what a function finds below ``/opt`` and ``/var/task``.

    ``mounts`` are pairs of a path there and a folder here; where two have the same, the first wins.
    """

    def __init__(self, mounts: Sequence[tuple[str, Path]]) -> None:
        self._mounts = [(at, str(folder)) for at, folder in mounts]

    def all(self, path: str) -> list[str]:
        """Everything here that the path stands for: several if it is a folder of several layers."""
        plain = posixpath.normpath(path)
        found = []
        for at, folder in self._mounts:
            if plain == at or plain.startswith(f"{at}/"):
                here = folder + plain[len(at) :].replace("/", os.sep)
                if _there(here):
                    found.append(here)
        return found

    def here(self, path: str) -> str:
        """The path on this machine; unchanged if the function has nothing there."""
        return next(iter(self.all(path)), path) if _concerns(path) else path

    def in_text(self, text: str) -> str:
        """A command line, or a list of folders, with the paths of this machine."""
        return _IN_TEXT.sub(lambda found: self.here(found[0]), text)

    def read_only(self, path: str) -> bool:
        """Whether nothing can be written at the path, because it lies where AWS has the function's code."""
        if not _concerns(path):
            return False
        parent = posixpath.dirname(posixpath.normpath(path))
        # A Python that is installed below /opt on this machine may write into its own folders.
        return parent in (TASK_ROOT, LAYER_ROOT) or not _there(parent)

    @property
    def programs(self) -> list[str]:
        """The folders in which a program is found by its name alone."""
        return self.all(f"{LAYER_ROOT}/bin")

    @property
    def libraries(self) -> list[str]:
        """The folders in which a program's shared libraries are found."""
        return [*self.all(f"{TASK_ROOT}/lib"), *self.all(f"{LAYER_ROOT}/lib")]


def _there(here: str, lstat: Callable[[str], Any] = os.lstat) -> bool:
    try:
        lstat(here)
    except (OSError, ValueError):
        return False
    return True


def _concerns(path: str) -> bool:
    return path.startswith(_ROOTS) or path in (TASK_ROOT, LAYER_ROOT)


class _Entries:
    """What ``os.scandir`` gives of a folder that several layers have."""

    def __init__(self, folders: Sequence[Any]) -> None:
        self._folders = folders
        self._entries = self._each()

    def _each(self) -> Iterator[Any]:
        seen: dict[str, None] = {}
        for folder in self._folders:
            for entry in folder:
                if entry.name not in seen:
                    seen[entry.name] = None
                    yield entry

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """All of them."""
        for folder in self._folders:
            folder.close()


def apply(patches: Patches, *, active: Callable[[], FunctionPaths | None]) -> None:
    """Have paths below ``/opt`` and ``/var/task`` mean what they mean to the function that runs, if one does."""

    def concerned(path: Any) -> tuple[str, FunctionPaths] | None:
        # Asked at every look at a file, of nearly all of which it is none.
        text = path if isinstance(path, str) else os.fspath(path) if isinstance(path, os.PathLike) else None
        if not isinstance(text, str) or not _concerns(text):
            return None
        paths = active()
        return None if paths is None else (text, paths)

    def read(path: Any) -> Any:
        found = concerned(path)
        return path if found is None else found[1].here(found[0])

    def written(path: Any) -> None:
        found = concerned(path)
        if found is not None and found[1].read_only(found[0]):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), found[0])

    def opens(file: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        if any(letter in mode for letter in "wax+"):
            written(file)
            return original_open(file, mode, *more, **named)
        return original_open(read(file), mode, *more, **named)

    def opens_low(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & _WRITES:
            written(path)
            return original_low(path, flags, *more, **named)  # type: ignore[no-any-return]
        return original_low(read(path), flags, *more, **named)  # type: ignore[no-any-return]

    def lists(path: Any = ".") -> list[Any]:
        found = concerned(path)
        folders = found[1].all(found[0]) if found is not None else []
        if len(folders) < 2:
            return original_lists(read(path))  # type: ignore[no-any-return]
        return list(dict.fromkeys(name for folder in folders for name in original_lists(folder)))

    def scans(path: Any = ".") -> Any:
        found = concerned(path)
        folders = found[1].all(found[0]) if found is not None else []
        if len(folders) < 2:
            return original_scans(read(path))
        return _Entries([original_scans(folder) for folder in folders])

    def starts(self: subprocess.Popen[Any], args: Any, *more: Any, **named: Any) -> None:
        paths = active()
        if paths is not None:
            args = _arguments(paths, args)
            for name in ("cwd", "executable"):
                if named.get(name) is not None:
                    named[name] = read(named[name])
            named["env"] = _variables(paths, named.get("env"), host)
        original_starts(self, args, *more, **named)

    def runs(command: str) -> int:
        paths = active()
        return original_runs(command if paths is None else paths.in_text(command))  # type: ignore[no-any-return]

    def loads(self: ctypes.CDLL, name: Any, *more: Any, **named: Any) -> None:
        original_loads(self, read(name), *more, **named)

    # The machine's own, as long as nothing stands in for it (function_environ.py).
    host = os.environ
    original_open = patches.put(builtins, "open", opens)
    patches.put(io, "open", opens)
    original_low = patches.put(os, "open", opens_low)
    original_lists = patches.put(os, "listdir", lists)
    original_scans = patches.put(os, "scandir", scans)
    for name in _READERS:
        patches.put(os, name, _with_first(getattr(os, name), read))
    for name in _WRITERS:
        patches.put(os, name, _refused_first(getattr(os, name), written))
    # From Python 3.13 on pathlib's glob keeps two of them for itself.
    globber = getattr(glob, "_StringGlobber", None)
    for name in ("lstat", "scandir") if globber is not None else ():
        patches.put(globber, name, staticmethod(getattr(os, name)))
    original_starts = patches.put(subprocess.Popen, "__init__", starts)
    original_runs = patches.put(os, "system", runs)
    original_loads = patches.put(ctypes.CDLL, "__init__", loads)


def _with_first(original: Callable[..., Any], read: Callable[[Any], Any]) -> Callable[..., Any]:
    def reader(path: Any, *more: Any, **named: Any) -> Any:
        return original(read(path), *more, **named)

    return reader


def _refused_first(original: Callable[..., Any], written: Callable[[Any], None]) -> Callable[..., Any]:
    def writer(*args: Any, **named: Any) -> Any:
        if args:
            written(args[0])
        return original(*args, **named)

    return writer


def _arguments(paths: FunctionPaths, args: Any) -> Any:
    if isinstance(args, str):
        return paths.in_text(args)
    if isinstance(args, bytes):
        return args
    if isinstance(args, os.PathLike):
        return _argument(paths, args)
    return [_argument(paths, one) for one in args]


def _argument(paths: FunctionPaths, one: Any) -> Any:
    text = os.fspath(one) if isinstance(one, os.PathLike) else one
    if not isinstance(text, str):
        return one
    here = paths.here(text)
    return here if here != text else paths.in_text(text)


def _variables(
    paths: FunctionPaths, given: Mapping[str, str] | None, host: Mapping[str, str]
) -> Mapping[str, str] | None:
    """The variables of a program: None for the machine's own."""
    programs, libraries = paths.programs, paths.libraries
    if given is None:
        if not (programs or libraries):
            return None
        made = dict(host)
        made["PATH"] = os.pathsep.join([*programs, made.get("PATH", os.defpath)])
    else:
        made = {name: paths.in_text(value) if isinstance(value, str) else value for name, value in given.items()}
    if libraries:
        made["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, *filter(None, [made.get("LD_LIBRARY_PATH")])])
    return made
