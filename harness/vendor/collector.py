"""This file decides which objects Python's cycle collector looks at, and when: those of the run, while it runs.

Upstream: a full collection walks every container of the process, and a burst makes a dozen of them. Why that can't
stay: most of what they walk are the modules and the services' descriptions, loaded before and needed afterwards; it is
a tenth of a burst's time. The rest is what the burst has left behind so far, so that each walks further than the one
before. What we do: set aside what is there when the run begins (``gc.freeze``), and what is left after each full
collection, and give it back when the run has ended; collect less often; collect nothing while it is loaded and
deployed, which made a fifth of a short run, nor when the process ends: Python then walks everything several times,
which took as long as the run. Objects set aside are freed as ever when nobody refers to them; only cycles have to wait.
Since: CPython 3.11. Not needed any more when: a collection's cost no longer grows with what it doesn't collect.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# CPython 3.12 begins with a few hundred objects set aside; whoever does it on purpose sets aside many thousand.
_PYTHONS_OWN = 1000

# Instead of Python's 700, 10, 10: what an upload needs while it is under way is gone before anybody looks at it.
_THRESHOLDS = (20_000, 5, 5)


@contextmanager
def at_rest() -> Iterator[None]:
    """Inside the block, where modules are loaded and resources made, which all stay, nothing is collected.

    Nor is what was made in it looked at as new afterwards: it counts as old at once.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() <= _PYTHONS_OWN:
            # What is given back is given to the oldest generation.
            gc.freeze()
            gc.unfreeze()
        gc.enable()


@contextmanager
def sparing_what_is_there() -> Iterator[None]:
    """Inside the block no collection walks the objects made before it, and few those that it leaves behind."""
    if gc.get_freeze_count() > _PYTHONS_OWN:
        # Somebody else's doing, which giving back would undo.
        yield
        return

    def set_aside(phase: str, about: dict[str, int]) -> None:
        # What was under way, and becomes a cycle, waits for the run's end; full collections are rare.
        if phase == "stop" and about["generation"] == 2:
            gc.freeze()

    thresholds = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    gc.freeze()
    gc.callbacks.append(set_aside)
    try:
        yield
    finally:
        gc.callbacks.remove(set_aside)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@cache
def end_without() -> None:
    """When this process ends, collect nothing: all of its memory goes at once."""
    atexit.register(gc.freeze)
