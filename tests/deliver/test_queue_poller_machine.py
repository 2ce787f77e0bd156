"""The poller against a small model: whatever is sent, however the function behaves, no message is lost or comes back.

Each message is in one place: in the queue (waiting, delayed or in flight), done, or in the dead-letter queue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.deliver.stepping import SETTINGS, WorldMachine

VISIBILITY_S = 30
MAX_RECEIVE_COUNT = 2


@dataclass
class Known:
    """The model's message; ``hidden_until_s`` is when it may be received next."""

    hidden_until_s: float
    receives: int = 0
    done: bool = False


class PollerMachine(WorldMachine):
    def prepare(self) -> None:
        world = self.world
        self.dead = world.queue("dead")
        redrive = json.dumps({"deadLetterTargetArn": self.dead.arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
        self.jobs = world.queue("jobs", VisibilityTimeout=VISIBILITY_S, RedrivePolicy=redrive)
        world.function("worker", self.work)
        self.mapping = world.mapping(
            self.jobs, "worker", BatchSize=3, FunctionResponseTypes=["ReportBatchItemFailures"]
        )["UUID"]
        self.mood = "works"
        self.known: dict[str, Known] = {}

    def work(self, event: dict[str, Any]) -> Any:
        """The function; the model follows what it is given and what it answers."""
        bodies = [record["body"] for record in event["Records"]]
        assert len(bodies) == len(set(bodies)) <= 3
        for record in event["Records"]:
            message = self.known[record["body"]]
            assert not message.done, "a message that was done came back"
            receives = int(record["attributes"]["ApproximateReceiveCount"])
            if receives == message.receives:
                assert self.now_s < message.hidden_until_s, "a throttled batch was kept for too long"
                continue
            assert receives == message.receives + 1 <= MAX_RECEIVE_COUNT
            assert self.now_s >= message.hidden_until_s, "a message came before it was visible again"
            message.receives = receives
            message.hidden_until_s = self.now_s + VISIBILITY_S
        if self.mood == "throttled":
            return self.world.THROTTLED
        if self.mood == "raises":
            return self.world.FAILS
        failed = [] if self.mood == "works" else [r for r in event["Records"] if r["body"].startswith("bad")]
        for record in event["Records"]:
            self.known[record["body"]].done = record not in failed
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    @rule(kinds=st.lists(st.sampled_from(["good", "bad"]), min_size=1, max_size=5), delay_s=st.sampled_from([0, 0, 20]))
    def send(self, kinds: list[str], delay_s: int) -> None:
        for kind in kinds:
            body = f"{kind} {len(self.known)}"
            self.known[body] = Known(self.now_s + delay_s)
            self.do(lambda body=body: self.jobs.send(body, delay_s=delay_s))  # type: ignore[misc]

    @rule(mood=st.sampled_from(["works", "reports", "raises", "throttled"]))
    def the_function_changes_its_mood(self, mood: str) -> None:
        self.mood = mood

    @rule(seconds=st.sampled_from([10, 45]))
    def a_message_is_throttled_for(self, seconds: int) -> None:
        self.mood = "throttled"
        self.send(["good"], 0)
        self.pass_time(seconds)
        self.mood = "works"

    @rule(enabled=st.booleans())
    def the_mapping_is_switched(self, enabled: bool) -> None:
        api = self.world.functions_api
        self.do(lambda: api.update_event_source_mapping(UUID=self.mapping, Enabled=enabled))

    @rule(seconds=st.sampled_from([1, 5, 20, 29.999, 30, 100]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    @invariant()
    def each_message_is_in_one_place(self) -> None:
        queued, dead = ([message.body for message in queue.contents()] for queue in (self.jobs, self.dead))
        done = [body for body, message in self.known.items() if message.done]
        assert sorted(queued + dead + done) == sorted(self.known)
        assert all(self.known[body].receives == MAX_RECEIVE_COUNT for body in dead)

    def in_the_end(self) -> None:
        self.mood = "works"
        self.the_mapping_is_switched(True)
        self.do(self.world.kernel.quiet)
        self.each_message_is_in_one_place()
        assert self.jobs.contents() == [], "a message was left behind"


TestQueuePoller = PollerMachine.TestCase
TestQueuePoller.settings = SETTINGS
