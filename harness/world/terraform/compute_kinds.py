"""This file decides what functions, what calls them, and state machines of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, attribute, block, plain, ref, same, tags
from harness.world.terraform.plan import Instance, entries, part
from harness.world.terraform.values import Values


def _code(values: Values, instance: Instance, name: str) -> Any:
    """Where the code lies: the folder or file that ``archive_file`` packs, else the archive itself."""
    archive = values.of(instance, name)
    for data in values.plan.data:
        packed = part(data, "values")
        if data.get("type") == "archive_file" and archive is not None and packed.get("output_path") == archive:
            return packed.get("source_dir") or packed.get("source_file") or archive
    return archive


def _reserved(values: Values, instance: Instance, name: str) -> Any:
    calls = values.of(instance, name)
    return None if calls == -1 else calls


def _variables(values: Values, instance: Instance, name: str) -> Any:
    found = values.blocks(instance, name)
    return {"Variables": found[0].get("variables") or {}} if found else None


def _version(values: Values, instance: Instance, logical_id: str) -> dict[str, dict[str, Any]]:
    if not instance.values.get("publish"):
        return {}
    return {
        f"{logical_id}Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": logical_id}}}
    }


def _version_number(logical_id: str, function: Instance) -> Any:
    return {"Fn::GetAtt": [f"{logical_id}Version", "Version"]} if function.values.get("publish") else "$LATEST"


def _qualified(logical_id: str, function: Instance) -> Any:
    if function.values.get("publish"):
        return {"Ref": f"{logical_id}Version"}
    return {"Fn::Join": [":", [{"Fn::GetAtt": [logical_id, "Arn"]}, "$LATEST"]]}


def _invoke_arn(logical_id: str, function: Instance) -> Any:
    arn = f"${{{logical_id}.Arn}}"
    return {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{arn}/invocations"}


FUNCTION = Kind(
    "AWS::Lambda::Function",
    "Function",
    same(
        {
            "architectures": "Architectures",
            "description": "Description",
            "function_name": "FunctionName",
            "handler": "Handler",
            "kms_key_arn": "KmsKeyArn",
            "layers": "Layers",
            "memory_size": "MemorySize",
            "package_type": "PackageType",
            "role": "Role",
            "runtime": "Runtime",
            "timeout": "Timeout",
        }
    )
    | {
        "dead_letter_config": ("DeadLetterConfig", block({"target_arn": "TargetArn"})),
        "environment": ("Environment", _variables),
        "ephemeral_storage": ("EphemeralStorage", block({"size": "Size"})),
        "filename": ("Code", _code),
        "logging_config": (
            "LoggingConfig",
            block(
                {
                    "application_log_level": "ApplicationLogLevel",
                    "log_format": "LogFormat",
                    "log_group": "LogGroup",
                    "system_log_level": "SystemLogLevel",
                }
            ),
        ),
        "reserved_concurrent_executions": ("ReservedConcurrentExecutions", _reserved),
        "tags": ("Tags", tags),
        "tracing_config": ("TracingConfig", block({"mode": "Mode"})),
    },
    named=True,
    inert=("publish", "skip_destroy", "source_code_hash", "timeouts"),
    outputs={
        "arn": attribute("Arn"),
        "function_name": ref,
        "id": ref,
        "invoke_arn": _invoke_arn,
        "qualified_arn": _qualified,
        "version": _version_number,
    },
    beside=_version,
)


def _qualified_name(values: Values, instance: Instance, name: str) -> Any:
    function, qualifier = values.of(instance, name), values.of(instance, "qualifier")
    return {"Fn::Join": [":", [function, qualifier]]} if qualifier else function


PERMISSION = Kind(
    "AWS::Lambda::Permission",
    "Permission",
    same(
        {
            "action": "Action",
            "event_source_token": "EventSourceToken",
            "function_url_auth_type": "FunctionUrlAuthType",
            "principal": "Principal",
            "principal_org_id": "PrincipalOrgID",
            "source_account": "SourceAccount",
            "source_arn": "SourceArn",
        }
    )
    | {"function_name": ("FunctionName", _qualified_name)},
    inert=("qualifier", "statement_id", "statement_id_prefix"),
)


def _filters(values: Values, instance: Instance, name: str) -> Any:
    found = values.blocks(instance, name)
    filters = entries(found[0], "filter") if found else []
    return {"Filters": [{"Pattern": one.get("pattern")} for one in filters]} if found else None


MAPPING = Kind(
    "AWS::Lambda::EventSourceMapping",
    "Mapping",
    same(
        {
            "batch_size": "BatchSize",
            "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
            "enabled": "Enabled",
            "event_source_arn": "EventSourceArn",
            "function_name": "FunctionName",
            "function_response_types": "FunctionResponseTypes",
            "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
            "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
            "maximum_retry_attempts": "MaximumRetryAttempts",
            "parallelization_factor": "ParallelizationFactor",
            "starting_position": "StartingPosition",
            "tumbling_window_in_seconds": "TumblingWindowInSeconds",
        }
    )
    | {
        "filter_criteria": ("FilterCriteria", _filters),
        "scaling_config": ("ScalingConfig", block({"maximum_concurrency": "MaximumConcurrency"})),
        "tags": ("Tags", tags),
    },
)


def _routing(values: Values, instance: Instance, name: str) -> Any:
    found = values.blocks(instance, name)
    weights = part(found[0], "additional_version_weights") if found else {}
    shares = [{"FunctionVersion": version, "FunctionWeight": weight} for version, weight in weights.items()]
    return {"AdditionalVersionWeights": shares} if shares else None


ALIAS = Kind(
    "AWS::Lambda::Alias",
    "Alias",
    same(
        {
            "description": "Description",
            "function_name": "FunctionName",
            "function_version": "FunctionVersion",
            "name": "Name",
        }
    )
    | {"routing_config": ("RoutingConfig", _routing)},
    outputs={"arn": ref, "id": ref},
)


def _qualifier(values: Values, instance: Instance, name: str) -> Any:
    return values.of(instance, name) or "$LATEST"


_DESTINATION = block(
    {
        "on_failure": ("OnFailure", {"destination": "Destination"}),
        "on_success": ("OnSuccess", {"destination": "Destination"}),
    }
)
INVOKE_CONFIG = Kind(
    "AWS::Lambda::EventInvokeConfig",
    "InvokeConfig",
    same(
        {
            "function_name": "FunctionName",
            "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
            "maximum_retry_attempts": "MaximumRetryAttempts",
        }
    )
    | {"destination_config": ("DestinationConfig", _DESTINATION), "qualifier": ("Qualifier", _qualifier)},
    always=("qualifier",),
)


def _logging(values: Values, instance: Instance, name: str) -> Any:
    found = values.blocks(instance, name)
    if not found:
        return None
    wanted = {"Level": found[0].get("level"), "IncludeExecutionData": found[0].get("include_execution_data")}
    group = found[0].get("log_destination")
    if group:
        wanted["Destinations"] = [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]
    return {key: value for key, value in wanted.items() if value is not None}


STATE_MACHINE = Kind(
    "AWS::StepFunctions::StateMachine",
    "StateMachine",
    same({"definition": "DefinitionString", "name": "StateMachineName", "role_arn": "RoleArn"}, plain)
    | {
        "logging_configuration": ("LoggingConfiguration", _logging),
        "tags": ("Tags", tags),
        "tracing_configuration": ("TracingConfiguration", block({"enabled": "Enabled"})),
        "type": ("StateMachineType", plain),
    },
    named=True,
    inert=("name_prefix", "publish", "timeouts"),
    outputs={"arn": ref, "id": ref, "name": attribute("Name")},
)
