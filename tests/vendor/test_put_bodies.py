"""A PUT has no form."""

from __future__ import annotations

from moto.core.request import Request

from harness.vendor import put_bodies
from harness.vendor.patches import Patches

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def request(method: str) -> Request:
    return Request.from_primitives(method, "http://s3.amazonaws.com/b/k", FORM, b"a=1")


def test_upstream_still_reads_a_put_as_a_form() -> None:
    assert isinstance(Request.want_form_data_parsed, property)
    assert request("PUT").data == b""


def test_a_put_keeps_its_body_and_a_post_its_form() -> None:
    with Patches() as patches:
        put_bodies.apply(patches)
        assert (request("PUT").data, dict(request("PUT").form)) == (b"a=1", {})
        assert dict(request("POST").form) == {"a": "1"}


def test_undo_restores_the_very_same_object() -> None:
    before = Request.want_form_data_parsed
    with Patches() as patches:
        put_bodies.apply(patches)
        assert Request.want_form_data_parsed is not before
    assert Request.want_form_data_parsed is before
    assert "want_form_data_parsed" not in vars(Request)
