from __future__ import annotations

from typing import Any

import pytest

from harness.kernel.trace import TraceEvent
from harness.report.sentences import line, sentence, shorten


@pytest.mark.parametrize(
    ("station", "what", "who", "detail", "words"),
    [
        ("act", "uploaded", "Raw", {"key": "a.csv", "size": 1200}, "upload a.csv to Raw  (1,200 bytes)"),
        ("act", "published", "Topic", {"message": "hi"}, 'publish "hi" to Topic'),
        (
            "act",
            "put events",
            "Shop",
            {"source": "shop.orders", "detail_type": "OrderPlaced"},
            'put "OrderPlaced" from shop.orders on Shop',
        ),
        ("act", "deleted", "Raw", {"key": "a.csv"}, "delete a.csv from Raw"),
        ("act", "advanced", "time", {"by": "5m"}, "let 5m pass"),
        ("act", "redelivered", "Raw", {"key": "a"}, "deliver once more: a of Raw"),
        ("act", "started", "Flow", {"input": "{}"}, "Flow  started  (input={})"),
        ("act", "requested", "Api", {"method": "GET", "path": "/a?b=1"}, "request GET /a?b=1 of Api"),
        ("http", "received", "Api", {"method": "GET", "path": "/a"}, "Api  GET /a"),
        ("http", "answered", "Api", {"method": "GET", "path": "/a", "status": 200}, "Api  GET /a -> 200"),
        (
            "http",
            "answered",
            "Api",
            {"method": "GET", "path": "/a", "status": 403, "reason": "no key"},
            "Api  GET /a -> 403  (no key)",
        ),
        ("s3", "object created", "Raw", {"key": "a"}, "Raw  object created: a"),
        ("deliver", "fanned out", "Queue", {"topic": "Topic"}, "Topic -> Queue"),
        (
            "deliver",
            "polled",
            "F",
            {"queue": "Q", "messages": ["a", "b"], "receive_counts": [1, 3]},
            "Q -> F  (2 messages, receives 1 to 3)",
        ),
        ("deliver", "read", "F", {"stream": "T", "records": ["1"], "attempt": 1}, "T -> F  (1 record)"),
        (
            "deliver",
            "read",
            "F",
            {"stream": "T", "records": ["1", "2"], "attempt": 3},
            "T -> F  (2 records, attempt 3)",
        ),
        (
            "deliver",
            "gave up",
            "F",
            {"stream": "T", "records": ["1"], "condition": "RecordAgeExceeded"},
            "F  gave up 1 record of T: RecordAgeExceeded",
        ),
        (
            "deliver",
            "expired",
            "F",
            {"stream": "T", "records": ["1"]},
            "F  never processed 1 record of T: no longer kept",
        ),
        ("stream", "put", "S", {"key": "k"}, "S  record put: k"),
        ("table", "inserted", "T", {"key": "a"}, "T  item inserted: a"),
        ("table", "expired", "T", {"key": "a"}, "T  item deleted by time to live: a"),
        ("act", "put", "T", {"item": '{"id": "a"}'}, 'put {"id": "a"} into T'),
        ("deliver", "put on bus", "Shop", {"detail_type": "Paid", "rules": ["A", "B"]}, 'Shop  "Paid" -> A, B'),
        ("deliver", "put on bus", "Shop", {"detail_type": "Paid", "rules": []}, 'Shop  "Paid" -> no rule matches'),
        ("deliver", "routed", "F", {"rule": "A"}, "A -> F"),
        ("deliver", "routed", "F", {"pipe": "P"}, "P -> F"),
        ("deliver", "came due", "A", {"schedule": "rate(1 minute)"}, "A  came due: rate(1 minute)"),
        ("deliver", "dropped", "F", {"reason": "no permission"}, "F  dropped: no permission"),
        ("queue", "moved", "Q", {"to": "Dlq", "receive_count": 3}, "Q  message moved to Dlq  (receive 3)"),
        (
            "alarm",
            "changed",
            "A",
            {"was": "OK", "state": "ALARM", "reason": "Threshold Crossed: 1 datapoint [1.0 (x)] was greater."},
            "A  OK -> ALARM: 1 datapoint [1.0 (x)] was greater.",
        ),
        ("alarm", "held back", "A", {"by": "WaitPeriod"}, "A  actions held back: it waits for its suppressor"),
        ("deliver", "alarm told", "Bell", {"alarm": "A", "state": "ALARM"}, "A (ALARM) -> Bell"),
        ("queue", "redriven", "Dlq", {"to": "Q", "receive_count": 4}, "Dlq  message redriven to Q  (receive 4)"),
        ("queue", "redrive begun", "Dlq", {"messages": 1}, "Dlq  redrive of 1 message begun"),
        (
            "queue",
            "redrive ended",
            "Dlq",
            {"status": "FAILED", "moved": 2, "reason": "NoSource"},
            "Dlq  redrive failed: NoSource  (2 moved)",
        ),
        ("act", "redrove", "Dlq", {"to": "Q"}, "redrive Dlq to Q"),
        ("act", "redrove", "Dlq", {"to": None}, "redrive Dlq"),
        ("invoke", "succeeded", "F", {"duration_ms": 3}, "F  succeeded"),
        ("invoke", "called", "F", {"call": "s3.PutObject"}, "F  called s3.PutObject"),
        ("workflow", "entered", "Flow", {"state": "Parse"}, "Flow  entered Parse"),
        ("workflow", "failed", "Flow", {"error": "Oops", "cause": "why"}, "Flow  failed: Oops: why"),
        ("disturb", "disturbed", "F", {"kind": "fail", "times": 1}, "F  disturbed: fail  (times=1)"),
        ("act", "connected", "Chat", {"client": "ada"}, "ada connects to Chat"),
        ("act", "said", "ada", {"body": "hi"}, "ada says hi"),
        ("act", "disconnected", "ada", {}, "ada leaves"),
        ("socket", "asked", "Chat", {"client": "ada"}, "Chat  ada asks to connect"),
        (
            "socket",
            "refused",
            "Chat",
            {"client": "ada", "status": 403, "reason": "no"},
            "Chat  ada is not let in: 403  (no)",
        ),
        ("socket", "received", "Chat", {"client": "ada", "body": "hi", "route": "tell"}, "Chat  ada says hi -> tell"),
        ("socket", "received", "Chat", {"client": "ada", "body": "hi"}, "Chat  ada says hi -> no route"),
        ("socket", "sent", "Chat", {"client": "ada", "body": "hi"}, "Chat  ada is sent hi"),
        ("socket", "closed", "Chat", {"client": "ada", "code": 1001}, "Chat  ada is disconnected (1001)"),
        ("elsewhere", "happened", "X", {"a": None, "b": [1]}, "X  happened  (b=[1])"),
    ],
)
def test_an_event_reads_as(station: str, what: str, who: str, detail: dict[str, Any], words: str) -> None:
    assert sentence(TraceEvent(1, 0, station, what, who, None, detail)) == words


def test_a_line_has_its_time_and_its_station() -> None:
    event = TraceEvent(1, 2 * 86_400_000_000 + 1000, "invoke", "succeeded", "F", None, {})
    assert line(event) == "2d 00:00:00.001  invoke   F  succeeded"


def test_a_long_or_broken_text_becomes_one_short_line() -> None:
    assert shorten("a\n  b") == "a b"
    assert shorten("x" * 61) == "x" * 57 + "..."
