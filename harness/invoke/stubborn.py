"""This file decides how code is left that has swallowed the watchdog's first exception.

It needs an exception that comes again at once, in the very clause that catches it. CPython has two ways to that:

* From 3.12 there is ``sys.monitoring``: the exception is raised at every line that begins and at every jump (a loop
  of one line begins no line again), outside the harness. The other way does not do there: 3.12 looks for who catches
  an exception from another thread at the target of the jump, so that in ``while True`` around ``try: f()`` and
  ``except BaseException: pass`` each would be caught by the very clause that it should end.
* Before, making the exception raises another (its ``__init__`` is that very call), so that a loop around
  ``except BaseException: pass`` is left by its own backward jump.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import harness

_OURS = str(Path(harness.__file__).parent)
# Of the six tools that CPython has room for, those that it has no name for.
_TOOL_IDS = (4, 3)


class Stubborn:
    """Raises ``error`` in the thread that made it, again and again, while ``active`` says that it is the same code.

    ``raise_in(thread, error)`` raises once in another thread.
    """

    def __init__(
        self,
        error: type[BaseException],
        raise_in: Callable[[int, type[BaseException]], None],
        active: Callable[[], object | None],
    ) -> None:
        self._error, self._active = error, active
        self._token: object | None = None
        self._thread = threading.get_ident()
        self._tool: int | None = None
        again: Any = type(error.__name__, (error,), {})
        self._raise_again = functools.partial(raise_in, self._thread, again)
        # A static method: Python 3.13 warns that a bare partial will be bound one day.
        again.__init__ = staticmethod(self._raise_again)

    def raiser(self, token: object) -> Callable[[], None]:
        """What raises from now on in the code that ``token`` stands for. Before 3.12 a function written in C."""
        return functools.partial(self._begin, token) if sys.version_info >= (3, 12) else self._raise_again

    def _begin(self, token: object) -> None:
        self._token = token
        if self._tool is not None:
            return
        if sys.version_info >= (3, 12):
            self._tool = next((i for i in _TOOL_IDS if sys.monitoring.get_tool(i) is None), None)
            if self._tool is not None:
                events = sys.monitoring.events
                sys.monitoring.use_tool_id(self._tool, "harness watchdog")
                sys.monitoring.register_callback(self._tool, events.LINE, self._on_event)
                sys.monitoring.register_callback(self._tool, events.JUMP, self._on_event)
                sys.monitoring.set_events(self._tool, events.LINE | events.JUMP)

    def end(self) -> None:
        """The code has been left."""
        if self._tool is None:
            return
        if sys.version_info >= (3, 12):
            sys.monitoring.set_events(self._tool, 0)
            sys.monitoring.register_callback(self._tool, sys.monitoring.events.LINE, None)
            sys.monitoring.register_callback(self._tool, sys.monitoring.events.JUMP, None)
            sys.monitoring.free_tool_id(self._tool)
        self._tool = None

    def _on_event(self, code: CodeType, *where: int) -> None:
        if self._active() is not self._token or threading.get_ident() != self._thread:
            return
        if not code.co_filename.startswith(_OURS):
            raise self._error
