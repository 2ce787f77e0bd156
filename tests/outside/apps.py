"""A pipeline of one function, and a run of it against answers from outside."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import yaml

from harness.run import Run, run
from harness.scenario.load import load_file

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Caller:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12, Timeout: 60}
"""


TELL = """\
import json
def tell(value):
    with open("told.txt", "a") as file:
        file.write(json.dumps(value) + "\\n")
"""


def run_app(
    folder: Path,
    source: str,
    *,
    stub: list[dict[str, Any]] | None = None,
    then: list[dict[str, Any]] | None = None,
    template: str = TEMPLATE,
    python: str = "",
) -> Run:
    """Call ``Caller`` once, whose module is ``source``; what it gives to ``tell`` is in ``told``."""
    for name in ("lambdas/one/src", "scenarios"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "lambdas/one/template.yaml").write_text(template, encoding="utf-8")
    (folder / "lambdas/one/src/app.py").write_text(TELL + textwrap.dedent(source), encoding="utf-8")
    (folder / "scenarios/answers.py").write_text(textwrap.dedent(python), encoding="utf-8")
    scenario = {
        "pipeline": "../lambdas/one",
        "name": "one",
        "stub": stub or [],
        "when": [{"invoke": {"function": "Caller", "payload": {}}}],
        "then": then or [{"function": {"name": "Caller", "invocations": 1}}],
    }
    file = folder / "scenarios/one.yaml"
    file.write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")
    return run(load_file(file)[0])


def told(folder: Path) -> list[Any]:
    """What the function told, in order."""
    file = folder / "lambdas/one/src/told.txt"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
