"""The rules that hold the shape together: who may import what, and how long a module may grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "harness"
MODULES = sorted(ROOT.rglob("*.py"))

# What each station may import of ours. Imports run one way.
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "versions": set(),
    "kernel": {"errors", "kernel"},
    "vendor": {"errors", "kernel", "vendor", "invoke.result"},
    "scenario": {"errors", "scenario"},
    "guard": {"errors", "kernel", "vendor", "guard"},
    "world": {"errors", "kernel", "vendor", "guard", "world"},
}
BELOW["stacks"] = BELOW["world"] | {"stacks"}
BELOW["invoke"] = BELOW["world"] | {"invoke"}
BELOW["deliver"] = BELOW["world"] | {"invoke", "deliver"}
BELOW["observe"] = BELOW["deliver"] | {"observe"}
BELOW["disturb"] = BELOW["deliver"] | {"scenario", "disturb"}
BELOW["act"] = BELOW["deliver"] | {"scenario", "act"}
BELOW["outside"] = BELOW["act"] | BELOW["disturb"] | {"outside"}
BELOW["expect"] = BELOW["outside"] | {"expect"}
BELOW["report"] = {"errors", "kernel.clock", "kernel.trace", "scenario", "expect.outcome", "report"}
BELOW["processes"] = BELOW["invoke"] | {"processes"}
BELOW["wiring"] = BELOW["outside"] | {"observe", "processes", "stacks", "wiring"}
BELOW["run"] = BELOW["expect"] | BELOW["wiring"] | {"run"}
BELOW["serve"] = BELOW["wiring"] | {"report", "serve", "versions"}
BELOW["advise"] = BELOW["wiring"] | {"advise"}
DOORS = {"cli", "cli_keywords", "cli_outputs", "cli_parameters", "cli_run", "cli_templates", "pytest_plugin"}
BELOW["sketch"] = BELOW["run"] | {"advise", "sketch"}
TOP = {"run", "serve", "advise", "explore", "report", "sketch", "versions"} | DOORS
for name in ("explore", *sorted(DOORS), "__init__", "__main__"):
    BELOW[name] = BELOW["run"] | TOP

OUTSIDE_KERNEL = {"greenlet"}
MAY_IMPORT = {
    "moto": lambda m: m.startswith("vendor.") or m == "world.cloud",
    "pytest": lambda m: m == "pytest_plugin",
    "random": lambda m: m in ("kernel.decisions", "vendor.randomness"),
    "uuid": lambda m: m == "vendor.randomness",
    "secrets": lambda m: False,
}

# Modules over 400 lines: may only shrink.
OVER_400: dict[str, int] = {}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            # `from harness.vendor import sqs_queue` names a module too.
            if node.module.startswith("harness"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_imports_only_what_lies_below_it() -> None:
    wrong = []
    for path in MODULES:
        module = name_of(path)
        allowed = BELOW.get(module) or BELOW.get(module.split(".")[0])
        assert allowed is not None, f"{module}: say in this file what it may import"
        for imported in imports(path):
            if not imported.startswith("harness."):
                continue
            target = imported.removeprefix("harness.")
            if not any(target == a or target.startswith(a + ".") for a in allowed):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_the_kernel_needs_the_standard_library_and_greenlet_only() -> None:
    import sys

    wrong = [
        f"{name_of(path)} imports {imported}"
        for path in MODULES
        if name_of(path).startswith("kernel")
        for imported in imports(path)
        if imported.split(".")[0] not in sys.stdlib_module_names | OUTSIDE_KERNEL | {"harness"}
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(MAY_IMPORT))
def test_some_libraries_are_imported_in_few_places(library: str) -> None:
    allowed = MAY_IMPORT[library]
    wrong = [
        name_of(path)
        for path in MODULES
        if any(i.split(".")[0] == library for i in imports(path)) and not allowed(name_of(path))
    ]
    assert wrong == []


def test_no_module_is_longer_than_400_lines_but_for_the_known_ones() -> None:
    lengths = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES}
    over = {name: length for name, length in lengths.items() if length > 400}
    assert {n: v for n, v in over.items() if v > OVER_400.get(n, 400)} == {}
    assert set(OVER_400) <= set(over), "a module has shrunk: take it off the list"
