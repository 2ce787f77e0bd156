"""What ``harness up`` says when it begins."""

from __future__ import annotations

import sys

import pytest

from harness.serve.words import banner


def test_the_extra_is_named_that_runs_python_functions_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    advice = 'python -m pip install "pipeline-harness[up]"'
    assert not any(advice in line for line in banner("http://localhost:4566", [], 1))
    monkeypatch.setitem(sys.modules, "awslambdaric", None)
    assert any(advice in line for line in banner("http://localhost:4566", [], 1))
