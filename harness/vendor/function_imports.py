"""This file decides which modules a function's code sees: its own, and nobody else's of the same name.

Upstream: a process has one ``sys.modules`` and one ``sys.path``. Why that can't stay: every function of a pipeline
may have its module called ``app``, and each execution environment has module globals of its own. What we do: the
modules that lie in the ``CodeUri`` folder or a layer are in ``sys.modules`` only while a task of their environment
runs, and ``sys.path`` is the environment's, with those folders first. Imports go through Python's own machinery, with
the real file names, so breakpoints and coverage see them.

Shared by all functions, as loaded once: installed packages, compiled modules, and packages that pip put into the folder
(they have a ``.dist-info``): many of them cannot be loaded twice. But for those that keep a call's state in their own
modules (metrics not yet written, whether this is a cold start): each environment loads them for itself.
Not needed any more when: never.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.vendor.function_paths import FunctionPaths

KEEP_STATE = frozenset({"aws_lambda_powertools", "aws_xray_sdk"})
"""Installed packages that hold what belongs to one environment in their modules."""


class FunctionModules:
    """The modules of one execution environment."""

    def __init__(self, folders: Sequence[Path], own_names: frozenset[str], paths: FunctionPaths) -> None:
        self._folders = tuple(map(str, folders))
        self._own_names = own_names
        self._paths = paths
        # Top-level names found in folders that the code itself has put on sys.path, by their names on AWS.
        self._added: dict[str, None] = {}
        self._path = [*self._folders, *sys.path]
        self._modules: dict[str, ModuleType] = {}
        # In the order in which they were first imported; a set would have none.
        self._seen: dict[str, None] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._host_path = sys.path

    def enter(self) -> None:
        """Put the environment's modules and path in place."""
        modules = sys.modules
        # Found out before any of them is taken away.
        for name in [own for top in self._own_names if top in modules for own in _HOST.names(top)]:
            module = modules.pop(name, None)
            if module is not None:
                self._hidden[name] = module
        modules.update(self._modules)
        self._host_path = sys.path
        sys.path = self._path

    def leave(self) -> None:
        """Take them away, with what was imported meanwhile."""
        modules = sys.modules
        for name in self._seen:
            module = modules.pop(name, None)
            if module is None:
                self._modules.pop(name, None)
            else:
                self._modules[name] = module
        if self._hidden:
            modules.update(self._hidden)
            self._hidden.clear()
        self._path = sys.path
        sys.path = self._host_path

    def owns_file(self, path: str) -> bool:
        """Whether the file lies in one of the function's folders."""
        return path.startswith(self._folders)

    def find(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Where the module lies, if it is the function's own."""
        top = name.partition(".")[0]
        where: Sequence[str] | None = path
        if top in self._own_names:
            if path is None and top not in KEEP_STATE:
                where = self._folders
        elif path is None:
            where = [here for entry in sys.path if (here := self._paths.here(str(entry))) != entry]
            if not where:
                return None
        elif top not in self._added:
            return None
        spec = PathFinder.find_spec(name, where)
        if spec is not None:
            self._seen[name] = None
            if top not in self._own_names:
                self._added[top] = None
        return spec


class HostModules:
    """Which modules of a name are there beside all functions: those of whoever runs the harness.

    A walk through thousands of modules at each switch of environments would take most of a burst's time where the
    author's own tests have loaded what the functions load too. So it is made again only after modules came or went.
    """

    def __init__(self) -> None:
        self._there = 0
        self._names: dict[str, tuple[str, ...]] = {}

    def names(self, top: str) -> tuple[str, ...]:
        """The module or package of this name and what is in it; to be asked while no environment is in place."""
        if len(sys.modules) != self._there:
            self._there = len(sys.modules)
            self._names.clear()
        if top not in self._names:
            self._names[top] = tuple(name for name in sys.modules if name == top or name.startswith(f"{top}."))
        return self._names[top]


_HOST = HostModules()


class FunctionFinder(MetaPathFinder):
    """Asks the running environment first; stands first in ``sys.meta_path`` while a world is open."""

    def __init__(self, active: Callable[[], FunctionModules | None]) -> None:
        self._active = active

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """The spec of a function's own module, or None to let the usual finders look."""
        modules = self._active()
        return None if modules is None else modules.find(fullname, path)


def own_names(folders: Sequence[Path]) -> frozenset[str]:
    """The top-level names that each environment loads for itself.

    They are those that Python source in the folders defines, without what pip put there, and ``KEEP_STATE``.
    """
    return KEEP_STATE.union(*map(_own_names, folders))


def _own_names(folder: Path) -> frozenset[str]:
    names = [e.stem if e.is_file() else e.name for e in sorted(folder.iterdir()) if _defines_module(e)]
    return frozenset(names) - _installed_there(folder)


def _defines_module(entry: Path) -> bool:
    if entry.is_file():
        return entry.suffix == ".py"
    # importlib takes any name without a dot, dashes included, and so does Lambda.
    if "." in entry.name or entry.name == "__pycache__":
        return False
    # A folder without __init__ gives way to an installed package, as on sys.path; not to another such folder, which is
    # there when the harness is started beside the function's code.
    found = None if (entry / "__init__.py").exists() else PathFinder.find_spec(entry.name)
    return found is None or found.loader is None


def _installed_there(code_dir: Path) -> frozenset[str]:
    names = []
    for record in sorted(code_dir.glob("*.dist-info/RECORD")):
        for line in record.read_text(encoding="utf-8").splitlines():
            names.append(line.split(",")[0].split("/")[0].removesuffix(".py"))
    return frozenset(names)
