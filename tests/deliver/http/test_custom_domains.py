"""APIs behind a custom domain."""

from __future__ import annotations

import pytest

from harness.deliver.http.exchange import HttpRequest
from tests.deliver.http.conftest import answer, message

DOMAINS = """\
Users:
  Type: AWS::Serverless::Function
  Properties:
    Events:
      Rest: {Type: Api, Properties: {Path: "/users/{id}", Method: get, RestApiId: !Ref Rest}}
      Http: {Type: HttpApi, Properties: {Path: "/users/{id}", Method: GET, ApiId: !Ref Http}}
Rest: {Type: AWS::Serverless::Api, Properties: {StageName: live}}
Http: {Type: AWS::Serverless::HttpApi, Properties: {StageName: live}}
Domain:
  Type: AWS::ApiGateway::DomainName
  Properties: {DomainName: api.example.com, RegionalCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/c"}
Root:
  Type: AWS::ApiGateway::BasePathMapping
  DependsOn: RestliveStage
  Properties: {DomainName: !Ref Domain, RestApiId: !Ref Rest, Stage: live}
V1:
  Type: AWS::ApiGateway::BasePathMapping
  DependsOn: RestliveStage
  Properties: {DomainName: !Ref Domain, RestApiId: !Ref Rest, Stage: live, BasePath: v1}
Other:
  Type: AWS::ApiGatewayV2::DomainName
  Properties: {DomainName: shop.example.com, DomainNameConfigurations: [{EndpointType: REGIONAL}]}
Mapped:
  Type: AWS::ApiGatewayV2::ApiMapping
  DependsOn: HttpApiGatewayDefaultStage
  Properties: {DomainName: !Ref Other, ApiId: !Ref Http, Stage: live, ApiMappingKey: shop/v2}
"""


@pytest.fixture
def world(deployed):
    found = deployed(DOMAINS.replace("HttpApiGatewayDefaultStage", "HttpliveStage"))
    found.answers("Users", answer())
    return found


def ask(world, domain, path):
    answers = []
    entrance = world.world.engines.http
    world.world.run(lambda: answers.append(entrance.request(domain, "", HttpRequest("GET", path))))
    return answers[0]


@pytest.mark.parametrize(
    ("domain", "path", "shown"),
    [
        ("api.example.com", "/users/7", "/users/7"),
        ("api.example.com", "/v1/users/7", "/v1/users/7"),
        ("shop.example.com", "/shop/v2/users/7", "/shop/v2/users/7"),
    ],
)
def test_the_longest_mapping_that_fits_answers_and_the_event_has_the_clients_path(world, domain, path, shown):
    assert ask(world, domain, path).status == 200
    (event,) = world.events("Users")
    assert event.get("path", event.get("rawPath")) == shown
    assert event["pathParameters"] == {"id": "7"}
    assert event["requestContext"]["domainName"] == domain


@pytest.mark.parametrize("path", ["/users/7", "/shop/v22/users/7", "/shop"])
def test_a_path_that_nothing_is_mapped_to_is_forbidden(world, path):
    found = ask(world, "shop.example.com", path)
    assert (found.status, message(found)) == (403, {"message": "Forbidden"})


def test_a_base_path_alone_is_the_apis_root(world):
    assert ask(world, "shop.example.com", "/shop/v2").status == 404
