"""This file decides how an API calls an address: this world's own APIs and URLs, or a host outside of it.

What is outside is answered by the scenario's stubs or refused, as for functions. Headers that belong to one connection
are not passed on. What becomes of the answer is the API's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier
from harness.vendor import http_exchange

_OWN = re.compile(r"(?P<id>[a-z0-9]+)\.(?:execute-api|lambda-url)\.[a-z0-9-]+\.(?:amazonaws\.com|on\.aws)")
_HOP_BY_HOP = ("connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")

OnRequest = Callable[[Carrier | None, http_exchange.HttpRequest], http_exchange.HttpAnswer | http_exchange.Awaited]
# Given an API's or URL's id, the path with its stage, and the rest of the request: what it answers.
OwnEntrance = Callable[[str, HttpRequest], HttpResponse]


class NoAnswer(Exception):
    """The address could not be reached."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TookTooLong(Exception):
    """No answer came in time."""


class Outbound:
    """Sends requests for APIs; ``on_request`` answers for hosts outside, ``own`` for this world's own.

    ``is_domain`` says of a host whether it is a custom domain of this world.
    """

    def __init__(
        self,
        kernel: Kernel,
        on_request: Callable[[], OnRequest],
        own: OwnEntrance,
        is_domain: Callable[[str], bool],
    ) -> None:
        self._kernel = kernel
        self._on_request = on_request
        self._own = own
        self._is_domain = is_domain

    def send(self, who: str, url: str, request: HttpRequest, timeout_s: float) -> HttpResponse:
        """The answer of ``url``, which has the path and may have a query; of ``request`` its own path is not sent.

        Raises:
            NoAnswer: nobody answers there.
            TookTooLong: ``timeout_s`` of virtual time are over.
        """
        kernel = self._kernel
        cause = kernel.require_current().cause

        def carry() -> HttpResponse | OSError | None:
            kernel.require_current().cause = cause
            return self._sent(url, request, timeout_s)

        call = kernel.spawn(carry, name=who)
        if not call.join(timeout_s):
            raise TookTooLong
        answer: HttpResponse | OSError | None = call.result
        if answer is None:
            raise TookTooLong
        if isinstance(answer, OSError):
            raise NoAnswer(str(answer)) from answer
        return answer

    def _sent(self, url: str, request: HttpRequest, timeout_s: float) -> HttpResponse | OSError | None:
        parts = urlsplit(url)
        headers = tuple((n, v) for n, v in request.headers if n.lower() not in _HOP_BY_HOP)
        host = parts.hostname or ""
        found = _OWN.fullmatch(host)
        own = found["id"] if found else host if self._is_domain(host) else None
        query = (*parse_qsl(parts.query, keep_blank_values=True), *request.query)
        sent = HttpRequest(request.method, parts.path or "/", query, headers, request.body)
        return self._own(own, sent) if own is not None else self._outside(url, sent, timeout_s)

    def _outside(self, url: str, request: HttpRequest, timeout_s: float) -> HttpResponse | OSError | None:
        """The answer of a host outside; None if none comes in time."""
        written = request.raw_query
        address = url.partition("?")[0] + (f"?{written}" if written else "")
        small = tuple((name.lower(), value) for name, value in request.headers)
        asked = http_exchange.HttpRequest(request.method, address, small, request.body)
        given = self._on_request()(None, asked)
        answer = self._waited_for(given, timeout_s) if isinstance(given, http_exchange.Awaited) else given
        if answer is None:
            return None
        if answer.delay_s is None or answer.delay_s > timeout_s:
            self._kernel.sleep(timeout_s)
            return None
        self._kernel.sleep(answer.delay_s)
        return answer.error or HttpResponse(answer.status, answer.headers, answer.body)

    def _waited_for(self, given: http_exchange.Awaited, timeout_s: float) -> http_exchange.HttpAnswer | None:
        if given.answer is None:
            given.waiters.wait("an address's answer", timeout_s)
        return given.answer


def filled(uri: str, parameters: Mapping[str, str]) -> str:
    """An address with its ``{name}`` and ``{name+}`` filled in."""
    return re.sub(r"\{([^{}+]+)\+?\}", lambda found: parameters.get(found[1], found[0]), uri)
