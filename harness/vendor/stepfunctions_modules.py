"""This file decides how a name is replaced throughout moto's Step Functions interpreter.

moto's modules import functions by name from each other, so one attribute is not enough: ``put_everywhere`` replaces
a name in every module of the interpreter that holds that very object. It decides nothing about behaviour.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from harness.vendor.patches import Patches

ROOT = "moto.stepfunctions."
ASL = "moto.stepfunctions.parser.asl."


def interpreter_modules() -> Iterator[ModuleType]:
    """Every module of moto's Step Functions that is loaded, by name."""
    for name in sorted(sys.modules):
        if name.startswith(ROOT):
            yield sys.modules[name]


def put_everywhere(patches: Patches, name: str, original: Any, replacement: Any) -> int:
    """Replace ``name`` wherever it means ``original``; returns in how many modules it did.

    Raises:
        AttributeError: it means that nowhere, so the library has changed.
    """
    count = 0
    for module in interpreter_modules():
        if vars(module).get(name) is original:
            patches.put(module, name, replacement)
            count += 1
    if not count:
        raise AttributeError(f"moto's Step Functions has no name {name!r} for {original!r} any more.")
    return count
