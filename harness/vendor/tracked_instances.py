"""This file decides that what is deleted is gone, in a world that never ends.

Upstream: moto 5.2.5 keeps every message, object and function that was ever made in ``instances_tracked``, for a page
that shows them; an object of S3's that is thrown away unseen warns. Why that can't stay: a server would grow with every
request. What we do: nothing is tracked, and an object's content goes with the object. A scenario's world is left as it
is: it ends soon. Since: moto 1.x. Not needed any more when: ``BaseModel.__new__`` keeps nothing.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel
from moto.s3.models import FakeKey

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Track nothing."""

    def new(cls: type[BaseModel], *args: Any, **kwargs: Any) -> BaseModel:
        return object.__new__(cls)

    patches.put(BaseModel, "__new__", staticmethod(new))
    # Its buffer closes itself, and may be shared with a copy that lives on.
    patches.put(FakeKey, "__del__", lambda self: None)
