"""This file decides which requests are refused before anything else looks at them: those of strangers.

Whoever reaches the port may do everything in this account, and functions run with their user's rights. So the server
listens on loopback, and asks of each request two things. Is it for a name that only this machine has? A page on the
internet can have its own name lead here (DNS rebinding), but not one of these. And if a browser sent it: for a page of
this machine's, or of an origin that somebody allowed? Programs send neither ``Origin`` nor ``Sec-Fetch-Site``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.serve.addresses import ToApi, ToFunction, read
from harness.serve.requests import Answer, Pairs, Request

# Names that nobody on the internet can make his own.
_OURS = ("localhost", "localhost.localstack.cloud", "amazonaws.com", "on.aws", "host.docker.internal")


@dataclass(frozen=True)
class Protection:
    """``hosts`` are names of this machine beside the usual ones, ``origins`` whose pages may send requests."""

    hosts: Collection[str] = ()
    origins: Collection[str] = ()

    def refusal(self, request: Request) -> Answer | None:
        """Why a request is not served, as an answer; None if it is."""
        host = request.header("host")
        if host is not None and not self._is_ours(host):
            return _refused(
                f'This harness does not answer to the name "{host}".',
                f"If it is this machine's, start it with: harness up --allow-host {_name_of(host)}",
            )
        origin, site = request.header("origin"), request.header("sec-fetch-site")
        if (origin is None and site in (None, "none", "same-origin")) or self._is_welcome(request, origin):
            return None
        return _refused(
            f"A page of {origin or 'another site'} sent this request, and pages of other origins may not.",
            "If it is yours, start it with: harness up --allow-origin " + (origin or "http://localhost:3000"),
        )

    def preflight(self, request: Request) -> Answer | None:
        """The answer to a browser that asks whether an allowed origin's page may call AWS's services."""
        if request.method != "OPTIONS" or request.header("access-control-request-method") is None:
            return None
        headers = self.cors(request)
        if not headers:
            return None
        wanted = request.header("access-control-request-headers")
        allowed = (("access-control-allow-methods", "GET, PUT, POST, DELETE, HEAD, PATCH"),)
        return Answer(204, headers + allowed + ((("access-control-allow-headers", wanted),) if wanted else ()))

    def cors(self, request: Request) -> Pairs:
        """The headers that let an allowed origin's page read an answer; an API and a function's URL have their own."""
        origin = request.header("origin")
        if origin is None or origin not in self.origins or isinstance(read(request.url), ToApi | ToFunction):
            return ()
        return (
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", "*"),
            ("vary", "Origin"),
        )

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        if name in self.hosts or any(name == ours or name.endswith(f".{ours}") for ours in _OURS):
            return True
        try:
            # Not a name at all. Which addresses listen is up to whoever started the server.
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_welcome(self, request: Request, origin: str | None) -> bool:
        if origin is None:
            return False
        if origin in self.origins or urlsplit(origin).netloc == request.header("host"):
            return True
        # An API is made for pages, and says itself who may read it; but no page of the internet's is let near it.
        return isinstance(read(request.url), ToApi | ToFunction) and _is_loopback(urlsplit(origin).hostname)


def _name_of(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _is_loopback(name: str | None) -> bool:
    return name in ("localhost", "127.0.0.1", "::1") or str(name).endswith(".localhost")


def _refused(why: str, what_to_do: str) -> Answer:
    return Answer(403, (("content-type", "text/plain; charset=utf-8"),), f"{why}\n{what_to_do}\n".encode())
