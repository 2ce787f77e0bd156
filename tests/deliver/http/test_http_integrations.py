"""What is behind an HTTP API's routes, other than a function."""

from __future__ import annotations

import base64
import json
import textwrap

import pytest

from harness.vendor import sqs_queue, stepfunctions_engine
from harness.vendor.http_exchange import HttpAnswer
from tests.deliver.http.conftest import message

HERE = "us-east-1:123456789012"
HEAD = """\
Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
MachineRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
    StateMachineName: machine
    StateMachineType: EXPRESS
    RoleArn: !GetAtt MachineRole.Arn
    Definition: {StartAt: Wait, States: {Wait: {Type: Wait, SecondsPath: $.wait, End: true}}}
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: sts:AssumeRole}]
    Policies:
      - PolicyName: calls
        PolicyDocument:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Action: ["sqs:*", "kinesis:*", "events:*", "states:*"], Resource: "*"}]
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: api, ProtocolType: HTTP}}
Stage:
  Type: AWS::ApiGatewayV2::Stage
  Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true, StageVariables: {who: us}}
Route:
  Type: AWS::ApiGatewayV2::Route
  Properties: {ApiId: !Ref Api, RouteKey: "ANY /do/{id}", Target: !Sub "integrations/${Call}"}
"""


@pytest.fixture
def api(deployed):
    """Deploys an API whose one route, ANY /do/{id}, has the integration that is given."""

    patches, kernel = deployed.world.cloud.patches, deployed.world.kernel
    stepfunctions_engine.apply(patches, kernel, on_invoke_function=lambda *_: None)

    def deploying(integration):
        text = "Call:\n  Type: AWS::ApiGatewayV2::Integration\n  Properties:\n    ApiId: !Ref Api\n"
        found = deployed(HEAD + text + textwrap.indent(textwrap.dedent(integration), "    "))
        found.do = lambda body="", method="POST", **more: found.ask(
            "Api", method, "/do/7", body=body if isinstance(body, bytes) else body.encode(), **more
        )
        return found

    return deploying


def service(subtype, **parameters):
    return (
        f"IntegrationType: AWS_PROXY\nIntegrationSubtype: {subtype}\nPayloadFormatVersion: '1.0'\n"
        f"CredentialsArn: !GetAtt Role.Arn\nRequestParameters: {json.dumps(parameters)}\n"
    )


QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"


def test_a_message_is_sent_as_the_mapping_says_and_answered_in_sqs_own_xml(api):
    attributes = '{"who": {"DataType": "String", "StringValue": "${stageVariables.who}-${request.path.id}"}}'
    found = api(
        service("SQS-SendMessage", QueueUrl=QUEUE, MessageBody="$request.body.job", MessageAttributes=attributes)
    )
    answer = found.do('{"job": {"n": 1}}')
    (sent,) = sqs_queue.find(f"arn:aws:sqs:{HERE}:jobs").peek()
    assert (sent.body, sent.message_attributes["who"]["StringValue"]) == ('{"n":1}', "us-7")
    assert (answer.status, answer.header("content-type")) == (200, "text/xml")
    assert f"<MessageId>{sent.message_id}</MessageId>" in answer.text


def test_messages_are_received_and_deleted(api):
    found = api(service("SQS-ReceiveMessage", QueueUrl=QUEUE, MaxNumberOfMessages="10", WaitTimeSeconds="0"))
    found.world.sqs.send_message(QueueUrl=QUEUE, MessageBody="a < b")
    assert "<Body>a &lt; b</Body>" in found.do().text


def test_what_the_mapping_does_not_find_is_a_400_and_nothing_is_called(api):
    found = api(service("SQS-SendMessage", QueueUrl=QUEUE, MessageBody="$request.body.job"))
    answer = found.do('{"other": 1}')
    assert (answer.status, message(answer)) == (400, {"message": "Bad Request"})
    assert "MessageBody" in answer.reason
    assert sqs_queue.find(f"arn:aws:sqs:{HERE}:jobs").peek() == []


def test_a_role_that_may_not_is_answered_as_the_service_does(api):
    found = api(service("SQS-PurgeQueue", QueueUrl=QUEUE))
    role = found.stack.resource("Role").physical_id
    found.world.cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="calls")
    answer = found.do()
    assert (answer.status, "sqs:PurgeQueue" in answer.text) == (403, True)


def test_an_event_is_put_on_the_bus(api):
    found = api(service("EventBridge-PutEvents", Detail="$request.body", DetailType="Order", Source="shop"))
    found.world.sqs.create_queue(QueueName="seen", Attributes={"Policy": _everybody()})
    found.world.buses.put_rule(Name="all", EventPattern='{"source": ["shop"]}')
    found.world.buses.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{HERE}:seen"}])
    answer = found.do('{"n": 1}')
    assert (answer.status, message(answer)["FailedEntryCount"]) == (200, 0)
    found.world.run(lambda: found.world.kernel.sleep(5))
    (event,) = sqs_queue.find(f"arn:aws:sqs:{HERE}:seen").peek()
    assert json.loads(event.body)["detail"] == {"n": 1}


def _everybody():
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_record_is_base64_in_the_request(api):
    found = api(
        service("Kinesis-PutRecord", StreamName="clicks", PartitionKey="$request.path.id", Data="$request.body.data")
    )
    answer = found.do(json.dumps({"data": base64.b64encode(b"click").decode()}))
    assert message(answer)["ShardId"] == "shardId-000000000000"
    assert found.do('{"data": "no base64!"}').status == 400


ARN = f"arn:aws:states:{HERE}:stateMachine:machine"


def test_an_execution_is_started_and_not_waited_for(api):
    found = api(service("StepFunctions-StartExecution", StateMachineArn=ARN, Input="$request.body"))
    answer = found.do('{"wait": 600}')
    assert answer.status == 200
    assert message(answer)["executionArn"].startswith(f"arn:aws:states:{HERE}:express:machine")


@pytest.mark.parametrize(("wait", "status"), [(10, 200), (40, 503)])
def test_apig_06_a_synchronous_execution_is_waited_for_30_s(api, wait, status):
    found = api(service("StepFunctions-StartSyncExecution", StateMachineArn=ARN, Input="$request.body"))
    assert found.do(f'{{"wait": {wait}}}').status == status


PROXY = """\
IntegrationType: HTTP_PROXY
IntegrationMethod: ANY
IntegrationUri: https://users.example/v1/{id}?a=1
PayloadFormatVersion: "1.0"
"""


def test_a_request_is_passed_on_to_an_address_outside(api):
    found, asked = api(PROXY), []
    found.world.cloud.on_request = lambda carrier, request: (
        asked.append(request) or HttpAnswer(201, (("x-from", "outside"),), b"made")
    )
    answer = found.do("hello", method="PUT", query=[("b", "2")], headers={"X-Mine": "1"})
    assert (answer.status, answer.body, answer.header("x-from")) == (201, b"made", "outside")
    (request,) = asked
    assert (request.method, request.url, request.body) == ("PUT", "https://users.example/v1/7?a=1&b=2", b"hello")
    assert ("x-mine", "1") in request.headers
    assert "host" not in dict(request.headers)


@pytest.mark.parametrize(
    "answer", [HttpAnswer(error=ConnectionRefusedError("nobody")), HttpAnswer(delay_s=None), HttpAnswer(delay_s=31.0)]
)
def test_an_address_that_does_not_answer_is_a_503(api, answer):
    found = api(PROXY)
    found.world.cloud.on_request = lambda carrier, request: answer
    assert found.do().status == 503


def test_requests_and_answers_are_changed_as_the_mappings_say(api):
    found, asked = (
        api(
            PROXY
            + """\
RequestParameters:
  "overwrite:path": /v2/$context.stage
  "overwrite:header.x-user": ${request.path.id}-${stageVariables.who}
  "append:header.x-tag": $request.header.X-Tag
  "remove:querystring.secret": ""
  "append:querystring.order": $request.body.order.id
  "overwrite:header.x-absent": $request.querystring.absent
ResponseParameters:
  "200":
    ResponseParameters:
      - {Destination: "overwrite:statuscode", Source: "202"}
      - {Destination: append:header.x-id, Source: $response.body.id}
      - {Destination: remove:header.server}
"""
        ),
        [],
    )
    body = json.dumps({"id": 5}).encode()
    found.world.cloud.on_request = lambda carrier, request: (
        asked.append(request) or HttpAnswer(200, (("server", "x"),), body)
    )
    answer = found.do('{"order": {"id": 9}}', headers={"X-Tag": "t"}, query=[("secret", "s"), ("q", "1")])
    (request,) = asked
    assert request.url == "https://users.example/v2/$context.stage?q=1&order=9"
    headers = [pair for pair in request.headers if pair[0] in ("x-user", "x-tag", "x-absent")]
    assert headers == [("x-tag", "t"), ("x-user", "7-us"), ("x-tag", "t")]
    assert (answer.status, answer.headers) == (202, (("x-id", "5"),))


def test_an_address_of_this_world_is_answered_here(deployed):
    found = deployed(
        HEAD
        + """\
Call:
  Type: AWS::ApiGatewayV2::Integration
  Properties:
    ApiId: !Ref Api
    IntegrationType: HTTP_PROXY
    IntegrationMethod: ANY
    IntegrationUri: !Sub "https://${Other}.execute-api.${AWS::Region}.amazonaws.com/live/users/{id}"
    PayloadFormatVersion: "1.0"
Users:
  Type: AWS::Serverless::Function
  Properties: {Events: {One: {Type: Api, Properties: {RestApiId: !Ref Other, Path: "/users/{id}", Method: get}}}}
Other: {Type: AWS::Serverless::Api, Properties: {StageName: live}}
"""
    )
    found.answers("Users", {"statusCode": 200, "body": "ada"})
    assert found.ask("Api", path="/do/ada").body == b"ada"
    assert found.events("Users")[0]["pathParameters"] == {"id": "ada"}
