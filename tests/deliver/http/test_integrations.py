"""Integrations of a REST API that are no proxies: MOCK, a function, other services, with mapping templates."""

from __future__ import annotations

import json

import pytest

from harness.vendor import stepfunctions_engine
from tests.deliver.http.conftest import message

BASE = """\
Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
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
          Statement:
            - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Jobs.Arn}
            - {Effect: Allow, Action: states:StartExecution, Resource: !Ref Machine}
MachineRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
Users: {Type: AWS::Serverless::Function, Properties: {}}
LetIn:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Users, Principal: apigateway.amazonaws.com}
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
    RoleArn: !GetAtt MachineRole.Arn
    Definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
Resource:
  Type: AWS::ApiGateway::Resource
  Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: "{id}"}
Method:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    ResourceId: !Ref Resource
    HttpMethod: POST
    AuthorizationType: NONE
    MethodResponses: [{StatusCode: 200}, {StatusCode: 202}, {StatusCode: 400}]
    Integration:
INTEGRATION
Deployment: {Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: {RestApiId: !Ref Api, StageName: Prod}}
"""


@pytest.fixture
def integrated(deployed):
    """Deploys one method with this integration, written as YAML."""

    def deploying(integration):
        indented = "".join(f"      {line}\n" for line in integration.strip().splitlines())
        return deployed(BASE.replace("INTEGRATION\n", indented))

    return deploying


def ask(api, body=b"", path="/7", **more):
    return api.ask("Api", "POST", path, body=body, **more)


SQS = """\
Type: AWS
IntegrationHttpMethod: POST
Credentials: !GetAtt Role.Arn
Uri: !Sub "arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/jobs"
RequestParameters: {integration.request.header.Content-Type: "'application/x-www-form-urlencoded'"}
RequestTemplates:
  application/json: >-
    Action=SendMessage&MessageBody=$util.urlEncode($input.body)&MessageAttribute.1.Name=id&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=$input.params('id')
IntegrationResponses:
  - StatusCode: 202
    ResponseTemplates:
      application/json: '{"id": "$input.path("$.SendMessageResponse.SendMessageResult.MessageId")"}'
  - {StatusCode: 400, SelectionPattern: "4\\\\d{2}"}
"""


def test_a_queue_gets_the_request_s_body_as_a_message(integrated):
    api = integrated(SQS)
    found = ask(api, b'{"a": "b & c"}')
    from harness.vendor import sqs_queue

    (sent,) = sqs_queue.find("arn:aws:sqs:us-east-1:123456789012:jobs").peek()
    assert sent.body == '{"a": "b & c"}'
    assert sent.message_attributes["id"]["StringValue"] == "7"
    assert (found.status, len(message(found)["id"])) == (202, 36)


def test_a_refusal_of_the_service_chooses_the_response_by_its_status(integrated):
    api = integrated(SQS.replace("MessageBody=$util.urlEncode($input.body)&", ""))
    assert ask(api, b"{}").status == 400


def test_apig_10_a_role_that_may_not_call_the_service_gets_a_403_of_it(integrated):
    api = integrated(SQS)
    role = api.stack.resource("Role").physical_id
    api.world.cloud.client("iam").delete_role_policy(RoleName=role, PolicyName="calls")
    found = ask(api, b"{}")
    assert found.status == 400  # what the pattern makes of the service's 403
    assert "is not authorized to perform: sqs:SendMessage" in message(found)["message"]
    assert api.world.sqs.get_queue_attributes(
        QueueUrl=api.stack.resource("Jobs").physical_id, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"] == {"ApproximateNumberOfMessages": "0"}


def test_a_state_machine_is_started_with_what_the_template_makes(integrated):
    api = integrated(
        """\
Type: AWS
IntegrationHttpMethod: POST
Credentials: !GetAtt Role.Arn
Uri: !Sub "arn:aws:apigateway:${AWS::Region}:states:action/StartExecution"
RequestTemplates:
  application/json: !Sub |
    #set($name = $input.path('$.name'))
    {"stateMachineArn": "${Machine}", "name": "run-$name", "input": "$util.escapeJavaScript($input.json('$'))"}
IntegrationResponses: [{StatusCode: 200}]
"""
    )
    with_engine = api.world.cloud.patches
    stepfunctions_engine.apply(with_engine, api.world.kernel, on_invoke_function=lambda *a: None)
    found = ask(api, b'{"name": "ada"}')
    assert found.status == 200
    arn = message(found)["executionArn"]
    assert arn.endswith(":run-ada")
    described = api.world.cloud.client("stepfunctions").describe_execution(executionArn=arn)
    assert json.loads(described["input"]) == {"name": "ada"}


def test_a_function_is_called_with_what_the_template_makes_and_matched_by_its_error(integrated):
    api = integrated(
        """\
Type: AWS
IntegrationHttpMethod: POST
Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Users.Arn}/invocations"
RequestTemplates:
  application/json: '{"id": "$input.params("id")", "q": "$input.params().querystring.q", "stage": "$context.stage"}'
IntegrationResponses:
  - {StatusCode: 200}
  - StatusCode: 400
    SelectionPattern: "b.*"
    ResponseTemplates: {application/json: '{"said": "$input.path("$.errorMessage")"}'}
"""
    )
    api.answers("Users", {"fine": True}, api.world.FAILS)
    fine = ask(api, query=[("q", "x")])
    assert api.events("Users") == [{"id": "7", "q": "x", "stage": "Prod"}]
    failed = ask_again(api)
    assert (fine.status, message(fine)) == (200, {"fine": True})
    assert (failed.status, message(failed)) == (400, {"said": "boom"})


def ask_again(api):
    # A kernel runs once more after its main task has ended.
    return ask(api)


MOCK = """\
Type: MOCK
PassthroughBehavior: NEVER
RequestTemplates: {application/json: '{"statusCode": STATUS}'}
IntegrationResponses:
  - StatusCode: 200
    ResponseTemplates: {application/json: '{"id": "$input.params("id")"}'}
  - {StatusCode: 400, SelectionPattern: "4.."}
"""


@pytest.mark.parametrize(("said", "status"), [("200", 200), ("404", 400), ("'none'", 500)])
def test_a_mock_answers_by_the_status_of_its_template(integrated, said, status):
    assert ask(integrated(MOCK.replace("STATUS", said.replace("'", "''")))).status == status


def test_a_media_type_without_a_template_is_refused_if_nothing_is_passed_through(integrated):
    found = ask(integrated(MOCK.replace("STATUS", "200")), headers={"Content-Type": "text/csv"})
    assert (found.status, message(found)) == (415, {"message": "Unsupported Media Type"})


def test_a_status_that_the_method_does_not_declare_is_a_500(integrated):
    found = ask(integrated(MOCK.replace("STATUS", "200").replace("StatusCode: 200", "StatusCode: 203")))
    assert found.status == 500
    assert "invalid method response: 203" in found.reason


OVERRIDING = """\
Type: MOCK
RequestTemplates: {application/json: '{"statusCode": 200}'}
IntegrationResponses:
  - StatusCode: 200
    ResponseParameters: {method.response.header.Note: "'mapped'"}
    ResponseTemplates:
      application/json: >-
        #set($context.responseOverride.status = STATUS)#set($context.responseOverride.header.note = "by template"){}
"""


def test_a_template_may_override_the_status_and_headers_of_the_answer(integrated):
    found = ask(integrated(OVERRIDING.replace("STATUS", "404")))
    assert (found.status, found.header("Note"), message(found)) == (404, "by template", {})


def test_what_is_no_status_overrides_none_and_is_a_500(integrated):
    found = ask(integrated(OVERRIDING.replace("STATUS", '"gone"')))
    assert found.status == 500
    assert "gone in $context.responseOverride.status is no status" in found.reason


def test_a_template_that_is_no_velocity_is_a_500(integrated):
    found = ask(integrated(MOCK.replace("'{\"statusCode\": STATUS}'", "'#if(\"never ended\"'")))
    assert found.status == 500
    assert "Unable to transform" in found.reason
