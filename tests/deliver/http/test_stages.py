"""What a stage makes of an API: what it serves, how much it lets through, what it logs."""

from __future__ import annotations

import json

import pytest

from harness.deliver.http.exchange import HttpRequest
from tests.deliver.http.conftest import answer, message

PARTS = """\
Users: {Type: AWS::Serverless::Function, Properties: {}}
LetIn:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Users, Principal: apigateway.amazonaws.com}
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: users, ProtocolType: HTTP}}
Call:
  Type: AWS::ApiGatewayV2::Integration
  Properties:
    ApiId: !Ref Api
    IntegrationType: AWS_PROXY
    IntegrationUri: !GetAtt Users.Arn
    PayloadFormatVersion: "2.0"
Route:
  Type: AWS::ApiGatewayV2::Route
  Properties: {ApiId: !Ref Api, RouteKey: GET /users, Target: !Sub "integrations/${Call}"}
Other:
  Type: AWS::ApiGatewayV2::Route
  Properties: {ApiId: !Ref Api, RouteKey: GET /other, Target: !Sub "integrations/${Call}"}
Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: access}}
"""


def http(deployed, stage, more=""):
    found = deployed(f"{PARTS}Live:\n  Type: AWS::ApiGatewayV2::Stage\n  Properties: {stage}\n{more}")
    found.answers("Users", {"ok": True})
    return found


def test_what_came_after_the_deployment_is_not_served(deployed):
    found = http(
        deployed,
        "{ApiId: !Ref Api, StageName: live, DeploymentId: !Ref Deployment}",
        """\
Deployment: {Type: AWS::ApiGatewayV2::Deployment, DependsOn: [Route], Properties: {ApiId: !Ref Api}}
Late:
  Type: AWS::ApiGatewayV2::Route
  DependsOn: Deployment
  Properties: {ApiId: !Ref Api, RouteKey: GET /late, Target: !Sub "integrations/${Call}"}
""",
    )
    assert found.ask("Api", path="/users", stage="live").status == 200
    assert found.ask("Api", path="/late", stage="live").status == 404


def test_a_stage_that_nothing_is_deployed_to_serves_nothing(deployed):
    found = http(deployed, "{ApiId: !Ref Api, StageName: $default}")
    assert (found.ask("Api", path="/users").status, found.events("Users")) == (404, [])


def timed(found, api, asked, wait_s=0.0):
    """The statuses of requests, with a pause before the last one."""
    entrance, kernel, statuses = found.world.engines.http, found.world.kernel, []

    def act():
        for number, (path, stage) in enumerate(asked):
            if number == len(asked) - 1:
                kernel.sleep(wait_s)
            target = found.stack.resource(api).physical_id
            statuses.append(entrance.request(target, stage, HttpRequest("GET", path)))

    found.world.run(act)
    return statuses


def test_apig_12_a_route_lets_its_burst_through_and_then_its_rate(deployed):
    found = http(
        deployed,
        "{ApiId: !Ref Api, StageName: $default, AutoDeploy: true, "
        "DefaultRouteSettings: {ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.5}, "
        "RouteSettings: {GET /other: {ThrottlingBurstLimit: 1}}}",
    )
    asked = [("/users", "$default")] * 4
    answers = timed(found, "Api", asked, wait_s=2.0)
    assert [a.status for a in answers] == [200, 200, 429, 200]
    assert message(answers[2]) == {"message": "Too Many Requests"}
    assert [a.status for a in timed(found, "Api", [("/other", "$default")] * 2)] == [200, 429]


REST = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Users: {Type: Api, Properties: {Path: "/users/{id}", Method: get, RestApiId: !Ref Api}}
      Other: {Type: Api, Properties: {Path: /other, Method: get, RestApiId: !Ref Api}}
Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: access}}
Api:
  Type: AWS::Serverless::Api
  Properties:
    StageName: Prod
    MethodSettings:
      - {ResourcePath: "/*", HttpMethod: "*", ThrottlingBurstLimit: 3, ThrottlingRateLimit: 1, LoggingLevel: INFO}
      - {ResourcePath: "/users/{id}", HttpMethod: GET, ThrottlingBurstLimit: 1}
    AccessLogSetting:
      DestinationArn: !GetAtt Log.Arn
      Format: '{"who": "$context.identity.sourceIp", "what": "$context.resourcePath", "status": $context.status,
        "reason": "$context.error.message", "none": "$context.authorizer.x"}'
"""


def test_apig_12_the_settings_of_a_method_win_over_the_stages(deployed):
    found = deployed(REST)
    found.answers("Users", answer())
    assert [a.status for a in timed(found, "Api", [("/users/1", "Prod")] * 2)] == [200, 429]
    answers = timed(found, "Api", [("/other", "Prod")] * 4)
    assert [a.status for a in answers] == [200, 200, 200, 429]
    assert message(answers[-1]) == {"message": "Too Many Requests"}


def lines(found):
    logs = found.world.cloud.client("logs")
    return [event["message"] for event in logs.filter_log_events(logGroupName="access")["events"]]


def test_each_request_of_a_rest_api_is_a_line_in_the_access_log(deployed):
    found = deployed(REST)
    found.answers("Users", answer())
    found.ask("Api", path="/other")
    found.ask("Api", path="/nobody")
    first, second = (json.loads(line) for line in lines(found))
    assert first == {"who": "203.0.113.7", "what": "/other", "status": 200, "reason": "-", "none": "-"}
    assert (second["status"], second["reason"]) == (403, "Missing Authentication Token")


def test_each_request_of_an_http_api_is_a_line_in_the_access_log(deployed):
    found = http(
        deployed,
        "{ApiId: !Ref Api, StageName: $default, AutoDeploy: true, AccessLogSettings: "
        "{DestinationArn: !GetAtt Log.Arn, "
        "Format: '$context.routeKey $context.status $context.responseLength $context.integrationErrorMessage'}}",
    )
    found.ask("Api", path="/users")
    found.ask("Api", path="/nobody")
    first, second = lines(found)
    assert first == "GET /users 200 11 -"
    assert second.endswith("404 23 the API has no route for GET /nobody")


@pytest.mark.parametrize("api", ["rest", "http"])
def test_a_stage_without_limits_lets_everything_through(deployed, api):
    if api == "rest":
        found, path, stage = (
            deployed(
                REST.replace("ThrottlingBurstLimit: 1", "").replace(
                    "ThrottlingBurstLimit: 3, ThrottlingRateLimit: 1, ", ""
                )
            ),
            "/other",
            "Prod",
        )
        found.answers("Users", answer())
    else:
        found = http(deployed, "{ApiId: !Ref Api, StageName: $default, AutoDeploy: true}")
        path, stage = "/other", "$default"
    assert {a.status for a in timed(found, "Api", [(path, stage)] * 20)} == {200}
