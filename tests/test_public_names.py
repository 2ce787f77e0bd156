"""What a user may import from ``harness``, and nothing but that."""

from __future__ import annotations

import subprocess
import sys

import pytest

import harness

PUBLIC = [
    "ExpectationFailed",
    "First",
    "FunctionError",
    "HarnessBug",
    "HarnessError",
    "LimitReached",
    "ReplayDiverged",
    "Replayed",
    "Run",
    "Scenario",
    "ScenarioError",
    "Seeded",
    "Stuck",
    "TraceEvent",
    "collect",
    "load_file",
    "run_scenario",
]


def test_the_public_names_are_these() -> None:
    assert sorted(harness.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_can_be_imported_in_a_fresh_process_before_anything_else(name: str) -> None:
    # In one process an earlier import could have put it there.
    if name in ("run_scenario", "Run", "First"):
        subprocess.run([sys.executable, "-c", f"from harness import {name}; assert callable({name})"], check=True)
    assert callable(getattr(harness, name))


def test_another_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match=r"^module 'harness' has no attribute 'nothing'$"):
        harness.nothing  # noqa: B018


def test_importing_the_package_or_the_plugin_does_not_load_the_cloud() -> None:
    code = "import sys, harness, harness.pytest_plugin; assert not {'moto', 'boto3', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
