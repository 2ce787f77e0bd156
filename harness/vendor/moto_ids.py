"""This file decides where moto's identifiers come from: a generator seeded with the run's seed.

Upstream: moto 5.2.5 draws request ids, message ids and generated names from one ``MotoRandom``, seeded by the
operating system. Why that can't stay: the same scenario would give another trace each time. What we do: seed it
on entering a world, and put its former state back on leaving. Not needed any more when: moto lets a mock be
started with a seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_api._internal import mock_random


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw moto's identifiers from ``seed`` inside the block."""
    state = mock_random.getstate()
    mock_random.seed(seed)
    try:
        yield
    finally:
        mock_random.setstate(state)
