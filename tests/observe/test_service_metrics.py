"""What the services publish by themselves, with AWS's names, dimensions and units."""

from __future__ import annotations

import json

import pytest


def statistics(world, namespace, name, *dimensions, statistic="Sum", period=60, minutes=60):
    """The statistic of each period that has a datapoint, and its unit aside."""
    answer = world.cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": n, "Value": v} for n, v in dimensions],
        StartTime=world.at(0),
        EndTime=world.at(minutes * 60),
        Period=period,
        Statistics=[statistic],
    )
    points = sorted(answer["Datapoints"], key=lambda p: p["Timestamp"])
    return [((p["Timestamp"] - world.at(0)).total_seconds(), p[statistic]) for p in points]


def invoke_events(world, function, *events):
    """Write events of calls into the trace, as the invoker does."""
    for what, request in events:
        world.kernel.emit("invoke", what, function, request_id=request)


def test_cw_01_lambda_counts_calls_errors_and_throttles_of_each_function_and_of_all(world):
    arn = world.function("job")

    def act():
        invoke_events(world, arn, ("started", "1"))
        world.kernel.sleep(90)
        invoke_events(world, arn, ("started", "2"), ("failed", "1"), ("succeeded", "2"), ("throttled", "3"))

    world.run(act)
    by_name = ("FunctionName", "job")
    # An error is counted in the minute in which its call began.
    assert statistics(world, "AWS/Lambda", "Errors", by_name) == [(0, 1), (60, 0)]
    assert statistics(world, "AWS/Lambda", "Invocations", by_name) == [(0, 1), (60, 1)]
    assert statistics(world, "AWS/Lambda", "Invocations") == [(0, 1), (60, 1)]
    assert statistics(world, "AWS/Lambda", "Throttles", by_name) == [(0, 0), (60, 1)]
    assert statistics(world, "AWS/Lambda", "Duration", by_name, statistic="Maximum") == [(0, 90_000), (60, 0)]
    assert statistics(world, "AWS/Lambda", "ConcurrentExecutions", by_name, statistic="Maximum") == [(0, 1), (60, 2)]


@pytest.mark.parametrize("read_before", [True, False])
def test_a_world_that_forgets_its_events_has_counted_them(world, read_before):
    world.kernel.trace.keep_last(50)
    arn = world.function("job")
    by_name = ("FunctionName", "job")

    def act():
        for number in range(200):
            invoke_events(world, arn, ("started", str(number)), ("succeeded", str(number)))
            if read_before and number % 70 == 0:
                assert statistics(world, "AWS/Lambda", "Invocations", by_name) == [(0, number + 1)]

    world.run(act)
    assert statistics(world, "AWS/Lambda", "Invocations", by_name) == [(0, 200)]


def test_cw_01_lambda_counts_what_becomes_of_asynchronous_events(world):
    arn = world.function("job", world.FAILS)
    dead = "arn:aws:sqs:us-east-1:123456789012:gone"
    world.functions_api.put_function_event_invoke_config(FunctionName="job", MaximumRetryAttempts=1)
    world.cloud.client("lambda").update_function_configuration(FunctionName="job", DeadLetterConfig={"TargetArn": dead})
    world.run(lambda: world.engines.async_events.submit(arn, b"{}", None))
    by_name = ("FunctionName", "job")
    assert statistics(world, "AWS/Lambda", "AsyncEventsReceived", by_name) == [(0, 1)]
    assert statistics(world, "AWS/Lambda", "AsyncEventAge", by_name, statistic="Maximum") == [(0, 0), (60, 60_000)]
    assert statistics(world, "AWS/Lambda", "AsyncEventsDropped", by_name) == [(60, 1)]
    assert statistics(world, "AWS/Lambda", "DeadLetterErrors", by_name) == [(60, 1)]


def test_cw_03_sqs_counts_messages_and_not_those_that_are_moved_to_a_dead_letter_queue(world):
    dead = world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    queue = world.queue("jobs", RedrivePolicy=redrive, VisibilityTimeout=10)

    def act():
        queue.send("a")
        queue.send("b")
        first, _ = queue.receive(10)
        queue.delete(first.receipt_handle)
        world.kernel.sleep(20)
        queue.receive(10)

    world.run(act)
    name = ("QueueName", "jobs")
    assert statistics(world, "AWS/SQS", "NumberOfMessagesSent", name) == [(0, 2)]
    assert statistics(world, "AWS/SQS", "NumberOfMessagesReceived", name) == [(0, 2)]
    assert statistics(world, "AWS/SQS", "NumberOfMessagesDeleted", name) == [(0, 1)]
    assert statistics(world, "AWS/SQS", "NumberOfMessagesSent", ("QueueName", "dead")) == []


def test_cw_03_a_queues_levels_are_those_at_the_end_of_each_minute(world):
    queue = world.queue("jobs", VisibilityTimeout=600)
    name = ("QueueName", "jobs")
    visible = "ApproximateNumberOfMessagesVisible"

    def act():
        assert statistics(world, "AWS/SQS", visible, name, statistic="Maximum") == [(0, 0)]
        world.kernel.sleep(90)
        queue.send("a")
        queue.send("b")
        queue.receive(1)
        world.kernel.sleep(60)
        (second,) = queue.receive(1)
        queue.delete(second.receipt_handle)
        world.kernel.sleep(120)

    world.run(act)

    def levels(level):
        return statistics(world, "AWS/SQS", level, name, statistic="Maximum")

    assert levels(visible) == [(0, 0), (60, 1), (120, 0), (180, 0), (240, 0)]
    not_visible = [(0, 0), (60, 1), (120, 1), (180, 1), (240, 1)]
    assert levels("ApproximateNumberOfMessagesNotVisible") == not_visible
    ages = [(0, 0), (60, 30), (120, 90), (180, 150), (240, 210)]
    assert levels("ApproximateAgeOfOldestMessage") == ages


def test_cw_03_a_queue_to_which_nothing_happens_for_six_hours_is_not_active(world):
    dead = world.queue("dead")
    world.alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "dead"}],
    )

    def act():
        world.kernel.sleep(8 * 3600)
        dead.send("a")

    world.run(act)
    gone = 6 * 3600 + 3 * 60
    assert world.changes() == [(60, "OK"), (gone, "INSUFFICIENT_DATA"), (8 * 3600 + 60, "ALARM")]


def test_a_delayed_message_is_visible_when_its_delay_is_over(world):
    queue = world.queue("jobs", DelaySeconds=90)
    world.alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "jobs"}],
    )

    def act():
        queue.send("a")
        world.kernel.sleep(200)

    world.run(act)
    assert world.changes() == [(60, "OK"), (120, "ALARM")]


def test_cw_04_sns_counts_what_is_published_delivered_and_failed(world):
    topic = world.topic("news")
    world.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")
    closed = world.queue("closed", policy=None)
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=closed.arn)
    world.run(lambda: world.sns.publish(TopicArn=topic, Message="m"))
    name = ("TopicName", "news")
    assert statistics(world, "AWS/SNS", "NumberOfMessagesPublished", name) == [(0, 1)]
    assert statistics(world, "AWS/SNS", "NumberOfNotificationsDelivered", name) == [(0, 1)]
    assert statistics(world, "AWS/SNS", "NumberOfNotificationsFailed", name) == [(0, 1)]


def test_cw_04_states_counts_executions_by_their_end(world):
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m"

    def tell(what, execution, **detail):
        world.kernel.emit("workflow", what, machine, execution=execution, **detail)

    def act():
        tell("started", "1")
        tell("started", "2")
        tell("started", "2/child")
        tell("failed", "1", state="Work")
        world.kernel.sleep(30)
        tell("succeeded", "1")
        tell("failed", "2", error="Boom")

    world.run(act)
    arn = ("StateMachineArn", machine)
    counted = {
        name: statistics(world, "AWS/States", f"Executions{name}", arn)
        for name in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
    }
    assert counted == {
        "Started": [(0, 2)],
        "Succeeded": [(0, 1)],
        "Failed": [(0, 1)],
        "TimedOut": [],
        "Aborted": [],
    }
    assert statistics(world, "AWS/States", "ExecutionTime", arn, statistic="Average") == [(0, 30_000)]


def test_events_counts_rules_that_match_and_targets_that_refuse(world):
    open_queue, closed = world.queue("open"), world.queue("closed", policy=None)
    world.buses.put_rule(Name="rule", EventPattern='{"source": ["shop"]}')
    targets = [{"Id": n, "Arn": q.arn} for n, q in (("a", open_queue), ("b", closed))]
    world.buses.put_targets(Rule="rule", Targets=targets)
    world.run(lambda: world.buses.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}]))
    name = ("RuleName", "rule")
    assert statistics(world, "AWS/Events", "TriggeredRules", name) == [(0, 1)]
    assert statistics(world, "AWS/Events", "Invocations", name) == [(0, 1)]
    assert statistics(world, "AWS/Events", "FailedInvocations", name) == [(0, 1)]


def test_cw_18_what_is_embedded_in_a_log_line_is_a_metric(world):
    line = {
        "_aws": {
            "Timestamp": int(world.kernel.clock.now_s * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Shop",
                    "Dimensions": [["service"], []],
                    "Metrics": [{"Name": "Sold", "Unit": "Count"}, {"Name": "Took", "Unit": "Milliseconds"}],
                }
            ],
        },
        "service": "orders",
        "Sold": 3,
        "Took": [1.0, 9.0],
        "customer": "c-1",
    }
    logs = world.cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/job")
    logs.create_log_stream(logGroupName="/aws/lambda/job", logStreamName="s")
    now_ms = int(world.kernel.clock.now_s * 1000)
    texts = [json.dumps(line), '{"_aws": {"CloudWatchMetrics": 3}}', 'not json "_aws"', '{"_aws']
    events = [{"timestamp": now_ms, "message": text} for text in texts]
    logs.put_log_events(logGroupName="/aws/lambda/job", logStreamName="s", logEvents=events)
    assert statistics(world, "Shop", "Sold", ("service", "orders")) == [(0, 3)]
    assert statistics(world, "Shop", "Sold") == [(0, 3)]
    assert statistics(world, "Shop", "Took", statistic="Maximum") == [(0, 9)]
    assert statistics(world, "Shop", "Took", statistic="SampleCount") == [(0, 2)]


@pytest.mark.parametrize(("status", "expected"), [(200, (0, 0)), (404, (1, 0)), (502, (0, 1))])
def test_api_gateway_counts_requests_and_errors_of_an_api_and_its_stage(world, status, expected):
    api = world.cloud.client("apigateway").create_rest_api(name="shop")["id"]
    world.run(lambda: world.kernel.emit("http", "answered", api, status=status, stage="live", took_ms=30))
    for dimensions in ([("ApiName", "shop")], [("ApiName", "shop"), ("Stage", "live")]):
        assert statistics(world, "AWS/ApiGateway", "Count", *dimensions) == [(0, 1)]
        errors = [statistics(world, "AWS/ApiGateway", name, *dimensions)[0][1] for name in ("4XXError", "5XXError")]
        assert tuple(errors) == expected
        assert statistics(world, "AWS/ApiGateway", "Latency", *dimensions, statistic="Average") == [(0, 30)]


def test_cw_01_the_age_of_what_is_read_from_a_stream_is_published(world):
    arn = world.function("job")
    world.run(lambda: world.kernel.emit("deliver", "read", arn, stream="s", age_ms=1500))
    assert statistics(world, "AWS/Lambda", "IteratorAge", ("FunctionName", "job"), statistic="Maximum") == [(0, 1500)]


def test_without_a_question_nothing_is_counted(world):
    invoke_events(world, world.function("job"), ("started", "1"), ("succeeded", "1"))
    assert world.watch.services._counted == 0
