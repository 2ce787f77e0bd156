"""A state with which Terraform knows what a first plan does not.

``plans/shop_first.json`` and ``plans/shop.json`` were written by Terraform 1.11.4 with the AWS provider 5.100.0 for
``plans/shop``: a first plan, and the plan with the state that is made of it. Both are cut down to what is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.errors import ScenarioError
from harness.world.template import load_template
from harness.world.terraform.state import state_for
from harness.world.terraform.translate import KINDS

PLANS = Path(__file__).parent / "plans"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return state_for(PLANS / "shop_first.json")


def attributes(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [i["attributes"] for r in made["resources"] if r["type"] == kind for i in r["instances"]]


def test_all_that_the_plan_makes_stands_there_by_module_and_index(made: dict[str, Any]) -> None:
    assert made["version"] == 4
    first = json.loads((PLANS / "shop_first.json").read_text())
    count = sum(not c["address"].split(".")[-3:][0].startswith("data") for c in first["resource_changes"])
    assert sum(len(resource["instances"]) for resource in made["resources"]) == count
    (queue,) = (r for r in made["resources"] if r["name"] == "jobs" and 'bill"' in r["module"] and "sqs" in r["type"])
    assert queue["module"] == 'module.worker["bill"]'
    assert queue["provider"] == 'provider["registry.terraform.io/hashicorp/aws"]'


def test_every_address_is_made_up_and_no_two_are_the_same(made: dict[str, Any]) -> None:
    for kind in ("aws_sqs_queue", "aws_lambda_function", "aws_iam_role", "aws_iam_policy", "aws_s3_bucket"):
        arns = [one["arn"] for one in attributes(made, kind)]
        assert len(set(arns)) == len(arns) > 0
    assert {q["url"] for q in attributes(made, "aws_sqs_queue")} == {q["id"] for q in attributes(made, "aws_sqs_queue")}
    (flow,) = (role for role in attributes(made, "aws_iam_role") if role["id"].startswith("flow"))
    assert flow["arn"] == f"arn:aws:iam::123456789012:role/{flow['name']}"


def test_what_the_plan_knows_stays(made: dict[str, Any]) -> None:
    (failed,) = (q for q in attributes(made, "aws_sqs_queue") if q["name"] == "shop-failed")
    assert failed["visibility_timeout_seconds"] == 30
    assert failed["tags_all"] == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_other_resources_may_ask_for_is_there_for_every_type(tmp_path: Path, kind: str) -> None:
    unknown = dict.fromkeys(KINDS[kind].outputs, True)
    file = tmp_path / "plan.json"
    resource = {"mode": "managed", "type": kind, "name": "x", "address": f"{kind}.x", "values": {}}
    change = {"address": f"{kind}.x", "change": {"after_unknown": unknown}}
    body = {"planned_values": {"root_module": {"resources": [resource]}}, "resource_changes": [change]}
    file.write_text(json.dumps({"format_version": "1.2", **body}))
    (found,) = attributes(state_for(file), kind)
    assert set(unknown) <= set(found)


def test_a_first_plan_is_refused_and_the_one_after_it_is_a_template() -> None:
    with pytest.raises(ScenarioError, match="is not known in this plan"):
        load_template(PLANS / "shop_first.json")
    resources = load_template(PLANS / "shop.json").resources
    variables = resources["WorkerBillWorker"]["Properties"]["Environment"]["Variables"]
    assert variables == {"STAGE": "shop-bill", "TOPIC_ARN": {"Ref": "News"}}
    redrive = resources["WorkerValidateJobs"]["Properties"]["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}, "maxReceiveCount": 3}
    assert {"Ref": "WorkerBillJobs"} in resources["Flow"]["Properties"]["DefinitionString"]["Fn::Join"][1]
    (policy,) = resources["ValidateQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert policy["Resource"] == {"Fn::GetAtt": ["WorkerValidateJobs", "Arn"]}


def test_addresses_inside_of_other_text_become_references_too() -> None:
    resources = load_template(PLANS / "shop.json").resources
    assert resources["BillRoute"]["Properties"]["Target"]["Fn::Join"] == [
        "",
        ["integrations/", {"Ref": "BillIntegration"}],
    ]
    source = resources["ApiPermission"]["Properties"]["SourceArn"]["Fn::Join"][1]
    assert source == [{"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Http}"}, "/*/*"]
    assert resources["Stuck"]["Properties"]["AlarmActions"] == [{"Ref": "News"}]
    assert resources["KeySecret"]["Properties"]["SecretString"] == '{"key":"s3cret"}'
    assert resources["Hourly"]["Properties"]["Target"]["Arn"] == {"Fn::GetAtt": ["Failed", "Arn"]}


def test_the_plan_after_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "first.yaml"
    written = CliRunner().invoke(main, ["init", str(PLANS / "shop.json"), "-o", str(file)])
    assert (written.exit_code, written.stderr) == (0, "")
    said = file.read_text(encoding="utf-8")
    assert "  - function: {name: WorkerValidateWorker, invocations: 2, errors: 0}\n" in said  # the test event, too
    assert "  - execution: {state_machine: Flow, count: 1, status: SUCCEEDED}\n" in said
    assert "  - response: {method: POST, path: /bills, status: 200}\n" in said


def test_the_state_is_printed() -> None:
    printed = CliRunner().invoke(main, ["terraform-state", str(PLANS / "shop_first.json")])
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert json.loads(printed.stdout) == state_for(PLANS / "shop_first.json")


@pytest.mark.parametrize("content", [None, "plan", "[]", '{"Resources": {}}'])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)
    refused = CliRunner().invoke(main, ["terraform-state", str(file)])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "is no plan of Terraform as JSON" in refused.stderr


@pytest.mark.parametrize("value", [None, [], "text", {"root_module": {"resources": [1, None, {"mode": "managed"}]}}])
def test_a_broken_plan_is_no_traceback(tmp_path: Path, value: Any) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"format_version": "1.2", "planned_values": value, "resource_changes": value}))
    state_for(file)
