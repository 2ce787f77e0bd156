"""This file decides what counts as a round: a call by which a function has set itself off again, or an execution.

A pipeline that feeds itself goes round and round, and when each round sets off two more they soon outnumber any
burst, however short the way to each of them is. So rounds are counted over the whole run. Not counted are the first
few on the way to a call, since retries look alike, and what an execution calls: a state may loop.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping

# A call and its two retries are no round (LAM-10), nor is a pipeline that passes a function twice.
UNCOUNTED = 4

_Place = tuple[Mapping[str, int], bool]


class Rounds:
    """Follows a trace, event by event; ``count`` is the number of rounds so far."""

    def __init__(self) -> None:
        self.count = 0
        # Events come in millions, and there are few ways to get to one: how often each function and state machine was
        # started on it, and whether it ended in a state machine.
        self._places: list[_Place] = [({}, False)]
        self._known: dict[tuple[tuple[tuple[str, int], ...], bool], int] = {((), False): 0}
        self._by_event = array("I", [0])

    def follow(self, station: str, what: str, who: str, cause: int | None) -> None:
        """Take in the next event; ``cause`` is the number of the one that it follows from."""
        place = self._by_event[cause or 0]
        way, by_workflow = self._places[place]
        is_workflow = station == "workflow"
        if what == "started" and (is_workflow or not by_workflow):
            times = way.get(who, 0) + 1
            place = self._place({**way, who: times}, is_workflow)
            self.count += times > UNCOUNTED
        elif is_workflow is not by_workflow:
            place = self._place(way, is_workflow)
        self._by_event.append(place)

    def _place(self, way: Mapping[str, int], is_workflow: bool) -> int:
        place = self._known.setdefault((tuple(way.items()), is_workflow), len(self._places))
        if place == len(self._places):
            self._places.append((way, is_workflow))
        return place
