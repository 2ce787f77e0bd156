"""This file decides where a handler's random numbers come from: the run's seed.

Upstream: ``random`` is seeded by the operating system, ``uuid4`` and ``secrets`` read it each time. Why that can't
stay: the same scenario would give another trace each time. What we do: inside a function each of ``random``'s
functions uses a generator of that function's own, and ``os.urandom`` draws from the decisions, under the function's
name; so one function's draws never change another's. What moto draws itself (``kms.Encrypt``'s vector, a session's
token) reaches functions and comes out of the decisions too, under the name of moto's module. What a library took before
the world began (``from random import uniform``) draws from the one shared generator, which is seeded for the length of
the world and put back. Not covered: ``/dev/urandom`` opened as a file, OpenSSL's own (``kms.Sign``), numpy's unseeded
generators, ``uuid1``; they show in the trace.
Not needed any more when: never.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from harness.kernel.decisions import Decisions
from harness.vendor.patches import Patches

_FUNCTIONS = (
    "betavariate", "choice", "choices", "expovariate", "gammavariate", "gauss", "getrandbits", "getstate",
    "lognormvariate", "normalvariate", "paretovariate", "randbytes", "randint", "random", "randrange", "sample",
    "seed", "setstate", "shuffle", "triangular", "uniform", "vonmisesvariate", "weibullvariate",
)  # fmt: skip
_BITS_A_DRAW = 256


def apply(patches: Patches, decisions: Decisions, *, who: Callable[[], str | None]) -> Callable[[], None]:
    """Seed everything random; returns what puts the shared generator back.

    ``who`` names the function whose code asks, or is None outside of functions.
    """
    generators: dict[str, random.Random] = {}

    def own(name: str) -> random.Random:
        if name not in generators:
            generators[name] = random.Random(decisions.bits(f"random of {name}", _BITS_A_DRAW))
        return generators[name]

    def dispatch(attribute: str) -> Callable[..., Any]:
        original = getattr(random, attribute)

        def drawn(*args: Any, **kwargs: Any) -> Any:
            name = who()
            return (original if name is None else getattr(own(name), attribute))(*args, **kwargs)

        return drawn

    real_urandom = os.urandom

    def urandom(size: int, /) -> bytes:
        name = who() or _moto_module(sys._getframe(1))
        return real_urandom(size) if name is None else _draw(decisions, f"urandom of {name}", size)

    real_seed = random.Random.seed

    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        name = who() if a is None else None
        real_seed(self, a if name is None else decisions.bits(f"seed in {name}", _BITS_A_DRAW), version)

    for attribute in _FUNCTIONS:
        patches.put(random, attribute, dispatch(attribute))
    patches.put(random.Random, "seed", seed)
    patches.put(os, "urandom", urandom)
    patches.put(random, "_urandom", urandom)
    shared = random._inst
    state = shared.getstate()
    shared.seed(decisions.bits("random", _BITS_A_DRAW))
    return lambda: shared.setstate(state)


def _moto_module(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__"))
    return name if name.startswith("moto.") else None


def _draw(decisions: Decisions, label: str, size: int) -> bytes:
    if size < 0:
        raise ValueError("negative argument not allowed")
    drawn = bytearray()
    while len(drawn) < size:
        drawn += decisions.bits(label, _BITS_A_DRAW).to_bytes(_BITS_A_DRAW // 8, "big")
    return bytes(drawn[:size])
