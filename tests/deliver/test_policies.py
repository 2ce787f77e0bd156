"""What is delivered only where the target's own policy lets the service in."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.deliver.conftest import let_in

BUCKET = "arn:aws:s3:::raw"


def notify(world, **targets):
    """Have the bucket "raw" notify; ``targets`` are LambdaFunction, Queue and Topic with their ARNs."""
    configuration = {
        f"{kind}Configurations": [{f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*"]}]
        for kind, arn in targets.items()
    }
    world.s3.put_bucket_notification_configuration(Bucket="raw", NotificationConfiguration=configuration)


def upload(world):
    world.s3.put_object(Bucket="raw", Key="a.csv", Body=b"x")


def subscribe(world, topic, protocol, endpoint, **attributes):
    world.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)


def publish(world, topic):
    return lambda: world.sns.publish(TopicArn=topic, Message="hello")


def set_policy(world, queue, policy):
    url = world.sqs.get_queue_url(QueueName=queue.arn.rpartition(":")[2])["QueueUrl"]
    world.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def refused(world, **targets):
    with pytest.raises(ClientError) as caught:
        notify(world, **targets)
    error = caught.value.response["Error"]
    assert error["Message"] == "Unable to validate the following destination configurations"
    return error["ArgumentName1"], error["ArgumentValue1"]


@pytest.fixture
def world(world):
    world.s3.create_bucket(Bucket="raw")
    return world


@pytest.mark.parametrize("policy", [None, let_in("sns.amazonaws.com")])
def test_s3e_10_a_queue_that_does_not_let_s3_in_cannot_be_notified(world, policy):
    arn = world.queue("jobs", policy=policy).arn
    text = "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    assert refused(world, Queue=arn) == (arn, text)


def test_s3e_10_the_policy_may_name_the_bucket_and_then_no_other_will_do(world):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs",
        "Condition": {
            "ArnLike": {"aws:SourceArn": BUCKET},
            "StringEquals": {"aws:SourceAccount": "123456789012"},
        },
    }
    queue = world.queue("jobs", policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    notify(world, Queue=queue.arn)
    statement["Condition"]["ArnLike"]["aws:SourceArn"] = "arn:aws:s3:::cooked"
    set_policy(world, queue, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert refused(world, Queue=queue.arn)[0] == queue.arn


def test_sns_23_a_topics_default_policy_does_not_let_s3_in(world):
    arn = world.topic("news", policy=None)
    text = "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"
    assert refused(world, Topic=arn) == (arn, text)
    policy = let_in("s3.amazonaws.com")
    world.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    notify(world, Topic=arn)


def test_sns_23_a_topics_default_policy_lets_its_owner_publish(world):
    topic, queue = world.topic("news", policy=None), world.queue("readers")
    subscribe(world, topic, "sqs", queue.arn)
    world.run(publish(world, topic))
    assert len(queue.contents()) == 1


def test_s3e_11_a_function_that_s3_may_not_invoke_cannot_be_notified(world):
    arn = world.function("f", permits=["sns"])
    assert refused(world, LambdaFunction=arn) == (f"{arn}, null", f"Not authorized to invoke function [{arn}]")


def test_s3e_11_the_permission_may_be_for_another_bucket(world):
    arn = world.function("f", permits=[])
    world.permit("f", "s3", SourceArn="arn:aws:s3:::cooked", SourceAccount="123456789012")
    assert refused(world, LambdaFunction=arn)[0] == f"{arn}, null"


def test_s3e_10_a_policy_that_is_taken_away_later_drops_what_was_configured(world):
    queue = world.queue("jobs")
    notify(world, Queue=queue.arn)
    world.run()
    set_policy(world, queue, let_in("sns.amazonaws.com"))
    world.run(lambda: upload(world))
    (dropped,) = world.events("deliver", "dropped")
    assert (dropped.who, dropped.detail) == (
        queue.arn,
        {
            "reason": "s3.amazonaws.com may not sqs:SendMessage for arn:aws:s3:::raw: no statement of the target's "
            "policy allows it",
            "from": "raw",
            "key": "a.csv",
        },
    )
    assert ["TestEvent" in m.body for m in queue.contents()] == [True]


def test_s3e_11_a_permission_that_is_taken_away_later_drops_what_was_configured(world):
    notify(world, LambdaFunction=world.function("f"))
    world.functions_api.remove_permission(FunctionName="f", StatementId="s3")
    world.run(lambda: upload(world))
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"].startswith("s3.amazonaws.com may not lambda:InvokeFunction for arn:aws:s3:::raw")
    assert world.invoker.calls == []


@pytest.mark.parametrize("policy", [None, let_in("s3.amazonaws.com")])
def test_sns_11_a_queue_that_does_not_let_sns_in_gets_nothing_and_nobody_is_told(world, policy):
    topic, shut, open_queue = world.topic("news"), world.queue("shut", policy=policy), world.queue("open")
    subscribe(world, topic, "sqs", shut.arn)
    subscribe(world, topic, "sqs", open_queue.arn)
    assert world.run(publish(world, topic)) == 0.02
    assert (len(shut.contents()), len(open_queue.contents())) == (0, 1)
    (dropped,) = world.events("deliver", "dropped")
    assert (dropped.who, dropped.detail["topic"]) == (shut.arn, topic)
    assert dropped.detail["reason"].startswith(f"sns.amazonaws.com may not sqs:SendMessage for {topic}: ")


def test_sns_11_what_is_not_let_in_goes_to_the_subscriptions_dead_letter_queue(world):
    topic, shut, dead = world.topic("news"), world.queue("shut", policy=None), world.queue("dead")
    subscribe(world, topic, "sqs", shut.arn, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    world.run(publish(world, topic))
    assert json.loads(dead.contents()[0].body)["Message"] == "hello"


def test_sns_09_a_dead_letter_queue_must_let_sns_in_too(world):
    topic, dead = world.topic("news"), world.queue("dead", policy=None)
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    subscribe(world, topic, "sqs", gone, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    world.run(publish(world, topic))
    assert [e.who for e in world.events("deliver", "dropped")] == [gone, dead.arn]
    assert dead.contents() == []


def test_sns_12_a_function_that_sns_may_not_invoke_gets_nothing(world):
    topic = world.topic("news")
    subscribe(world, topic, "lambda", world.function("f", permits=["s3"]))
    world.run(publish(world, topic))
    assert world.invoker.calls == []
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"].startswith(f"sns.amazonaws.com may not lambda:InvokeFunction for {topic}: ")


def test_sns_12_a_permission_for_one_topic_is_none_for_another(world):
    world.function("f", permits=[])
    world.permit("f", "sns", SourceArn="arn:aws:sns:us-east-1:123456789012:news")
    for name in ("news", "weather"):
        subscribe(world, world.topic(name), "lambda", "arn:aws:lambda:us-east-1:123456789012:function:f")
    world.run(lambda: [publish(world, world.topic(name))() for name in ("news", "weather")])
    assert len(world.invoker.calls) == 1


def test_lam_14_what_lambda_sends_it_sends_as_the_functions_role(world):
    dead = world.queue("dead", policy=None)
    world.function("f", world.FAILS, DeadLetterConfig={"TargetArn": dead.arn})
    world.run(
        lambda: world.engines.async_events.submit("arn:aws:lambda:us-east-1:123456789012:function:f", b"{}", None)
    )
    assert len(dead.contents()) == 1


def statement(effect, service):
    return {"Effect": effect, "Principal": {"Service": service}, "Action": "sqs:*", "Resource": "*"}


def test_sqs_31_a_queues_policy_is_asked_at_each_delivery_and_a_denial_outweighs_what_allows(world):
    topic = world.topic("news")
    queue = world.queue("jobs")
    subscribe(world, topic, "sqs", queue.arn, RawMessageDelivery="true")
    notify(world, Queue=queue.arn)
    denied = [statement("Allow", "s3.amazonaws.com"), statement("Allow", "sns.amazonaws.com")]
    denied.append(statement("Deny", "sns.amazonaws.com"))
    set_policy(world, queue, json.dumps({"Version": "2012-10-17", "Statement": denied}))
    world.run(lambda: [publish(world, topic)(), upload(world)])
    assert [json.loads(m.body)["Records"][0]["s3"]["object"]["key"] for m in queue.contents()[1:]] == ["a.csv"]
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"].endswith("of the target's policy denies it")


def test_sqs_31_a_call_is_not_asked_who_makes_it(world):
    everybody = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    queue = world.queue("jobs", policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    url = world.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    world.sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert len(queue.contents()) == 1
