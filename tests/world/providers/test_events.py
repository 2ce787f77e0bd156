"""Buses, rules and schedules of a template, seen through AWS's API."""

from __future__ import annotations

import json

import pytest

from harness.errors import ScenarioError
from tests.world.conftest import Deployment

QUEUE = "  Q: {Type: AWS::SQS::Queue}\n"
ROLE = (
    "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n"
    "        Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: scheduler.amazonaws.com}}]\n"
)


def rule(properties: str) -> str:
    bus = "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}\n"
    return f"Resources:\n{QUEUE}{bus}  X:\n    Type: AWS::Events::Rule\n    Properties: {properties}\n"


def schedule(properties: str) -> str:
    return f"Resources:\n{QUEUE}{ROLE}  X:\n    Type: AWS::Scheduler::Schedule\n    Properties: {properties}\n"


def test_a_rule_stands_on_its_bus_with_its_targets(deployed: Deployment) -> None:
    stack = deployed(
        rule(
            "{EventBusName: !Ref Bus, EventPattern: {source: [shop]}, State: DISABLED, "
            "Targets: [{Id: q, Arn: !GetAtt Q.Arn, "
            "InputTransformer: {InputPathsMap: {id: $.detail.id}, InputTemplate: '{\"id\": <id>}'}, "
            "RetryPolicy: {MaximumRetryAttempts: 3}, DeadLetterConfig: {Arn: !GetAtt Q.Arn}}]}"
        )
    )
    found = stack.resource("X")
    bus, _, name = found.physical_id.partition("|")
    assert (bus, found.arn) == ("shop", f"arn:aws:events:us-east-1:123456789012:rule/shop/{name}")
    events = deployed.client("events")
    described = events.describe_rule(Name=name, EventBusName="shop")
    assert (json.loads(described["EventPattern"]), described["State"]) == ({"source": ["shop"]}, "DISABLED")
    (target,) = events.list_targets_by_rule(Rule=name, EventBusName="shop")["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3}
    assert target["InputTransformer"]["InputTemplate"] == '{"id": <id>}'


def test_a_rule_of_the_default_bus_is_named_without_it(deployed: Deployment) -> None:
    stack = deployed(rule("{Name: every-minute, ScheduleExpression: rate(1 minute)}"))
    assert stack.resource("X").physical_id == "every-minute"


def test_a_bus_lets_in_whom_its_policies_name(deployed: Deployment) -> None:
    deployed(
        "Resources:\n"
        "  Bus:\n    Type: AWS::Events::EventBus\n    Properties:\n      Name: shop\n"
        "      Policy: {Statement: [{Effect: Allow, Principal: '*', Action: 'events:PutEvents', Resource: '*'}]}\n"
        "  P:\n    Type: AWS::Events::EventBusPolicy\n    Properties:\n      EventBusName: !Ref Bus\n"
        "      StatementId: more\n      Statement: {Effect: Allow, Principal: {AWS: '111122223333'}, "
        "Action: 'events:PutEvents', Resource: !GetAtt Bus.Arn}\n"
    )
    policy = json.loads(deployed.client("events").describe_event_bus(Name="shop")["Policy"])
    assert [s["Sid"] for s in policy["Statement"]] == ["statement1", "more"]


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ("{State: ENABLED}", "needs at least one of these: EventPattern, ScheduleExpression."),
        (
            "{EventPattern: {source: [shop]}, Targets: [{Id: q, Arn: a}, {Id: q, Arn: b}]}",
            'two targets with the Id "q"',
        ),
        (
            "{EventPattern: {source: [shop]}, Targets: [{Id: q, Arn: a, EcsParameters: {}}]}",
            "EcsParameters",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(deployed: Deployment, properties: str, says: str) -> None:
    error = deployed.refused(rule(properties))
    assert says in str(error)


def test_a_schedule_stands_with_its_target(deployed: Deployment) -> None:
    stack = deployed(
        schedule(
            "{ScheduleExpression: cron(0 7 * * ? *), ScheduleExpressionTimezone: Europe/Berlin, "
            "StartDate: '2031-01-01T00:00:00Z', FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 15}, "
            "Target: {Arn: !GetAtt Q.Arn, RoleArn: !GetAtt R.Arn, Input: '{}'}}"
        )
    )
    name = stack.resource("X").physical_id
    found = deployed.client("scheduler").get_schedule(Name=name)
    assert (found["ScheduleExpressionTimezone"], found["FlexibleTimeWindow"]["MaximumWindowInMinutes"]) == (
        "Europe/Berlin",
        15,
    )
    assert found["Target"]["Input"] == "{}"


FIREHOSE = "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"


@pytest.mark.parametrize(
    "text",
    [
        rule(f"{{EventPattern: {{source: [shop]}}, Targets: [{{Id: x, Arn: '{FIREHOSE}'}}]}}"),
        rule("{EventPattern: {source: [shop]}, Targets: [{Id: x, Arn: not-an-arn}]}"),
        schedule(
            "{ScheduleExpression: rate(5 minutes), FlexibleTimeWindow: {Mode: 'OFF'}, "
            f"Target: {{Arn: '{FIREHOSE}', RoleArn: !GetAtt R.Arn}}}}"
        ),
    ],
    ids=["a stream to nowhere", "no ARN", "a schedule's stream to nowhere"],
)
def test_a_target_that_nothing_here_delivers_to_is_refused_with_its_line(deployed: Deployment, text: str) -> None:
    with pytest.raises(ScenarioError, match="nothing is delivered there here") as caught:
        deployed(text)
    assert caught.value.where is not None and caught.value.where.line is not None


def test_a_schedule_needs_a_role(deployed: Deployment) -> None:
    properties = (
        "{ScheduleExpression: rate(5 minutes), FlexibleTimeWindow: {Mode: 'OFF'}, Target: {Arn: !GetAtt Q.Arn}}"
    )
    assert "lacks Target.RoleArn" in str(deployed.refused(schedule(properties)))


def test_a_start_date_that_is_none_is_refused_with_its_line(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError, match="which is no time"):
        deployed(
            schedule(
                "{ScheduleExpression: rate(5 minutes), StartDate: tomorrow, FlexibleTimeWindow: {Mode: 'OFF'}, "
                "Target: {Arn: !GetAtt Q.Arn, RoleArn: !GetAtt R.Arn}}"
            )
        )


def test_evb_07_an_archive_stands_with_its_pattern_and_retention(deployed: Deployment) -> None:
    stack = deployed(
        "Resources:\n  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}\n"
        "  X:\n    Type: AWS::Events::Archive\n    Properties:\n"
        "      {SourceArn: !GetAtt Bus.Arn, EventPattern: {source: [shop]}, RetentionDays: 7, ArchiveName: journal}\n"
    )
    assert stack.resource("X").arn == "arn:aws:events:us-east-1:123456789012:archive/journal"
    found = deployed.client("events").describe_archive(ArchiveName="journal")
    assert (found["RetentionDays"], found["EventSourceArn"].rpartition("/")[2]) == (7, "shop")
    assert json.loads(found["EventPattern"]) == {"source": ["shop"]}


DESTINATION = """
Resources:
  By:
    Type: AWS::Events::Connection
    Properties:
      Name: by
      AuthorizationType: %s
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: k, ApiKeyValue: v}}
  To:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !GetAtt By.Arn, InvocationEndpoint: 'https://x.example/*', HttpMethod: POST, Name: to}
Outputs:
  Secret: {Value: !GetAtt By.SecretArn}
"""


def test_evb_09_a_destination_stands_with_its_connection(deployed: Deployment) -> None:
    stack = deployed(DESTINATION % "API_KEY")
    found = deployed.client("events").describe_api_destination(Name="to")
    assert (found["ConnectionArn"], found["HttpMethod"]) == (stack.resource("By").arn, "POST")
    assert stack.resource("To").attributes["ArnForPolicy"].endswith(":api-destination/to")
    assert ":secret:events!connection/by/" in stack.outputs["Secret"]


def test_evb_09_a_connection_needs_what_its_way_to_authorize_needs(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError, match="has no BasicAuthParameters, which AuthorizationType BASIC needs"):
        deployed(DESTINATION % "BASIC")


def test_evb_06_a_schedule_may_call_an_operation_of_awss(deployed: Deployment) -> None:
    arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    deployed(
        schedule(
            "{Name: x, ScheduleExpression: rate(5 minutes), FlexibleTimeWindow: {Mode: 'OFF'}, "
            f"Target: {{Arn: '{arn}', RoleArn: !GetAtt R.Arn, Input: '{{}}'}}}}"
        )
    )
    assert deployed.client("scheduler").get_schedule(Name="x")["Target"]["Arn"] == arn
