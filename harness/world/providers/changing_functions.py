"""This file decides how functions and what belongs to them are changed while they stand."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from harness.vendor.lambda_states import TAKES_S
from harness.world.providers.changing import Change
from harness.world.providers.function import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_S, code_folder, known_layers, on_disk
from harness.world.providers.function_url import split
from harness.world.providers.layer import python_folders
from harness.world.providers.provider import Request
from harness.world.providers.shapes import tag_table

_DEFAULTS: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": DEFAULT_MEMORY_MB,
    "Timeout": DEFAULT_TIMEOUT_S,
    "TracingConfig": {"Mode": "PassThrough"},
}
_CONFIGURATION = (*_DEFAULTS, "Handler", "Layers", "Role", "Runtime")


def function(change: Change) -> None:
    """A function's code, configuration, reservation and tags; its next call has them."""
    request, name = change.request, change.name
    api, functions = request.client("lambda"), request.functions
    arn = change.before.attributes["Arn"]
    if "Code" in change.changed or "Architectures" in change.changed:
        _code(change, arn)
    settings = {n: change.now(n, _DEFAULTS.get(n)) for n in _CONFIGURATION if n in change.changed}
    if "Layers" in settings:
        settings["Layers"] = known_layers(request)
    if settings:
        _when_ready(request, lambda: api.update_function_configuration(FunctionName=name, **settings))
    spec = functions.find(arn)
    if "Layers" in settings and spec is not None and spec.opt is None:
        functions.change(arn, layers=python_folders(request))
    if "ReservedConcurrentExecutions" in change.changed:
        reserved = change.now("ReservedConcurrentExecutions")
        if reserved is None:
            api.delete_function_concurrency(FunctionName=name)
        else:
            api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    where = request.place.where(request.place.down("Handler").path)
    functions.change(arn, may_recurse=change.now("RecursiveLoop") == "Allow", where=where)
    before, now = tag_table(change.old("Tags")), tag_table(change.now("Tags"))
    if gone := [key for key in before if key not in now]:
        api.untag_resource(Resource=arn, TagKeys=gone)
    if now:
        api.tag_resource(Resource=arn, Tags=now)


def _code(change: Change, arn: str) -> None:
    request = change.request
    if on_disk(request):
        request.functions.change(arn, code_dir=code_folder(request))
        return
    asked = {"FunctionName": change.name, **change.now("Code")}
    if "Architectures" in change.changed:
        asked["Architectures"] = change.now("Architectures", ["x86_64"])
    _when_ready(request, lambda: request.client("lambda").update_function_code(**asked))


def _when_ready(request: Request, call: Any) -> None:
    """CloudFormation waits where another change of the function is on its way."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceConflictException":
            raise
        request.pause(TAKES_S)
        call()


_MAPPING_DEFAULTS: dict[str, Any] = {
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {},
    "Enabled": True,
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "ParallelizationFactor": 1,
    "ScalingConfig": {},
    "TumblingWindowInSeconds": 0,
}


def mapping(change: Change) -> None:
    """An event source mapping's settings."""
    of_queue = ":sqs:" in change.now("EventSourceArn")
    defaults = {**_MAPPING_DEFAULTS, "BatchSize": 10 if of_queue else 100, "ProvisionedPollerConfig": {}}
    settings = {n: change.now(n, defaults.get(n)) for n in change.changed if n != "Tags"}
    if settings:
        change.request.client("lambda").update_event_source_mapping(UUID=change.name, **settings)


def alias(change: Change) -> None:
    """Which version an alias names."""
    properties = change.request.properties
    shares = properties.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    weights = {share["FunctionVersion"]: share["FunctionWeight"] for share in shares}
    change.request.client("lambda").update_alias(
        FunctionName=properties["FunctionName"],
        Name=properties["Name"],
        FunctionVersion=properties["FunctionVersion"],
        Description=properties.get("Description", ""),
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def url(change: Change) -> None:
    """Who may call a function's URL, and from which pages."""
    target, qualifier = split(change.now("TargetFunctionArn"), change.now("Qualifier"))
    optional: dict[str, Any] = {"Qualifier": qualifier} if qualifier else {}
    change.request.client("lambda").update_function_url_config(
        FunctionName=target, AuthType=change.now("AuthType"), Cors=change.now("Cors", {}), **optional
    )
