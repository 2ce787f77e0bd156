"""The contract between our subscriptions and moto's SNS."""

from __future__ import annotations

import inspect
import json

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import sns_publish, sns_subscriptions
from harness.world.cloud import Cloud

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


class World:
    def __init__(self, cloud):
        self.kernel = cloud.kernel
        self.published = []
        self.tokens = {}
        self.client = cloud.client("sns")
        sns_subscriptions.apply(cloud.patches, cloud.kernel, on_subscribe=self.on_subscribe)
        sns_publish.apply(cloud.patches, cloud.kernel, on_publish=self.published.append)
        self.topic = self.client.create_topic(Name="news")["TopicArn"]
        self.fifo_topic = self.client.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]

    def on_subscribe(self, subscription, token):
        self.tokens[subscription.endpoint] = token
        return subscription.endpoint == "at@once"

    def subscribe(self, protocol="sqs", endpoint=QUEUE, *, topic=None, arn=False, **attributes):
        return self.client.subscribe(
            TopicArn=topic or self.topic,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes=attributes,
            ReturnSubscriptionArn=arn,
        )["SubscriptionArn"]

    def refused(self, *args, **options):
        """Code and text of a refused Subscribe, which leaves nothing behind."""
        before = self.all()
        with pytest.raises(ClientError) as caught:
            self.subscribe(*args, **options)
        assert self.all() == before
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def all(self):
        return [s["SubscriptionArn"] for s in self.client.list_subscriptions()["Subscriptions"]]

    def attributes(self, arn):
        return self.client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    def set_attribute(self, arn, name, value):
        self.client.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    def confirm(self, token, topic=None):
        return self.client.confirm_subscription(TopicArn=topic or self.topic, Token=token)["SubscriptionArn"]


@pytest.fixture
def world():
    with Cloud(Kernel()) as cloud:
        yield World(cloud)


def test_the_joints_exist():
    assert list(inspect.signature(SNSBackend.subscribe).parameters) == ["self", "topic_arn", "endpoint", "protocol"]
    names = ["self", "arn", "name", "value"]
    assert list(inspect.signature(SNSBackend.set_subscription_attributes).parameters) == names
    for name in ("subscribe", "set_subscription_attributes", "confirm_subscription"):
        assert list(inspect.signature(getattr(SNSResponse, name)).parameters) == ["self"]


def test_upstream_takes_any_protocol_confirms_at_once_and_changes_what_is_subscribed_again():
    with Cloud(Kernel()) as cloud:
        sns = cloud.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="pigeon", Endpoint="coop")
        assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b")["SubscriptionArn"].startswith("arn:")
        for raw in ("true", "false"):
            arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes={"RawMessageDelivery": raw})[
                "SubscriptionArn"
            ]
        assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["RawMessageDelivery"] == "false"


def test_undo_restores_the_same_objects():
    places = [
        (SNSBackend, "subscribe"),
        (SNSBackend, "set_subscription_attributes"),
        (SNSResponse, "subscribe"),
        (SNSResponse, "set_subscription_attributes"),
        (SNSResponse, "confirm_subscription"),
        (SNSResponse, "get_topic_attributes"),
    ]
    before = [vars(c)[n] for c, n in places]
    with Cloud(Kernel()) as cloud:
        World(cloud)
        assert all(a is not vars(c)[n] for a, (c, n) in zip(before, places, strict=True))
    assert all(a is vars(c)[n] for a, (c, n) in zip(before, places, strict=True))


# ---- SNS-13: consent ------------------------------------------------------------------------------------


def test_sns_13_who_must_consent_is_pending_until_confirmed(world):
    arn = world.subscribe("email", "slow@example.com", arn=True)
    world.client.publish(TopicArn=world.topic, Message="x")
    sns_subscriptions.confirm(arn)
    world.client.publish(TopicArn=world.topic, Message="x")
    assert [p.subscriptions[0].confirmed for p in world.published] == [False, True]


def test_sns_13_what_subscribe_answers(world):
    assert world.subscribe("email", "slow@example.com") == "pending confirmation"
    assert world.subscribe("https", "https://example.com/hook") == "pending confirmation"
    assert world.subscribe("email", "at@once").startswith("arn:")
    assert world.subscribe("sqs", QUEUE).startswith("arn:")


def test_sns_13_subscribing_again_does_not_ask_again(world):
    arn = world.subscribe("email", "slow@example.com", arn=True)
    sns_subscriptions.confirm(arn)
    assert world.subscribe("email", "slow@example.com") == arn
    assert world.attributes(arn)["PendingConfirmation"] == "false"


def test_sns_13_the_token_confirms(world):
    arn = world.subscribe("https", "https://example.com/hook", arn=True)
    token = world.tokens["https://example.com/hook"]
    assert len(token) == 64
    assert world.confirm(token) == arn
    assert world.attributes(arn)["PendingConfirmation"] == "false"
    assert world.confirm(token) == arn


def test_sns_13_another_token_does_not(world):
    arn = world.subscribe("https", "https://example.com/hook", arn=True)
    token = world.tokens["https://example.com/hook"]
    other = world.client.create_topic(Name="other")["TopicArn"]
    for wrong, topic in (("x", world.topic), (token, other)):
        with pytest.raises(ClientError, match=r"\(InvalidParameter\).*Invalid parameter: Token$"):
            world.confirm(wrong, topic)
    assert world.attributes(arn)["PendingConfirmation"] == "true"


@pytest.mark.parametrize(("waited_s", "confirmed"), [(172_800, True), (172_801, False)])
def test_sns_13_a_token_is_valid_for_two_days(world, waited_s, confirmed):
    arn = world.subscribe("email", "slow@example.com", arn=True)
    answers = []

    def main():
        world.kernel.sleep(waited_s)
        try:
            answers.append(world.confirm(world.tokens["slow@example.com"]))
        except ClientError:
            answers.append(None)

    world.kernel.run(main)
    assert answers == [arn if confirmed else None]


def test_sns_13_tokens_come_from_the_seed():
    tokens = []
    for _ in range(2):
        with Cloud(Kernel()) as cloud:
            world = World(cloud)
            world.subscribe("email", "a@example.com")
            tokens.append(world.tokens)
    assert tokens[0] == tokens[1]


# ---- SNS-19, SNS-20, SNS-22: who may subscribe ---------------------------------------------------------


def test_sns_22_an_unknown_protocol(world):
    text = "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"
    assert world.refused("pigeon", "coop") == ("InvalidParameter", text)


@pytest.mark.parametrize(
    ("protocol", "endpoint", "text"),
    [
        ("http", "https://example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        ("https", "example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        ("sqs", "jobs", "Invalid parameter: SQS endpoint ARN"),
        ("sqs", "arn:aws:sns:us-east-1:123456789012:q", "Invalid parameter: SQS endpoint ARN"),
        ("lambda", "f", "Invalid parameter: Lambda endpoint ARN"),
    ],
)
def test_sns_22_an_endpoint_that_does_not_go_with_its_protocol(world, protocol, endpoint, text):
    assert world.refused(protocol, endpoint) == ("InvalidParameter", text)


def test_sns_22_a_missing_topic(world):
    assert world.refused(topic=world.topic + "-gone") == ("NotFound", "Topic does not exist")


def test_sns_22_subscribing_again_gives_the_same_subscription(world):
    policy = json.dumps({"a": ["b"]})
    arn = world.subscribe(RawMessageDelivery="true", FilterPolicy=policy)
    assert world.subscribe(RawMessageDelivery="true", FilterPolicy='{"a":["b"]}') == arn
    assert world.subscribe(RawMessageDelivery="True") == arn
    assert world.subscribe() == arn
    assert world.all() == [arn]


@pytest.mark.parametrize(
    "attributes",
    [{"RawMessageDelivery": "false"}, {"FilterPolicy": '{"a": ["c"]}'}, {"FilterPolicyScope": "MessageBody"}],
)
def test_sns_22_subscribing_again_with_other_attributes_is_refused(world, attributes):
    arn = world.subscribe(RawMessageDelivery="true")
    text = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    assert world.refused(**attributes) == ("InvalidParameter", text)
    assert world.attributes(arn)["RawMessageDelivery"] == "true"
    assert "FilterPolicy" not in world.attributes(arn)


@pytest.mark.parametrize("name", ["q.fifo", "missing.fifo"])
def test_sns_20_a_fifo_queue_cannot_subscribe_to_a_standard_topic(world, name):
    text = (
        "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard "
        "SNS topics"
    )
    assert world.refused("sqs", f"arn:aws:sqs:us-east-1:123456789012:{name}") == ("InvalidParameter", text)


@pytest.mark.parametrize("name", ["q.fifo", "q"])
def test_sns_20_a_fifo_topic_takes_both_kinds_of_queue(world, name):
    world.subscribe("sqs", f"arn:aws:sqs:us-east-1:123456789012:{name}", topic=world.fifo_topic)


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ("email", "a@example.com"),
        ("https", "https://example.com"),
    ],
)
def test_sns_19_a_fifo_topic_takes_queues_only(world, protocol, endpoint):
    text = f"Invalid parameter: Invalid protocol type: {protocol}"
    assert world.refused(protocol, endpoint, topic=world.fifo_topic) == ("InvalidParameter", text)


# ---- attributes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Colour", "red", "AttributeName"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        (
            "FilterPolicyScope",
            "Body",
            "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes",
        ),
        ("RedrivePolicy", '{"deadLetterTargetArn": "dead"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("RedrivePolicy", "{}", "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("RedrivePolicy", "{", "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
        ("FilterPolicy", '{"a": []}', "FilterPolicy: Empty arrays are not allowed"),
    ],
)
def test_sns_05_and_09_attributes_that_are_refused_by_both_calls(world, name, value, text):
    assert world.refused(**{name: value}) == ("InvalidParameter", f"Invalid parameter: Attributes Reason: {text}")
    arn = world.subscribe()
    before = world.attributes(arn)
    with pytest.raises(ClientError) as caught:
        world.set_attribute(arn, name, value)
    assert caught.value.response["Error"]["Message"] == f"Invalid parameter: {text}"
    assert world.attributes(arn) == before


def test_sns_09_a_fifo_subscription_needs_a_fifo_dead_letter_queue(world):
    redrive = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"})
    options = {"topic": world.fifo_topic, "RedrivePolicy": redrive}
    text = "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
    assert world.refused("sqs", QUEUE + ".fifo", **options)[1] == f"Invalid parameter: Attributes Reason: {text}"
    world.subscribe("sqs", QUEUE, **options)


def test_sns_03_functions_and_mail_are_never_raw(world):
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    text = "Invalid parameter: Delivery protocol [lambda] does not support raw message delivery."
    assert world.refused("lambda", function, RawMessageDelivery="true") == ("InvalidParameter", text)
    world.subscribe("lambda", function, RawMessageDelivery="false")


def test_sns_05_a_policy_for_the_body_is_checked_as_one_for_the_body(world):
    nested = '{"a": {"b": ["c"]}}'
    assert "does not support nested filter policy" in world.refused(FilterPolicy=nested)[1]
    arn = world.subscribe(FilterPolicy=nested, FilterPolicyScope="MessageBody")
    assert world.attributes(arn)["FilterPolicy"] == nested


def test_sns_05_a_policy_can_be_changed_and_taken_away(world):
    arn = world.subscribe(FilterPolicy='{"a": ["b"]}')
    world.set_attribute(arn, "FilterPolicy", '{"a": ["c"]}')
    world.client.publish(TopicArn=world.topic, Message="x")
    world.set_attribute(arn, "FilterPolicy", "")
    world.client.publish(TopicArn=world.topic, Message="x")
    assert [p.subscriptions[0].filter_policy for p in world.published] == [{"a": ["c"]}, None]


def test_sns_05_a_topic_has_at_most_200_filter_policies(world):
    for n in range(200):
        arn = world.subscribe("sqs", QUEUE + str(n), FilterPolicy='{"a": ["b"]}')
    assert world.refused("sqs", QUEUE + "x", FilterPolicy='{"a": ["b"]}')[0] == "FilterPolicyLimitExceeded"
    world.set_attribute(arn, "FilterPolicy", '{"a": ["c"]}')
    world.subscribe("sqs", QUEUE + "x")


def test_an_attribute_of_a_missing_subscription(world):
    with pytest.raises(ClientError, match=r"\(NotFound\)"):
        world.set_attribute(world.topic + ":gone", "RawMessageDelivery", "true")


def test_upstream_says_of_every_topic_that_it_has_no_subscriptions() -> None:
    with Cloud(Kernel()) as cloud:
        client = cloud.client("sns")
        topic = client.create_topic(Name="news")["TopicArn"]
        client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
        assert client.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "0"


def test_a_topic_says_how_many_subscriptions_are_confirmed_and_how_many_wait(world):
    def counts():
        attributes = world.client.get_topic_attributes(TopicArn=world.topic)["Attributes"]
        return attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]

    assert counts() == ("0", "0")
    world.subscribe()
    world.subscribe("email", "later@example.com")
    assert counts() == ("1", "1")
    world.confirm(world.tokens["later@example.com"])
    assert counts() == ("2", "0")
