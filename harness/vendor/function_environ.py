"""This file decides what ``os.environ`` says: inside a function that function's variables, elsewhere the real ones.

Upstream: a process has one environment. Why that can't stay: each function has its own. What we do: an object in the
place of ``os.environ`` that looks at who asks; ``os.getenv`` follows, because it looks the name up. Processes that a
handler starts inherit the real environment unless they are given another. Not needed any more when: never.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from harness.vendor.patches import Patches


class FunctionEnviron(MutableMapping[str, str]):
    """Stands in for ``os.environ``."""

    def __init__(self, host: MutableMapping[str, str], active: Callable[[], dict[str, str] | None]) -> None:
        self._host = host
        self._active = active

    def _now(self) -> MutableMapping[str, str]:
        variables = self._active()
        return self._host if variables is None else variables

    def __getitem__(self, key: str) -> str:
        return self._now()[key]

    def __setitem__(self, key: str, value: str) -> None:
        for text in (key, value):
            if not isinstance(text, str):
                raise TypeError(f"str expected, not {type(text).__name__}")
        self._now()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._now()))

    def __len__(self) -> int:
        return len(self._now())

    def __repr__(self) -> str:
        return f"environ({dict(self._now())!r})"

    def copy(self) -> dict[str, str]:
        """A plain dictionary of the variables, as ``os.environ.copy()``."""
        return dict(self._now())

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**self.copy(), **other}

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**other, **self.copy()}

    def __ior__(self, other: Mapping[str, str]) -> FunctionEnviron:
        self.update(other)
        return self

    def __getattr__(self, name: str) -> Any:
        # encodekey, decodevalue and the like.
        return getattr(self._host, name)


def apply(patches: Patches, *, active: Callable[[], dict[str, str] | None]) -> None:
    """Put the stand-in in place; ``active`` is the running function's variables, or None."""
    patches.put(os, "environ", FunctionEnviron(os.environ, active))
