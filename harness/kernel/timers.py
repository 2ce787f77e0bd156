"""This file decides what a timer is: one call due at one virtual time, that can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Timer:
    """A call due at a virtual time (``due_us``, since 1970); ``cancel`` takes it back.

    ``forget`` is told once, when the timer is cancelled. A ``background`` timer fires when time passes it but does not
    make time move.
    """

    __slots__ = ("_forget", "background", "callback", "due_us", "live")

    def __init__(
        self, due_us: int, callback: Callable[[], Any], *, background: bool, forget: Callable[[Timer], None]
    ) -> None:
        self._forget = forget
        self.due_us = due_us
        self.callback = callback
        self.background = background
        self.live = True

    def cancel(self) -> None:
        """Take the call back; once it has fired or was cancelled, nothing happens."""
        if self.live:
            self.live = False
            # The heap keeps the timer until it would have been due; what it would have called may be large.
            self.callback = _nothing
            self._forget(self)


def _nothing() -> None:
    """What a cancelled timer calls."""
