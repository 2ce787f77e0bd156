"""This file decides whatever could go one way or another, and lists what was decided.

Which ready task runs, how long a delivery takes, whether a duplicate is delivered: each is one call of
``choose``. The first option is always the plain one, so ``First`` makes a fixed run; ``Seeded`` draws;
``Replayed`` follows a list. Identifiers are drawn here too (``bits``), but are not choices: no pipeline
may depend on which one it gets, so they are a function of seed and label alone and are not recorded.
"""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from harness.errors import ReplayDiverged

T = TypeVar("T")


class Decision(NamedTuple):
    """One thing decided: what about, out of how many options, which one (from 0)."""

    label: str
    options: int
    chosen: int


class Decisions(ABC):
    """Answers ``choose`` and hands out identifiers; ``taken`` lists what was decided so far."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.taken: list[Decision] = []
        self._drawn: Counter[str] = Counter()

    def choose(self, label: str, options: Sequence[T]) -> T:
        """One of ``options``; the first is the plain one."""
        return options[self.pick(label, len(options))]

    @abstractmethod
    def pick(self, label: str, count: int) -> int:
        """An index below ``count``; 0 is the plain one."""

    def bits(self, label: str, count: int) -> int:
        """``count`` bits of identifier: the n-th draw under one label and seed is always the same.

        At most 256. Two labels never disturb each other, so a new caller changes nobody else's ids.
        """
        self._drawn[label] += 1
        text = f"{self.seed}/{label}/{self._drawn[label]}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") >> (256 - count)

    def hex(self, label: str, digits: int) -> str:
        """An identifier of ``digits`` hexadecimal digits (at most 64)."""
        return f"{self.bits(label, digits * 4):0{digits}x}"

    def uuid(self, label: str) -> str:
        """An identifier in the form of a version 4 UUID."""
        h = self.hex(label, 32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) % 4]}{h[17:20]}-{h[20:]}"


class First(Decisions):
    """Always the plain option. Records nothing: the list would be all zeros."""

    def pick(self, label: str, count: int) -> int:
        """Always 0."""
        return 0


class Seeded(Decisions):
    """Draws every option from a seed; unless ``recorded``, what was drawn is in no list, which else never ends."""

    def __init__(self, seed: int, *, recorded: bool = True) -> None:
        super().__init__(seed)
        self._random = random.Random(seed)
        self._recorded = recorded

    def pick(self, label: str, count: int) -> int:
        """A drawn index; a single option is no decision and is not recorded."""
        if count == 1:
            return 0
        index = self._random.randrange(count)
        if self._recorded:
            self.taken.append(Decision(label, count, index))
        return index


class Replayed(Decisions):
    """Follows a recorded list, and takes the plain option once the list is used up."""

    def __init__(self, recorded: Sequence[Decision], seed: int = 0) -> None:
        super().__init__(seed)
        self._recorded = list(recorded)

    def pick(self, label: str, count: int) -> int:
        """The recorded index.

        Raises:
            ReplayDiverged: what is asked now is not what was asked then.
        """
        if count == 1:
            return 0
        step = len(self.taken)
        index = 0
        if step < len(self._recorded):
            then = self._recorded[step]
            if (then.label, then.options) != (label, count):
                raise ReplayDiverged(
                    f'Decision {step + 1} of the recording was "{then.label}" with {then.options} options; '
                    f'this run asks for "{label}" with {count}. Most likely the scenario, a handler or the '
                    "harness changed since, or a handler reads real time or real randomness."
                )
            index = then.chosen
        self.taken.append(Decision(label, count, index))
        return index
