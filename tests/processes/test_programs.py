"""Which program runs a function, and what it finds around itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.processes.programs import CannotRun, program
from harness.world.functions import FunctionSpec


def spec(folder: Path, runtime: str, *layers: Path) -> FunctionSpec:
    return FunctionSpec(
        logical_id="F", name="f", arn="arn:aws:lambda:us-east-1:123456789012:function:f", handler="app.handler",
        code_dir=folder, runtime=runtime, role_arn="arn:aws:iam::123456789012:role/r",
        mounts=tuple(("/opt", layer) for layer in layers),
    )  # fmt: skip


def made(function: FunctionSpec) -> tuple[tuple[str, ...], dict[str, str]]:
    found = program(function, address="a", endpoint="e", key="k", temp_dir=Path("/tmp/t"), log_stream="s")
    return found.command, found.variables


def test_programs_and_libraries_of_a_template_s_layers_are_found(tmp_path: Path) -> None:
    last, first = tmp_path / "last", tmp_path / "first"
    first.mkdir()
    (first / "bootstrap").write_text("#!/bin/sh\n", encoding="utf-8")
    command, variables = made(spec(tmp_path / "code", "provided.al2023", last, first))
    assert command == (str(first / "bootstrap"),)
    assert variables["PATH"].split(os.pathsep)[-2:] == [str(last / "bin"), str(first / "bin")]
    assert variables["LD_LIBRARY_PATH"].split(os.pathsep)[-2:] == [str(last / "lib"), str(first / "lib")]
    assert variables["NODE_PATH"].split(os.pathsep)[-1] == str(first / "nodejs/node_modules")


def test_a_bootstrap_that_is_nowhere_is_missed_by_its_places(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=f"{tmp_path}/code/bootstrap {tmp_path}/layer/bootstrap"):
        made(spec(tmp_path / "code", "provided.al2023", tmp_path / "layer"))
