"""This file decides what is remembered of a stack: its words, its events, the state of each resource, its change sets.

It decides nothing that happens to it (``engine.py``) and nothing of how it is shown (``shapes.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.stacks.asked import Asked
from harness.world.deployment import Deployed, Step
from harness.world.differences import Difference

STACK_TYPE = "AWS::CloudFormation::Stack"
REVIEW = "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a stack or one of its resources."""

    id: str
    at: datetime
    step: Step
    token: str


@dataclass(slots=True)
class Row:
    """A resource as the stack knows it."""

    type: str
    physical_id: str
    status: str
    reason: str
    at: datetime


@dataclass(slots=True)
class ChangeSet:
    """A change of a stack that can be looked at before it is carried out."""

    name: str
    id: str
    asked: Asked
    at: datetime
    kind: str
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    execution: str = "AVAILABLE"
    differences: Mapping[str, Difference] = field(default_factory=dict)
    on_failure: str = "ROLLBACK"


@dataclass(slots=True)
class Record:
    """One stack, also when it is gone."""

    name: str
    id: str
    at: datetime
    asked: Asked
    status: str
    reason: str = ""
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    deployed: Deployed | None = None
    change_set_id: str = ""
    protected: bool = False
    token: str = ""
    events: list[Event] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether something is being done to it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != REVIEW

    def happened(self, event: Event) -> None:
        """Remember what happened."""
        self.events.append(event)
        step = event.step
        if step.logical_id == self.name and step.type == STACK_TYPE:
            self.status, self.reason = step.status, step.reason
        elif step.status.startswith("DELETE") and self._lives_on(step):
            pass  # one that was replaced; the row is the new one's
        else:
            self.rows[step.logical_id] = Row(step.type, step.physical_id, step.status, step.reason, event.at)

    def _lives_on(self, step: Step) -> bool:
        row = self.rows.get(step.logical_id)
        return row is not None and row.physical_id != step.physical_id

    def outputs(self) -> Mapping[str, object]:
        """The values of its outputs."""
        return {} if self.deployed is None else self.deployed.outputs

    def standing_rows(self) -> Sequence[tuple[str, Row]]:
        """Its resources, without those that went."""
        gone = self.status == "DELETE_COMPLETE"
        return [(i, row) for i, row in self.rows.items() if gone or row.status != "DELETE_COMPLETE"]
