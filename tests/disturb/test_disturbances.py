from __future__ import annotations

import json

import pytest

from harness.deliver.engines import Engines
from harness.disturb.disturbances import Disturbances
from harness.errors import ScenarioError
from harness.invoke.call import Invoker
from harness.kernel.decisions import Replayed, Seeded
from harness.kernel.scheduler import Kernel
from harness.scenario.model import (
    Delay,
    DeliverLate,
    DeliverTwice,
    Fail,
    FailCall,
    FailDelivery,
    Kill,
    Reorder,
    Throttle,
)
from harness.scenario.values import Duration
from harness.vendor import sqs_queue
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec
from harness.world.stack import Resource, Stack

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:app-worker"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:app-jobs"
TOPIC = "arn:aws:sns:us-east-1:123456789012:app-news"
RULE = "arn:aws:events:us-east-1:123456789012:rule/on-order"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/app-clicks"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/app-items"
ROLE = "arn:aws:iam::123456789012:role/r"

CODE = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

def handler(event, context):
    s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    try:
        s3.put_object(Bucket="app-raw", Key="k", Body=b"x")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"
"""


def stack():
    resources = [
        Resource("Worker", "AWS::Lambda::Function", "app-worker", {"Arn": FUNCTION}),
        Resource("Raw", "AWS::S3::Bucket", "app-raw", {"Arn": "arn:aws:s3:::app-raw"}),
        Resource("Jobs", "AWS::SQS::Queue", "https://sqs/app-jobs", {"Arn": QUEUE}),
        Resource("Orders", "AWS::SQS::Queue", "https://sqs/app-orders.fifo", {"Arn": QUEUE + ".fifo"}),
        Resource("News", "AWS::SNS::Topic", TOPIC, {"TopicArn": TOPIC}),
        Resource("OnOrder", "AWS::Events::Rule", "on-order", {"Arn": RULE}),
        Resource("Clicks", "AWS::Kinesis::Stream", "app-clicks", {"Arn": STREAM}),
        Resource("Items", "AWS::DynamoDB::Table", "app-items", {"Arn": TABLE}),
    ]
    return Stack("app", "us-east-1", "123456789012", {r.logical_id: r for r in resources})


class World:
    """One function, run for real, with faults in its way."""

    def __init__(self, tmp_path, *faults):
        (tmp_path / "app.py").write_text(CODE, encoding="utf-8")
        self.kernel = Kernel()
        self.cloud = Cloud(self.kernel)
        self.functions = Functions()
        self.functions.register(
            FunctionSpec("Worker", "app-worker", FUNCTION, "app.handler", tmp_path, "python3.12", ROLE)
        )
        self.invoker = Invoker(self.kernel, self.functions, self.cloud)
        self.faults = faults
        self.results = []

    def run(self, act):
        with self.cloud:
            sqs_queue.apply(self.cloud.patches, self.kernel)
            disturbances = Disturbances(self.kernel, stack(), self.faults)
            self.engines = Engines(self.cloud, self.invoker, self.functions, repeats=disturbances.repeats)
            with self.invoker:
                self.invoker.before.append(disturbances.before_call)
                self.cloud.on_call.append(disturbances.on_call)
                self.cloud.client("s3").create_bucket(Bucket="app-raw")
                self.kernel.run(lambda: (act(self), self.kernel.quiet()))
        return self

    def invoke(self, times):
        for _ in range(times):
            self.results.append(self.invoker.invoke(FUNCTION, b"{}"))

    @property
    def endings(self):
        return [r.ending for r in self.results]

    @property
    def disturbed(self):
        return [(e.who, e.detail["kind"]) for e in self.kernel.trace.select("disturb", "disturbed")]


def test_a_function_fails_as_often_as_asked_for(tmp_path):
    fault = Fail(function="Worker", times=2, error={"type": "KeyError", "message": "gone"})
    world = World(tmp_path, fault).run(lambda w: w.invoke(3))
    assert world.endings == ["failed", "failed", "succeeded"]
    assert json.loads(world.results[0].payload)["errorType"] == "KeyError"
    assert world.disturbed == [(FUNCTION, "fails")] * 2


def test_a_function_fails_always(tmp_path):
    world = World(tmp_path, Fail(function="Worker", times="always")).run(lambda w: w.invoke(3))
    assert world.endings == ["failed"] * 3


def test_failing_after_means_that_the_work_was_done(tmp_path):
    def act(world):
        world.invoke(1)
        world.cloud.client("s3").head_object(Bucket="app-raw", Key="k")

    assert World(tmp_path, Fail(function="Worker", after=True)).run(act).endings == ["failed"]


def test_failing_before_means_that_nothing_was_done(tmp_path):
    def act(world):
        world.invoke(1)
        assert "Contents" not in world.cloud.client("s3").list_objects_v2(Bucket="app-raw")

    World(tmp_path, Fail(function="Worker", before=True)).run(act)


def test_the_first_fault_that_is_not_used_up_strikes(tmp_path):
    faults = (Throttle(function="Worker"), Fail(function="Worker"))
    world = World(tmp_path, *faults).run(lambda w: w.invoke(3))
    assert world.endings == ["throttled", "failed", "succeeded"]


def test_a_delay_takes_virtual_time_each_time(tmp_path):
    world = World(tmp_path, Delay(function="Worker", by=Duration(1_500_000))).run(lambda w: w.invoke(2))
    assert world.kernel.clock.elapsed_us == 3_000_000


def test_an_aws_call_of_a_function_fails(tmp_path):
    fault = FailCall(call="s3.PutObject", error="SlowDown", function="Worker")
    world = World(tmp_path, fault).run(lambda w: w.invoke(2))
    assert [r.value() for r in world.results] == ["SlowDown", "ok"]
    assert world.disturbed == [(FUNCTION, "call failed")]


def test_only_calls_of_functions_fail_and_only_that_call(tmp_path):
    def act(world):
        world.cloud.client("s3").put_object(Bucket="app-raw", Key="by-the-scenario")
        world.invoke(1)

    world = World(tmp_path, FailCall(call="s3.GetObject", error="SlowDown", times="always")).run(act)
    assert world.results[0].value() == "ok"
    world = World(tmp_path, FailCall(call="s3.PutObject", error="SlowDown")).run(act)
    assert world.results[0].value() == "SlowDown"


@pytest.mark.parametrize(("times", "expected"), [(1, [2, 1]), ("all", [2, 2])])
def test_deliveries_of_the_named_source_are_made_twice(tmp_path, times, expected):
    answers = {}

    def act(world):
        disturbances = Disturbances(
            world.kernel, stack(), [DeliverTwice(**{kind: name}, times=times) for kind, name in names.items()]
        )
        sources = {"bucket": "app-raw", "queue": QUEUE, "rule": RULE, "stream": STREAM, "table": TABLE, "topic": TOPIC}
        for kind, source in sources.items():
            answers[kind] = [disturbances.repeats(kind, source) for _ in range(2)]
            assert disturbances.repeats(kind, source + "-other") == 1

    names = {"bucket": "Raw", "queue": "Jobs", "rule": "OnOrder", "stream": "Clicks", "table": "Items", "topic": "News"}
    World(tmp_path).run(act)
    assert answers == dict.fromkeys(names, expected)


def test_a_killed_function_has_done_its_work_and_starts_cold_the_next_time(tmp_path):
    def act(world):
        world.invoke(2)
        world.cloud.client("s3").head_object(Bucket="app-raw", Key="k")

    world = World(tmp_path, Kill(function="Worker")).run(act)
    assert world.endings == ["exited", "succeeded"]
    assert json.loads(world.results[0].payload)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert [e.detail["cold"] for e in world.kernel.trace.select("invoke", "started")] == [True, True]
    assert world.disturbed == [(FUNCTION, "killed")]


def test_a_delivery_is_late_as_often_as_asked_for():
    late = DeliverLate(topic="News", by=Duration(90_000_000), times=2)
    kernel = Kernel()
    disturbances = Disturbances(kernel, stack(), [late])
    assert [disturbances.late_s("topic", TOPIC) for _ in range(3)] == [90, 90, 0]
    assert disturbances.late_s("bucket", "app-raw") == 0
    (first, _) = kernel.trace.select("disturb", "disturbed")
    assert first.detail == {"kind": "delivered late", "by": "1m30s"}


def test_a_subscriber_is_out_of_order_as_often_as_asked_for_under_any_alias():
    disturbances = Disturbances(
        Kernel(), stack(), [FailDelivery(function="Worker", times=2), FailDelivery(queue="Jobs")]
    )
    asked = [("function", FUNCTION), ("queue", QUEUE), ("function", FUNCTION + ":live"), ("function", FUNCTION)]
    assert [disturbances.out_of_order(*one) for one in asked] == [True, True, True, False]
    assert not disturbances.out_of_order("queue", QUEUE)


def test_a_reordered_queue_plainly_hands_out_its_youngest_message():
    kernel = Kernel()
    disturbances = Disturbances(kernel, stack(), [Reorder(queue="Jobs")])
    assert [disturbances.overtakes(QUEUE, visible) for visible in (3, 2)] == [2, 1]
    assert disturbances.overtakes(QUEUE + "-other", 3) == 0
    assert [e.detail["overtaken"] for e in kernel.trace.select("disturb", "disturbed")] == ["2", "1"]


def test_the_order_of_a_reordered_queue_is_a_decision_that_a_seed_draws_and_a_recording_repeats():
    def orders(decisions):
        disturbances = Disturbances(Kernel(decisions=decisions), stack(), [Reorder(queue="Jobs")])
        return [disturbances.overtakes(QUEUE, 5) for _ in range(20)]

    decisions = Seeded(1)
    drawn = orders(decisions)
    assert set(drawn) == {0, 1, 2, 3, 4}
    assert drawn == orders(Seeded(1)) != orders(Seeded(2))
    assert drawn == orders(Replayed(decisions.taken))


def test_the_order_of_a_fifo_queue_cannot_be_disturbed():
    with pytest.raises(ScenarioError, match='"Orders" is a FIFO queue: AWS keeps the order'):
        Disturbances(Kernel(), stack(), [Reorder(queue="Orders")])


@pytest.mark.parametrize(
    "fault",
    [
        Fail(function="Wroker"),
        Throttle(function="Wroker"),
        DeliverTwice(queue="Jbos"),
        DeliverLate(bucket="Rwa", by=Duration(1)),
        FailDelivery(queue="Jbos"),
        Reorder(queue="Jbos"),
        Kill(function="Wroker"),
    ],
)
def test_a_name_that_the_template_does_not_have_is_refused(tmp_path, fault):
    with pytest.raises(ScenarioError, match="Did you mean"):
        Disturbances(Kernel(), stack(), [fault])


def test_an_asynchronous_event_outlives_a_fault(tmp_path):
    fault = Fail(function="Worker", times=2)
    world = World(tmp_path, fault).run(lambda w: w.engines.async_events.submit(FUNCTION, b"{}", None))
    assert [e.at_us for e in world.kernel.trace.select("invoke", "started")] == [0, 60_000_000, 180_000_000]
    assert len(world.kernel.trace.select("invoke", "succeeded")) == 1
