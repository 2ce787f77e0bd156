"""This file decides what CDK's statistics of its own become: a resource that does nothing, as on AWS."""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Record, Text, inert


def _create(request: Request) -> Created:
    return Created(request.full_id)


METADATA = Provider(
    type="AWS::CDK::Metadata",
    properties=Record({"Analytics": inert(Text(), "what CDK counts for itself")}),
    attributes=(),
    create=_create,
)
