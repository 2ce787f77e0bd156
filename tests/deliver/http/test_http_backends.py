"""A REST API's integrations that call an address."""

from __future__ import annotations

import pytest

from harness.vendor.http_exchange import HttpAnswer
from tests.deliver.http.conftest import message

HEAD = """\
Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
Users:
  Type: AWS::ApiGateway::Resource
  Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: "{id}"}
Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref Api}}
Stage:
  Type: AWS::ApiGateway::Stage
  Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: Prod, Variables: {host: users.example}}
Method:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    ResourceId: !Ref Users
    HttpMethod: ANY
    AuthorizationType: NONE
    MethodResponses: [{StatusCode: "200"}, {StatusCode: "404"}]
    Integration:
      IntegrationHttpMethod: METHOD
      Uri: "https://${stageVariables.host}/v1/{user}"
      RequestParameters:
        integration.request.path.user: method.request.path.id
        integration.request.header.X-From: context.stage
        integration.request.querystring.fixed: "'yes'"
        integration.request.header.X-Absent: method.request.header.X-Absent
"""
PROXY = HEAD.replace("METHOD", "ANY") + "      Type: HTTP_PROXY\n"
PLAIN = (
    HEAD.replace("METHOD", "POST")
    + """\
      Type: HTTP
      RequestTemplates: {application/json: '{"name": $input.json("$.n")}'}
      IntegrationResponses:
        - StatusCode: "200"
          ResponseParameters: {method.response.header.x-id: integration.response.header.X-Id}
          ResponseTemplates: {application/json: '{"id": $input.json("$.id")}'}
        - {StatusCode: "404", SelectionPattern: "4..", ResponseTemplates: {application/json: '{"none": true}'}}
"""
)


def asked_of(found, *answers):
    asked, script = [], list(answers)
    found.world.cloud.on_request = lambda carrier, request: asked.append(request) or script.pop(0)
    return asked


def test_a_proxy_passes_the_request_on_and_the_answer_back(deployed):
    found = deployed(PROXY)
    asked = asked_of(found, HttpAnswer(418, (("x-pot", "tea"),), b"short"))
    answer = found.ask("Api", "PUT", "/7", headers={"X-Mine": "1"}, query=[("q", "2")], body=b"hello")
    assert (answer.status, answer.headers, answer.body) == (418, (("x-pot", "tea"),), b"short")
    (request,) = asked
    assert (request.method, request.url) == ("PUT", "https://users.example/v1/7?q=2&fixed=yes")
    headers = dict(request.headers)
    assert (headers["x-mine"], headers["x-from"], "x-absent" in headers) == ("1", "Prod", False)
    assert request.body == b"hello"


def test_without_a_proxy_templates_and_patterns_decide(deployed):
    found = deployed(PLAIN)
    asked = asked_of(found, HttpAnswer(201, (("x-id", "i"),), b'{"id": 5}'), HttpAnswer(404, (), b"none"))
    made, missing = (found.ask("Api", "PUT", "/7", headers={"X-Mine": "1"}, body=b'{"n": "ada"}') for _ in range(2))
    assert (made.status, message(made), made.header("x-id")) == (200, {"id": 5}, "i")
    assert (missing.status, message(missing)) == (404, {"none": True})
    assert (asked[0].method, asked[0].body) == ("POST", b'{"name": "ada"}')
    assert "x-mine" not in dict(asked[0].headers)


@pytest.mark.parametrize(
    ("answer", "status"), [(HttpAnswer(error=ConnectionRefusedError("nobody")), 504), (HttpAnswer(delay_s=None), 504)]
)
def test_apig_06_an_address_that_does_not_answer_is_a_504(deployed, answer, status):
    found = deployed(PROXY)
    asked_of(found, answer)
    assert found.ask("Api", path="/7").status == status
