"""This file decides what template stands for a Terraform plan: each planned instance as a resource of CloudFormation.

Everything after it (deployment, checks of properties, refusals) is that of any template. Rule: a type or an attribute
without a counterpart is refused with the address of its resource; nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import Refusals, ScenarioError, did_you_mean
from harness.world.terraform import (
    access_kinds,
    account_kinds,
    alarm_kinds,
    bucket_kinds,
    compute_kinds,
    http_kinds,
    messaging_kinds,
    table_kinds,
)
from harness.world.terraform.kinds import Kind, empty
from harness.world.terraform.names import logical_ids
from harness.world.terraform.parts import PARTS, part_and_whole
from harness.world.terraform.plan import Instance, Plan
from harness.world.terraform.values import Values
from harness.world.yaml_lines import Lines
from harness.world.yaml_lines import Path as KeyPath

KINDS: dict[str, Kind] = {
    "aws_apigatewayv2_api": http_kinds.API,
    "aws_apigatewayv2_integration": http_kinds.INTEGRATION,
    "aws_apigatewayv2_route": http_kinds.ROUTE,
    "aws_apigatewayv2_stage": http_kinds.STAGE,
    "aws_cloudwatch_composite_alarm": alarm_kinds.COMPOSITE_ALARM,
    "aws_cloudwatch_event_bus": messaging_kinds.BUS,
    "aws_cloudwatch_event_rule": messaging_kinds.RULE,
    "aws_cloudwatch_log_group": messaging_kinds.LOG_GROUP,
    "aws_cloudwatch_metric_alarm": alarm_kinds.ALARM,
    "aws_dynamodb_table": table_kinds.TABLE,
    "aws_iam_policy": access_kinds.POLICY,
    "aws_iam_role": access_kinds.ROLE,
    "aws_iam_role_policy": access_kinds.ROLE_POLICY,
    "aws_kinesis_stream": account_kinds.STREAM,
    "aws_kms_alias": access_kinds.KEY_ALIAS,
    "aws_kms_key": access_kinds.KEY,
    "aws_lambda_alias": compute_kinds.ALIAS,
    "aws_lambda_event_source_mapping": compute_kinds.MAPPING,
    "aws_lambda_function": compute_kinds.FUNCTION,
    "aws_lambda_function_event_invoke_config": compute_kinds.INVOKE_CONFIG,
    "aws_lambda_function_url": http_kinds.FUNCTION_URL,
    "aws_lambda_permission": compute_kinds.PERMISSION,
    "aws_s3_bucket": bucket_kinds.BUCKET,
    "aws_s3_bucket_policy": bucket_kinds.BUCKET_POLICY,
    "aws_scheduler_schedule": account_kinds.SCHEDULE,
    "aws_secretsmanager_secret": account_kinds.SECRET,
    "aws_sfn_state_machine": compute_kinds.STATE_MACHINE,
    "aws_sns_topic": messaging_kinds.TOPIC,
    "aws_sns_topic_policy": messaging_kinds.TOPIC_POLICY,
    "aws_sns_topic_subscription": messaging_kinds.SUBSCRIPTION,
    "aws_sqs_queue": messaging_kinds.QUEUE,
    "aws_sqs_queue_policy": messaging_kinds.QUEUE_POLICY,
    "aws_ssm_parameter": account_kinds.PARAMETER,
}
"""The types of Terraform's AWS provider that become a resource, by name."""

# Attributes that every resource of the AWS provider may have, and that change nothing here.
_EVERYWHERE = ("provider", "tags_all")


def translated(body: Mapping[str, Any], file: Path, lines: Lines) -> tuple[dict[str, Any], Lines]:
    """The template that stands for the plan ``body``, and where each part of it stands in the plan.

    Raises:
        ScenarioError: something in the plan has no counterpart, or is not known yet.
    """
    plan = Plan(body, file, lines)
    refusals = Refusals()
    for instance in plan.instances:
        if instance.type not in KINDS and instance.type not in PARTS:
            refusals.found.append(_unknown_type(plan, instance))
    _raise_all(refusals)
    words = {t: (k.word, k.named) for t, k in KINDS.items()} | {t: (_word(t), False) for t in PARTS}
    ids = logical_ids(plan, plan.instances, words)
    return _Translation(plan, Values(plan, ids, {t: k.outputs for t, k in KINDS.items()}), refusals).result()


class _Translation:
    def __init__(self, plan: Plan, values: Values, refusals: Refusals) -> None:
        self._plan, self._values, self._refusals = plan, values, refusals
        self._resources: dict[str, dict[str, Any]] = {}
        self._lines: dict[KeyPath, int] = {}
        self._becomes: dict[str, str] = {}

    def result(self) -> tuple[dict[str, Any], Lines]:
        for instance in self._plan.instances:
            if instance.type in KINDS:
                with self._refusals.gathered():
                    self._add(instance, KINDS[instance.type])
        for instance in self._plan.instances:
            if instance.type in PARTS:
                with self._refusals.gathered():
                    self._add_part(instance)
        _raise_all(self._refusals)
        for instance in self._plan.instances:
            self._depend(instance)
        self._lines[()] = 1
        return {"Resources": self._resources}, Lines(self._lines)

    def _add(self, instance: Instance, kind: Kind) -> None:
        logical_id = self._values.ids[instance.address]
        self._refuse_others(instance, (*kind.attributes, *kind.inert))
        properties = dict(kind.fixed)
        for name, (prop, take) in kind.attributes.items():
            if name in instance.expressions or name in kind.always:
                value = take(self._values, instance, name)
                if value is not None:
                    properties[prop] = value
                    self._line(("Resources", logical_id, "Properties", prop), instance, name)
        self._line(("Resources", logical_id), instance)
        self._resources[logical_id] = {"Type": kind.type, "Properties": properties}
        self._becomes[instance.address] = logical_id
        for other, resource in (kind.beside(self._values, instance, logical_id) if kind.beside else {}).items():
            self._resources[other] = resource
            self._line(("Resources", other), instance)

    def _add_part(self, instance: Instance) -> None:
        part, whole = part_and_whole(self._values, instance)
        self._refuse_others(instance, (part.within, *part.attributes))
        logical_id = self._values.ids[whole.address]
        self._becomes[instance.address] = logical_id
        if logical_id not in self._resources:
            return  # it was refused itself
        properties = self._resources[logical_id]["Properties"]
        for name, value in part.properties(self._values, instance).items():
            if name in properties and not isinstance(value, list):
                raise self._plan.refuse(
                    instance, part.within, f'"{logical_id}" has a {name} already.', "Write it in one place."
                )
            properties[name] = [*properties.get(name, []), *value] if isinstance(value, list) else value
            self._line(("Resources", logical_id, "Properties", name), instance)

    def _refuse_others(self, instance: Instance, known: tuple[str, ...]) -> None:
        for name in instance.expressions:
            unwritten = instance.unknown.get(name) is not True and empty(instance.values.get(name))
            if name not in known and name not in _EVERYWHERE and not unwritten:
                raise self._plan.refuse(
                    instance,
                    name,
                    f'"{name}" of {instance.type} has no counterpart here.',
                    f"There are: {', '.join(sorted(known))}.",
                )

    def _depend(self, instance: Instance) -> None:
        own = self._becomes[instance.address]
        named = [i for address in instance.depends_on for i in self._values.at(address)]
        for other in dict.fromkeys(self._becomes[i.address] for i in named):
            before = self._resources[own].setdefault("DependsOn", [])
            if other != own and other not in before:
                before.append(other)

    def _line(self, path: KeyPath, instance: Instance, name: str | None = None) -> None:
        at = instance.at if name is None else (*instance.at, "values", name)
        line = self._plan.where(at).line
        if line is not None:
            self._lines[path] = line


def _word(kind: str) -> str:
    return "".join(word.title() for word in kind.removeprefix("aws_").split("_"))


def _unknown_type(plan: Plan, instance: Instance) -> ScenarioError:
    return ScenarioError(
        f"{instance.address}: nothing here behaves like {instance.type} yet.",
        where=plan.where(instance.at),
        hint=did_you_mean(instance.type, [*KINDS, *PARTS]),
    )


def _raise_all(refusals: Refusals) -> None:
    """Raise what was gathered as one: a plan that is not read to its end has no template that could be checked."""
    if refusals.found:
        first, *others = refusals.found
        lines = [first.hint or "", *(f"Refused too: {other.problem}" for other in others)]
        raise ScenarioError(first.problem, where=first.where, hint="\n  ".join(lines))
