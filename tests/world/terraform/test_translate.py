"""A plan becomes a template. ``plans/`` was written by Terraform 1.11.4 with the AWS provider 5.100.0: one plan before
anything was applied, one after (less its single state machine); both cut down to the parts that are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.template import Template, load_template
from harness.world.terraform.parts import PARTS
from harness.world.terraform.translate import KINDS

PLANS = Path(__file__).parent / "plans"
ARN = "arn:aws:sqs:eu-west-1:999999999999:failed"


def planned(folder: Path, *resources: dict[str, Any], **sections: Any) -> Path:
    """A plan with these resources, each ``{type, name, values, unknown, expressions, depends_on, index}``."""
    values, changes, written = [], [], []
    for one in resources:
        index = one.get("index")
        base = f"{one['type']}.{one['name']}"
        address = base if index is None else f"{base}[{json.dumps(index)}]"
        head = {"mode": "managed", "type": one["type"], "name": one["name"]}
        values.append(
            {**head, "address": address, "values": one.get("values", {})} | ({"index": index} if index else {})
        )
        changes.append({"address": address, "change": {"after_unknown": one.get("unknown", {})}})
        expressions = one.get("expressions", {name: {} for name in one.get("values", {})})
        written.append({**head, "address": base, "expressions": expressions, "depends_on": one.get("depends_on", [])})
    body = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": values}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": written}},
    } | sections
    (folder / "plan.json").write_text(json.dumps(body, indent=1), encoding="utf-8")
    return folder


def resource(kind: str, called: str, /, **values: Any) -> dict[str, Any]:
    return {"type": kind, "name": called, "values": values}


def properties(template: Template, logical_id: str) -> Any:
    return template.resources[logical_id]["Properties"]


@pytest.fixture(scope="module")
def applied() -> Template:
    return load_template(PLANS / "applied.json")


def test_a_known_arn_of_something_planned_becomes_a_reference(applied: Template) -> None:
    redrive = properties(applied, "Many0")["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}, "maxReceiveCount": 2}


def test_the_url_in_a_variable_becomes_a_reference_and_other_text_stays(applied: Template) -> None:
    variables = properties(applied, "F")["Environment"]["Variables"]
    assert variables == {"QUEUE_URL": {"Ref": "Failed"}, "MODE": "x"}


def test_instances_of_a_count_and_of_a_module_have_ids_of_their_own(applied: Template) -> None:
    queues = [i for i, r in applied.resources.items() if r["Type"] == "AWS::SQS::Queue"]
    assert queues == ["Failed", "Fifo", "Many0", "Many1", "QAThis", "QBThis"]


def test_the_notification_of_a_bucket_waits_for_what_its_author_named(applied: Template) -> None:
    assert applied.resources["In"]["DependsOn"] == ["S3Permission"]
    (entry,) = properties(applied, "In")["NotificationConfiguration"]["LambdaConfigurations"]
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]
    assert entry["Filter"] == {"S3Key": {"Rules": rules}}
    assert properties(applied, "S3Permission")["SourceArn"] == "arn:aws:s3:::incoming-files"


def test_a_policy_of_the_plan_names_the_role_it_is_attached_to(applied: Template) -> None:
    assert properties(applied, "OwnPolicy")["Roles"] == [{"Ref": "Role"}]
    assert "ManagedPolicyArns" not in properties(applied, "Role")


def test_a_published_function_has_a_version_that_its_alias_names(applied: Template) -> None:
    assert properties(applied, "LiveAlias")["FunctionVersion"] == {"Fn::GetAtt": ["FVersion", "Version"]}


def test_a_target_becomes_part_of_its_rule(applied: Template) -> None:
    (target,) = properties(applied, "Orders")["Targets"]
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    assert target == {"Arn": {"Fn::GetAtt": ["Failed", "Arn"]}, "Id": "flow", "RoleArn": role}


def test_what_terraform_planned_deploys_whole(applied: Template, client: Callable[[str], Any]) -> None:
    stack = deploy(applied, client, Functions())
    assert set(stack.resources) == set(applied.resources)


def test_what_a_first_plan_does_not_know_is_refused_each_by_its_address() -> None:
    with pytest.raises(ScenarioError) as refused:
        load_template(PLANS / "fresh.json")
    said = [refused.value.problem, *str(refused.value.hint).split("Refused too: ")[1:]]
    assert [one.split(" is not known")[0] for one in said] == [
        'aws_iam_policy.own: "policy"',
        'aws_iam_role_policy.inline: "policy"',
        'aws_lambda_function.f: "environment.variables"',
        'aws_s3_bucket_policy.in: "policy"',
        'aws_sfn_state_machine.flow: "definition"',
        'aws_sqs_queue_redrive_policy.r: "redrive_policy"',
    ]
    assert "harness terraform-state" in str(refused.value.hint)


def test_an_unknown_address_is_the_only_reference_in_its_expression(tmp_path: Path) -> None:
    queue = resource("aws_sqs_queue", "jobs", name="jobs")
    mapping = {
        "type": "aws_lambda_event_source_mapping",
        "name": "jobs",
        "values": {"function_name": "elsewhere"},
        "unknown": {"event_source_arn": True},
        "expressions": {
            "event_source_arn": {"references": ["aws_sqs_queue.jobs.arn", "aws_sqs_queue.jobs"]},
            "function_name": {"constant_value": "elsewhere"},
        },
    }
    template = load_template(planned(tmp_path, queue, mapping))
    assert properties(template, "JobsMapping")["EventSourceArn"] == {"Fn::GetAtt": ["Jobs", "Arn"]}


def test_an_address_that_only_begins_like_a_planned_one_is_another(tmp_path: Path) -> None:
    queue = {**resource("aws_sqs_queue", "failed", name="failed"), "expressions": {"name": {}}}
    queue["values"]["arn"] = ARN
    other = resource("aws_iam_policy", "p", policy=json.dumps({"Resource": [ARN, f"{ARN}-2", f"{ARN}.fifo"]}))
    document = properties(load_template(planned(tmp_path, queue, other)), "PPolicy")["PolicyDocument"]
    assert document == {"Resource": [{"Fn::GetAtt": ["Failed", "Arn"]}, f"{ARN}-2", f"{ARN}.fifo"]}


def test_text_around_an_address_stays(tmp_path: Path) -> None:
    queue = {**resource("aws_sqs_queue", "failed", name="failed"), "expressions": {"name": {}}}
    queue["values"]["arn"] = ARN
    machine = resource("aws_sfn_state_machine", "flow", definition=f'{{"Resource": "{ARN}"}}', role_arn="r")
    definition = properties(load_template(planned(tmp_path, queue, machine)), "Flow")["DefinitionString"]
    assert definition == {"Fn::Join": ["", ['{"Resource": "', {"Fn::GetAtt": ["Failed", "Arn"]}, '"}']]}


@pytest.mark.parametrize(
    ("wrong", "says", "hint"),
    [
        (resource("aws_sqs_quee", "x"), "aws_sqs_quee.x: nothing here behaves like aws_sqs_quee", "aws_sqs_queue"),
        (
            resource("aws_lambda_function", "f", vpc_config=[{"subnet_ids": ["s"]}]),
            'aws_lambda_function.f: "vpc_config" of aws_lambda_function has no counterpart here',
            "timeout",
        ),
        (resource("aws_sqs_queue", "x", redrive_policy="{"), 'aws_sqs_queue.x: "redrive_policy" is not JSON', "encode"),
        (
            resource("aws_s3_bucket_notification", "n", bucket="b", eventbridge=True),
            'aws_s3_bucket_notification.n: "bucket" names nothing that this plan makes',
            "aws_s3_bucket",
        ),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "resource",
)
def test_what_has_no_counterpart_is_refused_with_its_address_and_line(
    tmp_path: Path, wrong: dict[str, Any], says: str, hint: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_template(planned(tmp_path, wrong))
    assert refused.value.problem.startswith(says)
    assert hint in str(refused.value.hint)
    assert refused.value.where is not None
    assert refused.value.where.path.endswith("plan.json")
    assert (refused.value.where.line or 0) > 1


def test_what_nobody_wrote_is_not_asked_for(tmp_path: Path) -> None:
    function = {**resource("aws_lambda_function", "f", function_name="f", vpc_config=[{"x": 1}])}
    function["expressions"] = {"function_name": {}}
    assert properties(load_template(planned(tmp_path, function)), "F") == {"FunctionName": "f"}


def test_two_things_of_one_name_have_their_kind_behind_it(tmp_path: Path) -> None:
    same = [resource(kind, "new_orders", name="o") for kind in ("aws_sqs_queue", "aws_sns_topic", "aws_iam_role")]
    template = load_template(planned(tmp_path, *same))
    assert list(template.resources) == ["NewOrdersQueue", "NewOrdersTopic", "NewOrdersRole"]


def test_the_folder_that_an_archive_is_made_of_is_the_code(tmp_path: Path) -> None:
    function = resource("aws_lambda_function", "f", filename="./build/f.zip")
    archive = {"type": "archive_file", "mode": "data", "values": {"output_path": "./build/f.zip", "source_dir": "./f"}}
    prior = {"values": {"root_module": {"resources": [archive]}}}
    assert properties(load_template(planned(tmp_path, function, prior_state=prior)), "F") == {"Code": "./f"}


def test_a_table_has_its_keys_its_indexes_and_its_stream(tmp_path: Path) -> None:
    table = resource(
        "aws_dynamodb_table",
        "orders",
        name="orders",
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        range_key="at",
        attribute=[{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
        local_secondary_index=[{"name": "late", "range_key": "at", "projection_type": "ALL"}],
        stream_enabled=True,
        stream_view_type="NEW_IMAGE",
    )
    found = properties(load_template(planned(tmp_path, table)), "Orders")
    keys = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
    assert found["KeySchema"] == keys
    projection = {"ProjectionType": "ALL"}
    assert found["LocalSecondaryIndexes"] == [{"IndexName": "late", "KeySchema": keys, "Projection": projection}]
    assert found["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_an_alarm_has_its_dimensions_and_queries(tmp_path: Path) -> None:
    plain = {"comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1, "threshold": 0}
    metric = {"metric_name": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"}
    queries = [
        {"id": "e", "metric": [metric | {"dimensions": {"FunctionName": "f"}}]},
        {"id": "rate", "expression": "e * 2", "return_data": True},
    ]
    single = {"metric_name": "Depth", "namespace": "Shop", "dimensions": {"QueueName": "dead"}, "statistic": "Maximum"}
    folder = planned(
        tmp_path,
        resource("aws_cloudwatch_metric_alarm", "depth", alarm_name="depth", period=60, **plain, **single),
        resource("aws_cloudwatch_metric_alarm", "rate", alarm_name="rate", metric_query=queries, **plain),
        resource(
            "aws_cloudwatch_composite_alarm", "both", alarm_name="both", alarm_rule="ALARM(depth) AND ALARM(rate)"
        ),
    )
    template = load_template(folder / "plan.json")
    assert properties(template, "Depth")["Dimensions"] == [{"Name": "QueueName", "Value": "dead"}]
    first, second = properties(template, "Rate")["Metrics"]
    assert first["ReturnData"] is False
    assert first["MetricStat"] == {
        "Metric": {
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        },
        "Period": 60,
        "Stat": "Sum",
    }
    assert second == {"Id": "rate", "Expression": "e * 2", "ReturnData": True}
    assert properties(template, "Both") == {"AlarmName": "both", "AlarmRule": "ALARM(depth) AND ALARM(rate)"}


def test_a_plan_of_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r'version "2\.0"'):
        load_template(planned(tmp_path, resource("aws_sqs_queue", "q"), format_version="2.0"))


def test_a_plan_that_terraform_could_not_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="does not have all of it"):
        load_template(planned(tmp_path, resource("aws_sqs_queue", "q"), errored=True))


def test_what_the_configuration_does_not_have_is_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="the plan does not say what was written"):
        load_template(planned(tmp_path, resource("aws_sqs_queue", "q"), configuration={}))


@pytest.mark.parametrize("value", [1, "text", [], {}, [1], [{"filter": 1}], [{"events": 1, "variables": 2}]])
def test_an_attribute_of_a_strange_kind_is_no_traceback(tmp_path: Path, value: Any) -> None:
    for kind, described in KINDS.items():
        for name in described.attributes:
            with suppress(ScenarioError):
                load_template(planned(tmp_path, resource(kind, "x", **{name: value})))


@pytest.mark.parametrize("broken", ["planned_values", "resource_changes", "configuration"])
@pytest.mark.parametrize("value", [None, [], "text", {"root_module": {"resources": [1, None, {"mode": "managed"}]}}])
def test_a_broken_plan_is_no_traceback(tmp_path: Path, broken: str, value: Any) -> None:
    with pytest.raises(ScenarioError):
        load_template(planned(tmp_path, resource("aws_sqs_nothing", "q"), **{broken: value}))


def test_the_how_to_page_names_every_type_that_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/bring-a-terraform-plan.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in [*KINDS, *PARTS])
