"""This file decides whether the names in a scenario name anything: before the first step, and all at once.

A name is the logical id of a resource of the right type. It does not look resources up for a step or a check
(``stage.py``); what a Python function names nobody knows before it runs. Order: as the file has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.act.requests import check_api
from harness.act.stage import (
    ALARM,
    BUCKET,
    BUS,
    COMPOSITE_ALARM,
    FUNCTION,
    HTTP_API,
    LOG_GROUP,
    QUEUE,
    STATE_MACHINE,
    STREAM,
    TABLE,
    TOPIC,
)
from harness.errors import Location, ScenarioError
from harness.scenario.explain import Problem, scenario_error
from harness.scenario.model import (
    AccountedForCheck,
    AlarmCheck,
    CallsCheck,
    Connect,
    Delay,
    Delete,
    DeleteItem,
    DeliverLate,
    DeliverTwice,
    ExecutionCheck,
    Fail,
    FailCall,
    FailDelivery,
    FunctionCheck,
    InboxCheck,
    Invoke,
    Item,
    ItemCheck,
    ItemsCheck,
    Kill,
    LogCheck,
    ObjectCheck,
    ObjectsCheck,
    Publish,
    PutEvents,
    PutItem,
    PutRecord,
    QueueCheck,
    Redeliver,
    Redrive,
    Reorder,
    Repeat,
    Request,
    ResponseCheck,
    Scenario,
    Send,
    StartExecution,
    Throttle,
    Upload,
)
from harness.world.stack import Stack

# By kind of item: its verb, then the ways down to its names and the type of what each names.
_NAMES: dict[type[Item], tuple[str, dict[tuple[str, ...], str | tuple[str, ...]]]] = {
    Upload: ("upload", {("bucket",): BUCKET}),
    Send: ("send", {("queue",): QUEUE}),
    Publish: ("publish", {("topic",): TOPIC}),
    PutEvents: ("put_events", {("bus",): BUS}),
    Invoke: ("invoke", {("function",): FUNCTION}),
    StartExecution: ("start", {("state_machine",): STATE_MACHINE}),
    Delete: ("delete", {("bucket",): BUCKET}),
    PutItem: ("put_item", {("table",): TABLE}),
    PutRecord: ("put_record", {("stream",): STREAM}),
    DeleteItem: ("delete_item", {("table",): TABLE}),
    Redeliver: ("redeliver", {("object", "bucket"): BUCKET, ("message", "queue"): QUEUE}),
    Connect: ("connect", {("api",): HTTP_API}),
    Redrive: ("redrive", {("queue",): QUEUE, ("to",): QUEUE}),
    ObjectCheck: ("object", {("bucket",): BUCKET}),
    ObjectsCheck: ("objects", {("bucket",): BUCKET}),
    ItemCheck: ("item", {("table",): TABLE}),
    ItemsCheck: ("items", {("table",): TABLE}),
    QueueCheck: ("queue", {("name",): QUEUE}),
    InboxCheck: ("inbox", {("topic",): TOPIC}),
    FunctionCheck: ("function", {("name",): FUNCTION}),
    ExecutionCheck: ("execution", {("state_machine",): STATE_MACHINE}),
    LogCheck: ("log", {("function",): FUNCTION, ("group",): LOG_GROUP}),
    AlarmCheck: ("alarm", {("name",): (ALARM, COMPOSITE_ALARM)}),
    AccountedForCheck: ("accounted_for", {("uploads", "bucket"): BUCKET}),
    CallsCheck: ("calls", {("function",): FUNCTION}),
    Fail: ("fail", {("function",): FUNCTION}),
    FailCall: ("fail_call", {("function",): FUNCTION}),
    Delay: ("delay", {("function",): FUNCTION}),
    DeliverTwice: ("deliver_twice", {("bucket",): BUCKET, ("queue",): QUEUE, ("topic",): TOPIC}),
    DeliverLate: ("deliver_late", {("bucket",): BUCKET, ("topic",): TOPIC}),
    FailDelivery: ("fail_delivery", {("queue",): QUEUE, ("function",): FUNCTION}),
    Reorder: ("reorder", {("queue",): QUEUE}),
    Kill: ("kill", {("function",): FUNCTION}),
    Throttle: ("throttle", {("function",): FUNCTION}),
}
_ENDING = {("object", "bucket"): BUCKET, ("queue", "name"): QUEUE}


def check_names(stack: Stack, scenario: Scenario) -> None:
    """Make sure that every name in the scenario is one of the stack's.

    Raises:
        ScenarioError: some are not; it lists each with its line, its key path and the nearest valid name.
    """
    problems = []
    for item in _items(scenario):
        for keys, logical_id, types in _names(item):
            try:
                stack.resource(logical_id, *types)
            except ScenarioError as error:
                where = Location(item.where.path, item.where.line, (*item.where.key_path, *keys))
                problems.append(Problem(where, error.problem, error.hint))
        if isinstance(item, Request | ResponseCheck) and item.api is not None:
            try:
                check_api(stack, item.api)
            except ScenarioError as error:
                verb = "request" if isinstance(item, Request) else "response"
                where = Location(item.where.path, item.where.line, (*item.where.key_path, verb, "api"))
                problems.append(Problem(where, error.problem, error.hint))
    if problems:
        raise scenario_error(scenario.where.path, problems)


def _items(scenario: Scenario) -> Iterator[Item]:
    yield from scenario.disturb
    for step in scenario.when:
        # The first repetition stands for all of them.
        yield from step.steps if isinstance(step, Repeat) else (step,)
    yield from scenario.then


def _names(item: Item) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    if type(item) not in _NAMES:
        return
    verb, names = _NAMES[type(item)]
    for keys, types in names.items():
        name = _down(item, keys)
        if name is not None:
            yield (verb, *keys), name, (types,) if isinstance(types, str) else types
    if isinstance(item, AccountedForCheck):
        for number, ending in enumerate(item.exactly_one_of):
            for keys, resource_type in _ENDING.items():
                name = _down(ending, keys)
                if name is not None:
                    yield (verb, "exactly_one_of", number, *keys), name, (resource_type,)


def _down(part: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        part = getattr(part, key) if part is not None else None
    return part
