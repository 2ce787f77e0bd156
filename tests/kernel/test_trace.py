"""The stream of events."""

from __future__ import annotations

import io

import pytest

from harness.kernel.clock import Clock
from harness.kernel.scheduler import Kernel
from harness.kernel.trace import Trace, TraceEvent, read_trace, write_trace


def test_events_are_numbered_timed_and_caused() -> None:
    kernel = Kernel()

    def main() -> None:
        first = kernel.emit("act", "uploaded", "RawBucket", key="a")
        assert kernel.current is not None
        kernel.current.cause = first

        def follow() -> None:
            kernel.sleep(0.02)
            kernel.emit("deliver", "notified", "arn:fn", source="raw-bucket-123", key="a")

        kernel.trace.names.update({"arn:fn": "CsvValidator", "raw-bucket-123": "RawBucket"})
        kernel.spawn(follow, name="notification")
        kernel.quiet()

    kernel.run(main)
    assert kernel.trace.events == [
        TraceEvent(1, 0, "act", "uploaded", "RawBucket", None, {"key": "a"}),
        TraceEvent(2, 20_000, "deliver", "notified", "CsvValidator", 1, {"source": "RawBucket", "key": "a"}),
    ]


def test_the_written_form_is_canonical() -> None:
    file = io.StringIO()
    write_trace([TraceEvent(1, 5, "act", "sent", "ถัง", None, {"b": 1, "a": "é"})], file)
    assert file.getvalue() == (
        '{"format":1}\n'
        '{"at_us":5,"cause":null,"detail":{"a":"é","b":1},"n":1,"station":"act","what":"sent","who":"ถัง"}\n'
    )


def test_select_finds_by_station_verb_and_resource() -> None:
    kernel = Kernel()
    kernel.emit("invoke", "failed", "A")
    kernel.emit("invoke", "succeeded", "A")
    kernel.emit("invoke", "failed", "B")
    assert [e.number for e in kernel.trace.select("invoke", "failed")] == [1, 3]
    assert [e.number for e in kernel.trace.select("invoke", who="A")] == [1, 2]


def test_what_was_written_can_be_read() -> None:
    file = io.StringIO()
    events = [TraceEvent(1, 5, "act", "sent", "ถัง", None, {"a": [1]}), TraceEvent(2, 6, "queue", "sent", "Q", 1, {})]
    write_trace(events, file)
    file.seek(0)
    assert read_trace(file) == events


def test_something_else_is_no_trace() -> None:
    for text in ("", '{"format":0}\n', "[]\n"):
        with pytest.raises(ValueError, match="no trace of format 1"):
            read_trace(io.StringIO(text))


def test_a_trace_that_forgets_keeps_the_last_events_under_their_numbers() -> None:
    trace = Trace(Clock())
    trace.keep_last(10)
    for number in range(1, 101):
        trace.record("act", "sent", f"q{number}", number - 1 or None, {})
        assert len(trace.events) <= 20
    assert trace.count == 100
    found = trace.find(95)
    assert found is not None
    assert (found.number, found.who, found.cause) == (95, "q95", 94)
    assert (trace.find(1), trace.find(101)) == (None, None)
    assert [e.number for e in trace.since(97)] == [98, 99, 100]
    assert trace.since(3) == trace.events
    assert trace.rounds.count == 0


def test_a_long_trace_is_read_as_it_was_written() -> None:
    trace = Trace(Clock())
    heard: list[TraceEvent] = []
    trace.listen(heard.append)
    for number in range(1, 5001):
        who = f"f{number % 3}"
        trace.record("invoke" if number % 2 else "queue", "did", who, number // 2 or None, {"n": number, "at": [who]})
    assert trace.events == heard
    assert trace.find(17) == heard[16]
    assert trace.since(1000) == heard[1000:]
    assert trace.select("invoke", "did", "f1") == [e for e in heard if e.station == "invoke" and e.who == "f1"]
    assert [e.as_json() for e in trace.events] == [e.as_json() for e in heard]


def test_a_long_trace_that_forgets_finds_what_it_keeps() -> None:
    trace = Trace(Clock())
    trace.keep_last(2000)
    for number in range(1, 9001):
        trace.record("act", "sent", f"q{number}", number - 1 or None, {})
        assert len(trace.events) <= 4000
    assert [e.number for e in trace.events][-2000:] == list(range(7001, 9001))
    kept = [number for number in range(1, 9001) if trace.find(number) is not None]
    assert kept == list(range(9001 - len(trace.events), 9001))
    assert [e.number for e in trace.since(8000)] == list(range(8001, 9001))
