"""This file decides what alarms of Terraform are in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from harness.world.terraform.kinds import Kind, attribute, mapped, ref, same, tags
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values

_ACTIONS = {
    "actions_enabled": "ActionsEnabled",
    "alarm_actions": "AlarmActions",
    "alarm_description": "AlarmDescription",
    "alarm_name": "AlarmName",
    "insufficient_data_actions": "InsufficientDataActions",
    "ok_actions": "OKActions",
}
_METRIC = {
    "dimensions": "Dimensions",
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "period": "Period",
    "stat": "Stat",
    "unit": "Unit",
}
_QUERY = {
    "expression": "Expression",
    "id": "Id",
    "label": "Label",
    "metric": ("MetricStat", _METRIC),
    "period": "Period",
    "return_data": "ReturnData",
}
_OUTPUTS = {"alarm_name": ref, "arn": attribute("Arn"), "id": ref}


def _dimensions(values: Values, instance: Instance, name: str) -> Any:
    return _as_list(values.of(instance, name))


def _as_list(dimensions: Any) -> Any:
    if not isinstance(dimensions, dict):
        return None
    return [{"Name": key, "Value": value} for key, value in dimensions.items()] or None


def _queries(values: Values, instance: Instance, name: str) -> Any:
    return [_query(mapped(values, instance, name, one, _QUERY)) for one in values.blocks(instance, name)] or None


def _query(query: dict[str, Any]) -> dict[str, Any]:
    # Terraform's default is false, CloudFormation's is true.
    query.setdefault("ReturnData", False)
    stat = query.get("MetricStat")
    if stat is not None:
        metric = {prop: stat.pop(prop) for prop in ("Dimensions", "MetricName", "Namespace") if prop in stat}
        metric["Dimensions"] = _as_list(metric.get("Dimensions")) or []
        query["MetricStat"] = {"Metric": metric, **stat}
    return query


ALARM = Kind(
    "AWS::CloudWatch::Alarm",
    "Alarm",
    same(
        _ACTIONS
        | {
            "comparison_operator": "ComparisonOperator",
            "datapoints_to_alarm": "DatapointsToAlarm",
            "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
            "evaluation_periods": "EvaluationPeriods",
            "extended_statistic": "ExtendedStatistic",
            "metric_name": "MetricName",
            "namespace": "Namespace",
            "period": "Period",
            "statistic": "Statistic",
            "threshold": "Threshold",
            "threshold_metric_id": "ThresholdMetricId",
            "treat_missing_data": "TreatMissingData",
            "unit": "Unit",
        }
    )
    | {"dimensions": ("Dimensions", _dimensions), "metric_query": ("Metrics", _queries), "tags": ("Tags", tags)},
    named=True,
    outputs=_OUTPUTS,
)

COMPOSITE_ALARM = Kind(
    "AWS::CloudWatch::CompositeAlarm",
    "CompositeAlarm",
    same(_ACTIONS | {"alarm_rule": "AlarmRule"}) | {"tags": ("Tags", tags)},
    named=True,
    outputs=_OUTPUTS,
)
