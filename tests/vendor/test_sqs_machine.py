"""The engine against a naive model: one list, walked for every question.

Whatever is sent, received, deleted, returned, moved or expired, in whatever order: no message is lost or
comes back from the dead, each is in exactly one place, and the counts agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from harness.kernel.decisions import First
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_errors import QueueError
from harness.vendor.sqs_message import Message
from harness.vendor.sqs_places import QueueSettings, Redrive

VISIBILITY_S = 30
RETENTION_S = 600
MAX_RECEIVE_COUNT = 2
US = 1_000_000


class NobodyWaits:
    def wake(self) -> int:
        return 0

    def wait(self, reason: str, timeout_s: float | None = None, *, background: bool = False) -> bool:
        raise AssertionError("the engine never waits")


@dataclass
class Known:
    """The model's message; ``visible_us`` is when it can be received, ``handle`` that of its last receive."""

    body: str
    group: str
    enqueued_us: int
    visible_us: int
    in_flight: bool = False
    handle: str = ""
    received: int = 0


@dataclass
class NaiveQueue:
    """A list in the queue's order."""

    fifo: bool
    messages: list[Known] = field(default_factory=list)

    def settle(self, now_us: int) -> None:
        for message in list(self.messages):
            if message.enqueued_us + RETENTION_S * US <= now_us:
                self.messages.remove(message)
            elif message.in_flight and message.visible_us <= now_us:
                message.in_flight = False

    def counts(self, now_us: int) -> tuple[int, int, int]:
        in_flight = sum(m.in_flight for m in self.messages)
        delayed = sum(not m.in_flight and m.visible_us > now_us for m in self.messages)
        return len(self.messages) - in_flight - delayed, in_flight, delayed

    def receive(self, now_us: int, room: int, timeout_s: int, dead: NaiveQueue) -> list[Known]:
        closed = {m.group for m in self.messages if m.in_flight} if self.fifo else set()
        candidates = [m for m in self.messages if not m.in_flight and m.visible_us <= now_us and m.group not in closed]
        if self.fifo:
            # As many of one group as possible, groups in the order of their heads.
            heads = {m.group: n for n, m in reversed(list(enumerate(candidates)))}
            candidates.sort(key=lambda m: heads[m.group])
        taken: list[Known] = []
        for message in candidates:
            if len(taken) == room:
                break
            if message.received >= MAX_RECEIVE_COUNT:
                self.messages.remove(message)
                if self.fifo:
                    message.enqueued_us = now_us
                dead.messages.append(message)
            else:
                taken.append(message)
        for message in taken:
            message.in_flight, message.received = True, message.received + 1
            message.visible_us = now_us + timeout_s * US
        return taken


class QueueMachine(RuleBasedStateMachine):
    fifo = False
    handles: Bundle[tuple[str, str]] = Bundle("handles")

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 1_900_000_000 * US
        self.ids = First()
        self.ended: set[str] = set()
        self.sent: set[str] = set()
        self.dead = self.engine("dead", None)
        self.queue = self.engine("jobs", Redrive(MAX_RECEIVE_COUNT, lambda: self.dead))
        self.model, self.model_dead = NaiveQueue(self.fifo), NaiveQueue(self.fifo)

    def engine(self, name: str, redrive: Redrive | None) -> QueueEngine:
        def on_event(what: str, message: Message, **detail: Any) -> None:
            assert message.body not in self.ended, f"{what} after the end"
            if what in ("deleted", "expired"):
                self.ended.add(message.body)

        return QueueEngine(
            f"arn:aws:sqs:us-east-1:123456789012:{name}",
            QueueSettings(VISIBILITY_S, 0, RETENTION_S, fifo=self.fifo, redrive=redrive),
            now_us=lambda: self.now_us,
            ids=self.ids,
            waiters=NobodyWaits(),
            on_event=on_event,
            on_due=lambda due_us: None,
        )

    def settle(self) -> None:
        self.model.settle(self.now_us)
        self.model_dead.settle(self.now_us)

    @rule(group=st.sampled_from("gh"), delay_s=st.sampled_from([0, 0, 0, 20]))
    def send(self, group: str, delay_s: int) -> None:
        body = f"m{len(self.sent)}"
        self.sent.add(body)
        self.settle()
        if self.fifo:
            delay_s = 0
            self.queue.send(body, group_id=group, deduplication_id=body)
        else:
            self.queue.send(body, delay_s=delay_s)
        self.model.messages.append(Known(body, group, self.now_us, self.now_us + delay_s * US))

    @rule(target=handles, room=st.integers(1, 10), timeout_s=st.sampled_from([30, 30, 0, 700]))
    def receive(self, room: int, timeout_s: int) -> Any:
        self.settle()
        expected = self.model.receive(self.now_us, room, timeout_s, self.model_dead)
        received = self.queue.receive(room, timeout_s)
        assert [m.body for m in received] == [m.body for m in expected]
        assert [m.receive_count for m in received] == [m.received for m in expected]
        for known, message in zip(expected, received, strict=True):
            known.handle = message.receipt_handle
        self.settle()
        return (received[0].body, received[0].receipt_handle) if received else ("", "none")

    @rule(handle=handles)
    def delete(self, handle: tuple[str, str]) -> None:
        self.settle()
        body, receipt_handle = handle
        found = [m for m in self.model.messages if m.body == body]
        if receipt_handle == "none":
            with pytest.raises(QueueError, match="ReceiptHandleIsInvalid"):
                self.queue.delete(receipt_handle)
        elif found and self.fifo and not (found[0].handle == receipt_handle and found[0].in_flight):
            with pytest.raises(QueueError, match="expired"):
                self.queue.delete(receipt_handle)
        else:
            self.queue.delete(receipt_handle)
            if found and found[0].handle == receipt_handle:
                self.model.messages.remove(found[0])

    @rule(handle=consumes(handles), timeout_s=st.sampled_from([0, 10, 100]))
    def change_visibility(self, handle: tuple[str, str], timeout_s: int) -> None:
        self.settle()
        found = [m for m in self.model.messages if (m.body, m.handle) == handle and m.in_flight]
        if not found:
            with pytest.raises(QueueError):
                self.queue.change_visibility(handle[1], timeout_s)
            return
        self.queue.change_visibility(handle[1], timeout_s)
        found[0].visible_us = self.now_us + timeout_s * US
        self.settle()

    @rule(seconds=st.sampled_from([1, 10, 20, 30, 30, 300]))
    def pass_time(self, seconds: int) -> None:
        self.now_us += seconds * US

    @invariant()
    def every_message_is_where_the_model_says(self) -> None:
        self.settle()
        for engine, model in ((self.queue, self.model), (self.dead, self.model_dead)):
            assert [m.body for m in engine.contents()] == [m.body for m in model.messages]
            counted = engine.visible_count, engine.in_flight_count, engine.delayed_count
            assert counted == model.counts(self.now_us)

    @invariant()
    def no_message_is_lost(self) -> None:
        alive = [m.body for engine in (self.queue, self.dead) for m in engine.contents()]
        assert len(alive) == len(set(alive))
        assert set(alive) | self.ended == self.sent
        assert not set(alive) & self.ended


class FifoMachine(QueueMachine):
    fifo = True


TestStandardQueue = QueueMachine.TestCase
TestStandardQueue.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
TestFifoQueue = FifoMachine.TestCase
TestFifoQueue.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
