"""This file decides what a scenario can do: the verbs of ``when`` and their fields.

It does not do anything, and it does not know whether a bucket or queue exists: names are the template's
logical ids, which the world looks up.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.errors import ScenarioError
from harness.scenario.base import Choice, Item, Maybe, OneKey, OneVerb, Part
from harness.scenario.csv_content import CsvContent
from harness.scenario.files import Files, FixturePath
from harness.scenario.http_steps import Connect, Disconnect, Request, Say
from harness.scenario.placeholders import number_text, number_value
from harness.scenario.python_call import PythonCall
from harness.scenario.sentences import sentence
from harness.scenario.values import Duration

MOST_REPETITIONS = 100_000

Name = Annotated[str, Field(min_length=1, description="The resource's logical id in the template.")]
Key = Annotated[str, Field(min_length=1, description="The object's key.")]


class Upload(Item, Choice):
    """Puts an object into a bucket."""

    choices = ("file", "text", "json", "base64", "csv")

    bucket: Name
    key: Key
    file: Annotated[
        Maybe[FixturePath],
        Field(description="A file in fixtures/<pipeline>/, or beside the scenario file."),
    ] = None
    text: Annotated[Maybe[str], Field(description="The content as text (UTF-8).")] = None
    json_: Annotated[JsonValue, Field(alias="json", description="The content as a value, sent as JSON.")] = None
    base64: Annotated[Maybe[str], Field(description="The content as base64, for bytes that are no text.")] = None
    csv: Annotated[Maybe[CsvContent], Field(description="A CSV file made from a row template.")] = None
    metadata: Annotated[dict[str, str], Field(description="User metadata of the object.")] = Field(default_factory=dict)
    content_type: Annotated[Maybe[str], Field(description="The Content-Type of the object.")] = None

    @field_validator("base64")
    @classmethod
    def _decodes(cls, value: str) -> str:
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise PydanticCustomError("base64", "no base64", {"reason": str(error)}) from None
        return value


class Send(Item):
    """Sends a message to a queue."""

    queue: Name
    body: Annotated[JsonValue, Field(description="The body: a text as it is; a mapping or list as JSON.")]
    attributes: Annotated[
        dict[str, str | int | float], Field(description="Message attributes; a number is sent as Number.")
    ] = Field(default_factory=dict)
    delay: Annotated[Maybe[Duration], Field(description="Hidden for this long at first.")] = None
    group_id: Annotated[Maybe[str], Field(description="Message group (FIFO).")] = None
    deduplication_id: Annotated[Maybe[str], Field(description="Deduplication id (FIFO).")] = None


class Publish(Item):
    """Publishes a message to a topic."""

    topic: Name
    message: Annotated[JsonValue, Field(description="A text as it is; a mapping or list as JSON.")]
    subject: Annotated[Maybe[str], Field(description="The subject that e-mail subscribers see.")] = None
    attributes: Annotated[
        dict[str, str | int | float], Field(description="Message attributes; a number is sent as Number.")
    ] = Field(default_factory=dict)
    group_id: Annotated[Maybe[str], Field(description="Message group (FIFO).")] = None
    deduplication_id: Annotated[Maybe[str], Field(description="Deduplication id (FIFO).")] = None


class PutEvents(Item):
    """Puts an event on an event bus."""

    bus: Annotated[
        Maybe[str],
        Field(min_length=1, description="The bus's logical id in the template; the default bus unless given."),
    ] = None
    source: Annotated[str, Field(min_length=1, description="Who it comes from; what begins with aws. is AWS's own.")]
    detail_type: Annotated[str, Field(min_length=1, description="What kind of thing happened.")]
    detail: Annotated[dict[str, JsonValue], Field(description="What happened.")] = Field(default_factory=dict)
    resources: Annotated[tuple[str, ...], Field(strict=False, description="The ARNs that it is about.")] = ()


class Invoke(Item):
    """Invokes a function."""

    function: Name
    payload: Annotated[JsonValue, Field(description="The event the function gets.")] = None
    type: Annotated[
        Literal["sync", "event"], Field(description="sync waits for the answer, event is queued by Lambda.")
    ] = "sync"


class StartExecution(Item):
    """Starts an execution of a state machine."""

    state_machine: Name
    input: Annotated[JsonValue, Field(description="The execution's input; {} unless given.")] = Field(
        default_factory=dict
    )
    name: Annotated[Maybe[str], Field(min_length=1, max_length=80, description="The execution's name.")] = None


class Delete(Item):
    """Deletes an object."""

    bucket: Name
    key: Key


class PutItem(Item):
    """Puts an item into a table, as a whole."""

    table: Name
    item: Annotated[
        dict[str, JsonValue],
        Field(min_length=1, description="The item as plain JSON: texts, numbers, true, null, lists and mappings."),
    ]


class DeleteItem(Item):
    """Deletes an item of a table."""

    table: Name
    key: Annotated[dict[str, JsonValue], Field(min_length=1, description="The item's key as plain JSON.")]


class PutRecord(Item):
    """Puts a record into a Kinesis stream."""

    stream: Name
    data: Annotated[JsonValue, Field(description="The data: a text as it is; a mapping or list as JSON.")]
    partition_key: Annotated[
        str, Field(min_length=1, max_length=256, description="Records of one key are in one shard, in order.")
    ]


class Advance(Item):
    """Lets virtual time pass; whatever falls due in it happens."""

    by: Annotated[Duration, Field(description="How long.")]


class Settle(Item):
    """Waits until nothing is left to happen."""


class ObjectName(Part):
    """An object in a bucket."""

    bucket: Name
    key: Key


class QueueName(Part):
    """A queue."""

    queue: Name


class Redeliver(Item, Choice):
    """Has AWS deliver something a second time, as "at least once" allows."""

    choices = ("object", "message")

    object: Annotated[Maybe[ObjectName], Field(description="The last event of this object.")] = None
    message: Annotated[Maybe[QueueName], Field(description="The last message of this queue.")] = None


class Redrive(Item):
    """Starts a DLQ redrive: SQS moves a dead-letter queue's messages back, as new ones, while time passes."""

    queue: Annotated[str, Field(min_length=1, description="The dead-letter queue's logical id.")]
    to: Annotated[Maybe[str], Field(min_length=1, description="Another queue than those they came from.")] = None
    max_per_second: Annotated[
        Maybe[int], Field(ge=1, le=500, description="How many messages a second at most; 500 unless given.")
    ] = None


class Replay(Item):
    """Replays what an archive of an event bus keeps: each event goes once more to the rules that match it."""

    archive: Name
    rules: Annotated[
        tuple[str, ...], Field(strict=False, description="Only these rules of the bus; all of them unless given.")
    ] = ()
    name: Annotated[
        str, Field(pattern=r"^[.\-_A-Za-z0-9]{1,64}$", description="What its events have as replay-name.")
    ] = "replay"


class PythonStep(PythonCall):
    """Calls a Python function as a step."""


def _first_repetition(value: Any) -> Any:
    for step in value if isinstance(value, list) else ():
        if isinstance(step, dict) and "repeat" in step:
            raise PydanticCustomError("repeat_nested", "nested")
    return number_value(value, 1)


class Repeat(Item):
    """Does its steps many times; in every text of them ``{n}`` is the number of the repetition, from 1."""

    times: Annotated[int, Field(ge=1, le=MOST_REPETITIONS, description="How often.")]
    steps: Annotated[
        tuple[Step, ...],
        Field(
            strict=False,
            min_length=1,
            description="What to do each time. In every text {n} is the number from 1, {n:04} padded with "
            "zeros; {{ is a literal brace.",
        ),
        BeforeValidator(_first_repetition),
    ]
    _template: list[Any] = PrivateAttr(default_factory=list)
    _files: Files | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_template(cls, value: Any, validate: Any, info: ValidationInfo) -> Repeat:
        repeat: Repeat = validate(value)
        if isinstance(value, dict):
            repeat._template = list(value["steps"])
            if isinstance(info.context, Files):
                repeat._files = info.context
                repeat._find_fixtures(info.context)
        return repeat

    def _find_fixtures(self, files: Files) -> None:
        """Those of the later repetitions too, so that a missing one is known before anything runs."""
        names = [step.get("upload", {}).get("file", "") for step in self._template]
        for name in names:
            if "{" in name:
                for n in range(1, self.times + 1):
                    files.fixture(number_text(name, n))


class StepItem(OneKey):
    """One thing that happens."""

    upload: Maybe[Upload] = None
    send: Maybe[Send] = None
    publish: Maybe[Publish] = None
    put_events: Maybe[PutEvents] = None
    invoke: Maybe[Invoke] = None
    start: Maybe[StartExecution] = None
    request: Maybe[Request] = None
    connect: Maybe[Connect] = None
    say: Maybe[Say] = None
    disconnect: Maybe[Disconnect] = None
    delete: Maybe[Delete] = None
    put_item: Maybe[PutItem] = None
    delete_item: Maybe[DeleteItem] = None
    put_record: Maybe[PutRecord] = None
    advance: Annotated[
        Maybe[Advance],
        BeforeValidator(lambda value: {"by": value}),
        WithJsonSchema(TypeAdapter(Duration).json_schema() | {"description": Advance.__doc__}),
    ] = None
    settle: Annotated[
        Maybe[Settle],
        BeforeValidator(lambda value: _only_true(value)),
        WithJsonSchema({"const": True, "description": Settle.__doc__}),
    ] = None
    repeat: Maybe[Repeat] = None
    redeliver: Maybe[Redeliver] = None
    redrive: Maybe[Redrive] = None
    replay: Maybe[Replay] = None
    python: Maybe[PythonStep] = None


def _only_true(value: Any) -> dict[str, Any]:
    if value is not True:
        raise PydanticCustomError("only_true", "not true")
    return {}


Step = Annotated[
    Upload
    | Send
    | Publish
    | PutEvents
    | Invoke
    | StartExecution
    | Request
    | Connect
    | Say
    | Disconnect
    | Delete
    | PutItem
    | DeleteItem
    | PutRecord
    | Advance
    | Settle
    | Repeat
    | Redeliver
    | Redrive
    | Replay
    | PythonStep,
    OneVerb(StepItem),
]
Repeat.model_rebuild()
_STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[Step, ...])


def expand_repeat(step: Step) -> Iterator[Step]:
    """The steps that ``step`` stands for, in order: itself, or a repetition's with their numbers.

    Lazy: only one repetition's steps exist at a time.

    Raises:
        ScenarioError: a later repetition's text is not usable although the first one's is.
    """
    if not isinstance(step, Repeat):
        yield step
        return
    for n in range(1, step.times + 1):
        try:
            steps = _STEPS.validate_python(number_value(step._template, n), strict=False, context=step._files)
        except ValidationError as error:
            problem, hint = sentence(error.errors(include_url=False)[0])
            raise ScenarioError(f"In repetition {n}: {problem}", where=step.where, hint=hint) from None
        yield from steps


def steps_taken(steps: Iterable[Step]) -> int:
    """How many steps these are once all repetitions are counted."""
    return sum(step.times * steps_taken(step.steps) if isinstance(step, Repeat) else 1 for step in steps)
