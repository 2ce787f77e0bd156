from __future__ import annotations

import json

import pytest

from harness.errors import ScenarioError
from harness.vendor.sns_publish import Subscription


def subscribe(world, protocol="email", address="ops@example.com", **options):
    return world.sns.subscribe(TopicArn=world.topic("news"), Protocol=protocol, Endpoint=address, **options)


def publish(world, **options):
    return lambda: world.sns.publish(TopicArn=world.topic("news"), Message="it is done", **options)


def test_a_mail_holds_what_was_published(world):
    subscribe(world)
    attributes = {"status": {"DataType": "String", "StringValue": "ok"}}
    world.run(publish(world, Subject="Done", MessageAttributes=attributes))
    (mail,) = world.engines.inbox.messages
    assert (mail.to, mail.subject, mail.body) == ("ops@example.com", "Done", "it is done")
    assert mail.as_sent.startswith("it is done\n\n--\nIf you wish to stop receiving notifications")
    assert mail.attributes == {"status": "ok"}
    assert mail.at_us == 20_000
    (event,) = world.events("inbox", "received")
    assert (event.number, event.who) == (mail.event_number, "ops@example.com")
    assert event.detail == {"topic": mail.topic_arn, "subject": "Done"}


def test_a_mail_without_a_subject_gets_snss(world):
    subscribe(world)
    world.run(publish(world))
    assert world.engines.inbox.messages[0].subject == "AWS Notification Message"


def test_email_json_holds_the_envelope(world):
    subscribe(world, "email-json")
    world.run(publish(world))
    assert json.loads(world.engines.inbox.messages[0].body)["Message"] == "it is done"


def test_sns_13_a_pending_subscription_gets_nothing_until_it_is_confirmed(new_world):
    with new_world(mail_confirms_at_once=False) as world:
        assert subscribe(world)["SubscriptionArn"] == "pending confirmation"

        def act():
            publish(world, Subject="lost")()
            world.kernel.sleep(1)
            assert world.engines.inbox.confirm("ops@example.com") == 1
            publish(world, Subject="found")()

        world.run(act)
        assert [m.subject for m in world.engines.inbox.messages] == ["found"]


def test_sns_13_its_arn_is_given_when_asked_for(new_world):
    with new_world(mail_confirms_at_once=False) as world:
        arn = subscribe(world, ReturnSubscriptionArn=True)["SubscriptionArn"]
        attributes = world.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert attributes["PendingConfirmation"] == "true"
        assert world.engines.inbox.confirm() == 1
        attributes = world.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert attributes["PendingConfirmation"] == "false"


def test_sns_13_an_http_endpoint_stays_pending(world):
    assert subscribe(world, "https", "https://example.com/hook")["SubscriptionArn"] == "pending confirmation"


HOOK = "https://example.com/hook"


def test_sns_13_an_http_endpoint_is_asked_and_what_it_is_asked_is_kept(world):
    subscribe(world, "https", HOOK)
    (request,) = world.engines.inbox.confirmations
    body = json.loads(request.body)
    assert (request.to, request.topic_arn) == (HOOK, body["TopicArn"])
    assert (body["Type"], body["Token"]) == ("SubscriptionConfirmation", request.token)
    assert body["SubscribeURL"] == (
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&"
        f"TopicArn={request.topic_arn}&Token={request.token}"
    )
    assert [e.who for e in world.events("deliver", "asked to confirm")] == [HOOK]


def test_sns_13_whoever_has_the_token_confirms_for_an_http_endpoint_and_no_message_leaves_this_process(world):
    arn = subscribe(world, "https", HOOK, ReturnSubscriptionArn=True)["SubscriptionArn"]
    (request,) = world.engines.inbox.confirmations

    def act():
        publish(world)()
        world.kernel.sleep(1)
        assert world.events("deliver", "dropped") == []
        answer = world.sns.confirm_subscription(TopicArn=request.topic_arn, Token=request.token)
        assert answer["SubscriptionArn"] == arn
        publish(world)()

    world.run(act)
    (dropped,) = world.events("deliver", "dropped")
    assert (dropped.who, dropped.detail["reason"]) == (HOOK, "no HTTP endpoint here")


def test_sns_13_who_confirms_at_once_is_not_asked(world):
    subscribe(world)
    assert world.engines.inbox.confirmations == []


def test_confirming_an_address_that_waits_for_nothing_is_an_error(new_world):
    with new_world(mail_confirms_at_once=False) as world:
        subscribe(world)
        with pytest.raises(ScenarioError, match=r'Did you mean "ops@example\.com"'):
            world.engines.inbox.confirm("op@example.com")


def test_of_many_mails_each_is_kept_as_it_came(world):
    inbox = world.engines.inbox
    subscription = Subscription("arn", "topic", "email", "ops@example.com")

    def receive():
        for number in range(3000):
            inbox.receive(subscription, f"no. {number}", "body", "sent", {"n": str(number)})

    world.run(receive)
    mails = list(inbox.messages)
    assert [(m.subject, m.attributes) for m in mails] == [(f"no. {n}", {"n": str(n)}) for n in range(3000)]
    assert [m.event_number for m in mails] == [e.number for e in world.events("inbox", "received")]


def test_a_world_that_never_ends_keeps_the_last_mails(world):
    subscribe(world)
    inbox = world.engines.inbox
    inbox.keep_last(3)
    for number in range(20):
        world.run(publish(world, Subject=f"no. {number}"))
        assert len(inbox.messages) <= 6
    assert [m.subject for m in inbox.messages][-3:] == ["no. 17", "no. 18", "no. 19"]
