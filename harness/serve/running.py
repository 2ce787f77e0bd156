"""This file decides what the server's thread knows of the worlds behind it: which stands, who asks for a new one.

It answers what must be answered whatever the world is doing: health, and refusals.
"""

from __future__ import annotations

import threading

from harness import versions
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Event
from harness.serve import admin
from harness.serve.admin import health, localstack_health, path_of
from harness.serve.protection import Protection
from harness.serve.requests import Answer, Answered, Entrance, Request, Serve, TakenIn
from harness.vendor import aws_requests


class Running:
    """One server, as long as it runs. ``entrance`` takes requests to the world."""

    def __init__(self, protection: Protection, speed: float) -> None:
        self.entrance = Entrance()
        self._protection = protection
        self._speed = speed
        self._services = aws_requests.services()
        self._lock = threading.Lock()
        self._world: tuple[Kernel, Event] | None = None
        self._resets: list[Answered] = []
        self._stopping = False

    # -- for the server's thread ------------------------------------------------------------------

    def at_once(self, request: Request) -> Answer | None:
        """An answer that needs no world; None for what does."""
        refused = self._protection.refusal(request) or self._protection.preflight(request)
        if refused is not None:
            return refused
        path = path_of(request)
        if path is None:
            return None
        refused = admin.refusal(request, path)
        if refused is not None:
            return refused
        if path == "/_localstack/health":
            return localstack_health(versions.of(), self._services)
        if path == "/_harness/health":
            world = self._world
            return health(
                world[0] if world is not None else None,
                version=versions.of(),
                speed=self._speed,
                requests=self.entrance.waiting + self.entrance.being_served,
                services=self._services,
            )
        return None

    def take_in(self, request: Request, answered: Answered) -> None:
        """Have a request answered, in its time."""
        cors = self._protection.cors(request)
        if cors:
            plainly = answered

            def answered(answer: Answer) -> object:
                return plainly(Answer(answer.status, answer.headers + cors, answer.body))

        if path_of(request) == "/_harness/reset":
            self._reset(answered)
        else:
            self.entrance.take_in(request, answered)

    def stop(self) -> None:
        """Have the world end, and no other begin."""
        with self._lock:
            self._stopping = True
            self._end_world()

    def _reset(self, answered: Answered) -> None:
        with self._lock:
            self._resets.append(answered)
            self._end_world()

    def _end_world(self) -> None:
        if self._world is not None:
            kernel, end = self._world
            assert kernel.pace is not None
            kernel.pace.take_in(end.set)

    # -- for the world's thread -------------------------------------------------------------------

    @property
    def goes_on(self) -> bool:
        """Whether another world is to come."""
        return not self._stopping

    def begins(self, kernel: Kernel, serve: Serve, taken_in: TakenIn) -> None:
        """A world stands that serves requests, if only for those who build it."""
        self.entrance.open(kernel, serve, taken_in)

    def stands(self, kernel: Kernel) -> Event:
        """All that the templates bring stands; what is given says when to end it."""
        end = kernel.event("the end of the world")
        with self._lock:
            self._world = kernel, end
            if self._stopping:
                end.set()
            for answered in self._resets:
                answered(admin.as_json({"reset": True, "virtual_time": kernel.clock.now().isoformat()}))
            self._resets.clear()
        return end

    def ends(self) -> None:
        """The world ends; what comes now waits for the next."""
        with self._lock:
            self._world = None
        self.entrance.pause()
