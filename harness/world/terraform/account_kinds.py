"""This file decides what streams, parameters, secrets and schedules of Terraform are in CloudFormation."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, attribute, block, ref, same, tags
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values

STREAM = Kind(
    "AWS::Kinesis::Stream",
    "Stream",
    same({"name": "Name", "retention_period": "RetentionPeriodHours", "shard_count": "ShardCount"})
    | {
        "stream_mode_details": ("StreamModeDetails", block({"stream_mode": "StreamMode"})),
        "tags": ("Tags", tags),
    },
    named=True,
    inert=("enforce_consumer_deletion", "timeouts"),
    outputs={"arn": attribute("Arn"), "id": attribute("Arn"), "name": ref},
)

PARAMETER = Kind(
    "AWS::SSM::Parameter",
    "Parameter",
    same(
        {
            "allowed_pattern": "AllowedPattern",
            "data_type": "DataType",
            "description": "Description",
            "name": "Name",
            "tier": "Tier",
            "type": "Type",
            "value": "Value",
        }
    ),
    inert=("overwrite", "tags"),
    outputs={
        "arn": lambda logical_id, parameter: {
            "Fn::Sub": f"arn:aws:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/{_bare(parameter)}"
        },
        "id": ref,
        "name": ref,
    },
)


def _bare(parameter: Instance) -> str:
    return str(parameter.values.get("name")).removeprefix("/")


SECRET = Kind(
    "AWS::SecretsManager::Secret",
    "Secret",
    same({"description": "Description", "kms_key_id": "KmsKeyId", "name": "Name"}) | {"tags": ("Tags", tags)},
    inert=("force_overwrite_replica_secret", "name_prefix", "recovery_window_in_days"),
    outputs={"arn": ref, "id": ref},
)


def _window(values: Values, instance: Instance, name: str) -> Any:
    found = values.blocks(instance, name)
    if not found:
        return None
    most = found[0].get("maximum_window_in_minutes")
    return {"Mode": found[0].get("mode"), **({"MaximumWindowInMinutes": most} if most else {})}


_RETRY = {
    "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
    "maximum_retry_attempts": "MaximumRetryAttempts",
}
SCHEDULE = Kind(
    "AWS::Scheduler::Schedule",
    "Schedule",
    same(
        {
            "description": "Description",
            "end_date": "EndDate",
            "group_name": "GroupName",
            "name": "Name",
            "schedule_expression": "ScheduleExpression",
            "schedule_expression_timezone": "ScheduleExpressionTimezone",
            "start_date": "StartDate",
            "state": "State",
        }
    )
    | {
        "flexible_time_window": ("FlexibleTimeWindow", _window),
        "target": (
            "Target",
            block(
                {
                    "arn": "Arn",
                    "dead_letter_config": ("DeadLetterConfig", {"arn": "Arn"}),
                    "eventbridge_parameters": (
                        "EventBridgeParameters",
                        {"detail_type": "DetailType", "source": "Source"},
                    ),
                    "input": "Input",
                    "retry_policy": ("RetryPolicy", _RETRY),
                    "role_arn": "RoleArn",
                    "sqs_parameters": ("SqsParameters", {"message_group_id": "MessageGroupId"}),
                }
            ),
        ),
    },
    named=True,
    inert=("name_prefix",),
    outputs={"arn": attribute("Arn"), "id": ref},
)
