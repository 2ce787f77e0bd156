"""Subscription and metric filters of templates."""

from __future__ import annotations

import pytest

from tests.world.conftest import Deployment

GROUP = "Resources:\n  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: app}}\n"
METRIC = """\
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Log
      FilterPattern: %s
      MetricTransformations:
        - {MetricNamespace: App, MetricName: Size, MetricValue: $.size, Unit: Bytes%s}
"""
SUBSCRIPTION = """\
  Filter:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: !Ref Log, FilterPattern: %s, DestinationArn: "%s"}
"""
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/s"


def test_a_metric_filter_is_put_with_all_it_says(deployed: Deployment) -> None:
    more = ", Dimensions: [{Key: Kind, Value: $.kind}]"
    stack = deployed(GROUP + METRIC % ("'{ $.size > 0 }'", more))
    (found,) = deployed.client("logs").describe_metric_filters()["metricFilters"]
    assert found["filterName"] == stack.resource("Filter").physical_id
    assert found["filterPattern"] == "{ $.size > 0 }"
    assert found["metricTransformations"] == [
        {
            "metricName": "Size",
            "metricNamespace": "App",
            "metricValue": "$.size",
            "unit": "Bytes",
            "dimensions": {"Kind": "$.kind"},
        }
    ]


def test_a_default_value_is_a_number(deployed: Deployment) -> None:
    deployed(GROUP + METRIC % ("''", ", DefaultValue: '0'"))
    (found,) = deployed.client("logs").describe_metric_filters()["metricFilters"]
    assert found["metricTransformations"][0]["defaultValue"] == 0


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (METRIC % ("a:b", ""), "FilterPattern", "Invalid character(s) in term 'a:b'"),
        (SUBSCRIPTION % ("'{ x = 1 }'", STREAM), "FilterPattern", "Invalid metric filter pattern"),
        (
            METRIC % ("ERROR", ", Dimensions: [{Key: a, Value: $.a}]"),
            "MetricName",
            "only a pattern in braces or brackets can fill",
        ),
        (
            METRIC % ("'{ $.a = 1 }'", ", DefaultValue: 0, Dimensions: [{Key: a, Value: $.a}]"),
            "MetricName",
            "both Dimensions and a DefaultValue",
        ),
        (
            SUBSCRIPTION % ("''", "arn:aws:firehose:us-east-1:123456789012:deliverystream/d"),
            "DestinationArn",
            "nothing here carries log events to firehose",
        ),
    ],
)
def test_what_aws_or_the_rehearsal_cannot_do_is_refused_with_its_line(
    deployed: Deployment, text: str, line: str, says: str
) -> None:
    error = deployed.refused(GROUP + text)
    assert says in str(error)
    assert error.where is not None
    assert error.where.line == deployed.folder.line(line)
