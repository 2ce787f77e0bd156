"""This file decides how a pipe is found, and tells when one has changed.

Upstream: moto 5.2.5 keeps pipes and moves nothing through them. Why that can't stay: what is in a pipe's source would
never reach its target. What we do: let moto keep the pipe, then tell.
Since: moto 5.0.25. Not needed any more when: moto's pipes read their source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.pipes.models import EventBridgePipesBackend, pipes_backends
from moto.pipes.models import Pipe as MotoPipe

from harness.vendor.patches import Patches

_METHODS = ("create_pipe", "update_pipe", "start_pipe", "stop_pipe", "delete_pipe")


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe as it stands; parameters are in the API's form, ``filters`` the parsed patterns of its source."""

    arn: str
    name: str
    running: bool
    source: str
    target: str
    enrichment: str | None = None
    source_parameters: Mapping[str, Any] = field(default_factory=dict)
    enrichment_parameters: Mapping[str, Any] = field(default_factory=dict)
    target_parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def filters(self) -> tuple[Mapping[str, Any], ...]:
        """The patterns of which one must match; none lets everything pass."""
        criteria = self.source_parameters.get("FilterCriteria") or {}
        return tuple(json.loads(f["Pattern"]) for f in criteria.get("Filters") or ())


def find(pipe_arn: str) -> Pipe | None:
    """The pipe as it stands now; None if it is gone."""
    _, _, _, region, account_id, rest = pipe_arn.split(":", 5)
    found = pipes_backends[account_id][region].pipes.get(rest.partition("/")[2])
    if found is None:
        return None
    return Pipe(
        arn=found.arn,
        name=found.name,
        running=found.desired_state == "RUNNING",
        source=found.source,
        target=found.target,
        enrichment=found.enrichment or None,
        source_parameters=found.source_parameters or {},
        enrichment_parameters=found.enrichment_parameters or {},
        target_parameters=found.target_parameters or {},
    )


def apply(patches: Patches, *, on_pipe_changed: Callable[[str], None]) -> None:
    """Call ``on_pipe_changed`` with the ARN of each pipe that was made, changed, started, stopped or deleted."""

    def telling(method: str) -> None:
        original = getattr(EventBridgePipesBackend, method)

        def tell(self: EventBridgePipesBackend, *args: Any, **options: Any) -> MotoPipe:
            pipe: MotoPipe = original(self, *args, **options)
            on_pipe_changed(pipe.arn)
            return pipe

        patches.put(EventBridgePipesBackend, method, tell)

    for method in _METHODS:
        telling(method)
