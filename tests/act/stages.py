"""A small world for the tests of steps and checks: the embedded cloud with a stack made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from harness.act.stage import BUCKET, BUS, FUNCTION, LOG_GROUP, QUEUE, STATE_MACHINE, TABLE, TOPIC, Stage
from harness.kernel.scheduler import Kernel
from harness.scenario.model import Scenario
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.stack import Resource, Stack

T = TypeVar("T")

FLOW = {
    "StartAt": "Parse",
    "States": {
        "Parse": {"Type": "Pass", "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Next": "Done",
            "Branches": [
                {
                    "StartAt": "A1",
                    "States": {"A1": {"Type": "Pass", "Next": "A2"}, "A2": {"Type": "Pass", "End": True}},
                },
                {"StartAt": "B1", "States": {"B1": {"Type": "Pass", "End": True}}},
            ],
        },
        "Done": {"Type": "Succeed"},
    },
}


@dataclass
class FakeMessage:
    body: str
    message_attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class FakeMail:
    to: str
    subject: str | None
    body: str
    topic_arn: str = ""


@dataclass
class FakeInbox:
    messages: list[FakeMail] = field(default_factory=list)


@dataclass
class Peek:
    """What lies in each queue, by ARN; the engine's part in a real world."""

    messages: dict[str, list[FakeMessage]] = field(default_factory=dict)

    def __call__(self, arn: str) -> list[FakeMessage]:
        return self.messages.get(arn, [])


def scenario(when: list[Any] | None = None, then: list[Any] | None = None, **rest: Any) -> Scenario:
    value = {"pipeline": "p", "name": "n", "when": when or [], "then": then or [{"elapsed": "0s"}], **rest}
    return Scenario.model_validate(value)


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{rest}"


def build_stack(client: Callable[[str], Any]) -> Stack:
    client("s3").create_bucket(Bucket="raw-bucket")
    client("s3").create_bucket(Bucket="result-bucket")
    dead_arn, main_arn = arn("sqs", "dead"), arn("sqs", "main")
    dead = client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    main = client("sqs").create_queue(QueueName="main")["QueueUrl"]
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    client("logs").create_log_group(logGroupName="access")
    client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    bus = client("events").create_event_bus(Name="shop")["EventBusArn"]
    role = arn("iam", "role/r").replace(REGION, "")
    flow = client("stepfunctions").create_state_machine(name="flow", definition=json.dumps(FLOW), roleArn=role)
    redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3}
    resources = [
        Resource("Raw", BUCKET, "raw-bucket"),
        Resource("Results", BUCKET, "result-bucket"),
        Resource("Dead", QUEUE, dead, {"Arn": dead_arn}),
        Resource("Main", QUEUE, main, {"Arn": main_arn}, {"RedrivePolicy": redrive}),
        Resource("News", TOPIC, topic),
        Resource("Orders", TABLE, "orders"),
        Resource("Shop", BUS, "shop", {"Arn": bus}),
        Resource("Worker", FUNCTION, "worker", {"Arn": arn("lambda", "function:worker")}),
        Resource("Access", LOG_GROUP, "access"),
        Resource("Flow", STATE_MACHINE, flow["stateMachineArn"]),
    ]
    return Stack("app", REGION, ACCOUNT_ID, {r.logical_id: r for r in resources})


def on_stage(main: Callable[[Stage], T], **changes: Any) -> T:
    """Run ``main`` as the scenario's task in a fresh world."""
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        values: dict[str, Any] = {
            "inbox": FakeInbox(),
            "peek_queue": Peek(),
            "redeliver_object": lambda bucket, key: True,
            "redeliver_message": lambda arn: True,
        }

        def story() -> T:
            stack = build_stack(cloud.client)
            stage = Stage(kernel, stack, cloud.client, scenario=scenario(), **{**values, **changes})
            return main(stage)

        return kernel.run(story)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
