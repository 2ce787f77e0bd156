"""moto's records go when nobody has a use for them."""

from __future__ import annotations

import inspect
import weakref

from moto.core.common_models import BaseModel
from moto.logs.models import LogEvent

from harness.vendor import model_instances


def made() -> LogEvent:
    return LogEvent(0, {"timestamp": 0, "message": "hello"})


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(BaseModel.__new__).parameters) == ["cls", "args", "kwargs"]


def test_upstream_still_keeps_every_record_it_made() -> None:
    event = made()
    assert LogEvent.instances_tracked[-1] is event  # type: ignore[attr-defined]


def test_a_record_is_made_as_before_and_goes_when_nobody_holds_it() -> None:
    with model_instances.forgotten():
        event = made()
        assert (type(event), event.message) == (LogEvent, "hello")
        gone = weakref.ref(event)
        del event
        assert gone() is None


def test_undo_restores_the_very_same_object() -> None:
    before = vars(BaseModel)["__new__"]
    with model_instances.forgotten():
        assert vars(BaseModel)["__new__"] is not before
    assert vars(BaseModel)["__new__"] is before
