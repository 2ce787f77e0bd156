"""What YAML cannot say well: a look at a queue between two steps, calls that AWS must refuse, whole traces."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError


def holds(pipeline: Any, queue: str, messages: int) -> None:
    found = len(pipeline.messages(queue))
    assert found == messages, f"{queue} holds {found} messages at {pipeline.elapsed_s} s, not {messages}"


def refuses(pipeline: Any, service: str, operation: str, says: str, **parameters: Any) -> None:
    """AWS refuses this call, and its error code and text contain ``says``."""
    try:
        getattr(pipeline.client(service), operation)(**_resolved(pipeline, parameters))
    except ClientError as error:
        said = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        assert says in said, f"{operation} was refused with {said!r}"
    else:
        raise AssertionError(f"{operation} was not refused")


def call(pipeline: Any, service: str, operation: str, **parameters: Any) -> None:
    """Call AWS as an operator would; ``$Name`` stands for the resource's name, ``@Name`` for its ARN."""
    getattr(pipeline.client(service), operation)(**_resolved(pipeline, parameters))


def _resolved(pipeline: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(pipeline, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(pipeline, one) for one in value]
    if isinstance(value, str) and value[:1] == "$":
        return pipeline.name(value[1:])
    if isinstance(value, str) and value[:1] == "@":
        return pipeline.arn(value[1:])
    return value


def switch_mapping(pipeline: Any, enabled: bool) -> None:
    """Enable or disable the function's event source mapping."""
    functions = pipeline.client("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=pipeline.name("Worker"))["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def one_request_id(pipeline: Any, function: str) -> None:
    """All attempts had the same request id."""
    seen = {e.detail["request_id"] for e in pipeline.events if (e.what, e.who) == ("started", function)}
    assert len(seen) == 1, f"{function} ran with {len(seen)} request ids"


def dead_message_remembers(pipeline: Any, queue: str, source: str, receives: int) -> None:
    """A dead message keeps its receive count and says where it comes from."""
    answer = pipeline.client("sqs").receive_message(
        QueueUrl=pipeline.name(queue), MessageSystemAttributeNames=["All"], MaxNumberOfMessages=1
    )
    (message,) = answer["Messages"]
    attributes = message["Attributes"]
    # This receive counts too.
    assert attributes["ApproximateReceiveCount"] == str(receives + 1), attributes
    assert attributes["DeadLetterQueueSourceArn"] == pipeline.arn(source), attributes


def batches(pipeline: Any, function: str, sizes: list[int]) -> None:
    """The numbers of messages in the events the function got."""
    seen = [len(e.detail["messages"]) for e in pipeline.events if (e.what, e.who) == ("polled", function)]
    assert seen == sizes, f"the batches of {function} had {seen} messages"


def records(pipeline: Any, function: str, sizes: list[int]) -> None:
    """The numbers of a stream's records in the events the function got."""
    seen = [len(e.detail["records"]) for e in pipeline.events if (e.what, e.who) == ("read", function)]
    assert seen == sizes, f"the batches of {function} had {seen} records"


def items_now(pipeline: Any, table: str, ids: list[str]) -> None:
    """The table holds the items of these keys, between two steps."""
    answer = pipeline.client("dynamodb").scan(TableName=pipeline.name(table))
    found = sorted(item["id"]["S"] for item in answer["Items"])
    assert found == ids, f"{table} holds {found} at {pipeline.elapsed_s} s"


def dropped(pipeline: Any, target: str, reason: str) -> None:
    """AWS would only count a metric; the trace says that something was not delivered, and why."""
    reasons = [e.detail["reason"] for e in pipeline.events if (e.what, e.who) == ("dropped", target)]
    assert reasons == [reason], f"dropped on the way to {target}: {reasons}"


def dropped_because(pipeline: Any, target: str, says: str) -> None:
    """One thing was not delivered, for a reason that contains ``says``."""
    (reason,) = [e.detail["reason"] for e in pipeline.events if (e.what, e.who) == ("dropped", target)]
    assert says in reason, f"dropped on the way to {target}: {reason}"


def forbid_everybody(pipeline: Any, function: str) -> None:
    """Take all permissions of a function away, as an operator might who tidies up."""
    functions, name = pipeline.client("lambda"), pipeline.name(function)
    for statement in json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]:
        functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])


def upload_large(pipeline: Any, bucket: str, key: str, mib: int) -> None:
    """As boto3's ``upload_file`` does it from 8 MiB on: in parts."""
    s3, name = pipeline.client("s3"), pipeline.name(bucket)
    upload = s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
    part_bytes = 5 * 1024 * 1024
    left, parts = mib * 1024 * 1024, []
    while left > 0:
        number = len(parts) + 1
        body = b"x" * min(left, part_bytes)
        tag = s3.upload_part(Bucket=name, Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
        left -= part_bytes
    s3.complete_multipart_upload(Bucket=name, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


def pending(pipeline: Any, topic: str, endpoint: str) -> None:
    """The endpoint's subscription still waits for its confirmation."""
    sns = pipeline.client("sns")
    found = sns.list_subscriptions_by_topic(TopicArn=pipeline.arn(topic))["Subscriptions"]
    (arn,) = [s["SubscriptionArn"] for s in found if s["Endpoint"] == endpoint]
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true", attributes


def has_attribute(pipeline: Any, queue: str, attribute: str, contains: str) -> None:
    """The queue's attribute contains this text."""
    answer = pipeline.client("sqs").get_queue_attributes(QueueUrl=pipeline.name(queue), AttributeNames=[attribute])
    assert contains in answer.get("Attributes", {}).get(attribute, ""), answer.get("Attributes")


def in_order(pipeline: Any, queue: str, bodies: list[str]) -> None:
    """The messages that lie in the queue, the one that came first first."""
    found = [message.body for message in pipeline.messages(queue)]
    assert found == bodies, f"{queue} holds {found}"


def told_in_the_order_of_their_sizes(pipeline: Any, queue: str, sizes: list[int]) -> None:
    """The events of one object came in this order, and their sequencers say that they happened in the other."""
    events = [json.loads(message.body) for message in pipeline.messages(queue)]
    objects = [record["s3"]["object"] for event in events for record in event.get("Records", [])]
    assert [one["size"] for one in objects] == sizes, objects
    length = max(len(one["sequencer"]) for one in objects)
    sequencers = [one["sequencer"].ljust(length, "0") for one in objects]
    assert sequencers == sorted(sequencers, reverse=True), sequencers


def redrive_ended(pipeline: Any, queue: str, status: str, reason: str | None = None) -> None:
    """The queue's latest message move task ended like this."""
    (task,) = pipeline.client("sqs").list_message_move_tasks(SourceArn=pipeline.arn(queue))["Results"]
    assert (task["Status"], task.get("FailureReason")) == (status, reason), task


def publish_batch_fails_for(pipeline: Any, topic: str, subjects: dict[str, str], failed: list[str]) -> None:
    """Publish one message for each subject in one call, and these entries fail."""
    entries = [{"Id": name, "Message": name, "Subject": subject} for name, subject in subjects.items()]
    answer = pipeline.client("sns").publish_batch(TopicArn=pipeline.arn(topic), PublishBatchRequestEntries=entries)
    found = [entry["Id"] for entry in answer.get("Failed", [])]
    assert found == failed, f"failed: {found}"
