"""The fan-out against a small model: each publication reaches each matching subscription in exactly one place.

That place is the subscriber, or the subscription's dead-letter queue, or, without one, a line that says it was dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.deliver.stepping import SETTINGS, WorldMachine

# By subscriber: the kinds that its filter lets pass, and whether it has a dead-letter queue.
SUBSCRIBERS = {
    "all": ("ab", True),
    "only-a": ("a", True),
    "lost": ("ab", False),
    "f": ("b", True),
    "mail": ("ab", False),
}


@dataclass(frozen=True)
class Published:
    """The model's publication: its text, its kind, and which queues were gone already."""

    text: str
    kind: str
    gone: frozenset[str]


class FanoutMachine(WorldMachine):
    def options(self) -> dict[str, Any]:
        return {"out_of_order": lambda kind, arn: arn.rpartition(":")[2] in self.out_of_order, "late": self.late}

    def prepare(self) -> None:
        world = self.world
        self.out_of_order: set[str] = set()
        self.lateness_s = 0.0
        self.published: list[Published] = []
        self.gone: dict[str, list[str]] = {}
        self.called: list[str] = []
        self.topic = world.topic("news")
        self.queues = {name: world.queue(name) for name in ("all", "only-a", "lost")}
        self.dead = {name: world.queue(f"dead-{name}") for name, (_, dead) in SUBSCRIBERS.items() if dead}
        function = world.function("f", lambda event: self.called.append(event["Records"][0]["Sns"]["Message"]))
        for name, (kinds, _) in SUBSCRIBERS.items():
            attributes = {"FilterPolicy": json.dumps({"kind": list(kinds)})}
            if name in self.dead:
                attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": self.dead[name].arn})
            protocol, endpoint = {"f": ("lambda", function), "mail": ("email", "reader@example.com")}.get(
                name, ("sqs", f"arn:aws:sqs:us-east-1:123456789012:{name}")
            )
            world.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)

    def late(self, kind: str, source: str) -> float:
        return self.lateness_s

    @rule(kind=st.sampled_from("abc"), lateness_s=st.sampled_from([0.0, 0.0, 10.0]))
    def publish(self, kind: str, lateness_s: float) -> None:
        text = f"message {len(self.published)}"
        self.published.append(Published(text, kind, frozenset(self.gone)))
        self.lateness_s = lateness_s
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        self.do(lambda: self.world.sns.publish(TopicArn=self.topic, Message=text, MessageAttributes=attributes))

    @rule(name=st.sampled_from(["all", "only-a", "lost", "f"]))
    def a_subscriber_breaks_or_is_mended(self, name: str) -> None:
        self.out_of_order ^= {name}

    @rule(seconds=st.sampled_from([0.5, 3, 100]))
    def everybody_is_out_of_order_for(self, seconds: float) -> None:
        broken, self.out_of_order = self.out_of_order, {"all", "only-a", "lost", "f"}
        self.publish("a", 0.0)
        self.pass_time(seconds)
        self.out_of_order = broken

    @rule(name=st.sampled_from(["all", "only-a", "lost"]))
    def a_queue_is_deleted(self, name: str) -> None:
        if name not in self.gone:
            self.gone[name] = self.reached(name)
            url = self.world.sqs.get_queue_url(QueueName=name)["QueueUrl"]
            self.do(lambda: self.world.sqs.delete_queue(QueueUrl=url))

    @rule(seconds=st.sampled_from([0.01, 0.02, 1, 30]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    def reached(self, name: str) -> list[str]:
        """The texts that have reached this subscriber, also before it went."""
        if name == "f":
            return self.called
        if name == "mail":
            return [mail.body.partition("\n")[0] for mail in self.world.engines.inbox.messages]
        if name in self.gone:
            return self.gone[name]
        return [json.loads(message.body)["Message"] for message in self.queues[name].contents()]

    def dead_texts(self, name: str) -> list[str]:
        return [json.loads(m.body)["Message"] for m in self.dead[name].contents()] if name in self.dead else []

    def dropped(self, name: str) -> int:
        """How often something that was for this subscriber was dropped for good."""
        events = self.world.events("deliver", "dropped")
        return sum(e.who.rpartition(":")[2] == name and "dead_letter" not in e.detail for e in events)

    @invariant()
    def nothing_reaches_anybody_twice_or_wrongly(self) -> None:
        for name, (kinds, _) in SUBSCRIBERS.items():
            wanted = {p.text for p in self.published if p.kind in kinds}
            places = Counter(self.reached(name)) + Counter(self.dead_texts(name))
            assert set(places) <= wanted, f"{name} got what its filter does not let pass"
            assert all(times == 1 for times in places.values()), f"{name} got something twice"

    def in_the_end(self) -> None:
        self.out_of_order.clear()
        self.do(self.world.kernel.quiet)
        self.nothing_reaches_anybody_twice_or_wrongly()
        for name, (kinds, _) in SUBSCRIBERS.items():
            wanted = [p for p in self.published if p.kind in kinds]
            reached, dead = set(self.reached(name)), set(self.dead_texts(name))
            assert len(reached) + len(dead) + self.dropped(name) == len(wanted), f"{name} has lost a message"
            if name not in self.gone:
                assert reached == {p.text for p in wanted}, "only who is gone for good is given up"
            assert not reached & {p.text for p in wanted if name in p.gone}


TestTopicFanout = FanoutMachine.TestCase
TestTopicFanout.settings = SETTINGS
