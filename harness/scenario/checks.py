"""This file decides what a scenario can say must be true: the verbs of ``then`` and their fields.

It does not look at anything. A check without ``within`` is looked at when nothing is left to happen.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from harness.scenario.base import Choice, Item, Maybe, OneKey, OneVerb, Part, exactly_one
from harness.scenario.jmes import JsonMatchers
from harness.scenario.matchers import CountMatcher, DurationMatcher, SizeMatcher, TextMatcher
from harness.scenario.python_call import PythonCall
from harness.scenario.steps import Key, Name
from harness.scenario.stub import Asked
from harness.scenario.values import Duration


class Check(Item):
    """What every check may carry."""

    within: Annotated[
        Maybe[Duration],
        Field(description="Must become true inside this window of virtual time, counted from the last step."),
    ] = None
    because: Annotated[Maybe[str], Field(description="Why it must be so; shown when it is not.")] = None


class ObjectCheck(Check):
    """An object: that it exists, and what is in it."""

    bucket: Name
    key: Key
    exists: Annotated[bool, Field(description="false: there is no such object.")] = True
    json_: Annotated[
        JsonMatchers, Field(alias="json", description="Its content read as JSON: JMESPath and matcher.")
    ] = Field(default_factory=dict)
    text: Annotated[Maybe[TextMatcher], Field(description="Its content read as UTF-8 text.")] = None
    metadata: Annotated[dict[str, TextMatcher], Field(description="Its user metadata.")] = Field(default_factory=dict)
    size: Annotated[Maybe[SizeMatcher], Field(description="Its size in bytes.")] = None

    @model_validator(mode="after")
    def _absent_says_nothing(self) -> ObjectCheck:
        if not self.exists and (self.json_ or self.text or self.metadata or self.size):
            raise PydanticCustomError("absent_object", "absent")
        return self


class ObjectsCheck(Check):
    """The objects of a bucket: how many, and which."""

    bucket: Name
    prefix: Annotated[str, Field(description="Only keys that begin with this.")] = ""
    count: Annotated[Maybe[CountMatcher], Field(description="How many there are.")] = None
    keys: Annotated[Maybe[tuple[str, ...]], Field(strict=False, description="Exactly these keys, in any order.")] = None


class ItemCheck(Check):
    """An item of a table: that it exists, and what is in it."""

    table: Name
    key: Annotated[dict[str, JsonValue], Field(min_length=1, description="Its key as plain JSON.")]
    exists: Annotated[bool, Field(description="false: there is no such item.")] = True
    json_: Annotated[JsonMatchers, Field(alias="json", description="The item as plain JSON: JMESPath and matcher.")] = (
        Field(default_factory=dict)
    )

    @model_validator(mode="after")
    def _absent_says_nothing(self) -> ItemCheck:
        if not self.exists and self.json_:
            raise PydanticCustomError("absent_item", "absent")
        return self


class ItemsCheck(Check):
    """The items of a table: how many, and what is in them."""

    table: Name
    count: Annotated[Maybe[CountMatcher], Field(description="How many there are.")] = None
    json_: Annotated[
        JsonMatchers,
        Field(
            alias="json",
            description="The list of all items as plain JSON, in the order of their keys: JMESPath and matcher.",
        ),
    ] = Field(default_factory=dict)


class QueueCheck(Check):
    """A queue and what lies in it; looking does not consume."""

    name: Name
    messages: Annotated[Maybe[CountMatcher], Field(description="Messages in it that nobody holds.")] = None
    in_flight: Annotated[Maybe[CountMatcher], Field(description="Messages received and not yet deleted.")] = None
    body: Annotated[Maybe[TextMatcher], Field(description="Some message has such a body.")] = None
    bodies: Annotated[
        Maybe[tuple[TextMatcher, ...]],
        Field(strict=False, description="One matcher per message, in any order; as many as there are messages."),
    ] = None
    json_: Annotated[
        JsonMatchers,
        Field(alias="json", description="Some body read as JSON: JMESPath and matcher, all of them."),
    ] = Field(default_factory=dict)
    attributes: Annotated[dict[str, TextMatcher], Field(description="Message attributes of that message.")] = Field(
        default_factory=dict
    )


class InboxCheck(Check):
    """What was received by e-mail from topics."""

    to: Annotated[Maybe[str], Field(description="Only what this address received.")] = None
    topic: Annotated[Maybe[str], Field(min_length=1, description="Only what came from this topic.")] = None
    count: Annotated[Maybe[CountMatcher], Field(description="How many fit all the rest; at least 1 unless given.")] = (
        None
    )
    subject: Annotated[Maybe[TextMatcher], Field(description="The subject.")] = None
    body: Annotated[Maybe[TextMatcher], Field(description="The text.")] = None
    json_: Annotated[JsonMatchers, Field(alias="json", description="The text read as JSON.")] = Field(
        default_factory=dict
    )


class FunctionCheck(Check):
    """How often a function ran, and how it ended. Needs the embedded cloud."""

    name: Name
    invocations: Annotated[Maybe[CountMatcher], Field(description="Runs, however they ended.")] = None
    errors: Annotated[Maybe[CountMatcher], Field(description="Runs that did not succeed, timeouts included.")] = None
    succeeded: Annotated[Maybe[CountMatcher], Field(description="Runs that returned.")] = None
    timeouts: Annotated[Maybe[CountMatcher], Field(description="Runs that timed out.")] = None
    throttles: Annotated[Maybe[CountMatcher], Field(description="Calls refused for want of concurrency.")] = None
    cold_starts: Annotated[Maybe[CountMatcher], Field(description="Runs in a fresh environment.")] = None


class AlarmCheck(Check):
    """The state of an alarm, of a composite one too, and how often it went off."""

    name: Name
    is_: Annotated[
        Maybe[Literal["OK", "ALARM", "INSUFFICIENT_DATA"]], Field(alias="is", description="The state it is in.")
    ] = None
    reason: Annotated[Maybe[TextMatcher], Field(description="Why it is in that state, in CloudWatch's words.")] = None
    went_off: Annotated[
        Maybe[CountMatcher], Field(description="How often it went into ALARM. Needs the embedded cloud.")
    ] = None


class ExecutionCheck(Check):
    """The executions of a state machine: how many, which way they went, how they ended."""

    state_machine: Name
    count: Annotated[Maybe[CountMatcher], Field(description="How many fit all the rest; at least 1 unless given.")] = (
        None
    )
    status: Annotated[
        Maybe[Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]],
        Field(description="How it ended."),
    ] = None
    path: Annotated[
        Maybe[tuple[str, ...]],
        Field(strict=False, description="The states it entered, in order; branches of a Parallel in any order."),
    ] = None
    error: Annotated[Maybe[TextMatcher], Field(description="The error's name.")] = None
    cause: Annotated[Maybe[TextMatcher], Field(description="The error's cause.")] = None
    output: Annotated[JsonMatchers, Field(description="Its output: JMESPath and matcher.")] = Field(
        default_factory=dict
    )
    took: Annotated[Maybe[DurationMatcher], Field(description="Virtual time from start to end.")] = None


class ResponseCheck(Check):
    """What requests were answered. Needs the embedded cloud."""

    request: Annotated[Maybe[str], Field(min_length=1, description="Only the requests with this name.")] = None
    api: Annotated[Maybe[str], Field(min_length=1, description="Only requests to this API, as the step names it.")] = (
        None
    )
    method: Annotated[Maybe[str], Field(min_length=1, description="Only requests with this method.")] = None
    path: Annotated[Maybe[str], Field(min_length=1, description="Only requests for this path, as the step has it.")] = (
        None
    )
    count: Annotated[Maybe[CountMatcher], Field(description="How many fit all the rest; at least 1 unless given.")] = (
        None
    )
    status: Annotated[Maybe[CountMatcher], Field(description="The HTTP status.")] = None
    headers: Annotated[
        dict[str, TextMatcher], Field(description="Headers of the answer, in capital or small letters.")
    ] = Field(default_factory=dict)
    body: Annotated[Maybe[TextMatcher], Field(description="The body as text.")] = None
    json_: Annotated[JsonMatchers, Field(alias="json", description="The body read as JSON: JMESPath and matcher.")] = (
        Field(default_factory=dict)
    )
    took: Annotated[Maybe[DurationMatcher], Field(description="Virtual time from request to answer.")] = None


class ConnectionCheck(Check):
    """A client's connection to a WebSocket API, and the messages that it got. Needs the embedded cloud."""

    client: Annotated[str, Field(min_length=1, description="The client's name.")]
    status: Annotated[Maybe[CountMatcher], Field(description="What it was answered when it asked: 200 lets it in.")] = (
        None
    )
    open: Annotated[Maybe[bool], Field(description="Whether it is connected.")] = None
    count: Annotated[
        Maybe[CountMatcher],
        Field(description="How many messages fit all the rest; at least 1 unless given, if something is said of them."),
    ] = None
    body: Annotated[Maybe[TextMatcher], Field(description="A message as text.")] = None
    json_: Annotated[JsonMatchers, Field(alias="json", description="A message read as JSON: JMESPath and matcher.")] = (
        Field(default_factory=dict)
    )


class LogCheck(Check, Choice):
    """Lines in the log of a function, or of a log group: exactly one of function and group."""

    choices = ("contains", "line")

    function: Maybe[Name] = None
    group: Annotated[
        Maybe[Name], Field(description="A log group's logical id, for what an API or a state machine writes, say.")
    ] = None
    contains: Annotated[Maybe[str], Field(min_length=1, description="Some line contains this text.")] = None
    line: Annotated[Maybe[TextMatcher], Field(description="Some line fits this matcher.")] = None
    count: Annotated[Maybe[CountMatcher], Field(description="How many lines do; at least 1 unless given.")] = None

    @model_validator(mode="after")
    def _one_log(self) -> Self:
        exactly_one(self, ("function", "group"))
        return self


class TimeAndWhy(DurationMatcher):
    """The virtual time of the whole scenario, from its first step until nothing was left to happen."""

    because: Annotated[str, Field(description="Why it must be so; shown when it is not.")] = ""


class ElapsedCheck(Check):
    """The virtual time of the whole scenario."""

    time: Annotated[DurationMatcher, Field(description="From the first step until nothing was left to happen.")]


def _known_names(text: str) -> str:
    for name in re.findall(r"\{(\w*)\}", text):
        if name not in UPLOAD_NAMES:
            raise PydanticCustomError("upload_name", "unknown", {"name": name, "names": list(UPLOAD_NAMES)})
    return text


UPLOAD_NAMES = ("key", "file", "stem")
"""What may stand in braces for an upload: its key, the key's last part, and that without its ending."""

UploadText = Annotated[str, Field(min_length=1), AfterValidator(_known_names)]


class UploadedObjects(Part):
    """The uploads that must be accounted for: those of the scenario's own steps."""

    bucket: Name
    prefix: Annotated[str, Field(description="Only keys that begin with this.")] = ""
    suffix: Annotated[str, Field(description="Only keys that end with this.")] = ""


class EndsAsObject(Part):
    """The upload ended as an object."""

    bucket: Name
    key: Annotated[
        UploadText,
        Field(
            description="The key it must have. * stands for part of a name, ** for any number of folders; "
            "{key} is the upload's key, {file} its last part, {stem} that without its ending.",
        ),
    ]
    metadata: Annotated[
        dict[str, UploadText], Field(description="Metadata that it must have; the same names in braces may be used.")
    ] = Field(default_factory=dict)


class EndsInQueue(Part):
    """The upload ended in a queue, as a rule a dead-letter queue."""

    name: Name
    mentions: Annotated[
        UploadText, Field(description="What a message's body must mention: {key}, {file} or {stem}.")
    ] = "{key}"


class Ending(Item, Choice):
    """One way in which an upload may end."""

    choices = ("object", "queue")

    object: Annotated[Maybe[EndsAsObject], Field(description="It ended as an object.")] = None
    queue: Annotated[Maybe[EndsInQueue], Field(description="It ended in a queue.")] = None


class AccountedForCheck(Check):
    """Every upload ended in exactly one of the named ways: none lost, none handled twice."""

    uploads: Annotated[UploadedObjects, Field(description="Which uploads.")]
    exactly_one_of: Annotated[
        tuple[Ending, ...], Field(strict=False, min_length=1, description="The ways in which one may end.")
    ]


class PythonCheck(PythonCall, Check):
    """Calls a Python function as a check: it fails by raising AssertionError or returning a text."""


class CallsCheck(Asked, Check, Choice):
    """What was asked of the outside by functions and state machines: AWS calls, stubbed or not, and HTTP requests."""

    choices = ("call", "url")

    function: Annotated[Maybe[str], Field(min_length=1, description="Only those of this function.")] = None
    count: Annotated[Maybe[CountMatcher], Field(description="How many fit all the rest; at least 1 unless given.")] = (
        None
    )


def _elapsed(value: Any) -> Any:
    if isinstance(value, dict) and "because" in value:
        return {"because": value["because"], "time": {k: v for k, v in value.items() if k != "because"}}
    return {"time": value}


class CheckItem(OneKey):
    """One thing that must be true."""

    object: Maybe[ObjectCheck] = None
    objects: Maybe[ObjectsCheck] = None
    item: Maybe[ItemCheck] = None
    items: Maybe[ItemsCheck] = None
    queue: Maybe[QueueCheck] = None
    inbox: Maybe[InboxCheck] = None
    function: Maybe[FunctionCheck] = None
    alarm: Maybe[AlarmCheck] = None
    execution: Maybe[ExecutionCheck] = None
    response: Maybe[ResponseCheck] = None
    connection: Maybe[ConnectionCheck] = None
    log: Maybe[LogCheck] = None
    elapsed: Annotated[Maybe[ElapsedCheck], BeforeValidator(_elapsed, json_schema_input_type=TimeAndWhy)] = None
    accounted_for: Maybe[AccountedForCheck] = None
    calls: Maybe[CallsCheck] = None
    python: Maybe[PythonCheck] = None


AnyCheck = Annotated[
    ObjectCheck
    | ObjectsCheck
    | ItemCheck
    | ItemsCheck
    | QueueCheck
    | InboxCheck
    | FunctionCheck
    | AlarmCheck
    | ExecutionCheck
    | ResponseCheck
    | ConnectionCheck
    | LogCheck
    | ElapsedCheck
    | AccountedForCheck
    | CallsCheck
    | PythonCheck,
    OneVerb(CheckItem),
]
