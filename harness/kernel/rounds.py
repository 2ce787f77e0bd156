"""This file decides what counts as a round: a call by which a function has set itself off again, or an execution.

A pipeline that feeds itself goes round and round, and when each round sets off two more they soon outnumber any
burst, however short the way to each of them is. So rounds are counted over the whole run. Not counted are the first
few on the way to a call, since retries look alike, and what an execution calls: a state may loop.
"""

from __future__ import annotations

from collections.abc import Mapping

# A call and its two retries are no round (LAM-10), nor is a pipeline that passes a function twice.
UNCOUNTED = 4

_NOTHING: Mapping[str, int] = {}


class Rounds:
    """Follows a trace, event by event; ``count`` is the number of rounds so far."""

    def __init__(self) -> None:
        self.count = 0
        # By event: how often each function and state machine was started on the way to it; shared while nothing is.
        self._ways = [_NOTHING]
        self._stations = [""]

    def follow(self, station: str, what: str, who: str, cause: int | None) -> None:
        """Take in the next event; ``cause`` is the number of the one that it follows from."""
        before = cause or 0
        way = self._ways[before]
        if what == "started" and (station == "workflow" or self._stations[before] != "workflow"):
            times = way.get(who, 0) + 1
            way = {**way, who: times}
            self.count += times > UNCOUNTED
        self._ways.append(way)
        self._stations.append(station)
