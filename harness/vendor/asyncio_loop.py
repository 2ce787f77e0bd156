"""This file decides on which clock a handler's ``asyncio`` runs: the kernel's.

Upstream: an event loop waits in ``select`` on the machine's clock and blocks the OS thread. Why that can't stay: a
handler that awaits five minutes would take five, and nobody else could run. What we do: a loop made inside a task
waits on the kernel; file descriptors other than the loop's own are polled, 20 ms of real time for 20 ms of virtual.
Loops made elsewhere are upstream's. A function's connections end in this process
(``outside_transport.py``). Since: CPython 3.11. Not needed any more when: never.
"""

from __future__ import annotations

import asyncio
import asyncio.events
import math
import selectors
import socket
from collections.abc import Callable, Mapping
from typing import Any

from harness.kernel.tasks import WaitList
from harness.vendor.memory_socket import exchange_of
from harness.vendor.outside_sockets import OutsideSockets
from harness.vendor.outside_transport import OutsideTransport
from harness.vendor.patches import Patches
from harness.vendor.waits import Waits

# How long a look at foreign file descriptors takes, in both times.
_POLL_S = 0.02
# The loop's own pipe to itself.
_OWN_DESCRIPTORS = 1


def apply(patches: Patches, waits: Waits, outside: OutsideSockets) -> None:
    """Give tasks event loops of the kernel's."""
    policy = asyncio.events.BaseDefaultEventLoopPolicy
    original = policy.new_event_loop

    def new_event_loop(self: Any) -> asyncio.AbstractEventLoop:
        return KernelLoop(waits, outside) if waits.inside() else original(self)

    patches.put(policy, "new_event_loop", new_event_loop)


class KernelSelector(selectors.BaseSelector):
    """Waits on the kernel for what other tasks do, and looks at file descriptors without waiting."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._real = selectors.DefaultSelector()
        self._waiters = WaitList(waits.kernel)
        self._woken = False

    def wake(self) -> None:
        """End the present wait, or the next one at once."""
        self._woken = True
        if self._waits.in_kernel_thread():
            self._waiters.wake()
        else:
            self._waits.kernel.post(self._waiters.wake)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; waits in virtual time until something is, or ``timeout`` seconds have passed."""
        ready = self._real.select(0)
        if ready or self._woken or (timeout is not None and timeout <= 0):
            self._woken = False
            return ready
        if not self._waits.inside():
            return self._real.select(timeout)
        if timeout is not None:
            # Never rounded to nothing: the loop would ask again for ever.
            timeout = math.ceil(timeout * 1_000_000) / 1_000_000
        if len(self._real.get_map()) > _OWN_DESCRIPTORS:
            ready = self._real.select(_POLL_S)
            if ready:
                return ready
            timeout = _POLL_S if timeout is None else min(timeout, _POLL_S)
        self._waits.on(self._waiters, "its event loop", timeout)
        self._woken = False
        return self._real.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As upstream."""
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As upstream."""
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As upstream."""
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """As upstream."""
        return self._real.get_map()

    def close(self) -> None:
        """As upstream."""
        self._real.close()


class KernelLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock and whose waits are the kernel's."""

    def __init__(self, waits: Waits, outside: OutsideSockets) -> None:
        self._waits = waits
        self._outside = outside
        self._kernel_selector = KernelSelector(waits)
        super().__init__(self._kernel_selector)

    def time(self) -> float:
        """Seconds on the kernel's clock."""
        return self._waits.monotonic()

    async def create_connection(
        self,
        protocol_factory: Callable[[], Any],
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: Any = None,
        sock: socket.socket | None = None,
        **options: Any,
    ) -> tuple[asyncio.Transport, Any]:
        """As upstream; a function's connection has its other end in this process."""
        exchange = exchange_of(sock)
        if exchange is None and self._outside.inside() and sock is None and host is not None:
            exchange = self._outside.exchange(host, int(port or 0))
        if exchange is None:
            upstream: Any = super().create_connection
            made: tuple[asyncio.Transport, Any] = await upstream(
                protocol_factory, host, port, ssl=ssl, sock=sock, **options
            )
            return made
        protocol = protocol_factory()
        return OutsideTransport(self, protocol, exchange, sock, ssl), protocol

    def _write_to_self(self) -> None:
        self._kernel_selector.wake()

    def __del__(self) -> None:
        # Upstream warns. On Lambda nobody would see it: the loop ends with its environment.
        if not self.is_closed():
            self.close()
