"""This file decides which pipes are taken, how one is found, and tells when one has changed.

Upstream: moto 5.2.5 keeps pipes and moves nothing through them; it looks at no parameter. Why that can't stay: what is
in a pipe's source would never reach its target, and a stream without a starting position would begin somewhere. What we
do: check what AWS's API refuses, let moto keep the pipe, then tell. (A source that is not there, or that the role may
not read, is refused at once; AWS lets such a pipe end in CREATE_FAILED, which fails the stack all the same.)
Since: moto 5.0.25. Not needed any more when: moto's pipes read their source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.pipes.exceptions import ValidationException
from moto.pipes.models import EventBridgePipesBackend, pipes_backends
from moto.pipes.models import Pipe as MotoPipe

from harness.vendor.patches import Patches

_METHODS = ("update_pipe", "start_pipe", "stop_pipe", "delete_pipe")

# The service of a source, and where the API keeps what is said of reading it.
READING = {
    "dynamodb": "DynamoDBStreamParameters",
    "kinesis": "KinesisStreamParameters",
    "sqs": "SqsQueueParameters",
}
_POSITIONS = {"dynamodb": ("TRIM_HORIZON", "LATEST"), "kinesis": ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")}


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe as it stands; parameters are in the API's form, ``filters`` the parsed patterns of its source."""

    arn: str
    name: str
    running: bool
    source: str
    target: str
    role_arn: str
    enrichment: str | None = None
    source_parameters: Mapping[str, Any] = field(default_factory=dict)
    enrichment_parameters: Mapping[str, Any] = field(default_factory=dict)
    target_parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source_kind(self) -> str:
        """The service that the pipe reads from."""
        return self.source.split(":")[2]

    @property
    def reading(self) -> Mapping[str, Any]:
        """What is said of reading its source."""
        return self.source_parameters.get(READING[self.source_kind]) or {}

    @property
    def waits_for_target(self) -> bool:
        """Whether a function or state machine as its target is waited for."""
        for name in ("LambdaFunctionParameters", "StepFunctionStateMachineParameters"):
            if name in self.target_parameters:
                return bool(self.target_parameters[name].get("InvocationType") != "FIRE_AND_FORGET")
        return True

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
        role_arn=found.role_arn,
        enrichment=found.enrichment or None,
        source_parameters=found.source_parameters or {},
        enrichment_parameters=found.enrichment_parameters or {},
        target_parameters=found.target_parameters or {},
    )


def apply(
    patches: Patches,
    *,
    source_problem: Callable[[str, str], str | None],
    on_pipe_changed: Callable[[str], None],
) -> None:
    """Call ``on_pipe_changed`` with the ARN of each pipe that was made, changed, started, stopped or deleted.

    ``source_problem`` is given a new pipe's role and source, and says why the one may not read the other.
    """

    def create_pipe(self: EventBridgePipesBackend, *args: Any, **options: Any) -> MotoPipe:
        _check_source(options["source"], options.get("source_parameters") or {})
        problem = source_problem(options["role_arn"], options["source"])
        if problem is not None:
            raise ValidationException(problem)
        pipe: MotoPipe = original_create(self, *args, **options)
        on_pipe_changed(pipe.arn)
        return pipe

    def telling(method: str) -> None:
        original = getattr(EventBridgePipesBackend, method)

        def tell(self: EventBridgePipesBackend, *args: Any, **options: Any) -> MotoPipe:
            pipe: MotoPipe = original(self, *args, **options)
            on_pipe_changed(pipe.arn)
            return pipe

        patches.put(EventBridgePipesBackend, method, tell)

    original_create = patches.put(EventBridgePipesBackend, "create_pipe", create_pipe)
    for method in _METHODS:
        telling(method)


def _check_source(source: str, parameters: Mapping[str, Any]) -> None:
    kind = (source.split(":")[2:3] or [""])[0]
    if kind not in READING:
        raise ValidationException(f"The source {source} is not read by pipes here: only queues and streams are.")
    other = [name for name in parameters if name not in (READING[kind], "FilterCriteria")]
    if other:
        raise ValidationException(f"{other[0]} is not valid for a source of {kind}.")
    if kind not in _POSITIONS:
        return
    given = parameters.get(READING[kind]) or {}
    position = given.get("StartingPosition")
    if position not in _POSITIONS[kind]:
        raise ValidationException(f"StartingPosition must be one of {', '.join(_POSITIONS[kind])}; it is {position}.")
    if (position == "AT_TIMESTAMP") != (given.get("StartingPositionTimestamp") is not None):
        raise ValidationException(
            "StartingPositionTimestamp is required for StartingPosition AT_TIMESTAMP, and valid for no other."
        )
    dead = (given.get("DeadLetterConfig") or {}).get("Arn") or ""
    if dead and (dead.endswith(".fifo") or (dead.split(":")[2:3] or [""])[0] not in ("sns", "sqs")):
        raise ValidationException("The dead-letter target of a pipe must be a standard queue or topic.")
