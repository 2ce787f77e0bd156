"""This file decides that what botocore finds out of its events' names and handlers is found out once a process.

Upstream: each boto3 session, and each client again, has a table of its own in which the names of events are looked up
that botocore has renamed, and looks at the signature of each of some 130 handlers that it registers (botocore 1.40 to
1.44). Why that can't stay: each cold start of a function has a session of its own, as on Lambda, and spent some 10 ms
on what was known. What we do: tables for botocore's own renamings are one table; of a plain function its code says
whether it takes any keyword. Sessions, clients and registrations are still made anew.
Not needed any more when: botocore remembers both.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from botocore import hooks
from botocore.hooks import EVENT_ALIASES, EventAliaser

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Have sessions share what they have found out."""
    found: dict[str, str] = {}

    def begin(self: EventAliaser, event_emitter: Any, event_aliases: Any = None) -> None:
        original(self, event_emitter, event_aliases)
        # A copy of botocore's own is equal to them, and an author's are not.
        if self._event_aliases == EVENT_ALIASES:
            self._alias_name_cache = found

    original = patches.put(EventAliaser, "__init__", begin)

    def accepts_kwargs(handler: Callable[..., Any]) -> Any:
        if type(handler) is FunctionType and "__signature__" not in vars(handler):
            return bool(handler.__code__.co_flags & inspect.CO_VARKEYWORDS)
        return look(handler)

    look = patches.put(hooks, "accepts_kwargs", accepts_kwargs)
