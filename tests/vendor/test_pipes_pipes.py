"""The contract between our pipes and moto's."""

from __future__ import annotations

import json

import pytest
from moto.pipes.models import EventBridgePipesBackend, Pipe

from harness.kernel.scheduler import Kernel
from harness.vendor import pipes_pipes
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/r"
GOOD = {"Name": "flow", "RoleArn": ROLE, "Source": QUEUE, "Target": QUEUE + "2"}
METHODS = ("create_pipe", "update_pipe", "start_pipe", "stop_pipe", "delete_pipe")


@pytest.fixture
def changed():
    return []


@pytest.fixture
def pipes(changed):
    with Cloud(Kernel()) as cloud:
        pipes_pipes.apply(
            cloud.patches,
            source_problem=lambda role, source: "it may not" if source.endswith(":closed") else None,
            on_pipe_changed=changed.append,
        )
        yield cloud.client("pipes")


def test_the_joints_exist():
    assert all(name in vars(EventBridgePipesBackend) for name in METHODS)
    assert {"arn", "current_state"} <= set(vars(Pipe))


def test_upstream_moves_nothing_through_a_pipe():
    with Cloud(Kernel()) as cloud:
        sqs = cloud.client("sqs")
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("q", "q2")]
        cloud.client("pipes").create_pipe(**GOOD)
        sqs.send_message(QueueUrl=urls[0], MessageBody="hello")
        assert "Messages" not in sqs.receive_message(QueueUrl=urls[1])


def test_undo_restores_the_same_objects():
    before = {name: vars(EventBridgePipesBackend)[name] for name in METHODS}
    with Cloud(Kernel()) as cloud:
        pipes_pipes.apply(cloud.patches, source_problem=lambda role, source: None, on_pipe_changed=lambda arn: None)
        assert all(vars(EventBridgePipesBackend)[name] is not before[name] for name in METHODS)
    assert {name: vars(EventBridgePipesBackend)[name] for name in METHODS} == before


def test_whoever_watches_is_told_of_every_change(pipes, changed):
    pattern = {"body": {"paid": [True]}}
    source = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}}
    arn = pipes.create_pipe(**GOOD, SourceParameters=source)["Arn"]
    found = pipes_pipes.find(arn)
    assert found is not None
    assert (found.running, found.filters, found.enrichment) == (True, (pattern,), None)
    pipes.stop_pipe(Name="flow")
    stopped = pipes_pipes.find(arn)
    assert stopped is not None and not stopped.running
    pipes.start_pipe(Name="flow")
    pipes.delete_pipe(Name="flow")
    assert changed == [arn] * 4
    assert pipes_pipes.find(arn) is None


STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/now"


def reading(source, **given):
    kind = "KinesisStreamParameters" if source == STREAM else "DynamoDBStreamParameters"
    return {**GOOD, "Source": source, "SourceParameters": {kind: given}}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({**GOOD, "Source": "arn:aws:kafka:us-east-1:123456789012:cluster/c"}, "is not read by pipes here"),
        ({**GOOD, "Source": STREAM}, "StartingPosition must be one of TRIM_HORIZON, LATEST, AT_TIMESTAMP"),
        (reading(STREAM, StartingPosition="AT_TIMESTAMP"), "StartingPositionTimestamp is required"),
        (reading(STREAM, StartingPosition="LATEST", StartingPositionTimestamp=1), "and valid for no other"),
        (
            reading(TABLE, StartingPosition="LATEST", DeadLetterConfig={"Arn": QUEUE + ".fifo"}),
            "must be a standard queue or topic",
        ),
        (
            reading(TABLE, StartingPosition="LATEST", DeadLetterConfig={"Arn": "arn:aws:s3:::bucket"}),
            "must be a standard queue or topic",
        ),
        ({**reading(TABLE, StartingPosition="LATEST"), "Source": QUEUE}, "DynamoDBStreamParameters is not valid"),
        ({**GOOD, "Source": "arn:aws:sqs:us-east-1:123456789012:closed"}, "it may not"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused_and_nobody_is_told(pipes, changed, request_, says):
    with pytest.raises(pipes.exceptions.ValidationException, match=says):
        pipes.create_pipe(**request_)
    assert changed == []


def test_upstream_takes_a_stream_without_a_starting_position():
    with Cloud(Kernel()) as cloud:
        assert cloud.client("pipes").create_pipe(**{**GOOD, "Source": STREAM})["Arn"]
