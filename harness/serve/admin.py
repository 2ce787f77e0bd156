"""This file decides what the harness itself answers: ``/_harness/...``, and LocalStack's ``/_localstack/health``.

Health is answered in the server's thread, whatever the world is doing; the rest in a task of the world.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.deliver.inbox import Inbox
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.processes.runner import Processes
from harness.serve.addresses import ToUs, read
from harness.serve.jumps import jump
from harness.serve.requests import Answer, Request
from harness.serve.state import State

MAX_ADVANCE_S = 400 * 86_400
_ENOUGH_LINES = 10_000
_METHODS = {
    "/_harness/health": "GET",
    "/_harness/inbox": "GET",
    "/_harness/trace": "GET",
    "/_harness/advance": "POST",
    "/_harness/reset": "POST",
    "/_harness/save": "POST",
    "/_localstack/health": "GET",
}


class BadRequest(Exception):
    """What was asked cannot be read; the text says what was expected."""


def as_json(value: Any, status: int = 200) -> Answer:
    """An answer for programs that people can read too."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
    return Answer(status, (("content-type", "application/json"),), text.encode())


def plain(text: str, status: int, *headers: tuple[str, str]) -> Answer:
    """An answer for people."""
    return Answer(status, (("content-type", "text/plain; charset=utf-8"), *headers), f"{text}\n".encode())


def path_of(request: Request) -> str | None:
    """Which of our own addresses a request is for; None for somebody else's."""
    address = read(request.url)
    return address.path.rstrip("/") if isinstance(address, ToUs) else None


def refusal(request: Request, path: str) -> Answer | None:
    """What there is to say against a request to one of our own addresses; None if nothing."""
    method = _METHODS.get(path)
    if method is None:
        return plain(f"There is no {path}. There are: " + ", ".join(_METHODS), 404)
    allowed = ("GET", "HEAD") if method == "GET" else (method,)
    if request.method not in allowed:
        return plain(f"{path} takes {method}, not {request.method}.", 405, ("allow", ", ".join(allowed)))
    return None


class Admin:
    """What can be asked of one world."""

    def __init__(self, kernel: Kernel, inbox: Inbox, processes: Processes, state: State | None) -> None:
        self._kernel = kernel
        self._inbox = inbox
        self._processes = processes
        self._state = state

    def answer(self, request: Request, path: str) -> Answer:
        """The answer to a request that ``refusal`` has nothing against."""
        answers: dict[str, Callable[[Request], Answer]] = {
            "/_harness/inbox": self._mail,
            "/_harness/trace": self._trace,
            "/_harness/advance": self._advance,
            "/_harness/save": self._save,
        }
        try:
            return answers[path.rstrip("/")](request)
        except BadRequest as problem:
            return plain(str(problem), 400)

    def _mail(self, request: Request) -> Answer:
        wanted = _query(request, "to").get("to")
        mails = [asdict(mail) for mail in self._inbox.messages if wanted in (None, mail.to)]
        asked = [asdict(one) for one in self._inbox.confirmations if wanted in (None, one.to)]
        return as_json({"messages": mails, "confirmations": asked})

    def _trace(self, request: Request) -> Answer:
        query = _query(request, "since", "who")
        since, who = _number("since", query.get("since", "0")), query.get("who")
        events = [e for e in self._kernel.trace.since(int(since)) if who in (None, e.who)][:_ENOUGH_LINES]
        lines = "".join(e.as_json() + "\n" for e in events)
        return Answer(200, (("content-type", "application/x-ndjson"),), lines.encode())

    def _advance(self, request: Request) -> Answer:
        """Let time jump: everything that falls due on the way fires at its own time before this is answered."""
        seconds = _seconds(request)
        kernel = self._kernel
        jump(kernel, kernel.clock.now_us + to_us(seconds), self._processes.rest)
        return as_json({"advanced_s": seconds, "virtual_time": kernel.clock.now().isoformat()})

    def _save(self, request: Request) -> Answer:
        """Answered when the disk has all that was answered so far; it is written down in any case."""
        _query(request)
        if self._state is None:
            raise BadRequest("Nothing is saved: harness up was started without --state DIR.")
        self._state.write("moment", {})
        self._state.keep()
        return as_json({"saved": str(self._state.folder)})


def only_looks(request: Request) -> bool:
    """Whether a request is one of ours that changes nothing."""
    path = path_of(request)
    return path is not None and (_METHODS.get(path) != "POST" or path == "/_harness/save")


def health(kernel: Kernel | None, *, version: str, speed: float, requests: int, services: list[str]) -> Answer:
    """How the server is; ``kernel`` is None while there is no world."""
    said: dict[str, Any] = {"status": "running" if kernel is not None else "starting", "version": version}
    if kernel is not None and kernel.pace is not None:
        tasks, timers = kernel.pending()
        said |= {
            "virtual_time": kernel.clock.now().isoformat(),
            # While something computes, the clock stands still.
            "behind_s": max(0, kernel.pace.now_us() - kernel.clock.now_us) / US_PER_S,
            "speed": speed,
            "pending": {"tasks": tasks, "timers": timers, "requests": requests},
            "events": kernel.trace.count,
        }
    return as_json({**said, "services": services})


def localstack_health(version: str, services: list[str]) -> Answer:
    """What LocalStack's clients look for before they begin."""
    return as_json({"services": dict.fromkeys(services, "running"), "edition": "pipeline-harness", "version": version})


def _seconds(request: Request) -> float:
    text: Any = _query(request, "seconds").get("seconds")
    if text is None:
        try:
            body = json.loads(request.body or b"null")
        except ValueError:
            body = None
        text = body.get("seconds") if isinstance(body, dict) else body
    seconds = _number("seconds", text)
    if seconds > MAX_ADVANCE_S:
        raise BadRequest(f"seconds is {text}; {MAX_ADVANCE_S} (400 days) is the most at once.")
    return seconds


def _number(name: str, text: Any) -> float:
    try:
        number = float(text) if not isinstance(text, bool) else -1.0
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        raise BadRequest(
            f"{name} must be a number of at least 0"
            + (f", and is {text!r}." if text is not None else f", and is not given: send ?{name}=60.")
        )
    return number


def _query(request: Request, *known: str) -> dict[str, str]:
    given = {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query).items()}
    for name in given:
        if name not in known:
            raise BadRequest(f'"{name}" is not known here; known: {", ".join(known)}.')
    return given
