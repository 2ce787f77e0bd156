"""The queue engine on a hand-moved clock: no moto, no kernel run."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from harness.kernel.decisions import First
from harness.vendor import sqs_engine
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_errors import QueueError
from harness.vendor.sqs_message import Message
from harness.vendor.sqs_places import QueueSettings, Redrive

DAY_S = 86_400


class Waiters:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> int:
        self.woken += 1
        return 0

    def wait(self, reason: str, timeout_s: float | None = None, *, background: bool = False) -> bool:
        raise AssertionError("the engine never waits")


class Bench:
    """A clock, and queues on it whose events are listed as (second, queue, what, message id)."""

    def __init__(self) -> None:
        self.now_us = 1_900_000_000_000_000
        self._start_us = self.now_us
        self.ids = First()
        self.events: list[tuple[float, str, str, str]] = []
        self.dues: list[float] = []

    def pass_s(self, seconds: float) -> None:
        self.now_us += round(seconds * 1_000_000)

    def at_s(self) -> float:
        return (self.now_us - self._start_us) / 1_000_000

    def queue(self, name: str = "jobs", **settings: Any) -> QueueEngine:
        def on_event(what: str, message: Message, **detail: Any) -> None:
            self.events.append((self.at_s(), name, what, message.message_id))

        return QueueEngine(
            f"arn:aws:sqs:us-east-1:123456789012:{name}",
            QueueSettings(**settings),
            now_us=lambda: self.now_us,
            ids=self.ids,
            waiters=Waiters(),
            on_event=on_event,
            on_due=lambda due_us: self.dues.append((due_us - self._start_us) / 1_000_000),
        )

    def queue_with_dlq(self, max_receive_count: int, *, dlq: dict[str, Any] | None = None, **settings: Any) -> Any:
        dead = self.queue("dead", **{"fifo": settings.get("fifo", False), **(dlq or {})})
        return self.queue(redrive=Redrive(max_receive_count, lambda: dead), **settings), dead


@pytest.fixture
def bench() -> Bench:
    return Bench()


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


def counts(queue: QueueEngine) -> tuple[int, int, int]:
    return queue.visible_count, queue.in_flight_count, queue.delayed_count


def woken(queue: QueueEngine) -> int:
    assert isinstance(queue.waiters, Waiters)
    return queue.waiters.woken


def refused(do: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(QueueError) as caught:
        do()
    return caught.value.code, caught.value.message


# -- visibility, counts, handles ------------------------------------------------------------------


def test_sqs_02_a_received_message_is_visible_again_when_the_timeout_ends_and_not_before(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("a")
    assert bodies(queue.receive(10)) == ["a"]
    bench.pass_s(29.999999)
    assert queue.receive(10) == []
    bench.pass_s(0.000001)
    assert bodies(queue.receive(10)) == ["a"]


def test_sqs_02_a_receive_may_set_its_own_visibility_timeout(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a")
    queue.receive(1, 5)
    bench.pass_s(5)
    before = woken(queue)
    assert bodies(queue.receive(1, 0)) == ["a"]
    assert [what for _, _, what, _ in bench.events[-2:]] == ["received", "returned"]
    assert woken(queue) > before
    assert counts(queue) == (1, 0, 0)
    code, text = refused(lambda: queue.receive(1, 43_201))
    assert code == "InvalidParameterValue"
    assert text.startswith("Value 43201 for parameter VisibilityTimeout is invalid.")


def test_sqs_02_twelve_hours_in_flight_are_counted_from_the_receive_not_from_the_send(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a")
    bench.pass_s(13 * 3600)
    handle = queue.receive(1)[0].receipt_handle
    queue.change_visibility(handle, 43_200)
    bench.pass_s(10)
    assert refused(lambda: queue.change_visibility(handle, 43_191)) == (
        "InvalidParameterValue",
        "Value 43191 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message "
        "is beyond the limit [43200 seconds]",
    )
    queue.change_visibility(handle, 43_190)
    assert queue.next_visible_us() == bench.now_us + 43_190_000_000


def test_sqs_02_only_a_message_in_flight_can_be_changed(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("a")
    old = queue.receive(1)[0].receipt_handle
    bench.pass_s(30)
    assert refused(lambda: queue.change_visibility(old, 5))[0].endswith("MessageNotInflight")
    new = queue.receive(1)[0].receipt_handle
    assert "not available for visibility timeout change" in refused(lambda: queue.change_visibility(old, 5))[1]
    queue.delete(new)
    assert "does not exist" in refused(lambda: queue.change_visibility(new, 5))[1]
    assert refused(lambda: queue.change_visibility("nonsense", 5))[0] == "ReceiptHandleIsInvalid"


def test_a_timeout_changed_to_zero_returns_the_message_at_once_and_wakes_who_waits(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a")
    message = queue.receive(1)[0]
    before = woken(queue)
    queue.change_visibility(message.receipt_handle, 0)
    assert woken(queue) > before
    assert counts(queue) == (1, 0, 0)
    assert bench.events[-1] == (0.0, "jobs", "returned", message.message_id)


def test_sqs_03_every_receive_is_counted_and_the_first_is_remembered(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=1)
    queue.send("a")
    seen = []
    for _ in range(3):
        seen += queue.receive(1)
        bench.pass_s(1)
    assert [message.receive_count for message in seen] == [1, 2, 3]
    assert len({message.receipt_handle for message in seen}) == 3
    assert {message.first_received_us for message in seen} == {seen[0].received_us}


def test_sqs_22_deleting_twice_succeeds_and_garbage_is_refused(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a")
    handle = queue.receive(1)[0].receipt_handle
    queue.delete(handle)
    queue.delete(handle)
    assert refused(lambda: queue.delete("garbage")) == (
        "ReceiptHandleIsInvalid",
        "The input receipt handle is invalid.",
    )


def test_sqs_22_handles_of_messages_long_gone_are_forgotten_and_those_in_flight_are_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs_engine, "HANDLES_KEPT", 5)
    queue = bench.queue()
    queue.send("stays")
    (held,) = queue.receive(1)
    for number in range(20):
        queue.send(str(number))
        (message,) = queue.receive(1)
        queue.delete(message.receipt_handle)
    assert len(queue._handles) <= 10
    queue.delete(held.receipt_handle)
    assert counts(queue) == (0, 0, 0)


def test_sqs_21_a_late_delete_works_as_long_as_nobody_received_the_message_again(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("a")
    handle = queue.receive(1)[0].receipt_handle
    bench.pass_s(31)
    queue.delete(handle)
    assert counts(queue) == (0, 0, 0)


def test_sqs_21_an_old_handle_deletes_nothing_and_succeeds(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("a")
    old = queue.receive(1)[0].receipt_handle
    bench.pass_s(30)
    queue.receive(1)
    queue.delete(old)
    assert counts(queue) == (0, 1, 0)


def test_sqs_23_visible_in_flight_and_delayed_are_disjoint(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("delayed", delay_s=10)
    queue.send("in flight")
    queue.send("visible")
    queue.receive(1)
    assert counts(queue) == (1, 1, 1)
    bench.pass_s(10)
    assert counts(queue) == (2, 1, 0)
    bench.pass_s(20)
    assert counts(queue) == (3, 0, 0)


def test_peek_shows_what_nobody_holds_and_receives_nothing(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("held")
    queue.receive(1)
    queue.send("delayed", delay_s=5)
    queue.send("visible")
    assert bodies(queue.peek()) == ["delayed", "visible"]
    assert [message.receive_count for message in queue.peek()] == [0, 0]
    assert counts(queue) == (1, 1, 1)


def test_sqs_01_a_deleted_message_can_be_delivered_once_more(bench: Bench) -> None:
    queue = bench.queue()
    assert not queue.redeliver()
    sent = queue.send("a")
    handle = queue.receive(1)[0].receipt_handle
    queue.delete(handle)
    before = woken(queue)
    assert queue.redeliver()
    assert woken(queue) > before
    again = queue.receive(1)[0]
    assert (again.message_id, again.receive_count) == (sent.message_id, 2)
    queue.delete(handle)
    assert counts(queue) == (0, 1, 0), "the old handle stands for the first delivery"
    queue.delete(again.receipt_handle)
    assert counts(queue) == (0, 0, 0)


def test_sqs_01_a_fifo_queue_delivers_nothing_twice(bench: Bench) -> None:
    queue = bench.queue(fifo=True)
    fifo_send(queue, "g", "a")
    queue.delete(queue.receive(1)[0].receipt_handle)
    assert not queue.redeliver()


# -- redrive --------------------------------------------------------------------------------------


def test_sqs_04_moves_at_the_receive_after_the_last(bench: Bench) -> None:
    queue, dead = bench.queue_with_dlq(3, visibility_timeout_s=30)
    sent = queue.send("poison")
    for second in (0, 30, 60):
        assert bench.at_s() == second
        assert bodies(queue.receive(10)) == ["poison"]
        bench.pass_s(29.999)
        assert queue.receive(10) == []
        bench.pass_s(0.001)
    assert counts(queue) == (1, 0, 0), "visible again, and nothing moves before a receive"
    assert counts(dead) == (0, 0, 0)
    assert queue.receive(10) == []
    assert counts(queue) == (0, 0, 0)
    assert bench.events[-1] == (90.0, "jobs", "moved", sent.message_id)
    found = dead.receive(1)[0]
    assert (found.message_id, found.body, found.receive_count) == (sent.message_id, "poison", 4)


def test_sqs_04_the_receive_that_moves_goes_on_to_the_next_message(bench: Bench) -> None:
    queue, dead = bench.queue_with_dlq(1, visibility_timeout_s=30)
    queue.send("poison")
    queue.receive(1)
    queue.send("good")
    bench.pass_s(30)
    assert bodies(queue.receive(1)) == ["good"]
    assert bodies(dead.contents()) == ["poison"]


def test_sqs_04_a_message_stays_when_its_dead_letter_queue_is_gone(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=0, redrive=Redrive(1, lambda: None))
    queue.send("a")
    queue.receive(1)
    assert bodies(queue.receive(1)) == ["a"]


def test_sqs_06_a_moved_message_says_where_it_comes_from(bench: Bench) -> None:
    queue, dead = bench.queue_with_dlq(1, visibility_timeout_s=0)
    queue.send("a")
    queue.receive(1)
    assert queue.receive(1) == []
    attributes = dead.receive(1)[0].attributes
    assert attributes["DeadLetterQueueSourceArn"] == queue.arn
    assert attributes["ApproximateReceiveCount"] == "2"


def test_the_receiver_of_a_moved_message_is_woken(bench: Bench) -> None:
    queue, dead = bench.queue_with_dlq(1, visibility_timeout_s=0)
    queue.send("a")
    queue.receive(1)
    assert woken(dead) == 0
    queue.receive(1)
    assert woken(dead) == 1


# -- retention ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fifo", "left_s"), [(False, 3 * DAY_S), (True, 4 * DAY_S)])
def test_sqs_07_the_move_keeps_a_standard_messages_age_and_resets_a_fifo_messages(
    bench: Bench, fifo: bool, left_s: int
) -> None:
    queue, dead = bench.queue_with_dlq(
        1, fifo=fifo, visibility_timeout_s=0, retention_s=2 * DAY_S, dlq={"retention_s": 4 * DAY_S}
    )
    queue.send("a", **({"group_id": "g", "deduplication_id": "1"} if fifo else {}))
    queue.receive(1)
    bench.pass_s(DAY_S)
    queue.receive(1)
    assert counts(dead) == (1, 0, 0)
    bench.pass_s(left_s - 0.001)
    assert counts(dead) == (1, 0, 0)
    bench.pass_s(0.001)
    assert counts(dead) == (0, 0, 0)


def test_sqs_08_an_expired_message_leaves_the_counts_and_hides_nobody(bench: Bench) -> None:
    queue = bench.queue(retention_s=60)
    old = queue.send("old")
    bench.pass_s(59)
    queue.send("young")
    bench.pass_s(1)
    assert counts(queue) == (1, 0, 0)
    assert (60.0, "jobs", "expired", old.message_id) in bench.events
    assert bodies(queue.receive(10)) == ["young"]


def test_sqs_08_a_message_expires_in_flight_and_delayed_too(bench: Bench) -> None:
    queue = bench.queue(retention_s=60, visibility_timeout_s=600)
    queue.send("in flight")
    handle = queue.receive(1)[0].receipt_handle
    queue.send("delayed", delay_s=900)
    bench.pass_s(60)
    assert counts(queue) == (0, 0, 0)
    queue.delete(handle)


def test_sqs_08_a_lower_retention_applies_to_messages_that_are_there(bench: Bench) -> None:
    queue = bench.queue(retention_s=DAY_S)
    queue.send("a")
    bench.pass_s(3600)
    queue.settings = dataclasses.replace(queue.settings, retention_s=7200)
    assert counts(queue) == (1, 0, 0)
    assert bench.dues[-1] == 7200
    queue.settings = dataclasses.replace(queue.settings, retention_s=60)
    assert counts(queue) == (0, 0, 0)


# -- delays ---------------------------------------------------------------------------------------


def test_sqs_11_a_message_may_override_the_delay_of_a_standard_queue(bench: Bench) -> None:
    queue = bench.queue(delay_s=10)
    queue.send("queue's")
    queue.send("own", delay_s=3)
    queue.send("none", delay_s=0)
    assert bodies(queue.receive(10)) == ["none"]
    bench.pass_s(3)
    assert bodies(queue.receive(10)) == ["own"]
    bench.pass_s(7)
    assert bodies(queue.receive(10)) == ["queue's"]
    assert refused(lambda: queue.send("late", delay_s=901)) == (
        "InvalidParameterValue",
        "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    )


def test_sqs_11_a_fifo_message_has_its_queues_delay_and_no_other(bench: Bench) -> None:
    queue = bench.queue(fifo=True, delay_s=10)
    assert refused(lambda: queue.send("a", delay_s=2, group_id="g", deduplication_id="1")) == (
        "InvalidParameterValue",
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid "
        "for this queue type.",
    )
    queue.send("a", delay_s=0, group_id="g", deduplication_id="1")
    assert counts(queue) == (0, 0, 1)


def test_a_new_delay_of_a_fifo_queue_applies_to_delayed_messages_so_that_none_overtakes(bench: Bench) -> None:
    queue = bench.queue(fifo=True, delay_s=100)
    queue.send("first", group_id="g", deduplication_id="1")
    queue.settings = dataclasses.replace(queue.settings, delay_s=5)
    queue.send("second", group_id="g", deduplication_id="2")
    bench.pass_s(5)
    assert bodies(queue.receive(1)) == ["first"]


# -- what may be sent -----------------------------------------------------------------------------


def test_sqs_13_size_is_counted_in_bytes_with_the_attributes(bench: Bench) -> None:
    queue = bench.queue(maximum_message_size_bytes=1024)
    text = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    queue.send("é" * 512)
    assert refused(lambda: queue.send("é" * 512 + "a")) == ("InvalidParameterValue", text)
    attributes = {"name": {"DataType": "String", "StringValue": "é" * 7}}  # 4 + 6 + 14
    queue.send("a" * 1000, message_attributes=attributes)
    assert refused(lambda: queue.send("a" * 1001, message_attributes=attributes))[1] == text


def test_sqs_13_the_default_limit_is_one_mebibyte(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a" * 1_048_576)
    assert "shorter than 1048576 bytes" in refused(lambda: queue.send("é" * 524_289))[1]


def test_sqs_14_an_empty_body_and_control_characters_are_refused(bench: Bench) -> None:
    queue = bench.queue()
    assert refused(lambda: queue.send("")) == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )
    for character in ("\x00", "\x0b", "\ufffe", "\ud800"):
        assert refused(lambda c=character: queue.send(f"a{c}"))[0] == "InvalidMessageContents"
    queue.send("tab\t newline\n return\r ไทย 🎉")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("AWS.trace", {"DataType": "String", "StringValue": "x"}),
        ("amazon.x", {"DataType": "String", "StringValue": "x"}),
        (".a", {"DataType": "String", "StringValue": "x"}),
        ("a.", {"DataType": "String", "StringValue": "x"}),
        ("a..b", {"DataType": "String", "StringValue": "x"}),
        ("a b", {"DataType": "String", "StringValue": "x"}),
        ("a" * 257, {"DataType": "String", "StringValue": "x"}),
        ("a", {"DataType": "", "StringValue": "x"}),
        ("a", {"DataType": "Text", "StringValue": "x"}),
        ("a", {"DataType": "String", "StringValue": ""}),
        ("a", {"DataType": "Binary", "BinaryValue": b""}),
        ("a", {"DataType": "Number", "StringValue": "ten"}),
        ("a", {"DataType": "Number", "StringValue": "1" * 39}),
    ],
)
def test_sqs_15_message_attributes_have_proper_names_types_and_values(
    bench: Bench, name: str, attribute: dict[str, Any]
) -> None:
    code, _ = refused(lambda: bench.queue().send("a", message_attributes={name: attribute}))
    assert code == "InvalidParameterValue"


def test_sqs_15_ten_message_attributes_are_the_most(bench: Bench) -> None:
    attributes = {f"a{n}": {"DataType": "Number.int", "StringValue": "-1.5e3"} for n in range(11)}
    _code, text = refused(lambda: bench.queue().send("a", message_attributes=attributes))
    assert text == "Number of message attributes [11] exceeds the allowed maximum [10]."
    attributes.popitem()
    bench.queue().send("a", message_attributes=attributes)


def test_sqs_17_a_standard_queue_full_of_messages_in_flight_refuses_and_a_fifo_queue_gives_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs_engine, "IN_FLIGHT_LIMIT", 2)
    queue, fifo = bench.queue(), bench.queue(fifo=True)
    for n in "123":
        queue.send(n)
        fifo.send(n, group_id=n, deduplication_id=n)
    assert bodies(queue.receive(10)) == bodies(fifo.receive(10)) == ["1", "2"]
    assert refused(lambda: queue.receive(1))[0] == "OverLimit"
    assert fifo.receive(1) == []


def test_md5s_are_those_that_sdks_check(bench: Bench) -> None:
    attributes = {
        "when": {"DataType": "String", "StringValue": "now"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    message = bench.queue().send("body", message_attributes=attributes)
    assert message.md5_of_body == hashlib.md5(b"body").hexdigest()
    raw = b"\0\0\0\3raw\0\0\0\6Binary\x02\0\0\0\2\x00\x01"
    when = b"\0\0\0\4when\0\0\0\6String\x01\0\0\0\3now"
    assert message.md5_of_message_attributes == hashlib.md5(raw + when).hexdigest()
    assert bench.queue().send("plain").md5_of_message_attributes is None


# -- purge ----------------------------------------------------------------------------------------


def test_sqs_24_a_purge_takes_messages_in_flight_too_and_none_follows_within_a_minute(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("a")
    queue.send("b", delay_s=5)
    handle = queue.receive(1)[0].receipt_handle
    queue.purge()
    assert counts(queue) == (0, 0, 0)
    queue.delete(handle)
    bench.pass_s(59.999)
    assert refused(queue.purge) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on jobs is allowed every 60 seconds.",
    )
    bench.pass_s(0.001)
    queue.purge()


# -- FIFO -----------------------------------------------------------------------------------------


def fifo_send(queue: QueueEngine, group_id: str, *sent: str) -> None:
    for body in sent:
        queue.send(body, group_id=group_id, deduplication_id=body)


def test_sqs_01_standard_is_oldest_first_and_a_returned_message_is_not_last(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=10)
    for body in "abc":
        queue.send(body)
    queue.receive(1)
    bench.pass_s(10)
    assert bodies(queue.receive(10)) == ["a", "b", "c"]


def test_sqs_20_a_group_with_a_message_in_flight_is_closed_and_others_are_not(bench: Bench) -> None:
    queue = bench.queue(fifo=True)
    fifo_send(queue, "g", "g1", "g2")
    fifo_send(queue, "h", "h1")
    first = queue.receive(1)
    assert bodies(first) == ["g1"]
    assert bodies(queue.receive(10)) == ["h1"]
    assert queue.receive(10) == []
    assert counts(queue) == (1, 2, 0)
    before = woken(queue)
    queue.delete(first[0].receipt_handle)
    assert woken(queue) > before, "a delete opens the group"
    assert bodies(queue.receive(10)) == ["g2"]


def test_sqs_20_one_receive_takes_several_of_one_group_in_order_before_the_next_group(bench: Bench) -> None:
    queue = bench.queue(fifo=True)
    fifo_send(queue, "g", "g1")
    fifo_send(queue, "h", "h1", "h2")
    fifo_send(queue, "g", "g2")
    assert bodies(queue.receive(3)) == ["g1", "g2", "h1"]


def test_sqs_20_a_returned_message_comes_before_its_successors(bench: Bench) -> None:
    queue = bench.queue(fifo=True, visibility_timeout_s=30)
    fifo_send(queue, "g", "1", "2", "3")
    one, two = queue.receive(2)
    queue.change_visibility(one.receipt_handle, 0)
    assert queue.receive(10) == [], "2 is in flight still"
    queue.change_visibility(two.receipt_handle, 0)
    assert bodies(queue.receive(10)) == ["1", "2", "3"]


def test_sqs_04_a_moved_fifo_message_unblocks_its_group(bench: Bench) -> None:
    queue, dead = bench.queue_with_dlq(1, fifo=True, visibility_timeout_s=30)
    fifo_send(queue, "g", "1", "2")
    queue.receive(1)
    bench.pass_s(30)
    assert bodies(queue.receive(10)) == ["2"]
    assert bodies(dead.receive(10)) == ["1"]


def test_sqs_18_a_duplicate_is_dropped_for_five_minutes_even_after_the_delete(bench: Bench) -> None:
    queue = bench.queue(fifo=True)
    first = queue.send("a", group_id="g", deduplication_id="x")
    queue.delete(queue.receive(1)[0].receipt_handle)
    bench.pass_s(299.999)
    second = queue.send("other body", group_id="h", deduplication_id="x")
    assert (second.message_id, second.sequence_number) == (first.message_id, first.sequence_number)
    assert counts(queue) == (0, 0, 0)
    bench.pass_s(0.001)
    third = queue.send("a", group_id="g", deduplication_id="x")
    assert third.message_id != first.message_id
    assert counts(queue) == (1, 0, 0)


def test_sqs_18_the_window_is_not_prolonged_by_duplicates(bench: Bench) -> None:
    queue = bench.queue(fifo=True)
    for _ in range(3):
        queue.send("a", group_id="g", deduplication_id="x")
        bench.pass_s(150)
    assert counts(queue) == (2, 0, 0)


def test_sqs_18_content_stands_for_a_missing_id(bench: Bench) -> None:
    queue = bench.queue(fifo=True, content_based_deduplication=True)
    queue.send("a", group_id="g")
    queue.send("a", group_id="g")
    queue.send("a", group_id="g", deduplication_id="own")
    queue.send("b", group_id="g")
    assert [m.deduplication_id for m in queue.contents()] == [
        hashlib.sha256(b"a").hexdigest(),
        "own",
        hashlib.sha256(b"b").hexdigest(),
    ]


def test_sqs_18_a_fifo_queue_wants_a_group_and_an_id_and_a_standard_queue_no_id(bench: Bench) -> None:
    fifo, standard = bench.queue(fifo=True), bench.queue()
    assert refused(lambda: fifo.send("a", deduplication_id="x")) == (
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refused(lambda: fifo.send("a", group_id="g"))[1] == (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    assert "1 to 128 in length" in refused(lambda: fifo.send("a", group_id="g", deduplication_id="x" * 129))[1]
    assert "MessageDeduplicationId" in refused(lambda: standard.send("a", deduplication_id="x"))[1]
    standard.send("fair queues have groups", group_id="tenant")


def test_sqs_19_sequence_numbers_have_twenty_digits_and_increase_with_gaps(bench: Bench) -> None:
    queue = bench.queue(fifo=True, content_based_deduplication=True)
    numbers = [queue.send(str(n), group_id="g").sequence_number or "" for n in range(5)]
    assert all(len(number) == 20 and number.isdigit() for number in numbers)
    assert all(int(after) - int(before) > 1 for before, after in itertools.pairwise(numbers))


def test_sqs_20_deduplication_by_group_compares_within_a_group(bench: Bench) -> None:
    queue = bench.queue(fifo=True, deduplicates_by_group=True)
    for group_id in ("g", "h", "g"):
        queue.send("a", group_id=group_id, deduplication_id="x")
    assert [m.group_id for m in queue.contents()] == ["g", "h"]


def test_sqs_21_a_fifo_handle_expires_with_its_visibility_timeout(bench: Bench) -> None:
    queue = bench.queue(fifo=True, visibility_timeout_s=30)
    fifo_send(queue, "g", "a")
    handle = queue.receive(1)[0].receipt_handle
    bench.pass_s(30)
    assert refused(lambda: queue.delete(handle)) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    again = queue.receive(1)[0].receipt_handle
    assert "expired" in refused(lambda: queue.delete(handle))[1]
    queue.delete(again)
    queue.delete(again)


# -- waiting --------------------------------------------------------------------------------------


def test_a_waiting_poller_learns_when_to_look_again(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    assert queue.next_visible_us() is None
    queue.send("a")
    assert queue.next_visible_us() is None
    queue.send("b", delay_s=40)
    handle = queue.receive(1)[0].receipt_handle
    assert queue.next_visible_us() == bench.now_us + 30_000_000
    queue.delete(handle)
    assert queue.next_visible_us() == bench.now_us + 40_000_000


def test_waiters_are_woken_when_there_is_something_to_receive_or_nothing_is_pending_any_more(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=30)
    queue.send("later", delay_s=5)
    assert woken(queue) == 1, "they wait until then, and did not know"
    queue.send("now")
    assert woken(queue) == 2
    handle = queue.receive(1)[0].receipt_handle
    queue.delete(handle)
    assert woken(queue) == 2, "the delayed message is still to come"
    bench.pass_s(5)
    handle = queue.receive(1)[0].receipt_handle
    assert woken(queue) == 4, "it became visible, and is in flight until a time nobody knew"
    queue.delete(handle)
    assert woken(queue) == 5


def test_waiters_are_not_woken_by_what_becomes_visible_later_than_something_else(bench: Bench) -> None:
    queue = bench.queue()
    queue.send("later", delay_s=5)
    queue.send("latest", delay_s=6)
    assert woken(queue) == 1


def test_what_a_receive_gave_is_not_changed_by_later_receives(bench: Bench) -> None:
    queue = bench.queue(visibility_timeout_s=1)
    queue.send("a")
    first = queue.receive(1)[0]
    bench.pass_s(1)
    second = queue.receive(1)[0]
    assert (first.receive_count, second.receive_count) == (1, 2)
    assert first.receipt_handle != second.receipt_handle
