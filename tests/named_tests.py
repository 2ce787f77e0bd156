"""This file decides whether a test that a table names by ``file::name`` exists."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


def exists(test: str) -> bool:
    """Whether ``tests/…/test_x.py::test_name`` is a test of that file."""
    file, _, name = test.partition("::")
    return name in _names(file)


@cache
def _names(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))
