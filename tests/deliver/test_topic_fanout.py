from __future__ import annotations

import itertools
import json

import pytest

from harness.deliver import topic_fanout
from harness.deliver.topic_fanout import retry_waits_s

ARN = "arn:aws:sqs:us-east-1:123456789012:"


def subscribe(world, topic, protocol, endpoint, **attributes):
    return world.sns.subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]


def publish(world, topic, message="hello", **options):
    return lambda: world.sns.publish(TopicArn=topic, Message=message, **options)


def string(value):
    return {"DataType": "String", "StringValue": value}


def test_sns_10_publish_returns_before_any_delivery(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn)
    seen = []

    def act():
        publish(world, topic)()
        seen.append(len(queue.contents()))

    assert world.run(act) == 0.02
    assert seen == [0]
    assert len(queue.contents()) == 1


def test_sns_10_all_of_150_subscriptions_are_served(world):
    topic = world.topic("news")
    queues = [world.queue(f"q{n}") for n in range(150)]
    for queue in queues:
        subscribe(world, topic, "sqs", queue.arn)
    world.run(publish(world, topic))
    assert [len(q.contents()) for q in queues] == [1] * 150


def test_sns_01_the_envelope(world):
    topic, queue = world.topic("news"), world.queue("readers")
    arn = subscribe(world, topic, "sqs", queue.arn)
    answer = []
    attributes = {"status": string("ok")}
    world.run(lambda: answer.append(publish(world, topic, Subject="Hi", MessageAttributes=attributes)()))
    (message,) = queue.contents()
    envelope = json.loads(message.body)
    assert envelope.pop("Signature")
    assert envelope.pop("SigningCertURL").startswith("https://sns.us-east-1.amazonaws.com/")
    assert envelope == {
        "Type": "Notification",
        "MessageId": answer[0]["MessageId"],
        "TopicArn": topic,
        "Subject": "Hi",
        "Message": "hello",
        "Timestamp": "2030-01-15T09:00:00.000Z",
        "SignatureVersion": "1",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={arn}",
        "MessageAttributes": {"status": {"Type": "String", "Value": "ok"}},
    }


def test_sns_01_neither_subject_nor_attributes_when_there_are_none(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn)
    world.run(publish(world, topic))
    assert {"Subject", "MessageAttributes"} & set(json.loads(queue.contents()[0].body)) == set()


def test_sns_01_and_19_a_fifo_topic_sends_a_sequence_number_no_signature_and_each_message_once(world):
    topic = world.topic("news.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    queue = world.queue("readers.fifo", FifoQueue="true")
    subscribe(world, topic, "sqs", queue.arn)
    ids = []

    def act():
        for _ in range(2):
            ids.append(publish(world, topic, MessageGroupId="g")()["MessageId"])
        world.kernel.sleep(301)
        publish(world, topic, MessageGroupId="g")()

    world.run(act)
    first, second = (json.loads(m.body) for m in queue.contents())
    assert ids[0] == ids[1]
    assert "Signature" not in first
    assert len(first["SequenceNumber"]) == 20
    assert first["SequenceNumber"] < second["SequenceNumber"]
    assert queue.contents()[0].group_id == "g"


def test_sns_19_a_standard_queue_may_read_a_fifo_topic(world):
    topic = world.topic("news.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    queue, dead = world.queue("readers"), world.queue("dead.fifo", FifoQueue="true")
    subscribe(world, topic, "sqs", queue.arn)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribe(world, topic, "sqs", ARN + "gone.fifo", RedrivePolicy=redrive)
    world.run(publish(world, topic, MessageGroupId="g"))
    assert [m.group_id for m in queue.contents()] == [None]
    assert [m.group_id for m in dead.contents()] == ["g"]


def test_sns_02_the_record_of_a_function(world):
    topic = world.topic("news")
    arn = subscribe(world, topic, "lambda", world.function("f"))
    world.run(publish(world, topic, MessageAttributes={"status": string("ok")}))
    (found,) = world.invoker.calls[0].event["Records"]
    assert (found["EventSource"], found["EventVersion"], found["EventSubscriptionArn"]) == ("aws:sns", "1.0", arn)
    sns = found["Sns"]
    assert {"SigningCertUrl", "UnsubscribeUrl"} <= set(sns)
    assert (sns["TopicArn"], sns["Message"], sns["Subject"]) == (topic, "hello", None)
    assert sns["MessageAttributes"] == {"status": {"Type": "String", "Value": "ok"}}


def test_sns_12_a_function_is_called_asynchronously_with_retries(world):
    topic = world.topic("news")
    subscribe(world, topic, "lambda", world.function("f", world.FAILS))
    world.run(publish(world, topic))
    assert world.invoker.times("f") == [0.02, 60.02, 180.02]


def test_sns_03_raw_delivery(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn, RawMessageDelivery="true")
    attributes = {"a": string("x"), "b": {"DataType": "Binary", "BinaryValue": b"\x01"}}
    world.run(publish(world, topic, MessageAttributes=attributes))
    (message,) = queue.contents()
    assert message.body == "hello"
    assert message.message_attributes == {
        "a": {"DataType": "String", "StringValue": "x"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x01"},
    }


def test_sns_03_raw_delivery_of_eleven_attributes_is_discarded(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn, RawMessageDelivery="true")
    world.run(publish(world, topic, MessageAttributes={f"a{n}": string("x") for n in range(11)}))
    assert queue.contents() == []
    assert len(world.events("deliver", "dropped")) == 1


def test_sns_04_a_filter_on_attributes(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn, FilterPolicy=json.dumps({"status": ["failed"]}))

    def act():
        publish(world, topic, "no attributes")()
        publish(world, topic, "good", MessageAttributes={"status": string("ok")})()
        publish(world, topic, "bad", MessageAttributes={"status": string("failed")})()

    world.run(act)
    assert [json.loads(m.body)["Message"] for m in queue.contents()] == ["bad"]


def test_sns_04_a_filter_on_the_body(world):
    topic, queue = world.topic("news"), world.queue("readers")
    policy = json.dumps({"order": {"price": [{"numeric": [">=", 100]}]}})
    subscribe(world, topic, "sqs", queue.arn, FilterPolicy=policy, FilterPolicyScope="MessageBody")
    world.run(
        lambda: [publish(world, topic, m)() for m in ('{"order": {"price": 99}}', '{"order": {"price": 100}}', "plain")]
    )
    assert [json.loads(m.body)["Message"] for m in queue.contents()] == ['{"order": {"price": 100}}']


def test_sns_17_a_text_for_each_protocol(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn, RawMessageDelivery="true")
    subscribe(world, topic, "email", "a@example.com")
    message = json.dumps({"default": "d", "sqs": "q"})
    world.run(publish(world, topic, message, MessageStructure="json"))
    assert queue.contents()[0].body == "q"
    assert world.engines.inbox.messages[0].body == "d"


def test_sns_08_a_deleted_queue_is_not_retried_and_not_the_publishers_concern(world):
    topic, queue, gone = world.topic("news"), world.queue("readers"), world.queue("gone")
    subscribe(world, topic, "sqs", gone.arn)
    subscribe(world, topic, "sqs", queue.arn)
    world.sqs.delete_queue(QueueUrl=world.sqs.get_queue_url(QueueName="gone")["QueueUrl"])
    assert world.run(publish(world, topic)) == 0.02
    assert len(queue.contents()) == 1
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail == {"reason": "the queue does not exist", "topic": topic}


def test_sns_09_what_fails_for_good_goes_to_the_subscriptions_dead_letter_queue(world):
    topic, dead = world.topic("news"), world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribe(world, topic, "sqs", ARN + "gone", RedrivePolicy=redrive)
    world.run(publish(world, topic))
    (message,) = dead.contents()
    assert json.loads(message.body)["Message"] == "hello"


def test_sns_09_a_raw_subscriptions_dead_letter_is_raw(world):
    topic, dead = world.topic("news"), world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribe(world, topic, "sqs", ARN + "gone", RedrivePolicy=redrive, RawMessageDelivery="true")
    world.run(publish(world, topic, MessageAttributes={"a": string("x")}))
    (message,) = dead.contents()
    assert (message.body, message.message_attributes) == ("hello", {"a": string("x")})


def test_sns_07_the_schedule_of_100015_attempts_over_23_days():
    waits = list(retry_waits_s())
    assert len(waits) + 1 == 100_015
    assert waits[:4] == [0, 0, 1, 1]
    assert waits[4] == 1
    assert waits[13] == pytest.approx(20)
    assert all(a <= b for a, b in itertools.pairwise(waits))
    assert 23 <= sum(waits) / 86_400 < 24


@pytest.mark.parametrize("kind", ["queue", "function"])
def test_sns_07_a_servers_error_is_retried_until_it_passes(new_world, kind):
    attempts = []

    def out_of_order(*target):
        attempts.append((*target, world.kernel.clock.elapsed_us / 1e6))
        return len(attempts) <= 5

    with new_world(out_of_order=out_of_order) as world:
        topic, queue, function = world.topic("news"), world.queue("readers"), world.function("f")
        arn = queue.arn if kind == "queue" else function
        subscribe(world, topic, "sqs" if kind == "queue" else "lambda", arn)
        world.run(publish(world, topic))
        assert attempts == [(kind, arn, at_s) for at_s in [0.02, 0.02, 0.02, 1.02, 2.02, 3.02]]
        assert len(queue.contents()) + len(world.invoker.calls) == 1


def test_sns_07_after_the_last_attempt_the_message_is_dead(new_world, monkeypatch):
    monkeypatch.setattr(topic_fanout, "retry_waits_s", lambda: iter([0.0, 1.0]))
    with new_world(out_of_order=lambda kind, target: True) as world:
        topic, queue, dead = world.topic("news"), world.queue("readers"), world.queue("dead")
        subscribe(world, topic, "sqs", queue.arn, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
        assert world.run(publish(world, topic)) == 1.02
        assert (len(queue.contents()), len(dead.contents())) == (0, 1)
        (dropped,) = world.events("deliver", "dropped")
        assert dropped.detail["reason"] == "the queue was out of order at every attempt"


def test_a_message_may_be_delivered_late(new_world):
    with new_world(late=lambda kind, source: 60.0 if (kind, source) == ("topic", topic) else 0) as world:
        topic, queue = world.topic("news"), world.queue("readers")
        subscribe(world, topic, "sqs", queue.arn)
        assert world.run(publish(world, topic)) == 60.02
        assert len(queue.contents()) == 1


def test_a_message_may_be_delivered_twice(new_world):
    with new_world(repeats=lambda kind, source: 2 if kind == "topic" else 1) as world:
        topic, queue = world.topic("news"), world.queue("readers")
        subscribe(world, topic, "sqs", queue.arn)
        world.run(publish(world, topic))
        one, other = queue.contents()
        assert one.body == other.body


def test_the_trace_leads_from_the_fan_out_to_the_message(world):
    topic, queue = world.topic("news"), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn)
    world.run(publish(world, topic))
    (fanned,), (sent,) = world.events("deliver", "fanned out"), world.events("queue", "sent")
    assert sent.cause == fanned.number
    assert fanned.detail["topic"] == topic
