"""This file decides where the answer to a custom resource's request goes: to an address that CloudFormation made up.

On AWS it is a presigned address of a bucket of CloudFormation's. Here it is one of this process; a function's PUT to it
ends the wait of whoever deploys. What the answer means is up to ``harness/world/providers/custom_resource.py``.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Event
from harness.vendor.http_exchange import HttpAnswer, HttpRequest

_HOST = "cloudformation-custom-resource-response-{region}.s3.amazonaws.com"
_WENT_WRONG = ("failed", "timed out", "exited", "could not start", "throttled", "stopped")


class ResponseUrls:
    """The addresses of one run's custom resources, by their path."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._open: dict[str, Event] = {}
        self._answers: dict[str, bytes] = {}
        self._since = 0

    def open(self, stack_id: str, logical_id: str, request_id: str) -> str:
        """A new address for the answer to one request."""
        path = "/" + quote(f"{stack_id}|{logical_id}|{request_id}", safe="")
        self._open[path] = self._kernel.event(f"the answer of {logical_id}")
        self._since = self._kernel.trace.count
        region = stack_id.split(":")[3].replace("-", "")
        return f"https://{_HOST.format(region=region)}{path}?X-Amz-Expires=7200"

    def wait(self, url: str, timeout_s: float) -> bytes | None:
        """What was put there; None if nothing was before ``timeout_s`` of virtual time had passed."""
        path = urlsplit(url).path
        self._open[path].wait(timeout_s)
        del self._open[path]
        return self._answers.pop(path, None)

    def take(self, request: HttpRequest) -> HttpAnswer | None:
        """Keep what a function puts to one of the addresses; None if it is somebody else's."""
        parts = urlsplit(request.url)
        if parts.path not in self._open or not parts.netloc.startswith("cloudformation-custom-resource-response-"):
            return None
        if request.method != "PUT":
            return HttpAnswer(403, (), b"SignatureDoesNotMatch")
        self._answers[parts.path] = request.body
        self._open[parts.path].set()
        return HttpAnswer(200)

    def trouble(self) -> str:
        """How the last call that went wrong since the last address was opened did so; nothing if none did."""
        for event in reversed(self._kernel.trace.since(self._since)):
            if event.station == "invoke" and event.what in _WENT_WRONG:
                said = ": ".join(str(event.detail[k]) for k in ("error", "message") if event.detail.get(k))
                return f"{event.who} {event.what}: {said}"
        return ""
