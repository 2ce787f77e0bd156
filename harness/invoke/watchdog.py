"""This file decides when a handler that never gives control back is stopped, and how.

A function's code costs no virtual time, so a loop that never waits would stop the clock for ever. A thread on the
machine's clock looks at how long the code of one call has been computing; past the limit it raises ``BurnedOut`` in
the kernel's thread, again and again until the code has been left. AWS calls are not counted here
(``sandbox.py`` looks at those), and nothing is while a debugger is at work.

What makes this safe is where CPython (3.11 to 3.13) looks for such an exception, and for another thread that wants
to run: when a function written in Python begins, after a call, and at a backward jump; nowhere else. So a test and a
call of a function written in C are one step to all others, and:

* the watchdog raises only while ``active`` is set, in one step with the test and with setting ``fired``;
* after ``active = None``, nothing can come any more unless ``fired`` is set. Then something may be on its way, and
  ``flush`` has Python deliver it on the spot. (Taking it back instead would leave CPython 3.11's flag up:
  everything slow, and an endless loop as soon as coverage traces.)
* the first ``BurnedOut`` is a plain one, so that ``with`` and ``finally`` can tidy up; if the code is still there
  at the next look, it has been swallowed, and ``stubborn.py`` takes over. Who catches one must see to ``active``
  before anything else.
"""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Callable

from harness.invoke.stubborn import Stubborn
from harness.kernel.scheduler import real_clock

DEFAULT_BURN_LIMIT_S = 10.0

_raise_in = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(("PyThreadState_SetAsyncExc", ctypes.pythonapi))


class BurnedOut(BaseException):
    """Raised inside a handler that computes for longer than the watchdog allows."""


class Watchdog:
    """Watches the thread that made it. ``burn_limit_s`` is in seconds of the machine's clock.

    ``flush`` raises a last, plain ``BurnedOut`` where it is called, in the place of any that is on its way.
    """

    def __init__(self, burn_limit_s: float = DEFAULT_BURN_LIMIT_S) -> None:
        self.burn_limit_s = burn_limit_s
        self.debugging = False
        self.active: object | None = None
        self.fired = False
        self._stubborn = Stubborn(BurnedOut, _raise_in, lambda: self.active)
        self._bark: Callable[[], None] = functools.partial(_raise_in, threading.get_ident(), BurnedOut)
        self.flush = self._bark
        self._since = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="harness watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def begin(self, token: object, burnt_s: float) -> None:
        """The code that ``token`` stands for runs from now on; it has computed for ``burnt_s`` before."""
        self._since = real_clock() - burnt_s
        self.active = token

    def end(self) -> float:
        """The code has been left; returns ``computing_s()``."""
        self.active = None
        return self.computing_s()

    def computing_s(self) -> float:
        """How long the code has computed, as given to ``begin`` and since."""
        return real_clock() - self._since

    def _watch(self) -> None:
        poll_s = min(0.25, self.burn_limit_s / 4)
        barked_at: object | None = None
        while not self._stop.wait(poll_s):
            token = self.active
            if token is not barked_at:
                self._stubborn.end()
            if token is None or real_clock() - self._since < self.burn_limit_s or self._debugger_at_work():
                barked_at = None
                continue
            stop = self._stubborn.raiser(token) if barked_at is token else self._bark
            barked_at = token
            if self.active is token:
                self.fired = True
                stop()
        self._stubborn.end()

    def _debugger_at_work(self) -> bool:
        return self.debugging or "pydevd" in sys.modules
