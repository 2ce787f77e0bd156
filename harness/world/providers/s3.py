"""This file decides how a bucket, its notifications and its policy come to stand."""

from __future__ import annotations

import json
from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Items, Json, Record, Text, honoured, inert

# The events that something here can cause. The others AWS has (restore, replication, tagging, lifecycle,
# tiering) never happen here, and a rule that waits for one would be silent for the wrong reason.
_EVENTS = (
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
)

_FILTER = Record(
    {
        "S3Key": honoured(
            Record(
                {
                    "Rules": honoured(
                        Items(
                            Record(
                                {
                                    "Name": honoured(
                                        Text(choices=("prefix", "suffix", "Prefix", "Suffix")), required=True
                                    ),
                                    "Value": honoured(Text(longest=1024), required=True),
                                }
                            )
                        ),
                        required=True,
                    )
                }
            ),
            required=True,
        )
    }
)

# CloudFormation's words for the three kinds of target, and the API's.
_TARGETS = (
    ("LambdaConfigurations", "Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ("QueueConfigurations", "Queue", "QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "Topic", "TopicConfigurations", "TopicArn"),
)


def _configurations(target: str) -> Items:
    return Items(
        Record(
            {
                "Event": honoured(Text(choices=_EVENTS), required=True),
                "Filter": honoured(_FILTER),
                target: honoured(Text(), required=True),
            }
        )
    )


_ENCRYPTION = Record(
    {
        "ServerSideEncryptionConfiguration": honoured(
            Items(
                Record(
                    {
                        "BucketKeyEnabled": honoured(Flag()),
                        "ServerSideEncryptionByDefault": honoured(
                            Record(
                                {
                                    "KMSMasterKeyID": honoured(Text()),
                                    "SSEAlgorithm": honoured(
                                        Text(choices=("AES256", "aws:kms", "aws:kms:dsse")), required=True
                                    ),
                                }
                            )
                        ),
                    },
                    not_yet=("BlockedEncryptionTypes",),
                )
            ),
            required=True,
        )
    }
)

_KEPT = "kept and shown by the API; everything here belongs to one account, so nothing is refused because of it"


def _create_bucket(request: Request) -> Created:
    name = request.name("BucketName", 63, lower=True)
    s3 = request.client("s3")
    location = {} if request.region == "us-east-1" else {"LocationConstraint": request.region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": location} if location else {}))
    configure(request, name)
    regional = f"{name}.s3.{request.region}.amazonaws.com"
    return Created(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{request.region}.amazonaws.com",
            "RegionalDomainName": regional,
            "WebsiteURL": f"http://{name}.s3-website-{request.region}.amazonaws.com",
        },
    )


def configure(request: Request, name: str) -> None:
    """Give a bucket that stands what the template says of it."""
    properties, s3 = request.properties, request.client("s3")
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    if "BucketEncryption" in properties:
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(properties))
    if "PublicAccessBlockConfiguration" in properties:
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
        )
    if "OwnershipControls" in properties:
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    if properties.get("Tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": properties["Tags"]})
    if properties.get("NotificationConfiguration"):
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration=_notifications(properties["NotificationConfiguration"])
        )


def _encryption(properties: Any) -> dict[str, Any]:
    rules = []
    for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]:
        translated = {}
        if "ServerSideEncryptionByDefault" in rule:
            translated["ApplyServerSideEncryptionByDefault"] = rule["ServerSideEncryptionByDefault"]
        if "BucketKeyEnabled" in rule:
            translated["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
        rules.append(translated)
    return {"Rules": rules}


def _notifications(configuration: Any) -> dict[str, Any]:
    """CloudFormation's notification configuration in the API's words."""
    found: dict[str, Any] = {}
    for asked, target, api_list, api_target in _TARGETS:
        for entry in configuration.get(asked, []):
            translated = {"Events": [entry["Event"]], api_target: entry[target]}
            if "Filter" in entry:
                rules = [
                    {"Name": rule["Name"].lower(), "Value": rule["Value"]} for rule in entry["Filter"]["S3Key"]["Rules"]
                ]
                translated["Filter"] = {"Key": {"FilterRules": rules}}
            found.setdefault(api_list, []).append(translated)
    if configuration.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled"):
        found["EventBridgeConfiguration"] = {}  # S3E-24
    return found


def _create_bucket_policy(request: Request) -> Created:
    bucket = request.properties["Bucket"]
    policy = json.dumps(request.properties["PolicyDocument"])
    request.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    return Created(bucket)


BUCKET = Provider(
    type="AWS::S3::Bucket",
    properties=Record(
        {
            "AccessControl": inert(
                Text(choices=("Private",)),
                "Private is what a bucket is anyway; the other canned ACLs are refused",
            ),
            "BucketEncryption": inert(_ENCRYPTION, "kept and shown by the API; nothing is encrypted here"),
            "BucketName": honoured(Text(longest=63)),
            "LifecycleConfiguration": inert(
                Json(), "an object stays until it is deleted: days pass in seconds here, and rules act within days"
            ),
            "NotificationConfiguration": honoured(
                Record(
                    {asked: honoured(_configurations(target)) for asked, target, _, _ in _TARGETS}
                    | {
                        "EventBridgeConfiguration": honoured(
                            Record({"EventBridgeEnabled": honoured(Flag(), required=True)})
                        )
                    }
                )
            ),
            "OwnershipControls": inert(
                Record(
                    {
                        "Rules": honoured(
                            Items(
                                Record(
                                    {
                                        "ObjectOwnership": honoured(
                                            Text(
                                                choices=(
                                                    "BucketOwnerEnforced",
                                                    "BucketOwnerPreferred",
                                                    "ObjectWriter",
                                                )
                                            )
                                        )
                                    }
                                )
                            ),
                            required=True,
                        )
                    }
                ),
                _KEPT,
            ),
            "PublicAccessBlockConfiguration": inert(
                Record(
                    {
                        name: honoured(Flag())
                        for name in (
                            "BlockPublicAcls",
                            "BlockPublicPolicy",
                            "IgnorePublicAcls",
                            "RestrictPublicBuckets",
                        )
                    }
                ),
                _KEPT,
            ),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "VersioningConfiguration": honoured(
                Record({"Status": honoured(Text(choices=("Enabled", "Suspended")), required=True)})
            ),
        },
        not_yet=(
            "AbacStatus",
            "AccelerateConfiguration",
            "AnalyticsConfigurations",
            "BucketNamePrefix",
            "BucketNamespace",
            "CorsConfiguration",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "LoggingConfiguration",
            "MetricsConfigurations",
            "ObjectLockConfiguration",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
            "WebsiteConfiguration",
        ),
    ),
    attributes=("Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"),
    create=_create_bucket,
)

BUCKET_POLICY = Provider(
    type="AWS::S3::BucketPolicy",
    properties=Record({"Bucket": honoured(Text(), required=True), "PolicyDocument": honoured(Json(), required=True)}),
    attributes=(),
    create=_create_bucket_policy,
)
