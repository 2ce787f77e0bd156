from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness.deliver.targets import Undeliverable

START = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)


def scheduled_rule(world, function, expression="rate(1 minute)", **options):
    arn = world.buses.put_rule(Name="tick", ScheduleExpression=expression, **options)["RuleArn"]
    world.buses.put_targets(Rule="tick", Targets=[{"Id": "one", "Arn": function}])
    return arn


def schedule(world, arn, expression, *, target=None, **options):
    return world.cloud.client("scheduler").create_schedule(
        Name="tick",
        ScheduleExpression=expression,
        FlexibleTimeWindow=options.pop("window", {"Mode": "OFF"}),
        Target={"Arn": arn, "RoleArn": world.role(), **(target or {})},
        **options,
    )["ScheduleArn"]


def passing(world, seconds):
    """What the step ``advance`` does."""
    return lambda: world.kernel.sleep(seconds)


def test_evb_06_a_rate_is_due_each_time_its_period_has_passed(world):
    function = world.function("clean")
    arn = scheduled_rule(world, function)
    world.run(passing(world, 180))
    assert world.invoker.times("clean") == [60.02, 120.02, 180.02]
    assert world.invoker.calls[0].event == {
        "version": "0",
        "id": world.invoker.calls[0].event["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2030-01-15T09:01:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {},
    }


def test_evb_06_a_schedule_does_not_keep_a_run_going(world):
    scheduled_rule(world, world.function("clean"))
    assert world.run() == 0
    assert world.invoker.calls == []


def test_evb_06_what_recurs_stands_still_while_the_run_comes_to_rest(world):
    """Each call leaves more than a minute of work: it would never end."""
    kernel = world.kernel
    function = world.function("clean", lambda event: kernel.spawn(lambda: kernel.sleep(90), name="work") and None)
    scheduled_rule(world, function)
    assert world.run(passing(world, 60)) == 60.02 + 90
    assert world.invoker.times("clean") == [60.02]


def test_evb_03_a_scheduled_rule_that_is_off_does_not_fire(world):
    function = world.function("clean")
    scheduled_rule(world, function, State="DISABLED")

    def act():
        world.kernel.sleep(90)
        world.buses.enable_rule(Name="tick")
        world.kernel.sleep(70)
        world.buses.disable_rule(Name="tick")
        world.kernel.sleep(300)

    world.run(act)
    assert world.invoker.times("clean") == [150.02]


def test_a_scheduled_rule_that_is_deleted_does_not_fire(world):
    scheduled_rule(world, world.function("clean"))
    world.buses.remove_targets(Rule="tick", Ids=["one"])
    world.buses.delete_rule(Name="tick")
    world.run(passing(world, 300))
    assert world.events("deliver", "came due") == []


def test_evb_06_a_schedule_sends_its_input_in_its_role(world):
    queue = world.queue("jobs", policy=None)
    arn = schedule(
        world,
        queue.arn,
        "cron(30 11 * * ? *)",
        target={"Input": '{"at": "<aws.scheduler.scheduled-time>"}'},
        ScheduleExpressionTimezone="Europe/Berlin",
    )
    world.run(passing(world, 86_400 + 7200))
    assert [m.body for m in queue.contents()] == [
        '{"at": "2030-01-15T10:30:00Z"}',
        '{"at": "2030-01-16T10:30:00Z"}',
    ]
    assert [e.who for e in world.events("deliver", "came due")] == [arn, arn]


def test_evb_06_a_schedule_without_input_sends_awss_own_event(world):
    queue = world.queue("jobs")
    arn = schedule(world, queue.arn, "at(2030-01-15T09:10:00)")
    world.run(passing(world, 600))
    (message,) = queue.contents()
    event = json.loads(message.body)
    assert (event["source"], event["resources"], event["detail"]) == ("aws.scheduler", [arn], "{}")


def test_evb_06_a_rate_of_the_scheduler_is_due_at_once_and_ends_when_it_is_told_to(world):
    function = world.function("clean")
    schedule(world, function, "rate(1 minute)", EndDate=START + timedelta(seconds=130))
    world.run(passing(world, 600))
    assert world.invoker.times("clean") == [0.0, 60.0, 120.0]


def test_evb_06_a_rate_of_the_scheduler_begins_when_it_is_told_to(world):
    function = world.function("clean")
    schedule(world, function, "rate(1 minute)", StartDate=START + timedelta(seconds=90))
    world.run(passing(world, 160))
    assert world.invoker.times("clean") == [90.0, 150.0]


def test_a_run_waits_for_a_one_time_schedule_that_a_step_led_to_and_not_for_the_templates(world):
    function = world.function("remind")
    schedule(world, function, "at(2031-01-01T00:00:00)")

    def act():
        task = world.kernel.require_current()
        task.cause = world.kernel.emit("act", "invoked", "Ask")
        world.cloud.client("scheduler").create_schedule(
            Name="reminder",
            ScheduleExpression="at(2030-01-15T09:10:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": function, "RoleArn": world.role()},
            ActionAfterCompletion="DELETE",
        )

    assert world.run(act) == 600
    assert world.invoker.times("remind") == [600.0]
    (due,) = world.events("deliver", "came due")
    assert due.cause == 1
    assert [s["Name"] for s in world.cloud.client("scheduler").list_schedules()["Schedules"]] == ["tick"]


def test_evb_06_a_schedule_that_is_off_does_not_fire(world):
    schedule(world, world.function("clean"), "rate(1 minute)", State="DISABLED")
    world.run(passing(world, 300))
    assert world.invoker.calls == []


def test_evb_02_what_a_schedule_cannot_deliver_goes_to_its_dead_letters(world):
    queue, dead = world.queue("jobs"), world.queue("dead", policy=None)

    def hook(target):
        if target == queue.arn:
            raise Undeliverable("Service Unavailable", server_side=True)

    world.engines.targets.before.append(hook)
    more = {"DeadLetterConfig": {"Arn": dead.arn}, "RetryPolicy": {"MaximumRetryAttempts": 1}, "Input": '"go"'}
    arn = schedule(world, queue.arn, "at(2030-01-15T09:10:00)", target=more)
    world.run(passing(world, 900))
    (letter,) = dead.contents()
    attributes = {name: a["StringValue"] for name, a in letter.message_attributes.items()}
    assert letter.body == '"go"'
    assert attributes.pop("EXECUTION_ID")
    assert attributes == {
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "ERROR_MESSAGE": "Service Unavailable",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "1",
        "SCHEDULED_TIME": "2030-01-15T09:10:00Z",
        "SCHEDULE_ARN": arn,
        "TARGET_ARN": queue.arn,
    }


def test_a_schedule_puts_an_event_on_a_bus(world):
    queue = world.queue("orders")
    bus = world.buses.create_event_bus(Name="other")["EventBusArn"]
    pattern = json.dumps({"source": ["clock"]})
    world.buses.put_rule(Name="take", EventBusName="other", EventPattern=pattern)
    world.buses.put_targets(Rule="take", EventBusName="other", Targets=[{"Id": "q", "Arn": queue.arn}])
    named = {"EventBridgeParameters": {"Source": "clock", "DetailType": "Noon"}, "Input": '{"n": 1}'}
    schedule(world, bus, "at(2030-01-15T12:00:00)", target=named)
    world.run(passing(world, 4 * 3600))
    (message,) = queue.contents()
    assert json.loads(message.body)["detail"] == {"n": 1}


SDK = "arn:aws:scheduler:::aws-sdk:"


def called(world, operation, **parameters):
    options = {"target": {"Input": json.dumps(parameters), "RetryPolicy": {"MaximumRetryAttempts": 0}}}
    schedule(world, SDK + operation, "at(2030-01-15T09:01:00)", **options)
    world.run(passing(world, 120))


def test_evb_06_a_schedule_may_call_an_operation(world):
    queue = world.queue("jobs")
    url = world.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    called(world, "sqs:sendMessage", QueueUrl=url, MessageBody="at <aws.scheduler.scheduled-time>")
    assert [m.body for m in queue.contents()] == ["at 2030-01-15T09:01:00Z"]


def test_evb_06_an_operations_parameters_have_capitals_and_its_blobs_are_text(world):
    world.cloud.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    called(world, "kinesis:putRecord", StreamName="s", Data="x", PartitionKey="k")
    assert [e.who for e in world.events("stream", "put")] == ["s"]


def test_evb_06_a_service_that_begins_small_is_called_by_capitals_too(world):
    world.cloud.client("logs").create_log_group(logGroupName="g")
    called(world, "cloudwatchlogs:createLogStream", LogGroupName="g", LogStreamName="s")
    streams = world.cloud.client("logs").describe_log_streams(logGroupName="g")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["s"]


@pytest.mark.parametrize(
    ("operation", "parameters", "reason"),
    [
        ("sqs:sendMessage", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/gone"}, "MessageBody"),
        ("sqs:flyAway", {}, "sqs has no operation flyAway"),
        ("nothing:doIt", {}, "there is no service nothing"),
    ],
)
def test_evb_06_an_operation_that_cannot_be_called_is_dropped_with_its_reason(world, operation, parameters, reason):
    called(world, operation, **parameters)
    (dropped,) = world.events("deliver", "dropped")
    assert reason in dropped.detail["reason"]


@pytest.mark.parametrize(
    ("arn", "text", "says"),
    [
        (SDK + "sqs:receiveMessage", "{}", "it only looks"),
        (SDK + "sqs", "{}", "not in correct format"),
        (SDK + "sqs:sendMessage", "[1]", "must be an object"),
        (SDK + "sqs:sendMessage", "{", "is not JSON"),
    ],
)
def test_evb_06_an_operation_that_aws_does_not_take_is_refused(world, arn, text, says):
    with pytest.raises(ClientError, match=says):
        schedule(world, arn, "rate(1 minute)", target={"Input": text})


def test_evb_05_a_role_that_may_not_deliver_leaves_the_event_to_the_dead_letters(world):
    role = world.cloud.client("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    queue, dead = world.queue("jobs", policy=None), world.queue("dead")
    schedule(
        world,
        queue.arn,
        "at(2030-01-15T09:01:00)",
        target={"RoleArn": role, "DeadLetterConfig": {"Arn": dead.arn}},
    )
    world.run(passing(world, 120))
    (message,) = dead.contents()
    assert (queue.contents(), message.message_attributes["ERROR_CODE"]["StringValue"]) == ([], "NO_PERMISSIONS")
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"].startswith('the role "nobody" may not sqs:SendMessage on')
