"""This file decides how long moto's records live: as long as somebody has a use for them.

Upstream: moto 5.2.5 (``BaseModel.__new__``) keeps every record it ever made in a list of its class, for the page that
its server shows, and to close the buffers of S3 objects at the end; an object that goes earlier warns. Why that can't
stay: whatever a pipeline has overwritten, received or deleted fills the memory, the more the longer a world stands.
What we do: make records without writing them down; an S3 object that goes closes its buffer itself.
Since: moto 1.0. Not needed any more when: the list holds weak references, or can be turned off.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel
from moto.s3.models import FakeKey

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Keep no list of what was made."""

    def make(cls: type[BaseModel], *args: Any, **kwargs: Any) -> BaseModel:
        return object.__new__(cls)

    patches.put(BaseModel, "__new__", staticmethod(make))
    patches.put(FakeKey, "__del__", FakeKey.dispose)
