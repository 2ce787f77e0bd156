"""This file decides how long moto's records live: as long as somebody has a use for them.

Upstream: moto 5.2.5 (``BaseModel.__new__``) keeps every record it ever made in a list of its class, for the page that
its server shows, and to close the buffers of S3 objects at the end; an object that goes earlier warns. Why that can't
stay: whatever a pipeline has overwritten, received or deleted fills the memory, the more the longer a world stands.
What we do: make records without writing them down; an S3 object closes its buffer itself when it goes, or when the
world does.
Since: moto 1.0. Not needed any more when: the list holds weak references, or can be turned off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.common_models import BaseModel

from harness.vendor.patches import Patches


@contextmanager
def forgotten() -> Iterator[None]:
    """Inside the block moto keeps no list of what was made; to be entered before moto, and left after it."""

    def make(cls: type[BaseModel], *args: Any, **kwargs: Any) -> BaseModel:
        return object.__new__(cls)

    with Patches() as patches:
        patches.put(BaseModel, "__new__", staticmethod(make))
        yield
