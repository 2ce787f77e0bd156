from __future__ import annotations

import pytest

from harness.invoke.result import InvocationResult
from tests.deliver.test_stream_poller import Table, keys

FAILED = InvocationResult("failed", b'{"errorMessage": "boom", "errorType": "ValueError"}', "req")
THROTTLED = InvocationResult("throttled", b"", "req")


@pytest.fixture
def table(world):
    return Table(world)


def counts(event):
    """An answer that counts the records of its window."""
    return {"state": {"count": event["state"].get("count", 0) + len(event["Records"])}}


def final(world):
    return [call for call in world.invoker.calls if call.event["isFinalInvokeForWindow"]]


def told(call):
    window = call.event["window"]
    return [keys(call), window["start"][11:], window["end"][11:], call.event["state"].get("count", 0)]


def test_esm_23_a_window_hands_its_state_from_call_to_call_and_ends_with_a_call_without_records(world, table):
    table.mapping(counts, TumblingWindowInSeconds=60)

    def act():
        table.put("a", "b")
        world.kernel.sleep(30)
        table.put("c")
        world.kernel.sleep(40)
        table.put("d")

    # The fourth record's arrival ends the first window; the second has two minutes after its end.
    assert world.run(act) == 240
    assert [told(call) for call in world.invoker.calls] == [
        ["ab", "09:00:00Z", "09:01:00Z", 0],
        ["c", "09:00:00Z", "09:01:00Z", 2],
        ["", "09:00:00Z", "09:01:00Z", 3],
        ["d", "09:01:00Z", "09:02:00Z", 0],
        ["", "09:01:00Z", "09:02:00Z", 1],
    ]
    first = world.invoker.calls[0].event
    assert (first["shardId"][:7], first["eventSourceARN"], first["isWindowTerminatedEarly"]) == (
        "shardId", table.arn, False,
    )  # fmt: skip


def test_esm_23_records_of_two_windows_never_share_a_batch(world, table):
    mapping = table.mapping(counts, start="TRIM_HORIZON", TumblingWindowInSeconds=60, Enabled=False)

    def act():
        table.put("a")
        world.kernel.sleep(61)
        table.put("b", "c")
        world.functions_api.update_event_source_mapping(UUID=mapping, Enabled=True)

    world.run(act)
    assert [keys(call) for call in world.invoker.calls] == ["a", "", "bc", ""]


def test_esm_23_an_answer_without_a_state_is_a_failure_and_tried_again(world, table):
    table.mapping({"batchItemFailures": []}, counts, TumblingWindowInSeconds=10)
    world.run(lambda: table.put("a"))
    assert [told(call)[0] for call in world.invoker.calls] == ["a", "a", ""]
    assert told(final(world)[0])[3] == 1


def test_esm_23_nothing_else_is_read_until_the_final_call_has_succeeded(world, table):
    def moody(event):
        if event["isFinalInvokeForWindow"]:
            return [FAILED, THROTTLED, counts(event)][min(len(final(world)), 3) - 1]
        return counts(event)

    table.mapping(moody, TumblingWindowInSeconds=10)

    def act():
        table.put("a")
        world.kernel.sleep(10)
        table.put("b")

    world.run(act)
    assert [keys(call) for call in world.invoker.calls][:5] == ["a", "", "", "", "b"]


def test_esm_23_a_final_call_whose_retries_are_used_up_is_given_up(world, table):
    def moody(event):
        return FAILED if event["isFinalInvokeForWindow"] else counts(event)

    table.mapping(moody, TumblingWindowInSeconds=10, MaximumRetryAttempts=2)
    world.run(lambda: table.put("a"))
    assert len(final(world)) == 3


def test_esm_23_a_state_of_more_than_a_megabyte_ends_its_window_early(world, table):
    def heavy(event):
        return {"state": {"text": "x" * (1024 * 1024)}}

    table.mapping(heavy, TumblingWindowInSeconds=60)

    def act():
        table.put("a")
        world.kernel.sleep(1)
        table.put("b")

    world.run(act)
    assert [(keys(c), c.event["isWindowTerminatedEarly"], bool(c.event["state"])) for c in world.invoker.calls] == [
        ("a", False, False), ("", True, True), ("b", False, False), ("", True, True),
    ]  # fmt: skip
