from __future__ import annotations

import itertools
import json


def submit(world, arn, event=None):
    payload = json.dumps(event or {"n": 1}).encode()
    return lambda: world.engines.async_events.submit(arn, payload, None)


def configure(world, name, **options):
    world.functions_api.put_function_event_invoke_config(FunctionName=name, **options)


def on_failure(arn):
    return {"OnFailure": {"Destination": arn}}


def test_lam_10_a_failing_event_is_tried_at_0_60_and_180_seconds_with_one_request_id(world):
    world.run(submit(world, world.function("f", world.FAILS)))
    assert world.invoker.times("f") == [0, 60, 180]
    assert len({c.request_id for c in world.invoker.calls}) == 1
    (end,) = world.events("deliver", "async gave up")
    assert end.at_us == 180_000_000
    assert end.detail["condition"] == "RetriesExhausted"


def test_lam_10_a_retry_that_succeeds_ends_it(world):
    world.run(submit(world, world.function("f", world.FAILS, "fine")))
    assert world.invoker.times("f") == [0, 60]
    assert world.events("deliver", "async gave up") == []


def test_submit_returns_before_the_function_runs(world):
    arn = world.function("f")
    seen = []

    def act():
        submit(world, arn)()
        seen.append(len(world.invoker.calls))

    world.run(act)
    assert seen == [0]
    assert len(world.invoker.calls) == 1


def test_lam_10_no_retries_when_the_configuration_says_so(world):
    arn = world.function("f", world.FAILS)
    configure(world, "f", MaximumRetryAttempts=0)
    world.run(submit(world, arn))
    assert world.invoker.times("f") == [0]


def test_lam_15_a_second_configuration_replaces_the_first(world):
    arn = world.function("f", world.FAILS)
    configure(world, "f", MaximumRetryAttempts=0)
    configure(world, "f", MaximumRetryAttempts=1)
    world.run(submit(world, arn))
    assert world.invoker.times("f") == [0, 60]


def test_lam_10_an_event_that_is_too_old_is_not_tried_again(world):
    arn = world.function("f", world.FAILS)
    queue = world.queue("late")
    configure(world, "f", MaximumEventAgeInSeconds=100, DestinationConfig=on_failure(queue.arn))
    world.run(submit(world, arn))
    assert world.invoker.times("f") == [0, 60]
    (message,) = queue.contents()
    assert json.loads(message.body)["requestContext"]["condition"] == "EventAgeExceeded"
    assert message.sent_us - world.kernel.clock.start_us == 100_000_000


def test_lam_11_a_throttled_event_is_retried_with_growing_waits_and_keeps_its_retries(world):
    throttled = [world.THROTTLED] * 3
    arn = world.function("f", *throttled, world.FAILS)
    world.run(submit(world, arn))
    assert world.invoker.times("f") == [0, 1, 3, 7, 67, 187]


def test_lam_11_throttling_ends_at_the_events_age_with_waits_of_at_most_five_minutes(world):
    arn = world.function("f", world.THROTTLED)
    world.run(submit(world, arn))
    times = world.invoker.times("f")
    assert max(b - a for a, b in itertools.pairwise(times)) == 300
    (end,) = world.events("deliver", "async gave up")
    assert (end.at_us, end.detail["condition"]) == (21_600_000_000, "EventAgeExceeded")


def test_lam_12_reserved_concurrency_zero_goes_straight_to_the_dead_letter_queue(world):
    queue = world.queue("dead")
    dead_letter = {"TargetArn": queue.arn}
    arn = world.function("f", world.THROTTLED, reserved_concurrency=0, DeadLetterConfig=dead_letter)
    assert world.run(submit(world, arn)) == 0
    assert len(queue.contents()) == 1


def test_lam_14_the_dead_letter_queue_gets_the_event_unchanged_with_three_attributes(world):
    queue = world.queue("dead")
    arn = world.function("f", world.FAILS, DeadLetterConfig={"TargetArn": queue.arn})
    world.run(submit(world, arn, {"key": "ก"}))
    (message,) = queue.contents()
    assert message.body == json.dumps({"key": "ก"})
    assert message.message_attributes == {
        "RequestID": {"DataType": "String", "StringValue": world.invoker.calls[0].request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "boom"},
    }
    assert message.sent_us - world.kernel.clock.start_us == 180_000_000


def test_lam_14_a_dead_letter_topic(world):
    topic, queue = world.topic("dead"), world.queue("readers")
    world.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    arn = world.function("f", world.FAILS, DeadLetterConfig={"TargetArn": topic})
    world.run(submit(world, arn))
    envelope = json.loads(queue.contents()[0].body)
    assert envelope["Message"] == '{"n": 1}'
    assert envelope["MessageAttributes"]["ErrorMessage"] == {"Type": "String", "Value": "boom"}


def test_lam_14_a_dead_letter_queue_that_is_gone_loses_the_event_and_says_so(world):
    queue = world.queue("dead")
    arn = world.function("f", world.FAILS, DeadLetterConfig={"TargetArn": queue.arn})
    world.sqs.delete_queue(QueueUrl=world.sqs.get_queue_url(QueueName="dead")["QueueUrl"])
    world.run(submit(world, arn))
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"] == "the queue does not exist"


def test_lam_13_the_record_of_a_failure(world):
    queue = world.queue("failed")
    arn = world.function("f", world.FAILS)
    configure(world, "f", DestinationConfig=on_failure(queue.arn))
    world.run(submit(world, arn))
    record = json.loads(queue.contents()[0].body)
    assert record == {
        "version": "1.0",
        "timestamp": "2030-01-15T09:03:00.000Z",
        "requestContext": {
            "requestId": world.invoker.calls[0].request_id,
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"n": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "boom", "errorType": "ValueError"},
    }


def test_lam_13_a_success_goes_to_another_function_as_its_event(world):
    one, other = world.function("one", "done"), world.function("other")
    configure(world, "one", DestinationConfig={"OnSuccess": {"Destination": other}})
    world.run(submit(world, one))
    record = world.invoker.calls[1].event
    assert (record["requestContext"]["condition"], record["responsePayload"]) == ("Success", "done")
    assert "functionError" not in record["responseContext"]
