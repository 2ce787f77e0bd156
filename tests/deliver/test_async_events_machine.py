"""Asynchronous events against a small model: whatever the function does, each event ends in one way, and nobody twice.

An event ends as a success told to its destination, as a failure told to its dead-letter queue and its destination, or,
where such a queue is gone, as dropped with a reason. What is told of one ending is told of no other.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.deliver.stepping import SETTINGS, WorldMachine

RETRIES_AFTER_S = (60, 120)
MAXIMUM_AGE_S = 300


@dataclass
class Known:
    """The model's event: when it was submitted, when an attempt failed, whether one succeeded."""

    submitted_s: float
    failed_s: list[float] = field(default_factory=list)
    succeeded: bool = False


class EventMachine(WorldMachine):
    def prepare(self) -> None:
        world = self.world
        self.queues = {name: world.queue(name) for name in ("dead", "failures", "successes")}
        dead = {"DeadLetterConfig": {"TargetArn": self.queues["dead"].arn}}
        self.arn = world.function("f", self.work, **dead)
        world.functions_api.put_function_event_invoke_config(
            FunctionName="f",
            MaximumEventAgeInSeconds=MAXIMUM_AGE_S,
            DestinationConfig={
                "OnFailure": {"Destination": self.queues["failures"].arn},
                "OnSuccess": {"Destination": self.queues["successes"].arn},
            },
        )
        self.mood = "works"
        self.known: dict[str, Known] = {}
        # What each queue has been told, by request id; a queue that is gone keeps what it was told before.
        self.gone: dict[str, list[str]] = {}

    def work(self, event: dict[str, Any]) -> Any:
        """The function; the model follows when it is called and what it answers."""
        known = self.known[event["id"]]
        assert not known.succeeded, "an event that had succeeded came again"
        assert self.now_s - known.submitted_s <= MAXIMUM_AGE_S, "an event came that was too old"
        if known.failed_s:
            attempts = len(known.failed_s)
            assert attempts <= len(RETRIES_AFTER_S), "one attempt too many"
            assert self.now_s >= known.failed_s[-1] + RETRIES_AFTER_S[attempts - 1], "a retry came too soon"
        if self.mood == "throttled":
            return self.world.THROTTLED
        if self.mood == "raises":
            known.failed_s.append(self.now_s)
            return self.world.FAILS
        known.succeeded = True
        return "done"

    @rule(count=st.integers(1, 3))
    def submit(self, count: int) -> None:
        def act() -> None:
            for _ in range(count):
                event_id = f"event {len(self.known)}"
                self.known[event_id] = Known(self.now_s)
                self.world.engines.async_events.submit(self.arn, json.dumps({"id": event_id}).encode(), None)

        self.do(act)

    @rule(mood=st.sampled_from(["works", "raises", "raises", "throttled"]))
    def the_function_changes_its_mood(self, mood: str) -> None:
        self.mood = mood

    @rule(seconds=st.sampled_from([1, 30, 60, 120, 200]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    @precondition(lambda self: len(self.gone) < 2)
    @rule(name=st.sampled_from(["dead", "failures", "successes"]))
    def a_queue_is_deleted(self, name: str) -> None:
        if name not in self.gone:
            self.gone[name] = self.told(name)
            url = self.world.sqs.get_queue_url(QueueName=name)["QueueUrl"]
            self.do(lambda: self.world.sqs.delete_queue(QueueUrl=url))

    def told(self, name: str) -> list[str]:
        """The ids of the events of which this queue was told, also before it went."""
        if name in self.gone:
            return self.gone[name]
        bodies = [json.loads(message.body) for message in self.queues[name].contents()]
        return [body["id"] if name == "dead" else body["requestPayload"]["id"] for body in bodies]

    @invariant()
    def nobody_is_told_of_an_ending_that_was_none(self) -> None:
        for name, count in ((name, Counter(self.told(name))) for name in self.queues):
            assert all(times == 1 for times in count.values()), f"{name} was told twice"
            assert all(self.known[event_id].succeeded == (name == "successes") for event_id in count)

    def in_the_end(self) -> None:
        self.do(self.world.kernel.quiet)
        self.nobody_is_told_of_an_ending_that_was_none()
        succeeded = {event_id for event_id, known in self.known.items() if known.succeeded}
        failed = set(self.known) - succeeded
        gave_up = self.world.events("deliver", "async gave up")
        assert len(gave_up) == len(failed)
        dropped = Counter(event.who.rpartition(":")[2] for event in self.world.events("deliver", "dropped"))
        for name, expected in (("successes", succeeded), ("failures", failed), ("dead", failed)):
            told = self.told(name)
            assert set(told) <= expected
            assert len(told) + dropped[name] == len(expected), f"{name} was not told of each ending"
            assert not dropped[name] or name in self.gone


TestAsyncEvents = EventMachine.TestCase
TestAsyncEvents.settings = SETTINGS
