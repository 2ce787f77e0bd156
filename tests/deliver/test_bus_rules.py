from __future__ import annotations

import json

import pytest

from harness.deliver.persistence import persist
from harness.deliver.targets import Undeliverable

ACCOUNT = "123456789012"


def rule(world, name, pattern, *targets, bus="default", **options):
    """Put a rule; a target is an ARN or the API's form without its Id. Returns the rule's ARN."""
    arn = world.buses.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern), **options)["RuleArn"]
    forms = [t if isinstance(t, dict) else {"Arn": t} for t in targets]
    world.buses.put_targets(
        Rule=name, EventBusName=bus, Targets=[{"Id": f"t{n}", **form} for n, form in enumerate(forms)]
    )
    return arn


def put(world, detail=None, *, source="shop", detail_type="OrderPlaced", **options):
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail or {}), **options}
    return lambda: world.buses.put_events(Entries=[entry])


def bodies(queue):
    return [m.body for m in queue.contents()]


ORDERS = {"source": ["shop"], "detail-type": ["OrderPlaced"]}


def test_evb_01_every_matching_rule_gets_the_event_after_the_call_has_returned(world):
    queue, function = world.queue("orders"), world.function("bill")
    rule(world, "one", ORDERS, queue.arn)
    rule(world, "two", {"detail": {"total": [{"numeric": [">", 100]}]}}, function)
    rule(world, "three", {"source": ["another"]}, queue.arn)
    seen = []

    def act():
        answer = put(world, {"total": 150})()
        assert answer["FailedEntryCount"] == 0
        seen.append(len(queue.contents()))

    world.run(act)
    assert seen == [0]
    (body,) = bodies(queue)
    event = json.loads(body)
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
    ]
    assert event["time"] == "2030-01-15T09:00:00Z"
    assert (event["account"], event["detail"]) == (ACCOUNT, {"total": 150})
    assert [c.event for c in world.invoker.calls] == [event]


def test_evb_01_an_event_that_no_rule_matches_is_accepted(world):
    world.run(put(world))
    (event,) = world.events("deliver", "put on bus")
    assert event.detail["rules"] == []


def test_evb_01_an_event_for_a_bus_that_does_not_exist_is_accepted_and_lost(world):
    world.run(put(world, EventBusName="nowhere"))
    (event,) = world.events("deliver", "dropped")
    assert event.detail["reason"] == "the event bus does not exist"


def test_evb_03_a_rule_that_is_off_sends_nothing_until_it_is_on(world):
    queue = world.queue("orders")
    rule(world, "off", ORDERS, queue.arn, State="DISABLED")

    def act():
        put(world)()
        world.kernel.quiet()
        assert bodies(queue) == []
        world.buses.enable_rule(Name="off")
        put(world)()

    world.run(act)
    assert len(bodies(queue)) == 1


def test_an_event_goes_on_to_another_bus_as_it_was(world):
    queue = world.queue("orders")
    bus = world.buses.create_event_bus(Name="other")["EventBusArn"]
    rule(world, "forward", ORDERS, {"Arn": bus, "RoleArn": world.role()})
    rule(world, "take", ORDERS, queue.arn, bus="other")
    world.run(put(world, {"n": 1}))
    (body,) = bodies(queue)
    first, second = world.events("deliver", "put on bus")
    assert json.loads(body)["detail"] == {"n": 1}
    assert first.who.endswith("event-bus/default") and second.who == bus
    assert second.cause > first.number


def test_evb_05_a_queue_without_a_policy_is_not_reached_and_the_event_goes_to_the_dead_letters(world):
    queue, dead = world.queue("orders", policy=None), world.queue("dead")
    arn = rule(world, "one", ORDERS, {"Arn": queue.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    assert world.run(put(world, {"n": 1})) == 0.02
    assert bodies(queue) == []
    (letter,) = dead.contents()
    assert json.loads(letter.body)["detail"] == {"n": 1}
    attributes = {name: a["StringValue"] for name, a in letter.message_attributes.items()}
    assert "events.amazonaws.com may not sqs:SendMessage" in attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": arn,
        "TARGET_ARN": queue.arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }


def test_evb_05_a_function_without_a_permission_is_not_called(world):
    function = world.function("bill", permits=())
    rule(world, "one", ORDERS, function)
    world.run(put(world))
    assert world.invoker.calls == []
    (event,) = world.events("deliver", "dropped")
    assert "lambda:InvokeFunction" in event.detail["reason"]


def test_evb_05_a_permission_for_another_rule_does_not_let_this_one_in(world):
    function = world.function("bill", permits=())
    world.permit("bill", "events", SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/another")
    rule(world, "one", ORDERS, function)
    world.run(put(world))
    assert world.invoker.calls == []


def test_evb_05_a_bus_needs_a_role_or_a_policy_of_the_other_bus(world):
    queue = world.queue("orders")
    bus = world.buses.create_event_bus(Name="other")["EventBusArn"]
    rule(world, "forward", ORDERS, bus)
    rule(world, "take", ORDERS, queue.arn, bus="other")
    world.run(put(world))
    assert bodies(queue) == []


def test_evb_05_a_log_group_is_written_to_if_a_policy_of_the_logs_says_so(world):
    logs = world.cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/events/orders")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/orders"
    rule(world, "log", ORDERS, group)
    world.run(put(world, {"n": 1}))
    assert logs.describe_log_streams(logGroupName="/aws/events/orders")["logStreams"] == []
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/*:*",
    }
    logs.put_resource_policy(policyName="events", policyDocument=json.dumps({"Statement": [statement]}))
    world.run(put(world, {"n": 2}))
    (event,) = logs.filter_log_events(logGroupName="/aws/events/orders")["events"]
    assert json.loads(event["message"])["detail"] == {"n": 2}


def test_a_fifo_queue_is_given_its_group(world):
    queue = world.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    rule(world, "one", ORDERS, {"Arn": queue.arn, "SqsParameters": {"MessageGroupId": "shop"}})
    world.run(put(world))
    (message,) = queue.contents()
    assert message.group_id == "shop"


def test_evb_02_a_target_that_is_gone_is_not_tried_again(world):
    dead = world.queue("dead")
    gone = f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone"
    rule(world, "one", ORDERS, {"Arn": gone, "DeadLetterConfig": {"Arn": dead.arn}})
    world.run(put(world))
    (letter,) = dead.contents()
    assert letter.message_attributes["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def unreachable(world, times, arn):
    """The target's service fails that often."""
    left = [times]

    def hook(target):
        if target == arn and left[0]:
            left[0] -= 1
            raise Undeliverable("Service Unavailable", server_side=True)

    world.engines.targets.before.append(hook)


def test_evb_02_an_error_that_may_pass_is_tried_again_with_growing_waits(world):
    queue = world.queue("orders")
    rule(world, "one", ORDERS, queue.arn)
    unreachable(world, 3, queue.arn)
    assert world.run(put(world)) == 0.02 + 1 + 2 + 4
    assert len(bodies(queue)) == 1


def test_evb_02_the_retry_policy_ends_the_attempts(world):
    queue, dead = world.queue("orders"), world.queue("dead")
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}
    rule(world, "one", ORDERS, {"Arn": queue.arn, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead.arn}})
    unreachable(world, 9, queue.arn)
    world.run(put(world))
    (letter,) = dead.contents()
    attributes = {name: a["StringValue"] for name, a in letter.message_attributes.items()}
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert (attributes["RETRY_ATTEMPTS"], attributes["ERROR_CODE"]) == ("2", "ERROR_FROM_TARGET")


def test_evb_02_an_event_is_tried_for_a_day_and_185_times_and_no_longer(world):
    attempts = []

    def fails():
        attempts.append(world.kernel.clock.elapsed_us / 1e6)
        raise Undeliverable("Service Unavailable", server_side=True)

    failures = []
    world.run(lambda: failures.append(persist(world.kernel, None, fails)))
    assert len(attempts) == 186
    assert attempts[-1] < 86_400
    assert failures[0].exhausted == "MaximumRetryAttempts"
    attempts.clear()
    world.run(lambda: failures.append(persist(world.kernel, {"MaximumEventAgeInSeconds": 60}, fails)))
    assert failures[1].exhausted == "MaximumEventAgeInSeconds"
    assert attempts[-1] - attempts[0] < 60


def test_evb_05_a_dead_letter_queue_that_does_not_let_events_in_loses_the_event(world):
    queue, dead = world.queue("orders", policy=None), world.queue("dead", policy=None)
    rule(world, "one", ORDERS, {"Arn": queue.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    world.run(put(world))
    assert dead.contents() == []
    assert [e.who for e in world.events("deliver", "dropped")] == [queue.arn, dead.arn]


def test_s3e_24_a_bucket_tells_the_default_bus(world):
    queue = world.queue("uploads")
    world.buses.create_event_bus(Name="other")
    rule(world, "created", {"source": ["aws.s3"]}, queue.arn)
    rule(world, "elsewhere", {"source": ["aws.s3"]}, queue.arn, bus="other")
    world.s3.create_bucket(Bucket="photos")
    world.s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    def act():
        world.s3.put_object(Bucket="photos", Key="a b/c.jpg", Body=b"1234")
        world.kernel.quiet()
        world.s3.delete_object(Bucket="photos", Key="a b/c.jpg")

    world.run(act)
    created, deleted = (json.loads(body) for body in bodies(queue))
    assert (created["detail-type"], created["resources"]) == ("Object Created", ["arn:aws:s3:::photos"])
    thing = created["detail"]["object"]
    assert (thing["key"], thing["size"], "version-id" in thing) == ("a b/c.jpg", 4, False)
    assert set(thing) == {"key", "size", "etag", "sequencer"}
    assert created["detail"]["reason"] == "PutObject"
    assert (deleted["detail-type"], deleted["detail"]["deletion-type"]) == ("Object Deleted", "Permanently Deleted")
    assert set(deleted["detail"]["object"]) == {"key", "sequencer"}


@pytest.mark.parametrize("kind", ["Input", "InputPath", "InputTransformer"])
def test_a_target_is_sent_what_its_rule_says(world, kind):
    queue = world.queue("orders")
    value = {
        "Input": '{"fixed": true}',
        "InputPath": "$.detail.order",
        "InputTransformer": {"InputPathsMap": {"id": "$.detail.order.id"}, "InputTemplate": '{"order": <id>}'},
    }[kind]
    rule(world, "one", ORDERS, {"Arn": queue.arn, kind: value})
    world.run(put(world, {"order": {"id": "o-1"}}))
    expected = {"Input": '{"fixed": true}', "InputPath": '{"id":"o-1"}', "InputTransformer": '{"order":"o-1"}'}
    assert bodies(queue) == [expected[kind]]


def test_evb_02_a_target_may_get_an_event_twice(new_world):
    asked = []
    with new_world(repeats=lambda kind, source: asked.append((kind, source)) or 2) as world:
        queue = world.queue("orders")
        arn = rule(world, "one", ORDERS, queue.arn)
        world.run(put(world))
        first, second = bodies(queue)
        assert (first, asked) == (second, [("rule", arn)])
