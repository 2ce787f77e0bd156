"""This file decides which checks say what was seen at the end of a run: the facts that a first scenario holds on to.

It asks the cloud and the trace, and judges nothing: a function that failed is written down as one that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from harness.act.stage import BUCKET, FUNCTION, QUEUE, STATE_MACHINE, TABLE, TOPIC, Stage
from harness.kernel.trace import TraceEvent
from harness.world.stack import Stack

_ENDINGS = ("succeeded", "failed", "timed out", "exited", "could not start")


def observed(stage: Stage) -> list[Mapping[str, Any]]:
    """The checks, those of what ran first."""
    kinds = (_responses, _connections, _functions, _executions, _objects, _items, _queues, _mails)
    return [check for kind in kinds for check in kind(stage)]


def complaints(stage: Stage) -> list[str]:
    """What went wrong on the way, in a sentence for each function, and for each client that was not let in."""
    found = {
        client: f"{client} was not let in ({connection.status}), and so could say nothing"
        for client, connection in stage.connections.items()
        if connection.status != 200
    }
    for event in stage.kernel.trace.select("invoke"):
        if event.what in _ENDINGS[1:]:
            found.setdefault(event.who, f"{event.who} {event.what}{_error(event)}")
    return list(found.values())


def _error(event: TraceEvent) -> str:
    said = [str(event.detail[name]) for name in ("error", "message") if event.detail.get(name)]
    text = f" with {': '.join(said)}" if said else ""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _responses(stage: Stage) -> Iterator[Mapping[str, Any]]:
    for exchange in stage.exchanges:
        if exchange.response is not None:
            request = exchange.request
            yield {"response": {"method": request.method, "path": request.path, "status": exchange.response.status}}


def _connections(stage: Stage) -> Iterator[Mapping[str, Any]]:
    for client, connection in stage.connections.items():
        told = {"count": len(connection.received)} if connection.status == 200 else {}
        yield {"connection": {"client": client, "status": connection.status, "open": connection.open, **told}}


def _items(stage: Stage) -> Iterator[Mapping[str, Any]]:
    for table in stage.stack.of_type(TABLE):
        pages = stage.client("dynamodb").get_paginator("scan").paginate(TableName=table.physical_id, Select="COUNT")
        count = sum(page["Count"] for page in pages)
        if count:
            yield {"items": {"table": table.logical_id, "count": count}}


def _functions(stage: Stage) -> Iterator[Mapping[str, Any]]:
    handlers = deployment_functions(stage.stack)
    for function in stage.stack.of_type(FUNCTION):
        if function.logical_id in handlers:
            continue
        ended = Counter(e.what for e in stage.kernel.trace.select("invoke", who=function.logical_id))
        invocations = sum(ended[what] for what in _ENDINGS)
        if invocations:
            errors = invocations - ended["succeeded"]
            yield {"function": {"name": function.logical_id, "invocations": invocations, "errors": errors}}


def deployment_functions(stack: Stack) -> frozenset[str]:
    """The functions that CloudFormation calls while it deploys: those that custom resources name."""
    tokens = [str(resource.properties.get("ServiceToken")) for resource in stack.resources.values()]
    return frozenset(function.logical_id for function in stack.of_type(FUNCTION) if function.arn in tokens)


def _executions(stage: Stage) -> Iterator[Mapping[str, Any]]:
    client = stage.client("stepfunctions")
    for machine in stage.stack.of_type(STATE_MACHINE):
        if machine.properties.get("StateMachineType") == "EXPRESS":
            ended = Counter(e["status"] for e in stage.express_executions(machine.arn))
        else:
            pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine.arn)
            ended = Counter(e["status"] for page in pages for e in page["executions"])
        for status in sorted(ended):
            yield {"execution": {"state_machine": machine.logical_id, "count": ended[status], "status": status}}


def _objects(stage: Stage) -> Iterator[Mapping[str, Any]]:
    for bucket in stage.stack.of_type(BUCKET):
        pages = stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket.physical_id)
        count = sum(len(page.get("Contents", ())) for page in pages)
        if count:
            yield {"objects": {"bucket": bucket.logical_id, "count": count}}


def _queues(stage: Stage) -> Iterator[Mapping[str, Any]]:
    for queue in stage.stack.of_type(QUEUE):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        answer = stage.client("sqs").get_queue_attributes(QueueUrl=queue.physical_id, AttributeNames=names)
        count = sum(int(answer["Attributes"].get(name, 0)) for name in names)
        yield {"queue": {"name": queue.logical_id, "messages": count}}


def _mails(stage: Stage) -> Iterator[Mapping[str, Any]]:
    counted = Counter(mail.topic_arn for mail in stage.inbox.messages)
    for topic in stage.stack.of_type(TOPIC):
        if counted[topic.arn]:
            yield {"inbox": {"topic": topic.logical_id, "count": counted[topic.arn]}}
