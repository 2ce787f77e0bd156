"""This file decides what each verb of ``when`` does: one function per verb, through AWS's own API.

It does not wait for what follows from a step; time moves in ``advance`` and ``settle`` only. Each function
records its ``act`` event first, so that all that follows has it as its cause.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from harness.act import python_call, requests, sockets
from harness.act.content import as_json, as_text, attributes, preview, upload_bytes, whole_seconds
from harness.act.items import typed
from harness.act.stage import ARCHIVE, BUCKET, BUS, FUNCTION, QUEUE, RULE, STATE_MACHINE, STREAM, TABLE, TOPIC, Stage
from harness.errors import ExpectationFailed, ScenarioError
from harness.scenario.model import (
    Advance,
    Connect,
    Delete,
    DeleteItem,
    Disconnect,
    Invoke,
    Item,
    Publish,
    PutEvents,
    PutItem,
    PutRecord,
    PythonStep,
    Redeliver,
    Redrive,
    Repeat,
    Replay,
    Request,
    Say,
    Send,
    Settle,
    StartExecution,
    Upload,
    expand_repeat,
)


def act(stage: Stage, step: Item) -> None:
    """Do one step.

    Raises:
        ScenarioError: the step cannot be done: an unknown name, or a request that AWS refuses.
        ExpectationFailed: AWS failed to do it, or a Python step says that something does not hold.
    """
    try:
        _VERBS[type(step)](stage, step)
    except ClientError as error:
        raise _refused(step, error) from error
    except BotoCoreError as error:
        raise ScenarioError(f"This request cannot be sent to AWS: {error}", where=step.where) from error


def _refused(step: Item, error: ClientError) -> Exception:
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
    said = f"AWS answered {error.operation_name} with {code}: {text}"
    if status == 429 or status >= 500:
        return ExpectationFailed(f"{step.where}: {said}")
    return ScenarioError(said, where=step.where)


def _upload(stage: Stage, step: Upload) -> None:
    bucket = stage.resource(step, step.bucket, BUCKET)
    content = upload_bytes(step)
    stage.begin("uploaded", step.bucket, key=step.key, size=len(content))
    optional = {"ContentType": step.content_type} if step.content_type is not None else {}
    stage.client("s3").put_object(
        Bucket=bucket.physical_id, Key=step.key, Body=content, Metadata=step.metadata, **optional
    )


def _send(stage: Stage, step: Send) -> None:
    queue = stage.resource(step, step.queue, QUEUE)
    body = as_text(step.body)
    optional: dict[str, Any] = {
        "DelaySeconds": whole_seconds(step, "delay", step.delay.us) if step.delay is not None else None,
        "MessageGroupId": step.group_id,
        "MessageDeduplicationId": step.deduplication_id,
    }
    stage.begin("sent", step.queue, body=preview(body))
    stage.client("sqs").send_message(
        QueueUrl=queue.physical_id,
        MessageBody=body,
        MessageAttributes=attributes(step.attributes),
        **_given(optional),
    )


def _publish(stage: Stage, step: Publish) -> None:
    topic = stage.resource(step, step.topic, TOPIC)
    message = as_text(step.message)
    stage.begin("published", step.topic, message=preview(message), subject=step.subject)
    optional = {
        "Subject": step.subject,
        "MessageGroupId": step.group_id,
        "MessageDeduplicationId": step.deduplication_id,
    }
    stage.client("sns").publish(
        TopicArn=topic.arn, Message=message, MessageAttributes=attributes(step.attributes), **_given(optional)
    )


def _put_events(stage: Stage, step: PutEvents) -> None:
    bus = stage.resource(step, step.bus, BUS).physical_id if step.bus is not None else "default"
    detail = as_json(step.detail)
    who = step.bus or "the default bus"
    stage.begin("put events", who, source=step.source, detail_type=step.detail_type, detail=preview(detail))
    if step.source.startswith("aws."):
        _put_as_aws(stage, step)
        return
    entry = {
        "EventBusName": bus,
        "Source": step.source,
        "DetailType": step.detail_type,
        "Detail": detail,
        "Resources": list(step.resources),
    }
    stage.client("events").put_events(Entries=[entry])


def _put_as_aws(stage: Stage, step: PutEvents) -> None:
    # EVB-01: no customer may, so the API is not asked.
    if step.bus is not None:
        raise ScenarioError(
            f'"{step.source}" is a source of AWS\'s own services, which put their events on the default bus only.',
            where=step.where,
            hint=f"Leave bus out, or have {step.bus} fed by a rule of the default bus, as in AWS.",
        )
    stage.aws_event(step.source, step.detail_type, step.detail, step.resources)


def _invoke(stage: Stage, step: Invoke) -> None:
    function = stage.resource(step, step.function, FUNCTION)
    payload = as_json(step.payload)
    stage.begin("invoked", step.function, type=step.type, payload=preview(payload))
    try:
        stage.client("lambda").invoke(
            FunctionName=function.physical_id,
            InvocationType="RequestResponse" if step.type == "sync" else "Event",
            Payload=payload.encode(),
        )
    except ClientError as error:
        # LAM-17: a throttled call is something a check can ask for, like a call that failed.
        if error.response["Error"]["Code"] != "TooManyRequestsException":
            raise


def _start(stage: Stage, step: StartExecution) -> None:
    machine = stage.resource(step, step.state_machine, STATE_MACHINE)
    text = as_json(step.input)
    stage.begin("started", step.state_machine, input=preview(text), name=step.name)
    stage.client("stepfunctions").start_execution(
        stateMachineArn=machine.arn, input=text, **_given({"name": step.name})
    )


def _delete(stage: Stage, step: Delete) -> None:
    bucket = stage.resource(step, step.bucket, BUCKET)
    stage.begin("deleted", step.bucket, key=step.key)
    stage.client("s3").delete_object(Bucket=bucket.physical_id, Key=step.key)


def _put_item(stage: Stage, step: PutItem) -> None:
    table = stage.resource(step, step.table, TABLE)
    stage.begin("put", step.table, item=preview(as_json(step.item)))
    stage.client("dynamodb").put_item(TableName=table.physical_id, Item=typed(step.item))


def _delete_item(stage: Stage, step: DeleteItem) -> None:
    table = stage.resource(step, step.table, TABLE)
    stage.begin("deleted", step.table, key=as_json(step.key))
    stage.client("dynamodb").delete_item(TableName=table.physical_id, Key=typed(step.key))


def _put_record(stage: Stage, step: PutRecord) -> None:
    stream = stage.resource(step, step.stream, STREAM)
    data = as_text(step.data)
    stage.begin("put", step.stream, item=preview(data))
    stage.client("kinesis").put_record(
        StreamName=stream.physical_id, Data=data.encode(), PartitionKey=step.partition_key
    )


def _advance(stage: Stage, step: Advance) -> None:
    stage.begin("advanced", "time", by=str(step.by))
    stage.kernel.sleep(step.by.s)
    # What falls due at the very end of it belongs to it.
    stage.kernel.settle()


def _settle(stage: Stage, step: Settle) -> None:
    stage.begin("settled", "everything")
    stage.kernel.quiet()


def _repeat(stage: Stage, step: Repeat) -> None:
    expanded = expand_repeat(step)
    while True:
        try:
            one = next(expanded, None)
        except ValidationError as error:
            first = error.errors()[0]
            raise ScenarioError(
                f"A repetition of these steps is no valid step: {first['type']} {first.get('ctx', '')}".rstrip(),
                where=step.where,
            ) from error
        if one is None:
            return
        act(stage, one)


def _redeliver(stage: Stage, step: Redeliver) -> None:
    if step.object is not None:
        bucket = stage.resource(step, step.object.bucket, BUCKET)
        stage.begin("redelivered", step.object.bucket, key=step.object.key)
        found = stage.redeliver_object(bucket.physical_id, step.object.key)
        what = f'No event of the object "{step.object.key}" in {step.object.bucket}'
    else:
        assert step.message is not None
        queue = stage.resource(step, step.message.queue, QUEUE)
        stage.begin("redelivered", step.message.queue)
        found = stage.redeliver_message(queue.arn)
        what = f"No message of {step.message.queue}"
    if not found:
        raise ScenarioError(
            f"{what} was delivered before, so none can be delivered once more.",
            where=step.where,
            hint="Upload or send it first; put settle: true between the two if it must have been handled.",
        )


def _redrive(stage: Stage, step: Redrive) -> None:
    source = stage.resource(step, step.queue, QUEUE)
    to_arn = stage.resource(step, step.to, QUEUE).arn if step.to is not None else None
    stage.begin("redrove", step.queue, to=step.to)
    stage.client("sqs").start_message_move_task(
        SourceArn=source.arn,
        **_given({"DestinationArn": to_arn, "MaxNumberOfMessagesPerSecond": step.max_per_second}),
    )


def _replay(stage: Stage, step: Replay) -> None:
    archive = stage.resource(step, step.archive, ARCHIVE)
    rules = [stage.resource(step, rule, RULE).arn for rule in step.rules]
    stage.begin("replayed", step.archive, name=step.name, rules=list(step.rules))
    events = stage.client("events")
    found = events.describe_archive(ArchiveName=archive.physical_id)
    events.start_replay(
        ReplayName=step.name,
        EventSourceArn=archive.arn,
        EventStartTime=0,
        EventEndTime=stage.kernel.clock.now_s,
        Destination={"Arn": found["EventSourceArn"], **({"FilterArns": rules} if rules else {})},
    )


def _python(stage: Stage, step: PythonStep) -> None:
    stage.begin("called", step.call)
    try:
        python_call.call(stage, step)
    except AssertionError as error:
        if isinstance(error, ExpectationFailed):
            raise
        raise ExpectationFailed(f"{step.where}: {step.call} says: {error}") from error


def _given(optional: dict[str, Any]) -> dict[str, Any]:
    """Only what the author gave: AWS tells an absent parameter from an empty one."""
    return {name: value for name, value in optional.items() if value is not None}


_VERBS: dict[type[Item], Callable[[Stage, Any], None]] = {
    Upload: _upload,
    Send: _send,
    Publish: _publish,
    PutEvents: _put_events,
    Invoke: _invoke,
    StartExecution: _start,
    Request: requests.send,
    Connect: sockets.connect,
    Say: sockets.say,
    Disconnect: sockets.disconnect,
    Delete: _delete,
    PutItem: _put_item,
    DeleteItem: _delete_item,
    PutRecord: _put_record,
    Advance: _advance,
    Settle: _settle,
    Repeat: _repeat,
    Redeliver: _redeliver,
    Redrive: _redrive,
    Replay: _replay,
    PythonStep: _python,
}
