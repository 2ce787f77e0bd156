"""What lies beside all functions under the name of a module of theirs is out of sight while they run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.vendor.function_imports import FunctionModules, HostModules
from harness.vendor.function_paths import FunctionPaths


@pytest.fixture
def modules(tmp_path: Path) -> FunctionModules:
    return FunctionModules([tmp_path], frozenset({"shop"}), FunctionPaths([]))


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a module of the host's there."""

    def put(name: str) -> ModuleType:
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return put


def seen() -> list[str]:
    return [name for name in sys.modules if name == "shop" or name.startswith("shop.")]


def test_a_package_of_the_host_is_away_with_all_that_is_in_it_and_comes_back(
    modules: FunctionModules, put: Any
) -> None:
    theirs = [put("shop"), put("shop.prices")]
    for _ in range(2):
        modules.enter()
        assert seen() == []
        modules.leave()
        assert [sys.modules["shop"], sys.modules["shop.prices"]] == theirs


def test_what_the_host_loads_between_two_calls_is_away_in_the_second(modules: FunctionModules, put: Any) -> None:
    put("shop")
    modules.enter()
    modules.leave()
    put("shop.orders")
    modules.enter()
    assert seen() == []
    modules.leave()
    assert sorted(seen()) == ["shop", "shop.orders"]


def test_what_the_host_has_dropped_meanwhile_does_not_come_back(modules: FunctionModules, put: Any) -> None:
    put("shop")
    put("shop.orders")
    modules.enter()
    modules.leave()
    del sys.modules["shop.orders"]
    put("another")
    modules.enter()
    assert seen() == []
    modules.leave()
    assert seen() == ["shop"]


def test_modules_are_walked_again_only_after_some_came_or_went(put: Any) -> None:
    put("shop")
    host = HostModules()
    first = host.names("shop")
    assert host.names("shop") is first == ("shop",)
    put("shop.orders")
    assert host.names("shop") == ("shop", "shop.orders")
