"""This file decides how a DynamoDB table comes to stand, with its stream and its time to live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.world.intrinsics import PENDING
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import (
    TAGS,
    Flag,
    Items,
    Record,
    Text,
    Whole,
    honoured,
    inert,
)

_NO_LIMIT = "kept and shown by the API; no throughput limit applies here"
_NOT_ENCRYPTED = "kept and shown by the API; nothing is encrypted here"

_KEY_SCHEMA = Items(
    Record(
        {
            "AttributeName": honoured(Text(), required=True),
            "KeyType": honoured(Text(choices=("HASH", "RANGE")), required=True),
        }
    )
)
_THROUGHPUT = Record(
    {"ReadCapacityUnits": honoured(Whole(1), required=True), "WriteCapacityUnits": honoured(Whole(1), required=True)}
)
_PROJECTION = Record(
    {
        "NonKeyAttributes": honoured(Items(Text())),
        "ProjectionType": honoured(Text(choices=("ALL", "KEYS_ONLY", "INCLUDE"))),
    }
)
_INDEX_NOT_YET = ("ContributorInsightsSpecification", "OnDemandThroughput", "WarmThroughput")
_INDEX = {
    "IndexName": honoured(Text(), required=True),
    "KeySchema": honoured(_KEY_SCHEMA, required=True),
    "Projection": honoured(_PROJECTION, required=True),
}


def _check(request: Request) -> None:
    """A key that has no type is refused as AWS words it, before moto meets it."""
    properties = request.properties
    keys = list(_key_names(properties))
    defined = [one.get("AttributeName") for one in properties.get("AttributeDefinitions", [])]
    if PENDING in (*keys, *defined):
        return
    missing = [key for key in dict.fromkeys(keys) if key not in defined]
    if missing:
        raise request.place.down("AttributeDefinitions").refuse(
            "One or more parameter values were invalid: Some index key attributes are not defined in "
            f"AttributeDefinitions. Keys: [{', '.join(missing)}], "
            f"AttributeDefinitions: [{', '.join(map(str, defined))}]",
            "Every attribute that a KeySchema names needs its type in AttributeDefinitions.",
        )
    extra = [name for name in defined if name not in keys]
    if extra:
        raise request.place.down("AttributeDefinitions").refuse(
            "One or more parameter values were invalid: Some AttributeDefinitions are not used. "
            f"AttributeDefinitions: [{', '.join(map(str, defined))}], keys used: [{', '.join(dict.fromkeys(keys))}]",
            "Only attributes that are keys of the table or of an index are defined; any other needs no definition.",
        )


def _key_names(properties: Any) -> Iterator[Any]:
    indexes = [
        *(properties.get("GlobalSecondaryIndexes") or []),
        *(properties.get("LocalSecondaryIndexes") or []),
    ]
    for schema in (properties.get("KeySchema"), *(index.get("KeySchema") for index in indexes)):
        for element in schema or []:
            yield element.get("AttributeName")


def _create(request: Request) -> Created:
    properties = request.properties
    client = request.client("dynamodb")
    name = request.name("TableName", 255)
    answer = client.create_table(TableName=name, **_parameters(properties))["TableDescription"]
    if "TimeToLiveSpecification" in properties:
        asked = properties["TimeToLiveSpecification"]
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=asked)
    recovery = properties.get("PointInTimeRecoverySpecification")
    if recovery is not None:
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False, **recovery},
        )
    attributes = {"Arn": answer["TableArn"]}
    if "LatestStreamArn" in answer:
        attributes["StreamArn"] = answer["LatestStreamArn"]
    return Created(name, attributes)


def _parameters(properties: Any) -> dict[str, Any]:
    kept = (
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "ProvisionedThroughput",
        "Tags",
    )
    parameters = {name: properties[name] for name in kept if name in properties}
    if "StreamSpecification" in properties:
        parameters["StreamSpecification"] = stream_of(properties)
    if "SSESpecification" in properties:
        asked = properties["SSESpecification"]
        given = {"Enabled": asked.get("SSEEnabled", False)}
        given |= {key: asked[key] for key in ("SSEType", "KMSMasterKeyId") if key in asked}
        parameters["SSESpecification"] = given
    return parameters


def stream_of(properties: Any) -> dict[str, Any]:
    """The table's stream, as the API takes it."""
    return {"StreamEnabled": True, **properties["StreamSpecification"]}


TABLE = Provider(
    type="AWS::DynamoDB::Table",
    properties=Record(
        {
            "AttributeDefinitions": honoured(
                Items(
                    Record(
                        {
                            "AttributeName": honoured(Text(), required=True),
                            "AttributeType": honoured(Text(choices=("S", "N", "B")), required=True),
                        }
                    )
                )
            ),
            "BillingMode": inert(Text(choices=("PAY_PER_REQUEST", "PROVISIONED")), _NO_LIMIT),
            "DeletionProtectionEnabled": honoured(Flag()),
            "GlobalSecondaryIndexes": honoured(
                Items(
                    Record({**_INDEX, "ProvisionedThroughput": inert(_THROUGHPUT, _NO_LIMIT)}, not_yet=_INDEX_NOT_YET)
                )
            ),
            "KeySchema": honoured(_KEY_SCHEMA, required=True),
            "LocalSecondaryIndexes": honoured(Items(Record(_INDEX))),
            "PointInTimeRecoverySpecification": inert(
                Record(
                    {
                        "PointInTimeRecoveryEnabled": honoured(Flag()),
                        "RecoveryPeriodInDays": honoured(Whole(1, 35)),
                    }
                ),
                "kept and shown by the API",
            ),
            "ProvisionedThroughput": inert(_THROUGHPUT, _NO_LIMIT),
            "SSESpecification": inert(
                Record(
                    {
                        "KMSMasterKeyId": honoured(Text()),
                        "SSEEnabled": honoured(Flag(), required=True),
                        "SSEType": honoured(Text(choices=("KMS",))),
                    }
                ),
                _NOT_ENCRYPTED,
            ),
            "StreamSpecification": honoured(
                Record(
                    {
                        "StreamViewType": honoured(
                            Text(choices=("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")), required=True
                        )
                    },
                    not_yet=("ResourcePolicy",),
                )
            ),  # ESM-26
            "TableClass": inert(Text(choices=("STANDARD", "STANDARD_INFREQUENT_ACCESS")), "it is about prices only"),
            "TableName": honoured(Text(longest=255)),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "TimeToLiveSpecification": honoured(
                Record({"AttributeName": honoured(Text(), required=True), "Enabled": honoured(Flag(), required=True)})
            ),  # ESM-26
        },
        not_yet=(
            "ContributorInsightsSpecification",
            "ImportSourceSpecification",
            "KinesisStreamSpecification",
            "OnDemandThroughput",
            "ResourcePolicy",
            "WarmThroughput",
        ),
    ),
    attributes=("Arn", "StreamArn"),
    create=_create,
    check=_check,
)
