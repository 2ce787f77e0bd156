"""When a changed filter policy counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

import pytest

from harness.kernel.decisions import Decisions, First
from harness.kernel.scheduler import Kernel
from harness.vendor import sns_publish, sns_subscriptions
from harness.vendor.sns_filter_changes import DELAYS_S
from harness.world.cloud import Cloud

T = TypeVar("T")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
OLD, NEW = {"kind": ["old"]}, {"kind": ["new"]}


class Slowest(First):
    """Whatever can take time takes the longest."""

    def choose(self, label: str, options: Sequence[T]) -> T:
        return options[-1]


class World:
    def __init__(self, decisions: Decisions, cloud: Cloud) -> None:
        self.kernel, self.client = cloud.kernel, cloud.client("sns")
        self.published: list[sns_publish.Publication] = []
        sns_subscriptions.apply(cloud.patches, self.kernel, on_subscribe=lambda s, token: True)
        sns_publish.apply(cloud.patches, self.kernel, on_publish=self.published.append)
        self.topic = self.client.create_topic(Name="news")["TopicArn"]
        self.subscription = self.client.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=QUEUE, Attributes={"FilterPolicy": json.dumps(OLD)}
        )["SubscriptionArn"]

    def change(self, policy: object, name: str = "FilterPolicy") -> None:
        value = policy if isinstance(policy, str) else json.dumps(policy)
        self.client.set_subscription_attributes(
            SubscriptionArn=self.subscription, AttributeName=name, AttributeValue=value
        )

    def filter(self) -> tuple[object, str]:
        """What would filter a message that is published now."""
        self.client.publish(TopicArn=self.topic, Message="m")
        found = self.published[-1].subscriptions[0]
        return found.filter_policy, found.filter_scope


@pytest.fixture
def decisions() -> Decisions:
    return Slowest()


@pytest.fixture
def world(decisions):
    with Cloud(Kernel(decisions=decisions)) as cloud:
        yield World(decisions, cloud)


@pytest.mark.parametrize("decisions", [First()])
def test_sns_06_a_plain_run_changes_a_filter_at_once(world):
    world.change(NEW)
    assert world.filter() == (NEW, "MessageAttributes")
    assert world.kernel.trace.select("deliver") == []


def test_sns_06_it_may_take_fifteen_minutes(world):
    minute_us = 60_000_000
    world.change(NEW)
    seen = []
    for minutes in (0, 14, 15):
        world.kernel.clock.move_to(world.kernel.clock.start_us + minutes * minute_us)
        seen.append(world.filter()[0])
    assert seen == [OLD, OLD, NEW]
    (event,) = world.kernel.trace.select("deliver", "filter pending")
    assert event.detail == {"endpoint": QUEUE, "delay_s": DELAYS_S[-1]}


def test_sns_06_the_api_shows_the_new_filter_meanwhile(world):
    world.change(NEW)
    shown = world.client.get_subscription_attributes(SubscriptionArn=world.subscription)["Attributes"]
    assert json.loads(shown["FilterPolicy"]) == NEW


def test_sns_06_a_changed_scope_waits_too(world):
    world.change("MessageBody", "FilterPolicyScope")
    assert world.filter() == (OLD, "MessageAttributes")


def test_sns_06_a_second_change_leaves_in_force_what_is(world):
    world.change(NEW)
    world.change({"kind": ["newest"]})
    assert world.filter()[0] == OLD


def test_sns_06_what_changes_nothing_or_is_refused_waits_for_nothing(world):
    world.change(OLD)
    world.change("true", "RawMessageDelivery")
    with pytest.raises(world.client.exceptions.InvalidParameterException):
        world.change({"kind": []})
    assert world.kernel.trace.select("deliver") == []


def test_sns_06_a_policy_that_comes_with_subscribe_counts_from_the_start(world):
    assert world.filter() == (OLD, "MessageAttributes")
