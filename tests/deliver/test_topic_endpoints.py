"""Topics and HTTP endpoints of the pipeline's own: a function's URL stands for all of them here."""

from __future__ import annotations

import itertools
import json

import pytest


@pytest.fixture
def hook(world):
    return Hook(world)


class Hook:
    """A function URL that is subscribed to a topic; ``statuses`` are what it answers, the last again and again."""

    def __init__(self, world):
        self.world = world
        self.statuses = [200]
        world.function("hook", self._answer)
        made = world.functions_api.create_function_url_config(FunctionName="hook", AuthType="NONE")
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
            more = {"FunctionUrlAuthType": "NONE"} if action.endswith("Url") else {"InvokedViaFunctionUrl": True}
            world.functions_api.add_permission(
                FunctionName="hook", StatementId=action.partition(":")[2], Action=action, Principal="*", **more
            )
        self.url = made["FunctionUrl"] + "news"
        self.topic = world.topic("news")

    def _answer(self, event):
        return {"statusCode": self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]}

    def subscribe(self, **attributes):
        given = {"TopicArn": self.topic, "Protocol": "https", "Endpoint": self.url, "ReturnSubscriptionArn": True}
        return self.world.sns.subscribe(**given, Attributes=attributes)["SubscriptionArn"]

    def confirm(self):
        (request,) = self.world.engines.inbox.confirmations
        self.world.sns.confirm_subscription(TopicArn=self.topic, Token=request.token)

    @property
    def heard(self):
        return [(call.event["headers"], call.event["body"]) for call in self.world.invoker.calls]


def test_sns_13_an_endpoint_is_asked_by_a_post_of_its_own_kind(world, hook):
    assert world.run(lambda: hook.subscribe()) == 0.02
    ((headers, body),) = hook.heard
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == hook.topic
    assert "x-amz-sns-subscription-arn" not in headers
    assert json.loads(body)["SubscribeURL"].startswith("https://sns.us-east-1.amazonaws.com/?Action=Confirm")


def test_sns_13_nothing_is_told_before_it_has_confirmed(world, hook):
    def act():
        hook.subscribe()
        world.sns.publish(TopicArn=hook.topic, Message="early")
        world.kernel.sleep(1)

    world.run(act)
    assert len(hook.heard) == 1


def test_a_notification_is_the_envelope_as_plain_text(world, hook):
    def act():
        arn = hook.subscribe()
        world.kernel.sleep(1)
        hook.confirm()
        world.sns.publish(TopicArn=hook.topic, Message="hello", Subject="s")
        return arn

    world.run(act)
    headers, body = hook.heard[1]
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-subscription-arn"].startswith(f"{hook.topic}:")
    said = json.loads(body)
    assert (said["Type"], said["Message"], said["Subject"]) == ("Notification", "hello", "s")
    assert headers["x-amz-sns-message-id"] == said["MessageId"]


def test_raw_delivery_is_the_message_alone(world, hook):
    def act():
        hook.subscribe(RawMessageDelivery="true")
        world.kernel.sleep(1)
        hook.confirm()
        world.sns.publish(TopicArn=hook.topic, Message="hello")

    world.run(act)
    headers, body = hook.heard[1]
    assert (headers["x-amz-sns-rawdelivery"], body) == ("true", "hello")


@pytest.mark.parametrize(
    ("statuses", "attempts", "reason"),
    [
        ([200], 1, None),
        ([500, 200], 2, None),
        ([429, 503, 200], 3, None),
        ([500], 4, "the endpoint answered 500"),
        ([404], 1, "the endpoint answered 404"),
    ],
)
def test_sns_08_what_may_pass_is_tried_three_times_more(world, hook, statuses, attempts, reason):
    def act():
        hook.subscribe()
        world.kernel.sleep(1)
        hook.confirm()
        hook.statuses = list(statuses)
        world.sns.publish(TopicArn=hook.topic, Message="hello")

    world.run(act)
    times = world.invoker.times("hook")[1:]
    assert [round(b - a, 3) for a, b in itertools.pairwise(times)] == [20.0] * (attempts - 1)
    assert len(times) == attempts
    assert [e.detail["reason"] for e in world.events("deliver", "dropped")] == ([reason] if reason else [])


def test_a_confirmation_is_asked_for_again(world, hook):
    hook.statuses = [500, 200]
    assert world.run(lambda: hook.subscribe()) == 20.02
    assert len(hook.heard) == 2
