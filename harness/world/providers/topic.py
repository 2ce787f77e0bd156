"""This file decides how a topic, its subscriptions and its policy come to stand."""

from __future__ import annotations

import json
from typing import Any

from harness.world.parameters import text_of
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Items, Json, Record, Text, honoured, inert

# HTTP endpoints stay unconfirmed, as on AWS where nobody answers (SNS-13). SMS, push and Firehose leave this process.
_PROTOCOLS = ("email", "email-json", "http", "https", "lambda", "sqs")
_PROTOCOL = honoured(Text(choices=_PROTOCOLS), required=True)
_TOPIC_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)


def _create_topic(request: Request) -> Created:
    properties = request.properties
    fifo = bool(properties.get("FifoTopic"))
    name = request.name("TopicName", 256, ending=".fifo" if fifo else "")
    attributes = {k: text_of(properties[k]) for k in _TOPIC_ATTRIBUTES if k in properties}
    if fifo:
        attributes["FifoTopic"] = "true"
    sns = request.client("sns")
    arn = sns.create_topic(Name=name, Attributes=attributes, Tags=properties.get("Tags", []))["TopicArn"]
    for subscription in properties.get("Subscription", []):
        sns.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def _create_subscription(request: Request) -> Created:
    properties = request.properties
    attributes = {
        name: _attribute(properties[name])
        for name in ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
        if name in properties
    }
    arn = request.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"Arn": arn})


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else text_of(value)


def _create_topic_policy(request: Request) -> Created:
    policy = json.dumps(request.properties["PolicyDocument"])
    for arn in request.properties["Topics"]:
        request.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    name = request.name("", 256)
    return Created(name, {"Id": name})


TOPIC = Provider(
    type="AWS::SNS::Topic",
    properties=Record(
        {
            "ArchivePolicy": inert(
                Json(), "no message is archived; a ReplayPolicy, which would ask for one, is refused"
            ),
            "ContentBasedDeduplication": honoured(Flag()),
            "DeliveryStatusLogging": inert(Items(Json()), "a delivery writes no log here; the run's story tells of it"),
            "DisplayName": honoured(Text(longest=100)),
            "FifoThroughputScope": inert(
                Text(choices=("MessageGroup", "Topic")), "kept; no throughput limit applies here"
            ),
            "FifoTopic": honoured(Flag()),
            "KmsMasterKeyId": inert(Text(), "kept and shown by the API; nothing is encrypted here"),
            "SignatureVersion": inert(Text(choices=("1", "2")), "kept; nobody here checks a signature"),
            "Subscription": honoured(
                Items(Record({"Endpoint": honoured(Text(), required=True), "Protocol": _PROTOCOL}))
            ),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "TopicName": honoured(Text(longest=256)),
            "TracingConfig": inert(
                Text(choices=("Active", "PassThrough")),
                "kept; there is no X-Ray here, the trace shows the way",
            ),
        },
        not_yet=("DataProtectionPolicy", "MaximumMessageSize"),
    ),
    attributes=("TopicArn", "TopicName"),
    create=_create_topic,
)

SUBSCRIPTION = Provider(
    type="AWS::SNS::Subscription",
    properties=Record(
        {
            "Endpoint": honoured(Text(), required=True),
            "FilterPolicy": honoured(Json()),
            "FilterPolicyScope": honoured(Text(choices=("MessageAttributes", "MessageBody"))),
            "Protocol": _PROTOCOL,
            "RawMessageDelivery": honoured(Flag()),
            "RedrivePolicy": honoured(Record({"deadLetterTargetArn": honoured(Text(), required=True)})),
            "TopicArn": honoured(Text(), required=True),
        },
        not_yet=("DeliveryPolicy", "Region", "ReplayPolicy", "SubscriptionRoleArn"),
    ),
    attributes=("Arn",),
    create=_create_subscription,
)

TOPIC_POLICY = Provider(
    type="AWS::SNS::TopicPolicy",
    properties=Record(
        {"PolicyDocument": honoured(Json(), required=True), "Topics": honoured(Items(Text()), required=True)}
    ),
    attributes=("Id",),
    create=_create_topic_policy,
    lets_in=True,
)
