"""This file decides what a scenario is: the frozen model that everybody behind the loader works with.

It does not read files (``load.py``) and does not word errors (``explain.py``). The classes of steps, checks
and faults live beside it and can be imported from here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from harness.errors import Location
from harness.scenario.account import AccountContents
from harness.scenario.base import Item, Maybe, Part
from harness.scenario.checks import (
    AccountedForCheck,
    AlarmCheck,
    AnyCheck,
    CallsCheck,
    Check,
    ConnectionCheck,
    ElapsedCheck,
    Ending,
    EndsAsObject,
    EndsInQueue,
    ExecutionCheck,
    FunctionCheck,
    InboxCheck,
    ItemCheck,
    ItemsCheck,
    LogCheck,
    ObjectCheck,
    ObjectsCheck,
    PythonCheck,
    QueueCheck,
    ResponseCheck,
    UploadedObjects,
)
from harness.scenario.csv_content import CsvContent
from harness.scenario.deploy import Deploy
from harness.scenario.disturb import (
    Delay,
    DeliverLate,
    DeliverTwice,
    Disturbance,
    ErrorShape,
    Fail,
    FailCall,
    FailDelivery,
    Kill,
    Reorder,
    Throttle,
)
from harness.scenario.files import PipelinePath
from harness.scenario.http_steps import Connect, Disconnect, Request, Say
from harness.scenario.matchers import (
    MISSING,
    CountMatcher,
    DurationMatcher,
    Matcher,
    SizeMatcher,
    TextMatcher,
)
from harness.scenario.python_call import PythonCall
from harness.scenario.steps import (
    Advance,
    Delete,
    DeleteItem,
    Invoke,
    ObjectName,
    Publish,
    PutEvents,
    PutItem,
    PutRecord,
    PythonStep,
    QueueName,
    Redeliver,
    Redrive,
    Repeat,
    Replay,
    Send,
    Settle,
    StartExecution,
    Step,
    Upload,
    expand_repeat,
    steps_taken,
)
from harness.scenario.stub import Asked, Stub, StubAnswer
from harness.scenario.values import Duration

__all__ = [
    "MISSING",
    "AccountContents",
    "AccountedForCheck",
    "Advance",
    "AlarmCheck",
    "AnyCheck",
    "Asked",
    "CallsCheck",
    "Check",
    "Connect",
    "ConnectionCheck",
    "CountMatcher",
    "CsvContent",
    "Delay",
    "Delete",
    "DeleteItem",
    "DeliverLate",
    "DeliverTwice",
    "Deploy",
    "Disconnect",
    "Disturbance",
    "Duration",
    "DurationMatcher",
    "ElapsedCheck",
    "Ending",
    "EndsAsObject",
    "EndsInQueue",
    "ErrorShape",
    "ExecutionCheck",
    "Fail",
    "FailCall",
    "FailDelivery",
    "FunctionCheck",
    "InboxCheck",
    "Invoke",
    "Item",
    "ItemCheck",
    "ItemsCheck",
    "Kill",
    "Limits",
    "LogCheck",
    "Matcher",
    "ObjectCheck",
    "ObjectName",
    "ObjectsCheck",
    "Publish",
    "PutEvents",
    "PutItem",
    "PutRecord",
    "PythonCall",
    "PythonCheck",
    "PythonStep",
    "QueueCheck",
    "QueueName",
    "Redeliver",
    "Redrive",
    "Reorder",
    "Repeat",
    "Replay",
    "Request",
    "ResponseCheck",
    "Say",
    "Scenario",
    "Send",
    "Settle",
    "SizeMatcher",
    "StartExecution",
    "Step",
    "Stub",
    "StubAnswer",
    "TextMatcher",
    "Throttle",
    "Upload",
    "UploadedObjects",
    "expand_repeat",
    "steps_taken",
]

# The same as harness.kernel.clock.DEFAULT_START, which this layer may not import; a test compares them.
DEFAULT_STARTS = datetime(2030, 1, 15, 9, 0, 0, tzinfo=UTC)


def _parse_start(value: Any) -> Any:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise PydanticCustomError("moment", "no moment") from None
    if moment.tzinfo is None or not 1971 <= moment.year <= 2200:
        raise PydanticCustomError("moment", "no moment")
    return moment.astimezone(UTC)


class Limits(Part):
    """What a run may use up before it is stopped."""

    steps: Annotated[Maybe[int], Field(ge=1, description="Scheduler steps.")] = None
    virtual: Annotated[Maybe[Duration], Field(description="Virtual time.")] = None
    rounds: Annotated[
        Maybe[int],
        Field(ge=1, description="How often functions and state machines may set themselves off, the first few aside."),
    ] = None
    computing_s: Annotated[
        Maybe[int],
        Field(
            ge=1,
            description="Seconds of the machine's own clock that one call of a function may compute without waiting "
            "for anything.",
        ),
    ] = None


class Scenario(Part):
    """What happens to a pipeline, and what must be true afterwards."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["deploy"]}, {"required": ["then"]}]})

    pipeline: Annotated[
        PipelinePath,
        Field(
            description="The template, or the folder it is in: looked for beside this file, then from the "
            "project's root."
        ),
    ]
    name: Annotated[str, Field(min_length=1, max_length=200, description="One line, unique in the file.")]
    description: Annotated[Maybe[str], Field(description="More about it, for readers.")] = None
    tags: Annotated[tuple[str, ...], Field(strict=False, description="For choosing scenarios.")] = ()
    starts: Annotated[
        AwareDatetime,
        BeforeValidator(_parse_start),
        WithJsonSchema({"type": "string", "format": "date-time"}),
        Field(description="The virtual time at the start, with its zone."),
    ] = DEFAULT_STARTS
    parameters: Annotated[
        dict[str, str | int | float | bool], Field(description="Values for the template's parameters.")
    ] = Field(default_factory=dict)
    account: Annotated[
        AccountContents, Field(description="What the template finds in its account: parameters, secrets, exports.")
    ] = Field(default_factory=AccountContents)
    seed: Annotated[
        Maybe[int],
        Field(ge=0, description="Draws what could go either way from this seed; unset: always the first choice."),
    ] = None
    limits: Annotated[Limits, Field(description="What the run may use up.")] = Field(default_factory=Limits)
    deploy: Annotated[Maybe[Deploy], Field(description="That AWS refuses the template; nothing can follow then.")] = (
        None
    )
    stub: Annotated[
        tuple[Stub, ...],
        Field(strict=False, description="Answers from outside the pipeline; without one such a call is refused."),
    ] = ()
    disturb: Annotated[tuple[Disturbance, ...], Field(strict=False, description="Faults to inject.")] = ()
    when: Annotated[tuple[Step, ...], Field(strict=False, description="What happens, in order.")] = ()
    then: Annotated[
        tuple[AnyCheck, ...],
        Field(
            strict=False,
            validate_default=True,
            description="What must be true once nothing is left to happen.",
            json_schema_extra={"minItems": 1},
        ),
    ] = ()
    _where: Location = PrivateAttr(default=Location("scenario"))
    _overrides: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("stub", "disturb", "when", "then", mode="before")
    @classmethod
    def _checks_or_a_refusal(cls, value: Any, info: ValidationInfo) -> Any:
        """``then`` must say something; after a refusal there is nothing to do and nothing to see."""
        refused = "deploy" not in info.data or info.data["deploy"] is not None
        if refused and value:
            raise PydanticCustomError("after_refusal", "refused", {"key": info.field_name})
        if info.field_name == "then" and not value and not refused:
            # A tuple is the default: a file can only write a list.
            raise PydanticCustomError("missing" if value == () else "too_short", "nothing must be true")
        return value

    @property
    def where(self) -> Location:
        """The file, and the line on which the scenario begins."""
        return self._where

    @property
    def overrides(self) -> dict[str, str]:
        """Those of the parameters that the command line gave."""
        return self._overrides

    def with_overrides(self, values: dict[str, str]) -> Scenario:
        """The scenario with these values from the command line in place of its own."""
        changed = self.model_copy(update={"parameters": {**self.parameters, **values}})
        changed._overrides = values
        return changed

    @property
    def id(self) -> str:
        """``path::name``, as the command line and pytest write it."""
        return f"{self._where.path}::{self.name}"
