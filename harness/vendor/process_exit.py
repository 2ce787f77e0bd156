"""This file decides what ``os._exit`` does inside a function: it ends the call, not the harness.

Upstream: it ends the process at once. Why that can't stay: the process is ours. What we do: raise ``ProcessExit``,
which no ``except Exception`` catches. Not needed any more when: functions run in processes of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from harness.vendor.patches import Patches


class ProcessExit(BaseException):
    """The code of a function ended its process with ``status``."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def apply(patches: Patches, *, inside: Callable[[], bool]) -> None:
    """Put the replacement in place; ``inside`` tells whether a function's code asks."""
    original = os._exit

    def _exit(status: int) -> NoReturn:
        if inside():
            raise ProcessExit(status)
        original(status)

    patches.put(os, "_exit", _exit)
