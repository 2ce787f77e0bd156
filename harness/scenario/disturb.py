"""This file decides which faults a scenario can ask for: the verbs of ``disturb`` and their fields.

It does not inject them. Each happens on the first occasions it fits, unless it says ``always`` or ``all``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from harness.scenario.base import Choice, Item, Maybe, OneKey, OneVerb, Part
from harness.scenario.steps import Name
from harness.scenario.values import Duration

AtLeastOne = Annotated[int, Field(ge=1)]


class ErrorShape(Part):
    """The error a function fails with."""

    type: Annotated[str, Field(min_length=1, description="The error's type.")] = "InjectedError"
    message: Annotated[str, Field(description="Its message.")] = "This failure was asked for by the scenario."


class Fail(Item):
    """A function fails."""

    function: Name
    times: Annotated[AtLeastOne | Literal["always"], Field(description="How often: a number or always.")] = 1
    error: Annotated[ErrorShape, Field(description="What it fails with.")] = ErrorShape()
    before: Annotated[
        Maybe[Literal[True]], Field(description="It fails instead of running; so unless after is given.")
    ] = None
    after: Annotated[Maybe[Literal[True]], Field(description="It runs to its end, then fails.")] = None

    @model_validator(mode="after")
    def _one_moment(self) -> Fail:
        if self.before and self.after:
            raise PydanticCustomError("before_after", "both")
        return self


class FailCall(Item):
    """An AWS call by a function fails."""

    call: Annotated[
        str,
        Field(
            pattern=r"^[a-zA-Z0-9-]+\.[A-Z][A-Za-z0-9]+$",
            description="Service and operation.",
            examples=["s3.GetObject"],
        ),
    ]
    error: Annotated[str, Field(min_length=1, description="AWS's error code.", examples=["SlowDown"])]
    function: Annotated[Maybe[str], Field(min_length=1, description="Only calls by this function.")] = None
    times: Annotated[AtLeastOne | Literal["always"], Field(description="How often: a number or always.")] = 1


class Delay(Item):
    """A function takes longer."""

    function: Name
    by: Annotated[Duration, Field(description="How much longer each run takes.")]


class DeliverTwice(Item, Choice):
    """AWS delivers something twice, as "at least once" allows."""

    choices = ("bucket", "queue", "rule", "stream", "table", "topic")

    bucket: Annotated[Maybe[str], Field(min_length=1, description="The events of this bucket.")] = None
    queue: Annotated[Maybe[str], Field(min_length=1, description="The messages of this queue.")] = None
    rule: Annotated[Maybe[str], Field(min_length=1, description="What this rule of a bus sends its targets.")] = None
    stream: Annotated[Maybe[str], Field(min_length=1, description="The batches of this Kinesis stream.")] = None
    table: Annotated[Maybe[str], Field(min_length=1, description="The batches of this table's stream.")] = None
    topic: Annotated[Maybe[str], Field(min_length=1, description="The messages of this topic.")] = None
    times: Annotated[AtLeastOne | Literal["all"], Field(description="How many of them: a number or all.")] = 1


class DeliverLate(Item, Choice):
    """AWS delivers something later than it usually does."""

    choices = ("bucket", "topic")

    bucket: Annotated[Maybe[str], Field(min_length=1, description="The events of this bucket.")] = None
    topic: Annotated[Maybe[str], Field(min_length=1, description="The messages of this topic.")] = None
    by: Annotated[Duration, Field(description="How much later.")]
    times: Annotated[AtLeastOne | Literal["all"], Field(description="How many of them: a number or all.")] = 1


class FailDelivery(Item, Choice):
    """A topic finds a subscriber out of order: a server's error, after which SNS tries again."""

    choices = ("queue", "function")

    queue: Annotated[Maybe[str], Field(min_length=1, description="Deliveries to this queue.")] = None
    function: Annotated[Maybe[str], Field(min_length=1, description="Deliveries to this function.")] = None
    times: Annotated[AtLeastOne | Literal["always"], Field(description="How often: a number or always.")] = 1


class Reorder(Item):
    """A standard queue hands out its messages in another order: the youngest first, or as the seed draws."""

    queue: Name


class Kill(Item):
    """A function does its work, and its environment is killed before it can answer."""

    function: Name
    times: Annotated[AtLeastOne, Field(description="How often.")] = 1


class Throttle(Item):
    """Lambda refuses to run a function for want of concurrency."""

    function: Name
    times: Annotated[AtLeastOne, Field(description="How often.")] = 1


class DisturbItem(OneKey):
    """One fault."""

    fail: Maybe[Fail] = None
    fail_call: Maybe[FailCall] = None
    delay: Maybe[Delay] = None
    deliver_twice: Maybe[DeliverTwice] = None
    deliver_late: Maybe[DeliverLate] = None
    fail_delivery: Maybe[FailDelivery] = None
    reorder: Maybe[Reorder] = None
    kill: Maybe[Kill] = None
    throttle: Maybe[Throttle] = None


Disturbance = Annotated[
    Fail | FailCall | Delay | DeliverTwice | DeliverLate | FailDelivery | Reorder | Kill | Throttle,
    OneVerb(DisturbItem),
]
