"""The template: SAM accepts it, queue and function fit together, and each role is just enough."""

from __future__ import annotations

import copy
import fnmatch
import json
import re
from typing import Any

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from tests.lambdas.csv_report.conftest import (
    FIXTURES,
    GOOD,
    PROCESSED,
    RAW,
    ROOT,
    Load,
    World,
    context,
    job_fields,
)

FOLDER = ROOT / "lambdas" / "csv_report"
TEXT = (FOLDER / "template.yaml").read_text(encoding="utf-8")
TEMPLATE = yaml_parse(TEXT)
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTIONS = {name: r for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}
ROLES = {name: r for name, r in RESOURCES.items() if r["Type"] == "AWS::IAM::Role"}
MAIN_QUEUE, DEAD_LETTERS, TOPIC, MACHINE = "main-queue", "dead-letters", "topic", "machine"
ARNS = {
    "ProcessedBucket": f"arn:aws:s3:::{PROCESSED}",
    "MainQueue": MAIN_QUEUE,
    "DeadLetterQueue": DEAD_LETTERS,
    "NotificationTopic": TOPIC,
    "ProcessCsvWorkflow": MACHINE,
}
# What a role must allow although its handler does not ask for it: logs, the event source's own calls,
# telling a missing object from a forbidden one (IAM-03), and Lambda's sending of events that failed for good.
ON_BEHALF = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "s3:ListBucket",
}


def translated() -> dict[str, Any]:
    """What the SAM transform makes of the template, once its local paths have been uploaded."""
    template = copy.deepcopy(TEMPLATE)
    template["Globals"]["Function"]["CodeUri"] = {"Bucket": "code", "Key": "src"}
    workflow = template["Resources"]["ProcessCsvWorkflow"]["Properties"]
    workflow["DefinitionUri"] = {"Bucket": "code", "Key": "definition"}

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    resources: dict[str, Any] = transform(template, {}, NoManagedPolicies())["Resources"]
    return resources


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in _references(item)}
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in _references(item)}
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        found.add(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        found |= {name.split(".")[0] for name in re.findall(r"\${([^}]+)}", value["Fn::Sub"])}
    return found | set(value.get("DependsOn", []))


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_sam_accepts_the_template_and_no_resource_waits_for_itself() -> None:
    resources = translated()
    waiting = {name: _references(resource) & set(resources) for name, resource in resources.items()}
    while ready := [name for name, needs in waiting.items() if not needs]:
        waiting = {name: needs - set(ready) for name, needs in waiting.items() if name not in ready}
    assert waiting == {}


def test_the_template_has_no_yaml_aliases_which_cloudformation_refuses() -> None:
    assert not re.search(r"[:\[-] [&*][A-Za-z]", TEXT)


def test_the_definition_names_exactly_the_substitutions_it_is_given() -> None:
    workflow = RESOURCES["ProcessCsvWorkflow"]["Properties"]
    definition = (FOLDER / workflow["DefinitionUri"]).read_text(encoding="utf-8")
    assert set(re.findall(r"\${(\w+)}", definition)) == set(workflow["DefinitionSubstitutions"])


def test_each_of_the_seven_functions_has_a_folder_and_a_role_of_its_own() -> None:
    assert len(FUNCTIONS) == 7
    source = FOLDER / TEMPLATE["Globals"]["Function"]["CodeUri"]
    handlers = {function["Properties"]["Handler"] for function in FUNCTIONS.values()}
    assert {f"{path.parent.name}.app.handler" for path in source.glob("*/app.py")} == handlers
    roles = [json.dumps(function["Properties"]["Role"]) for function in FUNCTIONS.values()]
    assert len(set(roles)) == 7


def test_esm_03_the_queue_hides_a_message_for_six_function_timeouts_and_the_window() -> None:
    processor = FUNCTIONS["CsvProcessor"]["Properties"]
    source = processor["Events"]["Jobs"]["Properties"]
    assert (source["BatchSize"], source["MaximumBatchingWindowInSeconds"]) == (5, 10)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue = RESOURCES["MainQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 6 * processor["Timeout"] + source["MaximumBatchingWindowInSeconds"]


def test_the_queues_are_as_the_pipeline_promises() -> None:
    main, dead = RESOURCES["MainQueue"]["Properties"], RESOURCES["DeadLetterQueue"]["Properties"]
    assert (main["MessageRetentionPeriod"], main["ReceiveMessageWaitTimeSeconds"]) == (4 * 86_400, 20)
    assert main["RedrivePolicy"]["maxReceiveCount"] == 3
    assert dead["MessageRetentionPeriod"] == 14 * 86_400


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(role: str) -> list[tuple[list[str], list[str]]]:
    """The actions and the resolved resources of each statement of a role."""
    (policy,) = ROLES[role]["Properties"]["Policies"]
    return [
        (_list(statement["Action"]), [_resolve(resource) for resource in _list(statement["Resource"])])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _resolve(value: Any) -> str:
    if "Ref" in value:
        return ARNS[value["Ref"]]
    if "Fn::GetAtt" in value:
        name = value["Fn::GetAtt"][0]
        return ARNS.get(name, f"arn of {name}")
    text = value["Fn::Sub"].replace("${AWS::StackName}-raw-${AWS::AccountId}-${AWS::Region}", RAW)
    return str(text.replace("${AWS::Partition}", "aws").replace("${ProcessedBucket.Arn}", ARNS["ProcessedBucket"]))


def _needs(operation: str, params: dict[str, Any]) -> list[tuple[str, str]]:
    """The permissions that a call needs. IAM-01, IAM-02: neither HeadObject nor CopyObject is an action."""
    target = f"arn:aws:s3:::{params.get('Bucket')}/{params.get('Key')}"
    if operation in ("GetObject", "HeadObject"):
        return [("s3:GetObject", target)]
    if operation == "PutObject":
        return [("s3:PutObject", target)]
    if operation == "CopyObject":
        source = params["CopySource"]
        return [
            ("s3:GetObject", f"arn:aws:s3:::{source['Bucket']}/{source['Key']}"),
            ("s3:PutObject", target),
        ]
    return {
        "SendMessage": [("sqs:SendMessage", MAIN_QUEUE)],
        "Publish": [("sns:Publish", TOPIC)],
        "StartExecution": [("states:StartExecution", MACHINE)],
    }[operation]


@pytest.mark.parametrize("role", list(ROLES))
def test_no_role_has_a_wildcard_for_all_resources_or_for_actions(role: str) -> None:
    for actions, resources in _statements(role):
        assert not any("*" in action for action in actions)
        assert all(resource.rstrip("*") not in ("", "arn:aws:s3:::") for resource in resources)


class Calls:
    """Every call that the loaded functions make, by the function's folder."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self.made: dict[str, set[tuple[str, str]]] = {}
        self._watched: set[str] = set()

    def invoke(self, function: str, event: Any) -> Any:
        app = self._load(f"{function}.app")
        if function not in self._watched:
            self._watched.add(function)
            self.made[function] = set()
            for client in ("s3", "sqs", "sns", "stepfunctions"):
                if hasattr(app, client):
                    getattr(app, client).meta.events.register_first(
                        "provide-client-params.*.*",
                        lambda params, model, **_: self._note(function, params, model),
                    )
        return app.handler(event, context())

    def _note(self, function: str, params: dict[str, Any], model: Any) -> None:
        self.made[function].update(_needs(model.name, params))


@pytest.fixture
def calls(world: World, load: Load) -> dict[str, set[tuple[str, str]]]:
    """The permissions used on every way through the pipeline, duplicates and name clashes included."""
    calls = Calls(load)
    for _ in range(2):
        calls.invoke("csv_validator", world.upload("uploads/a.csv", GOOD))
        calls.invoke("csv_validator", world.upload("uploads/b.csv", b""))
    for number, body in enumerate([GOOD, GOOD + b"2,b,c,1,1,d\n", (FIXTURES / "bad_schema.csv").read_bytes()]):
        job = job_fields("uploads/c.csv", job_id=f"job-{number}")
        world.s3.put_object(Bucket=RAW, Key="uploads/c.csv", Body=body)
        message = {"messageId": "m", "body": json.dumps(job)}
        calls.invoke("csv_processor", {"Records": [message]})
        state = calls.invoke("parse_csv", job)
        state["checks"] = {"schema": calls.invoke("validate_schema", state)}
        valid = state["checks"]["schema"]["valid"]
        done = calls.invoke("transform_data" if valid else "move_to_failed", state)
        notice = {"status": "success" if valid else "failure", **done, "delivery": "execution"}
        calls.invoke("send_notification", notice)
        calls.invoke("send_notification", notice)
    return calls.made


def _allowed(role: str, action: str, resource: str) -> bool:
    return any(
        action in actions and any(fnmatch.fnmatchcase(resource, pattern) for pattern in resources)
        for actions, resources in _statements(role)
    )


def _role_of(folder: str) -> str:
    (function,) = (f for f in FUNCTIONS.values() if f["Properties"]["Handler"] == f"{folder}.app.handler")
    return str(function["Properties"]["Role"]["Fn::GetAtt"][0])


def test_each_call_of_each_handler_is_allowed_by_its_role(calls: dict[str, set[tuple[str, str]]]) -> None:
    refused = [
        (folder, action, resource)
        for folder, made in calls.items()
        for action, resource in sorted(made)
        if not _allowed(_role_of(folder), action, resource)
    ]
    assert len(calls) == 7
    assert refused == []


def test_no_role_allows_what_its_handler_never_does(calls: dict[str, set[tuple[str, str]]]) -> None:
    unused = []
    for folder, made in calls.items():
        for actions, resources in _statements(_role_of(folder)):
            for action in set(actions) - ON_BEHALF:
                for pattern in resources:
                    used = any(a == action and fnmatch.fnmatchcase(r, pattern) for a, r in made)
                    if not used and (folder, pattern) != ("csv_validator", DEAD_LETTERS):
                        unused.append((folder, action, pattern))
    assert unused == []


def test_the_workflow_may_run_its_functions_and_reach_the_dead_letter_queue() -> None:
    targets = ("ParseCsv", "ValidateSchema", "TransformData", "MoveToFailed", "SendNotification")
    assert _statements("ProcessCsvWorkflowRole") == [
        (["lambda:InvokeFunction"], [f"arn of {name}" for name in targets]),
        (["sqs:SendMessage"], [DEAD_LETTERS]),
    ]
