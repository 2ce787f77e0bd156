"""This file decides where something can enter a pipeline from outside, and with what: one function for each way in.

A queue, topic, state machine or function that something inside the template feeds (a bucket, a topic, a function that
has it in its environment, a state machine that calls it) is no entry point. It runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.advise.bucket_rules import CDK_NOTIFICATIONS, bucket_rules
from harness.advise.findings import BUCKET, FUNCTION, MAPPING, QUEUE, RULE, SCHEDULE, SUBSCRIPTION, TOPIC, Scene
from harness.sketch.bucket_entries import told_by_buckets, told_by_the_bus
from harness.sketch.http_entries import HTTP_API, REST_API, REST_METHOD, requests_taken
from harness.sketch.observed import deployment_functions
from harness.sketch.payloads import fitting, key_item, message_body
from harness.sketch.socket_entries import CLIENT, heard
from harness.sketch.user_pool_entries import USER_POOL, triggered
from harness.world.stack import Resource

BUS, PIPE, STATE_MACHINE = "AWS::Events::EventBus", "AWS::Pipes::Pipe", "AWS::StepFunctions::StateMachine"
TABLE, KINESIS_STREAM = "AWS::DynamoDB::Table", "AWS::Kinesis::Stream"
HTTP_INTEGRATION, URL = "AWS::ApiGatewayV2::Integration", "AWS::Lambda::Url"
_WITH_BODY = ("POST", "PUT", "PATCH")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
# Sources of events that what stands here puts on the default bus.
_BY_THEMSELVES = ("aws.cloudwatch", "aws.events", "aws.s3", "aws.states")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A way into a pipeline: what happens, in words, and the steps of a scenario that make it happen."""

    name: str
    steps: tuple[Mapping[str, Any], ...]


def entry_points(scene: Scene) -> list[EntryPoint]:
    """All ways in, in the order of ``WAYS_IN``; without any, every function is one."""
    found = [entry for way in WAYS_IN for entry in way(scene)]
    return found or [_invocation(function) for function in _own_functions(scene)]


def uploads(scene: Scene) -> Iterator[EntryPoint]:
    """What happens to an object, for each rule that waits for it: a bucket's own, and the bus's."""
    for name, steps in (*told_by_buckets(scene, bucket_rules(scene)), *told_by_the_bus(scene)):
        yield EntryPoint(name, steps)


def messages(scene: Scene) -> Iterator[EntryPoint]:
    """A message for each queue that a function reads and nobody inside the template feeds."""
    for mapping in scene.of_type(MAPPING):
        queue = scene.find(mapping.properties.get("EventSourceArn"), QUEUE)
        function = scene.find(mapping.properties.get("FunctionName"), FUNCTION)
        if queue is not None and function is not None and not _fed(scene, queue, but=function):
            yield _message(queue, function, mapping.properties)


def pipes(scene: Scene) -> Iterator[EntryPoint]:
    """A message for each queue that a pipe reads and nobody inside the template feeds."""
    for pipe in scene.of_type(PIPE):
        queue = scene.find(pipe.properties["Source"], QUEUE)
        if queue is not None and not _fed(scene, queue) and pipe.properties.get("DesiredState") != "STOPPED":
            yield _message(queue, pipe, pipe.properties.get("SourceParameters") or {})


def _message(queue: Resource, reader: Resource, reading: Mapping[str, Any]) -> EntryPoint:
    """A message that the reader's filters let in."""
    filters = (reading.get("FilterCriteria") or {}).get("Filters", ())
    step: dict[str, Any] = {
        "queue": queue.logical_id,
        "body": message_body(f["Pattern"] for f in filters if "Pattern" in f),
    }
    step |= _group(queue, "FifoQueue")
    return EntryPoint(f"a message in {queue.logical_id} reaches {reader.logical_id}", ({"send": step},))


def publications(scene: Scene) -> Iterator[EntryPoint]:
    """A message for each topic with subscriptions that nobody inside the template publishes to."""
    for topic in scene.of_type(TOPIC):
        policies = [
            subscription.properties
            for subscription in scene.of_type(SUBSCRIPTION)
            if subscription.properties.get("TopicArn") == topic.arn
        ]
        if not (policies or topic.properties.get("Subscription")) or _fed(scene, topic):
            continue
        step: dict[str, Any] = {"topic": topic.logical_id, "message": message_body()}
        for given in policies:
            wanted = fitting(given.get("FilterPolicy") or {})
            if given.get("FilterPolicyScope") == "MessageBody":
                step["message"] |= wanted
            else:
                plain = {k: v for k, v in wanted.items() if isinstance(v, str | int | float) and v is not True}
                step["attributes"] = plain | step.get("attributes", {})
        if not step.get("attributes", True):
            del step["attributes"]
        step |= _group(topic, "FifoTopic")
        yield EntryPoint(f"a message published to {topic.logical_id} reaches its subscribers", ({"publish": step},))


def events(scene: Scene) -> Iterator[EntryPoint]:
    """An event for each rule with a pattern; not those of AWS's services that come by themselves here."""
    for rule in scene.of_type(RULE):
        pattern = rule.properties.get("EventPattern")
        if not pattern or rule.properties.get("State") == "DISABLED":
            continue
        wanted = fitting(pattern)
        source = str(wanted.get("source", "example"))
        if source in _BY_THEMSELVES:
            continue
        bus = scene.find(rule.properties.get("EventBusName"), BUS)
        step = {
            **({"bus": bus.logical_id} if bus else {}),
            "source": source,
            "detail_type": str(wanted.get("detail-type", "example")),
            "detail": {**message_body(), **wanted.get("detail", {})},
        }
        yield EntryPoint(f"an event for the rule {rule.logical_id} reaches its targets", ({"put_events": step},))


def schedules(scene: Scene) -> Iterator[EntryPoint]:
    """Time that passes, for each schedule: its rate, or a day."""
    for schedule in (*scene.of_type(RULE), *scene.of_type(SCHEDULE)):
        expression = str(schedule.properties.get("ScheduleExpression", ""))
        if not expression or schedule.properties.get("State") == "DISABLED" or expression.startswith("at("):
            continue
        rate = _RATE.fullmatch(expression)
        by = f"{rate[1]}{rate[2][0]}" if rate else "1d"
        yield EntryPoint(f"{schedule.logical_id} fires while {by} pass", ({"advance": by},))


def changes(scene: Scene) -> Iterator[EntryPoint]:
    """An item for each table and a record for each stream that is read and that no part of the template feeds."""
    sources = [str(mapping.properties.get("EventSourceArn")) for mapping in scene.of_type(MAPPING)]
    sources += [str(pipe.properties["Source"]) for pipe in scene.of_type(PIPE)]
    for table in scene.of_type(TABLE):
        if any(s.startswith(f"{table.arn}/stream/") for s in sources) and not _fed(scene, table):
            item = {"table": table.logical_id, "item": {**message_body(), **key_item(table.properties)}}
            yield EntryPoint(f"an item put into {table.logical_id} reaches its readers", ({"put_item": item},))
    for stream in scene.of_type(KINESIS_STREAM):
        if stream.arn in sources and not _fed(scene, stream):
            record = {"stream": stream.logical_id, "data": message_body(), "partition_key": "example"}
            yield EntryPoint(f"a record put into {stream.logical_id} reaches its readers", ({"put_record": record},))


def requests(scene: Scene) -> Iterator[EntryPoint]:
    """A request for each route of an API, and for each function URL."""
    for api, method, path in requests_taken(scene):
        body = {"json": message_body()} if method in _WITH_BODY else {}
        step = {"api": api.logical_id, "method": method, "path": path, **body}
        yield EntryPoint(f"{method} {path} of {api.logical_id} is answered", ({"request": step},))


def connections(scene: Scene) -> Iterator[EntryPoint]:
    """A client for each WebSocket API, which says something for each of its routes and leaves."""
    for api, messages, leaves in heard(scene):
        steps: list[Mapping[str, Any]] = [{"connect": {"api": api.logical_id, "name": CLIENT}}]
        steps += [{"say": {"client": CLIENT, "json": {**message, **message_body()}}} for message in messages]
        steps += [{"disconnect": {"client": CLIENT}}] if leaves else []
        yield EntryPoint(f"a client comes to {api.logical_id}", tuple(steps))


def triggers(scene: Scene) -> Iterator[EntryPoint]:
    """A call of each function that a user pool calls, as the pool makes it."""
    for function, pool, trigger, event in triggered(scene):
        step = {"invoke": {"function": function.logical_id, "payload": event}}
        yield EntryPoint(f"{pool.logical_id} calls {function.logical_id} for {trigger}", (step,))


def executions(scene: Scene) -> Iterator[EntryPoint]:
    """An execution of each state machine that nobody inside the template starts."""
    for machine in scene.of_type(STATE_MACHINE):
        if not _fed(scene, machine):
            step = {"start": {"state_machine": machine.logical_id, "input": message_body()}}
            yield EntryPoint(f"an execution of {machine.logical_id} ends", (step,))


def invocations(scene: Scene) -> Iterator[EntryPoint]:
    """An invocation of each function that nothing in the template calls."""
    read = [m.properties.get("FunctionName") for m in scene.of_type(MAPPING)]
    called = [scene.find(name, FUNCTION) for name in read]
    for function in _own_functions(scene):
        if function not in called and not _fed(scene, function):
            yield _invocation(function)


WAYS_IN: tuple[Callable[[Scene], Iterator[EntryPoint]], ...] = (
    uploads,
    messages,
    pipes,
    publications,
    events,
    schedules,
    changes,
    requests,
    connections,
    triggers,
    executions,
    invocations,
)


def _invocation(function: Resource) -> EntryPoint:
    step = {"invoke": {"function": function.logical_id, "payload": message_body()}}
    return EntryPoint(f"{function.logical_id} is invoked", (step,))


def _own_functions(scene: Scene) -> list[Resource]:
    """The functions but for those that CloudFormation calls, for custom resources."""
    handlers = deployment_functions(scene.stack)
    return [function for function in scene.of_type(FUNCTION) if function.logical_id not in handlers]


def _group(target: Resource, fifo: str) -> dict[str, str]:
    """What a message needs besides its body if the queue or topic is FIFO."""
    if not target.properties.get(fifo):
        return {}
    named = {} if target.properties.get("ContentBasedDeduplication") else {"deduplication_id": "example-1"}
    return {"group_id": "example", **named}


def _fed(scene: Scene, resource: Resource, *, but: Resource | None = None) -> bool:
    """Whether something inside the template sends to it; ``but`` may name it without doing so."""
    names = {resource.arn, resource.physical_id, *(str(v) for v in resource.attributes.values())}
    return any(
        text in names or any(name in text for name in (resource.arn, resource.physical_id) if ":" in name)
        for feeder in scene.stack.resources.values()
        if feeder is not resource and feeder is not but
        for text in _texts(_sends_to(feeder))
    )


def _sends_to(feeder: Resource) -> Any:
    """The parts of a resource that name what it sends to."""
    given = feeder.properties
    if feeder.type == FUNCTION:
        return [given.get("Environment"), given.get("DeadLetterConfig")]
    if feeder.type == STATE_MACHINE:
        return [given.get(name) for name in ("Definition", "DefinitionString", "DefinitionSubstitutions")]
    if feeder.type == QUEUE:
        return [given.get("RedrivePolicy")]
    if feeder.type in (REST_API, HTTP_API):
        return given.get("Body")
    if feeder.type in (REST_METHOD, HTTP_INTEGRATION, URL):
        return [given.get(name) for name in ("Integration", "IntegrationUri", "TargetFunctionArn")]
    if feeder.type in (BUCKET, CDK_NOTIFICATIONS):
        return [given.get("NotificationConfiguration")]
    if feeder.type == TOPIC:
        return [given.get("Subscription")]
    if feeder.type == SUBSCRIPTION:
        return [given.get("Endpoint"), given.get("RedrivePolicy")]
    if feeder.type == USER_POOL:
        return given.get("LambdaConfig")
    if feeder.type == PIPE:
        return [given.get("Enrichment"), given.get("Target")]
    # Rules, schedules and APIs name what they send to; mappings, permissions and policies only point at it.
    if feeder.type.startswith(("AWS::Events::", "AWS::Scheduler::", "AWS::ApiGateway")):
        return given
    return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
