"""This file decides what is said of a resource's parts that SAM takes no notice of.

Beside its Properties, CloudFormation refuses what it does not know; SAM's transform leaves it out, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.findings import Finding
from harness.world.template import RESOURCE_PARTS, Template


def parts_that_sam_ignores(template: Template) -> Iterator[Finding]:
    """One finding for each part of a SAM resource that no resource has; most often it belongs below Properties."""
    for logical_id, resource in template.section("Resources").items():
        # Fn::ForEach stands there as a list.
        for part in resource if isinstance(resource, dict) else ():
            if part not in RESOURCE_PARTS and str(resource.get("Type")).startswith("AWS::Serverless::"):
                yield Finding(
                    "surprises",
                    template.where(("Resources", logical_id, part)),
                    f'"{part}" stands beside the Properties of "{logical_id}", where SAM takes no notice of it.',
                    "Move it below Properties, or delete it; the stack is deployed without it, here too.",
                )
