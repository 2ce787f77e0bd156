"""This file decides what queues, topics, buses and rules of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, alone, attribute, document, plain, ref, same, tags, text
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values


def _policy(kind: str, prop: str) -> Any:
    """The policy that stands in a queue or topic, as a resource of its own."""

    def beside(values: Values, instance: Instance, logical_id: str) -> dict[str, dict[str, Any]]:
        if "policy" not in instance.expressions or not (policy := document(values, instance, "policy")):
            return {}
        properties = {"PolicyDocument": policy, prop: [{"Ref": logical_id}]}
        return {f"{logical_id}Policy": {"Type": kind, "Properties": properties}}

    return beside


QUEUE = Kind(
    "AWS::SQS::Queue",
    "Queue",
    same(
        {
            "content_based_deduplication": "ContentBasedDeduplication",
            "deduplication_scope": "DeduplicationScope",
            "delay_seconds": "DelaySeconds",
            "fifo_queue": "FifoQueue",
            "fifo_throughput_limit": "FifoThroughputLimit",
            "kms_data_key_reuse_period_seconds": "KmsDataKeyReusePeriodSeconds",
            "kms_master_key_id": "KmsMasterKeyId",
            "max_message_size": "MaximumMessageSize",
            "message_retention_seconds": "MessageRetentionPeriod",
            "name": "QueueName",
            "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
            "sqs_managed_sse_enabled": "SqsManagedSseEnabled",
            "visibility_timeout_seconds": "VisibilityTimeout",
        }
    )
    | same({"redrive_allow_policy": "RedriveAllowPolicy", "redrive_policy": "RedrivePolicy"}, document)
    | {"tags": ("Tags", tags)},
    named=True,
    inert=("name_prefix", "policy", "timeouts"),
    always=("max_message_size",),
    outputs={"arn": attribute("Arn"), "id": ref, "name": attribute("QueueName"), "url": ref},
    beside=_policy("AWS::SQS::QueuePolicy", "Queues"),
)

QUEUE_POLICY = Kind(
    "AWS::SQS::QueuePolicy", "QueuePolicy", {"policy": ("PolicyDocument", document), "queue_url": ("Queues", alone)}
)

TOPIC = Kind(
    "AWS::SNS::Topic",
    "Topic",
    same(
        {
            "content_based_deduplication": "ContentBasedDeduplication",
            "display_name": "DisplayName",
            "fifo_throughput_scope": "FifoThroughputScope",
            "fifo_topic": "FifoTopic",
            "kms_master_key_id": "KmsMasterKeyId",
            "name": "TopicName",
            "tracing_config": "TracingConfig",
        }
    )
    | {"signature_version": ("SignatureVersion", text), "tags": ("Tags", tags)},
    named=True,
    inert=("name_prefix", "policy"),
    outputs={"arn": ref, "id": ref, "name": attribute("TopicName")},
    beside=_policy("AWS::SNS::TopicPolicy", "Topics"),
)

TOPIC_POLICY = Kind(
    "AWS::SNS::TopicPolicy", "TopicPolicy", {"arn": ("Topics", alone), "policy": ("PolicyDocument", document)}
)

SUBSCRIPTION = Kind(
    "AWS::SNS::Subscription",
    "Subscription",
    same(
        {
            "endpoint": "Endpoint",
            "filter_policy_scope": "FilterPolicyScope",
            "protocol": "Protocol",
            "raw_message_delivery": "RawMessageDelivery",
            "topic_arn": "TopicArn",
        }
    )
    | same({"filter_policy": "FilterPolicy", "redrive_policy": "RedrivePolicy"}, document),
    inert=("confirmation_timeout_in_minutes", "endpoint_auto_confirms"),
)

BUS = Kind(
    "AWS::Events::EventBus",
    "Bus",
    same({"description": "Description", "kms_key_identifier": "KmsKeyIdentifier", "name": "Name"})
    | {"tags": ("Tags", tags)},
    named=True,
    outputs={"arn": attribute("Arn"), "id": ref, "name": ref},
)


def _rule_name(logical_id: str, rule: Instance) -> Any:
    return rule.values.get("name") or {"Ref": logical_id}


def _state(values: Values, instance: Instance, name: str) -> Any:
    return "ENABLED" if values.of(instance, name) else "DISABLED"


RULE = Kind(
    "AWS::Events::Rule",
    "Rule",
    same(
        {
            "description": "Description",
            "event_bus_name": "EventBusName",
            "name": "Name",
            "role_arn": "RoleArn",
            "schedule_expression": "ScheduleExpression",
            "state": "State",
        }
    )
    | {"event_pattern": ("EventPattern", document), "is_enabled": ("State", _state), "tags": ("Tags", tags)},
    named=True,
    inert=("force_destroy", "name_prefix"),
    outputs={"arn": attribute("Arn"), "id": _rule_name, "name": _rule_name},
)

LOG_GROUP = Kind(
    "AWS::Logs::LogGroup",
    "LogGroup",
    same(
        {
            "kms_key_id": "KmsKeyId",
            "log_group_class": "LogGroupClass",
            "name": "LogGroupName",
        }
    )
    | {
        "retention_in_days": ("RetentionInDays", lambda values, instance, name: plain(values, instance, name) or None),
        "tags": ("Tags", tags),
    },
    inert=("name_prefix", "skip_destroy"),
    outputs={
        "arn": lambda logical_id, group: {
            "Fn::Sub": f"arn:aws:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{logical_id}}}"
        },
        "id": ref,
        "name": ref,
    },
)
