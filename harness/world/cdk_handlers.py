"""This file decides what stands for the functions that CDK itself adds to a stack, in JavaScript, for custom resources.

Those that matter to a pipeline do the same in Python here (``cdk_functions/``), with the role that CDK gave them. They
are known by the custom resources that name them. Rule: only JavaScript is replaced, and no function of the author's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

_BY_RESOURCE = {
    "Custom::AWS": "sdk_call",
    "Custom::LogRetention": "log_retention",
    "Custom::S3AutoDeleteObjects": "auto_delete_objects",
}
_PROVIDER_HANDLER, _WAITS = "framework.onEvent", "WAITER_STATE_MACHINE_ARN"


def with_handlers_in_python(resources: Mapping[str, Any]) -> None:
    """Put our code where CDK's own JavaScript is."""
    for logical_id, name in [*_named(resources), *_providers(resources)]:
        properties = resources[logical_id]["Properties"]
        code = files("harness.world").joinpath("cdk_functions", f"{name}.py").read_text(encoding="utf-8")
        properties |= {"Code": {"ZipFile": code}, "Handler": "index.handler", "Runtime": "python3.12"}
        properties.pop("LoggingConfig", None)


def _handlers(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The functions that custom resources name, with those resources' types."""
    for resource in resources.values():
        kind = str(resource.get("Type")) if isinstance(resource, Mapping) else ""
        if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
            properties = resource.get("Properties")
            token = properties.get("ServiceToken") if isinstance(properties, Mapping) else None
            target = token.get("Fn::GetAtt") if isinstance(token, Mapping) else None
            if isinstance(target, list) and target and isinstance(target[0], str):
                yield target[0], kind


def _named(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for logical_id, kind in _handlers(resources):
        if kind in _BY_RESOURCE and _is_javascript(resources.get(logical_id)):
            yield logical_id, _BY_RESOURCE[kind]


def _providers(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for logical_id, resource in resources.items():
        if _is_javascript(resource) and resource["Properties"].get("Handler") == _PROVIDER_HANDLER:
            environment = resource["Properties"].get("Environment")
            variables = environment.get("Variables") if isinstance(environment, Mapping) else None
            if isinstance(variables, Mapping) and _WAITS not in variables:
                yield logical_id, "provider_framework"


def _is_javascript(resource: Any) -> bool:
    properties = resource.get("Properties") if isinstance(resource, Mapping) else None
    return isinstance(properties, dict) and str(properties.get("Runtime")).startswith("nodejs")
