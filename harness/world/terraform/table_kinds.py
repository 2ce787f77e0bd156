"""This file decides what tables of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, attribute, block, mapped, plain, ref, same, tags
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values


def _definitions(values: Values, instance: Instance, name: str) -> Any:
    words = {"name": "AttributeName", "type": "AttributeType"}
    return [mapped(values, instance, name, one, words) for one in values.blocks(instance, name)] or None


def _keys(values: Values, instance: Instance, name: str) -> Any:
    return _schema(values.of(instance, name), instance.values.get("range_key"))


def _schema(partition: Any, sort: Any) -> list[dict[str, Any]]:
    found = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*found, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else found


def _throughput(read: Any, write: Any) -> dict[str, Any]:
    if not read and not write:
        return {}
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def _capacity(values: Values, instance: Instance, name: str) -> Any:
    found = _throughput(values.of(instance, name), values.of(instance, "write_capacity"))
    return found.get("ProvisionedThroughput")


def _indexes(values: Values, instance: Instance, name: str) -> Any:
    partition = instance.values.get("hash_key")
    return [
        {
            "IndexName": one.get("name"),
            "KeySchema": _schema(one.get("hash_key") or partition, one.get("range_key")),
            "Projection": {"ProjectionType": one.get("projection_type")}
            | ({"NonKeyAttributes": one["non_key_attributes"]} if one.get("non_key_attributes") else {}),
        }
        | _throughput(one.get("read_capacity"), one.get("write_capacity"))
        for one in values.blocks(instance, name)
    ] or None


def _stream(values: Values, instance: Instance, name: str) -> Any:
    return {"StreamViewType": values.of(instance, "stream_view_type")} if values.of(instance, name) else None


TABLE = Kind(
    "AWS::DynamoDB::Table",
    "Table",
    same(
        {
            "billing_mode": "BillingMode",
            "deletion_protection_enabled": "DeletionProtectionEnabled",
            "name": "TableName",
            "table_class": "TableClass",
        },
        plain,
    )
    | {
        "attribute": ("AttributeDefinitions", _definitions),
        "global_secondary_index": ("GlobalSecondaryIndexes", _indexes),
        "hash_key": ("KeySchema", _keys),
        "local_secondary_index": ("LocalSecondaryIndexes", _indexes),
        "point_in_time_recovery": (
            "PointInTimeRecoverySpecification",
            block({"enabled": "PointInTimeRecoveryEnabled"}),
        ),
        "read_capacity": ("ProvisionedThroughput", _capacity),
        "server_side_encryption": (
            "SSESpecification",
            block({"enabled": "SSEEnabled", "kms_key_arn": "KMSMasterKeyId"}),
        ),
        "stream_enabled": ("StreamSpecification", _stream),
        "tags": ("Tags", tags),
        "ttl": ("TimeToLiveSpecification", block({"attribute_name": "AttributeName", "enabled": "Enabled"})),
    },
    named=True,
    inert=("range_key", "stream_view_type", "timeouts", "write_capacity"),
    outputs={"arn": attribute("Arn"), "id": ref, "name": ref, "stream_arn": attribute("StreamArn")},
)
