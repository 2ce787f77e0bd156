"""This file decides what buckets of Terraform are in CloudFormation's words.

What Terraform keeps in resources of their own (notifications, versioning, ...) is a property of the bucket here
(``parts``). A bucket's name and ARN are therefore written out instead of referred to: a permission names the bucket,
and the bucket's notification waits for the permission.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.world.terraform.kinds import Kind, document, same, tags
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Output, Values


def bucket_name(logical_id: str, bucket: Instance) -> Any:
    """The name that the plan gives, else one such as Terraform makes up."""
    given = bucket.values.get("bucket")
    return given or f"{bucket.values.get('bucket_prefix') or 'terraform-'}{logical_id.lower()}"[:63]


def _written_out(text: str) -> Output:
    return lambda logical_id, bucket: text.format(bucket_name(logical_id, bucket))


def _name(values: Values, instance: Instance, name: str) -> Any:
    return bucket_name(values.ids[instance.address], instance)


BUCKET = Kind(
    "AWS::S3::Bucket",
    "Bucket",
    {"bucket": ("BucketName", _name), "tags": ("Tags", tags)},
    named=True,
    inert=("bucket_prefix", "force_destroy", "timeouts"),
    always=("bucket",),
    outputs={
        "arn": _written_out("arn:aws:s3:::{}"),
        "bucket": bucket_name,
        "bucket_domain_name": _written_out("{}.s3.amazonaws.com"),
        "id": bucket_name,
    },
)


def _bucket(values: Values, instance: Instance, name: str) -> Any:
    """The bucket as a reference, which makes it stand first."""
    value = values.of(instance, name)
    for bucket in values.plan.instances:
        if bucket.type == "aws_s3_bucket" and bucket_name(values.ids[bucket.address], bucket) == value:
            return {"Ref": values.ids[bucket.address]}
    return value


BUCKET_POLICY = Kind(
    "AWS::S3::BucketPolicy",
    "BucketPolicy",
    same({"bucket": "Bucket"}, _bucket) | {"policy": ("PolicyDocument", document)},
)

_TARGETS = {
    "lambda_function": ("LambdaConfigurations", "Function", "lambda_function_arn"),
    "queue": ("QueueConfigurations", "Queue", "queue_arn"),
    "topic": ("TopicConfigurations", "Topic", "topic_arn"),
}


def notification(values: Values, instance: Instance) -> dict[str, Any]:
    """The bucket's NotificationConfiguration."""
    found: dict[str, Any] = {}
    for name, (prop, target, arn) in _TARGETS.items():
        for one in values.blocks(instance, name):
            rules = [
                {"Name": kind, "Value": one[f"filter_{kind}"]}
                for kind in ("prefix", "suffix")
                if one.get(f"filter_{kind}")
            ]
            events = one.get("events")
            for event in events if isinstance(events, list) else []:
                entry = {"Event": event, target: one.get(arn)}
                if rules:
                    entry["Filter"] = {"S3Key": {"Rules": rules}}
                found.setdefault(prop, []).append(entry)
    if values.of(instance, "eventbridge"):
        found["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    return {"NotificationConfiguration": found}


def versioning(values: Values, instance: Instance) -> dict[str, Any]:
    """The bucket's VersioningConfiguration; Terraform's third word says that there never was one."""
    status = (values.blocks(instance, "versioning_configuration") or [{}])[0].get("status")
    return {} if status == "Disabled" else {"VersioningConfiguration": {"Status": status}}


def public_access(values: Values, instance: Instance) -> dict[str, Any]:
    """The bucket's PublicAccessBlockConfiguration."""
    names = {
        "block_public_acls": "BlockPublicAcls",
        "block_public_policy": "BlockPublicPolicy",
        "ignore_public_acls": "IgnorePublicAcls",
        "restrict_public_buckets": "RestrictPublicBuckets",
    }
    found = {prop: bool(values.of(instance, name)) for name, prop in names.items()}
    return {"PublicAccessBlockConfiguration": found}


Parts = Callable[[Values, Instance], dict[str, Any]]
