"""moto's records go when nobody has a use for them."""

from __future__ import annotations

import inspect
import warnings
import weakref

import pytest
from moto import mock_aws
from moto.core.common_models import BaseModel
from moto.logs.models import LogEvent
from moto.s3.models import FakeKey

from harness.vendor import model_instances


def made() -> LogEvent:
    return LogEvent(0, {"timestamp": 0, "message": "hello"})


def an_object() -> FakeKey:
    return FakeKey(
        name="file", bucket_name="bucket", value=b"content", account_id="123456789012", region_name="us-east-1"
    )


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(BaseModel.__new__).parameters) == ["cls", "args", "kwargs"]
    assert list(inspect.signature(FakeKey.dispose).parameters) == ["self", "garbage"]


def test_upstream_still_keeps_every_record_it_made() -> None:
    event = made()
    assert LogEvent.instances_tracked[-1] is event  # type: ignore[attr-defined]


def test_upstream_still_warns_of_an_object_that_goes() -> None:
    with mock_aws(), pytest.warns(ResourceWarning, match="not disposed of in time"):
        an_object().__del__()


def test_a_record_is_made_as_before_and_goes_when_nobody_holds_it() -> None:
    with model_instances.forgotten():
        event = made()
        assert (type(event), event.message) == (LogEvent, "hello")
        gone = weakref.ref(event)
        del event
        assert gone() is None


def test_an_object_that_goes_closes_its_buffer_without_a_word() -> None:
    with model_instances.forgotten(), mock_aws(), warnings.catch_warnings():
        warnings.simplefilter("error")
        key = an_object()
        buffer = key._value_buffer
        del key
        assert buffer.closed


def test_an_object_that_outlives_its_world_is_closed_with_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with model_instances.forgotten(), mock_aws():
            key = an_object()
        assert key._value_buffer.closed
        key.__del__()


def test_undo_restores_the_very_same_objects() -> None:
    before = vars(BaseModel)["__new__"], vars(FakeKey)["__del__"]
    with model_instances.forgotten():
        assert vars(BaseModel)["__new__"] is not before[0]
    assert (vars(BaseModel)["__new__"], vars(FakeKey)["__del__"]) == before
