"""This file decides what a request and its answer are on their way through an API: no socket, no library of HTTP's.

Names of headers are kept as they were written; they are looked up without regard to capital letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a client sends it.

    ``path`` begins with a slash, is percent-encoded as sent, and has no stage in front; ``query`` is decoded.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's last value; None if it was not sent."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name.lower()), None)

    @property
    def raw_query(self) -> str:
        """The query string as sent, without the question mark."""
        return urlencode(self.query)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer. ``reason`` is what the gateway's own log says of it and no client sees; empty if all went well."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    reason: str = ""

    def header(self, name: str) -> str | None:
        """The header's last value; None if there is none."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name.lower()), None)

    @property
    def text(self) -> str:
        """The body as UTF-8 text, what is none replaced."""
        return self.body.decode(errors="replace")


def last_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One value a name, the last."""
    return dict(pairs)


def all_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Every value of each name, in order."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def joined_values(pairs: Iterable[tuple[str, str]], *, lower: bool = False) -> dict[str, str]:
    """One text a name, its values joined by commas; ``lower`` writes names in small letters."""
    return {
        name: ",".join(values) for name, values in all_values((n.lower() if lower else n, v) for n, v in pairs).items()
    }


def with_defaults(headers: Pairs, defaults: Mapping[str, str]) -> Pairs:
    """``headers`` and those of ``defaults`` that are not among them."""
    given = {name.lower() for name, _ in headers}
    return (*headers, *((n, v) for n, v in defaults.items() if n.lower() not in given))
