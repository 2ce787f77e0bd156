"""This file decides how a Kinesis data stream comes to stand."""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Record, Text, Whole, honoured, inert, tag_table

_LEAST_HOURS = 24
_ENCRYPTION = Record(
    {"EncryptionType": honoured(Text(choices=("KMS",)), required=True), "KeyId": honoured(Text(), required=True)}
)


def _create(request: Request) -> Created:
    properties = request.properties
    client = request.client("kinesis")
    name = request.name("Name", 128)
    mode = properties.get("StreamModeDetails") or {"StreamMode": "PROVISIONED"}
    # CloudFormation makes a stream of one shard, unless it is told otherwise.
    shards = {} if mode["StreamMode"] == "ON_DEMAND" else {"ShardCount": properties.get("ShardCount", 1)}
    client.create_stream(StreamName=name, StreamModeDetails=mode, **shards)
    hours = properties.get("RetentionPeriodHours", _LEAST_HOURS)
    if hours > _LEAST_HOURS:
        client.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
    if "StreamEncryption" in properties:
        client.start_stream_encryption(StreamName=name, **properties["StreamEncryption"])
    if properties.get("Tags"):
        client.add_tags_to_stream(StreamName=name, Tags=tag_table(properties["Tags"]))
    return Created(name, {"Arn": request.arn("kinesis", f"stream/{name}")})


STREAM = Provider(
    type="AWS::Kinesis::Stream",
    properties=Record(
        {
            "Name": honoured(Text(longest=128)),
            "RetentionPeriodHours": honoured(Whole(_LEAST_HOURS, 8760)),
            "ShardCount": honoured(Whole(1)),
            "StreamEncryption": inert(_ENCRYPTION, "kept and shown by the API; nothing is encrypted here"),
            "StreamModeDetails": honoured(
                Record({"StreamMode": honoured(Text(choices=("ON_DEMAND", "PROVISIONED")), required=True)})
            ),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=("DesiredShardLevelMetrics", "MaxRecordSizeInKiB"),
    ),
    attributes=("Arn",),
    create=_create,
)
