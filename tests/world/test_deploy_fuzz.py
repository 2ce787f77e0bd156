"""Whatever is done to a template, its author meets a ScenarioError with a place, never a traceback of ours."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from harness.errors import ScenarioError
from harness.world import yaml_lines
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.template import load_template
from tests.world.spoiling import spoiled
from tests.world.test_deploy import CONDITIONAL, FLOW, ORDERS

BODIES = [yaml_lines.read(text, "t.yaml")[0] for text in (ORDERS, CONDITIONAL)]

WORDS = st.sampled_from(
    ["", "x", "Ref", "Jobs", "Validator", "AWS::NoValue", "${", "${Jobs}", "${Jobs.Nope}", "s3://a/b", "../..", "é"]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 50_000), st.floats(allow_nan=False), WORDS)
FUNCTIONS = st.sampled_from(
    ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::Nope"]
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(WORDS, inner, max_size=2),
        st.builds(lambda name, value: {name: value}, FUNCTIONS, inner),
    ),
    max_leaves=5,
)


@lru_cache(maxsize=1)
def folder() -> Path:
    path = Path(tempfile.mkdtemp())
    (path / "src").mkdir()
    for name in ("validator", "worker"):
        (path / "src" / f"{name}.py").write_text("")
    (path / "flow.asl.json").write_text(json.dumps(FLOW))
    return path


@lru_cache(maxsize=16)
def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


@settings(deadline=None, max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(spoiled(BODIES, JUNK, WORDS))
def test_a_spoiled_template_deploys_or_is_refused_with_a_place(body: Any) -> None:
    file = folder() / "template.json"
    file.write_text(json.dumps(body))
    with mock_aws():
        try:
            deploy(load_template(file), client, Functions())
        except ScenarioError as error:
            assert error.where is not None
            assert error.where.path.startswith(str(folder()))


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(alphabet="ab:- \n\t[]{}!&*#'\"|>%@`,?\\0Ref.é"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        yaml_lines.read(text, "t.yaml")
    except ScenarioError as error:
        assert error.where is not None
