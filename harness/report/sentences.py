"""This file decides how one event of the trace reads in words.

It does not decide which events are shown; ``story.py`` does. An event nobody wrote words for still reads:
who, what, then its details.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.kernel.clock import format_elapsed
from harness.kernel.trace import TraceEvent

_SHOWN = 60
_REQUEST = re.compile(r"^RequestId: \S+ Error: ")

# Longest station name; the sentences of a story begin in one column.
_STATION_WIDTH = 8


def line(event: TraceEvent) -> str:
    """``HH:MM:SS.mmm  station  sentence``."""
    return f"{format_elapsed(event.at_us)}  {event.station:<{_STATION_WIDTH}} {sentence(event)}"


def sentence(event: TraceEvent) -> str:
    """The event in words."""
    words = _WORDS.get((event.station, event.what)) or _WORDS.get((event.station, "*"))
    return words(event) if words else _plain(event)


def shorten(value: Any) -> str:
    """A value on one line, cut to a length a story can bear."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _plain(event: TraceEvent) -> str:
    details = ", ".join(f"{k}={shorten(v)}" for k, v in event.detail.items() if v is not None)
    return f"{event.who}  {event.what}" + (f"  ({details})" if details else "")


def _receives(counts: Any) -> str:
    """``receive 2`` of what was polled together; only a repeated receive is worth a word."""
    if not isinstance(counts, list) or not counts:
        return ""
    return f", receive {counts[0]}" if len(set(counts)) == 1 else f", receives {min(counts)} to {max(counts)}"


def _act(event: TraceEvent) -> str:
    detail = event.detail
    what = event.what
    times = f"  ({detail['times']} times)" if detail.get("times", 1) != 1 else ""
    if what == "uploaded":
        size = detail.get("size", 0)
        return f"upload {shorten(detail.get('key'))} to {event.who}  ({size:,} byte{'' if size == 1 else 's'})"
    if what == "sent":
        return f'send "{shorten(detail.get("body", ""))}" to {event.who}{times}'
    if what == "put":
        return f"put {shorten(detail.get('item', ''))} into {event.who}"
    if what == "published":
        return f'publish "{shorten(detail.get("message", ""))}" to {event.who}{times}'
    if what == "put events":
        return f'put "{shorten(detail.get("detail_type", ""))}" from {detail.get("source")} on {event.who}'
    if what == "deleted":
        return f"delete {shorten(detail.get('key'))} from {event.who}"
    if what == "advanced":
        return f"let {detail.get('by')} pass"
    if what == "requested":
        return f"request {detail.get('method')} {shorten(detail.get('path', ''))} of {event.who}"
    if what == "connected":
        return f"{detail.get('client')} connects to {event.who}"
    if what == "said":
        return f"{event.who} says {shorten(detail.get('body', ''))}"
    if what == "disconnected":
        return f"{event.who} leaves"
    if what == "redelivered":
        return f"deliver once more: {detail.get('key') or 'a message'} of {event.who}"
    if what == "replayed":
        rules = f" for {', '.join(detail['rules'])}" if detail.get("rules") else ""
        return f"replay {event.who}{rules}"
    if what == "called":
        return f"call {event.who}"
    if what == "redrove":
        return f"redrive {event.who}" + (f" to {detail['to']}" if detail.get("to") else "")
    return _plain(event)


def _object(event: TraceEvent) -> str:
    return f"{event.who}  {event.what}: {shorten(event.detail.get('key'))}"


def _notified(event: TraceEvent) -> str:
    return f"{event.detail.get('from')} -> {event.who}  {shorten(event.detail.get('key', ''))}".rstrip()


def _fanned_out(event: TraceEvent) -> str:
    return f"{event.detail.get('topic')} -> {event.who}"


def _on_bus(event: TraceEvent) -> str:
    rules = event.detail.get("rules") or ["no rule matches"]
    return f'{event.who}  "{shorten(event.detail.get("detail_type", ""))}" -> {", ".join(rules)}'


def _routed(event: TraceEvent) -> str:
    return f"{event.detail.get('rule') or event.detail.get('schedule') or event.detail.get('pipe')} -> {event.who}"


def _subscribed(event: TraceEvent) -> str:
    count = event.detail.get("events")
    return f"{event.detail.get('group')} -> {event.who}  ({count} log event{'' if count == 1 else 's'})"


def _triggered(event: TraceEvent) -> str:
    return f"{event.detail.get('pool')} -> {event.who}  ({event.detail.get('trigger')})"


def _counted(event: TraceEvent) -> str:
    values = event.detail.get("values") or []
    said = f"{values[0]:g}" if len(values) == 1 else f"{len(values)} points"
    return f"{event.who}  {event.detail.get('metric')}: {said}"


def _replay_begun(event: TraceEvent) -> str:
    detail = event.detail
    rules = f", for {', '.join(detail['rules'])}" if detail.get("rules") else ""
    count = detail.get("events")
    return f'{event.who}  replay "{detail.get("replay")}" of {count} event{"" if count == 1 else "s"} begun{rules}'


def _came_due(event: TraceEvent) -> str:
    return f"{event.who}  came due: {event.detail.get('schedule')}"


def _polled(event: TraceEvent) -> str:
    count = len(event.detail.get("messages", ()))
    messages = "1 message" if count == 1 else f"{count} messages"
    return f"{event.detail.get('queue')} -> {event.who}  ({messages}{_receives(event.detail.get('receive_counts'))})"


def _read(event: TraceEvent) -> str:
    attempt = event.detail.get("attempt", 1)
    again = f", attempt {attempt}" if attempt != 1 else ""
    return f"{event.detail.get('stream')} -> {event.who}  ({_records(event)}{again})"


def _gave_up(event: TraceEvent) -> str:
    detail = event.detail
    return f"{event.who}  gave up {_records(event)} of {detail.get('stream')}: {detail.get('condition')}"


def _window_closed(event: TraceEvent) -> str:
    detail = event.detail
    return f"{event.who}  final call for the window {detail.get('start')} to {detail.get('end')}"


def _expired(event: TraceEvent) -> str:
    return f"{event.who}  never processed {_records(event)} of {event.detail.get('stream')}: no longer kept"


def _records(event: TraceEvent) -> str:
    count = len(event.detail.get("records", ()))
    return "1 record" if count == 1 else f"{count} records"


def _table(event: TraceEvent) -> str:
    what = "deleted by time to live" if event.what == "expired" else event.what
    return f"{event.who}  item {what}: {shorten(event.detail.get('key'))}"


def _filter_pending(event: TraceEvent) -> str:
    detail = event.detail
    return f"{event.who}  the new filter for {detail.get('endpoint')} counts in {detail.get('delay_s')} s"


def _dropped(event: TraceEvent) -> str:
    return f"{event.who}  dropped: {event.detail.get('reason')}"


def _queue(event: TraceEvent) -> str:
    detail = event.detail
    what = {
        "returned": "message visible again",
        "moved": f"message moved to {detail.get('to')}",
        "redriven": f"message redriven to {detail.get('to')}",
        "expired": "message expired",
    }.get(event.what, f"message {event.what}")
    receives = detail.get("receive_count")
    return f"{event.who}  {what}" + (f"  (receive {receives})" if receives else "")


def _redrive_begun(event: TraceEvent) -> str:
    count = event.detail.get("messages")
    return f"{event.who}  redrive of {count} message{'' if count == 1 else 's'} begun"


def _redrive_ended(event: TraceEvent) -> str:
    detail = event.detail
    reason = f": {detail['reason']}" if detail.get("reason") else ""
    return f"{event.who}  redrive {str(detail.get('status')).lower()}{reason}  ({detail.get('moved')} moved)"


def _attempt(event: TraceEvent) -> str:
    return f"{event.who}  attempt {event.detail.get('attempt')} of 3"


def _invoke(event: TraceEvent) -> str:
    detail = event.detail
    # Lambda's own words begin with the request's id, which says nothing here.
    message = _REQUEST.sub("", str(detail.get("message") or ""))
    said = ": ".join(shorten(text) for text in (detail.get("error"), message) if text)
    if event.what == "called":
        return f"{event.who}  called {detail.get('call')}"
    if event.what == "logged":
        text = str(detail.get("text", ""))
        return f"{event.who}  {text}" if text.startswith("[HARNESS]") else f"{event.who}  logged {shorten(text)}"
    return f"{event.who}  {event.what}" + (f": {said}" if said else "")


def _outside(event: TraceEvent) -> str:
    detail = event.detail
    if event.what == "told":
        return f"{event.who}  told {detail.get('call')}: {shorten(detail.get('asked'))}"
    said = {"answered": "answered by", "failed": f"failed with {detail.get('error')} by"}.get(event.what)
    return f"{event.who}  {detail.get('call')} " + (f"{said} stub {detail.get('stub')}" if said else "refused")


def _workflow(event: TraceEvent) -> str:
    detail = event.detail
    said = ": ".join(shorten(detail[k]) for k in ("error", "cause") if detail.get(k))
    state = f" {detail['state']}" if detail.get("state") else ""
    return f"{event.who}  {event.what}{state}" + (f": {said}" if said else "")


def _http(event: TraceEvent) -> str:
    detail = event.detail
    asked = f"{event.who}  {detail.get('method')} {shorten(detail.get('path', ''))}"
    if event.what == "received":
        return asked
    why = f"  ({detail['reason']})" if detail.get("reason") else ""
    return f"{asked} -> {detail.get('status')}{why}"


def _socket(event: TraceEvent) -> str:
    detail = event.detail
    client, body = detail.get("client"), shorten(detail.get("body", ""))
    why = f"  ({detail['reason']})" if detail.get("reason") else ""
    said = {
        "asked": f"{client} asks to connect",
        "connected": f"{client} is connected",
        "refused": f"{client} is not let in: {detail.get('status')}",
        "received": f"{client} says {body} -> {detail.get('route') or 'no route'}",
        "failed": f"{client}: {detail.get('route')} failed",
        "sent": f"{client} is sent {body}",
        "closed": f"{client} is disconnected ({detail.get('code')})",
    }
    return f"{event.who}  {said.get(event.what, event.what)}{why}"


def _received(event: TraceEvent) -> str:
    return f'{event.who}  received "{shorten(event.detail.get("subject", ""))}"'


def _expect(event: TraceEvent) -> str:
    return f"{event.what}: {event.who}"


def _disturbed(event: TraceEvent) -> str:
    rest: Mapping[str, Any] = {k: v for k, v in event.detail.items() if k != "kind"}
    details = ", ".join(f"{k}={shorten(v)}" for k, v in rest.items())
    return f"{event.who}  disturbed: {event.detail.get('kind')}" + (f"  ({details})" if details else "")


def _alarm(event: TraceEvent) -> str:
    detail = event.detail
    if event.what == "held back":
        why = {"Alarm": "its suppressor is in ALARM", "WaitPeriod": "it waits for its suppressor"}
        return f"{event.who}  actions held back: {why.get(str(detail.get('by')), 'its suppressor has just left ALARM')}"
    reason = str(detail.get("reason", "")).removeprefix("Threshold Crossed: ")
    return f"{event.who}  {detail.get('was')} -> {detail.get('state')}: {shorten(reason)}"


def _alarm_told(event: TraceEvent) -> str:
    return f"{event.detail.get('alarm')} ({event.detail.get('state')}) -> {event.who}"


_WORDS: dict[tuple[str, str], Callable[[TraceEvent], str]] = {
    ("act", "*"): _act,
    ("s3", "*"): _object,
    ("table", "*"): _table,
    ("stream", "put"): lambda event: f"{event.who}  record put: {shorten(event.detail.get('key'))}",
    ("alarm", "*"): _alarm,
    ("deliver", "alarm told"): _alarm_told,
    ("deliver", "notified"): _notified,
    ("deliver", "fanned out"): _fanned_out,
    ("deliver", "put on bus"): _on_bus,
    ("deliver", "routed"): _routed,
    ("deliver", "subscribed"): _subscribed,
    ("deliver", "counted"): _counted,
    ("deliver", "triggered"): _triggered,
    ("deliver", "came due"): _came_due,
    ("deliver", "archived"): lambda event: f"{event.detail.get('bus')} -> {event.who}  (archived)",
    ("deliver", "replay begun"): _replay_begun,
    ("deliver", "replay ended"): lambda e: f'{e.who}  replay "{e.detail.get("replay")}" {e.detail["state"].lower()}',
    ("deliver", "polled"): _polled,
    ("deliver", "read"): _read,
    ("deliver", "gave up"): _gave_up,
    ("deliver", "expired"): _expired,
    ("deliver", "window closed"): _window_closed,
    ("deliver", "dropped"): _dropped,
    ("deliver", "filter pending"): _filter_pending,
    ("deliver", "async attempt"): _attempt,
    ("queue", "redrive begun"): _redrive_begun,
    ("queue", "redrive ended"): _redrive_ended,
    ("queue", "*"): _queue,
    ("invoke", "*"): _invoke,
    ("outside", "*"): _outside,
    ("workflow", "*"): _workflow,
    ("http", "*"): _http,
    ("socket", "*"): _socket,
    ("inbox", "received"): _received,
    ("expect", "*"): _expect,
    ("disturb", "disturbed"): _disturbed,
}
