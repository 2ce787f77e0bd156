"""This file decides what happens at the door through which every AWS call enters the embedded cloud.

Upstream: moto 5.2.5 hooks botocore's ``before-send`` and answers each request at once (``BotocoreStubber``); a
request to an address that no moto service knows goes out to the network, one to a service or an operation that moto
has not is answered "404" or raises NotImplementedError. Why that can't stay: here is where another task may go
first, where a handler's call is written into the trace, where a fault can be put in its way, and where nothing may
ever leave the machine. moto itself must not run inside a function's sandbox (its own temporary files and log lines
are not the function's), so the caller's carrier is laid off for the length of the call.
Since: moto 1.3.14 (``BotocoreStubber``). Not needed any more when: moto offers a hook around each request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier, Task
from harness.vendor.patches import Patches

# Given what the caller carried (None: it is no function), "s3.PutObject" and the request: an answer that stands in for
# the cloud's, or None.
OnCall = Callable[[Carrier | None, str, AWSPreparedRequest], "Answer | None"]
# Told of a call that nothing in the cloud answers; gives the words in which it is refused.
OnUnanswered = Callable[[Carrier | None, str], str]
Answer = tuple[int, dict[str, str], bytes]

# What moto says of a service or an operation that it has not.
_NOT_THERE = (404, b"Not yet implemented")


class CallRefused(BotoCoreError):  # type: ignore[misc]
    """Raised to the caller of an AWS call that nobody answers; botocore does not try such a call again."""

    fmt = "{text}"


def digest(request: AWSPreparedRequest) -> str:
    """Sixteen hexadecimal digits that stand for what is asked: method, address and body, not the signature."""
    content: Any = request.body if request.body is not None else b""
    if hasattr(content, "read"):
        # A stream can be read once (botocore's chunked bodies cannot even tell where they are), so it is read here
        # and sent on as what it held.
        content = request.body = content.read()
    if isinstance(content, str):
        content = content.encode()
    head = f"{request.method} {request.url}\n".encode()
    return hashlib.sha256(head + bytes(content)).hexdigest()[:16]


def apply(patches: Patches, kernel: Kernel, *, on_call: OnCall, on_unanswered: OnUnanswered) -> None:
    """Put the door in place. Both are asked about calls that a task makes, outside of its sandbox."""
    original = BotocoreStubber.__call__

    def enter(self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **kwargs: Any) -> AWSResponse:
        call = event_name.removeprefix("before-send.")

        def ask_cloud() -> AWSResponse | None:
            return original(self, event_name, request, **kwargs)

        task = kernel.current
        if task is None:
            answer = ask_cloud()
            refusal = f"{call} was refused: nothing here answers it."
        else:
            kernel.checkpoint(call)
            with laid_off(task) as caller:
                given = on_call(caller, call, request)
                answer = _answered(ask_cloud) if given is None else _response(request, given)
                refusal = on_unanswered(caller, call) if answer is None else ""
        if answer is None:
            raise CallRefused(text=refusal)
        return answer

    patches.put(BotocoreStubber, "__call__", enter)


def _answered(go_on: Callable[[], AWSResponse | None]) -> AWSResponse | None:
    """moto's answer, or None if it has none."""
    try:
        answer = go_on()
    except NotImplementedError:
        return None
    status, body = _NOT_THERE
    if answer is not None and answer.status_code == status and answer.raw.getvalue() == body:
        return None
    return answer


def _response(request: AWSPreparedRequest, answer: Answer) -> AWSResponse:
    status, headers, body = answer
    return AWSResponse(request.url, status, headers, MockRawResponse(body))


class laid_off:  # noqa: N801 - reads as a phrase where it is used
    """Inside the block ``task`` runs without its carrier, which is what it gives: outside the function's sandbox."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __enter__(self) -> Carrier | None:
        self._carrier = self._task.carrier
        if self._carrier is not None:
            self._carrier.leave()
            self._task.carrier = None
        return self._carrier

    def __exit__(self, *_: object) -> None:
        if self._carrier is not None:
            self._task.carrier = self._carrier
            self._carrier.enter()
