"""This file decides what state Terraform is given so that it knows what a first plan does not: every ARN, id and URL.

In the state everything that the plan makes stands already, with what the plan knows of it and with addresses made up
for the rest. A plan made with it (``terraform plan -refresh=false -state=...``) is Terraform's own reading of the
configuration, with all its functions, modules and data sources; ``translate`` makes references of the addresses again.
The format is version 4 of Terraform's state files. Rule: what the plan knows is never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import ScenarioError
from harness.world.terraform.plan import entries, is_plan, part

_REGION, _ACCOUNT = "us-east-1", "123456789012"


def _arn(service: str, rest: str = "{name}") -> str:
    return f"arn:aws:{service}:{_REGION}:{_ACCOUNT}:{rest}"


_IAM = f"arn:aws:iam::{_ACCOUNT}:"
_URL = f"https://sqs.{_REGION}.amazonaws.com/{_ACCOUNT}/{{name}}"
_FUNCTION = _arn("lambda", "function:{name}")
_KEY = "00000000-0000-0000-0000-{number:012}"

# What each type has besides its name once it stands; ``number`` is different for every instance.
_MADE_UP: dict[str, dict[str, str]] = {
    "aws_apigatewayv2_api": {
        "api_endpoint": f"https://madeup{{number}}.execute-api.{_REGION}.amazonaws.com",
        "execution_arn": _arn("execute-api", "madeup{number}"),
        "id": "madeup{number}",
    },
    "aws_cloudwatch_event_bus": {"arn": _arn("events", "event-bus/{name}"), "id": "{name}"},
    "aws_cloudwatch_event_rule": {"arn": _arn("events", "rule/{name}"), "id": "{name}"},
    "aws_cloudwatch_log_group": {"arn": _arn("logs", "log-group:{name}"), "id": "{name}"},
    "aws_cloudwatch_metric_alarm": {"arn": _arn("cloudwatch", "alarm:{name}"), "id": "{name}"},
    "aws_dynamodb_table": {
        "arn": _arn("dynamodb", "table/{name}"),
        "id": "{name}",
        "stream_arn": _arn("dynamodb", "table/{name}/stream/2030-01-15T09:00:00.000"),
    },
    "aws_iam_policy": {"arn": f"{_IAM}policy/{{name}}", "id": f"{_IAM}policy/{{name}}"},
    "aws_iam_role": {"arn": f"{_IAM}role/{{name}}", "id": "{name}", "unique_id": "AROA{number:016}"},
    "aws_kinesis_stream": {"arn": _arn("kinesis", "stream/{name}"), "id": _arn("kinesis", "stream/{name}")},
    "aws_kms_key": {"arn": _arn("kms", f"key/{_KEY}"), "id": _KEY, "key_id": _KEY},
    "aws_lambda_alias": {"arn": f"{_arn('lambda', 'function:made-up-{number}')}:{{name}}", "id": "made-up-{number}"},
    "aws_lambda_function": {
        "arn": _FUNCTION,
        "id": "{name}",
        "invoke_arn": f"arn:aws:apigateway:{_REGION}:lambda:path/2015-03-31/functions/{_FUNCTION}/invocations",
        "qualified_arn": f"{_FUNCTION}:1",
        "version": "1",
    },
    "aws_lambda_function_url": {
        "function_url": f"https://madeup{{number}}.lambda-url.{_REGION}.on.aws/",
        "id": "made-up-{number}",
    },
    "aws_s3_bucket": {
        "arn": "arn:aws:s3:::{name}",
        "bucket_domain_name": "{name}.s3.amazonaws.com",
        "bucket_regional_domain_name": f"{{name}}.s3.{_REGION}.amazonaws.com",
        "id": "{name}",
    },
    "aws_scheduler_schedule": {"arn": _arn("scheduler", "schedule/default/{name}"), "id": "default/{name}"},
    "aws_secretsmanager_secret": {
        "arn": _arn("secretsmanager", "secret:{name}"),
        "id": _arn("secretsmanager", "secret:{name}"),
    },
    "aws_sfn_state_machine": {
        "arn": _arn("states", "stateMachine:{name}"),
        "id": _arn("states", "stateMachine:{name}"),
    },
    "aws_sns_topic": {"arn": _arn("sns"), "id": _arn("sns")},
    "aws_ssm_parameter": {"arn": _arn("ssm", "parameter{slash}{name}"), "id": "{name}"},
    "aws_sqs_queue": {"arn": _arn("sqs"), "id": _URL, "url": _URL},
}
_ANY = {"arn": _arn("made-up", "{number}"), "id": "made-up-{number}"}
_NAMES = ("name", "alarm_name", "function_name", "bucket")


def state_for(file: Path) -> dict[str, Any]:
    """The state in which all that the plan in ``file`` would make stands already.

    Raises:
        ScenarioError: the file is no plan as ``terraform show -json`` writes it.
    """
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _no_plan(file, f"it cannot be read: {error}") from None
    if not is_plan(body):
        raise _no_plan(file, "it has no planned_values")
    return _state(body)


def _no_plan(file: Path, why: str) -> ScenarioError:
    return ScenarioError(
        f'"{file}" is no plan of Terraform as JSON: {why}.',
        hint="Write one: terraform plan -out=plan.out, then terraform show -json plan.out > plan.json.",
    )


def _state(plan: Mapping[str, Any]) -> dict[str, Any]:
    unknown = {
        str(change.get("address")): part(part(change, "change"), "after_unknown")
        for change in entries(plan, "resource_changes")
    }
    resources: dict[tuple[str, str, str], dict[str, Any]] = {}
    root = part(part(plan, "planned_values"), "root_module")
    for number, (module, resource) in enumerate(_managed(root, "")):
        kind, name = str(resource.get("type")), str(resource.get("name"))
        stands = resources.setdefault(
            (module, kind, name),
            {
                **({"module": module} if module else {}),
                "mode": "managed",
                "type": kind,
                "name": name,
                "provider": f'provider["{resource.get("provider_name")}"]',
                "instances": [],
            },
        )
        index = resource.get("index")
        stands["instances"].append(
            {
                **({} if index is None else {"index_key": index}),
                "schema_version": resource.get("schema_version", 0),
                "attributes": _attributes(kind, resource, unknown.get(str(resource.get("address")), {}), number),
                "sensitive_attributes": [],
            }
        )
    return {
        "version": 4,
        "terraform_version": plan.get("terraform_version"),
        "serial": 1,
        "lineage": "made-up-by-pipeline-harness",
        "outputs": {},
        "resources": list(resources.values()),
    }


def _managed(module: Mapping[str, Any], address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every planned resource, with the address of the module that it stands in."""
    for resource in entries(module, "resources"):
        if resource.get("mode") == "managed":
            yield address, resource
    for child in entries(module, "child_modules"):
        yield from _managed(child, str(child.get("address")))


def _attributes(kind: str, resource: Mapping[str, Any], unknown: Mapping[str, Any], number: int) -> dict[str, Any]:
    found = dict(part(resource, "values"))
    for name in _NAMES:
        if unknown.get(name) is True:
            found[name] = f"{found.get(f'{name}_prefix') or ''}made-up-{number}"
    own = next((found[name] for name in _NAMES if isinstance(found.get(name), str)), f"made-up-{number}")
    for name, text in _MADE_UP.get(kind, _ANY).items():
        if unknown.get(name) is True:
            found[name] = text.format(name=own, number=number, slash="" if own.startswith("/") else "/")
    if unknown.get("tags_all") is True:  # what differs counts as a change, and data that hangs on it stays unknown
        found["tags_all"] = found.get("tags") or {}
    return found
