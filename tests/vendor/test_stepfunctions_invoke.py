from __future__ import annotations

import json
from typing import Any

import pytest

from harness.invoke.result import InvocationResult
from harness.vendor import lambda_invoke
from tests.vendor.stepfunctions_stage import ROLE, Stage, fails, invoke, one, task


def ends(ending: Any, payload: str) -> Any:
    return lambda _: InvocationResult(ending, payload.encode(), "request-1")


both = pytest.mark.parametrize("state", [task, invoke], ids=["by its ARN", "lambda:invoke"])


@both
def test_sfn_13_error_is_the_error_type_and_cause_the_whole_payload_as_it_came(state: Any) -> None:
    payload = '{"errorMessage": "ไม่มี", "errorType": "KeyError", "stackTrace": []}'
    ended = Stage({"f": ends("failed", payload)}).execute(one(state()))
    assert (ended["error"], ended["cause"]) == ("KeyError", payload)


@both
def test_sfn_13_a_payload_without_an_error_type_is_lambda_unknown(state: Any) -> None:
    payload = '{"errorMessage":"2030-01-15T09:00:03Z request-1 Task timed out after 3.00 seconds"}'
    ended = Stage({"f": ends("timed out", payload)}).execute(one(state()))
    assert ended["error"] == "Lambda.Unknown"
    assert ended["cause"].endswith(f"Returned payload: {payload}")


@both
def test_sfn_13_a_throttled_call_is_a_service_error_that_can_be_retried(state: Any) -> None:
    answers = iter(["throttled", "ok"])
    rate = ends(
        "throttled", '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}'
    )
    stage = Stage({"f": lambda x: rate(x) if next(answers) == "throttled" else 1})
    retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 2}]
    assert stage.execute(one(state(Retry=retry)))["status"] == "SUCCEEDED"
    assert [call[0] for call in stage.calls] == [0, 2]


@both
def test_sfn_14_a_service_error_s_cause_has_the_optimised_integration_s_form(state: Any) -> None:
    ended = Stage({"f": ends("throttled", '{"message":"Rate Exceeded."}')}).execute(one(state()))
    assert ended["error"] == "Lambda.TooManyRequestsException"
    assert ended["cause"] == (
        "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; "
        "Request ID: request-1; Proxy: null)"
    )


@both
def test_sfn_13_a_function_that_does_not_stand_is_resource_not_found(state: Any) -> None:
    ended = Stage().execute(one(state()))
    assert ended["error"] == "Lambda.ResourceNotFoundException"
    assert "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f (" in ended["cause"]


def test_sfn_15_lambda_invoke_answers_with_the_call_and_an_arn_with_the_payload() -> None:
    stage = Stage({"f": lambda payload: {"got": payload}})
    full = json.loads(stage.execute(one(invoke()), {"a": "ก"})["output"])
    assert sorted(full) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    assert full["Payload"] == {"got": {"a": "ก"}}
    assert json.loads(Stage({"f": lambda _: [1]}).execute(one(task()))["output"]) == [1]


def test_sfn_14_an_aws_sdk_error_is_named_after_service_and_error() -> None:
    parameters = {"Bucket": "bucket", "Key": "missing"}
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Parameters": parameters}

    def main(stage: Stage) -> Any:
        stage.cloud.client("s3").create_bucket(Bucket="bucket")
        arn = stage.start(stage.machine(one(state)))
        stage.kernel.quiet()
        return stage.described(arn)

    ended = Stage().run(main)
    assert ended["error"] == "S3.NoSuchKeyException"
    assert "(Service: S3, Status Code: 404, Request ID: " in ended["cause"]


def test_services_are_called_with_step_functions_spelling() -> None:
    body = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "ResultPath": "$.sent", "Next": "B"}
    body["Parameters"] = {"QueueUrl.$": "$.url", "MessageBody": {"n": 1}}
    notice = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "ResultPath": "$.told", "Next": "C"}
    notice["Parameters"] = {"TopicArn.$": "$.topic", "Message": "hi", "Subject": "s"}
    item = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "ResultPath": "$.item", "Next": "D"}
    item["Parameters"] = {"TableName": "table", "Item": {"id": {"S": "1"}, "n": {"N": "2"}}}
    file = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "ResultPath": "$.file", "Next": "E"}
    file["Parameters"] = {"Bucket": "bucket", "Key": "k", "Body": {"a": 1}}
    bus = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "ResultPath": "$.bus", "End": True}
    bus["Parameters"] = {"Entries": [{"Source": "x", "DetailType": "y", "Detail": {"z": 1}}]}

    def main(stage: Stage) -> Any:
        client = stage.cloud.client
        client("s3").create_bucket(Bucket="bucket")
        url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        topic = client("sns").create_topic(Name="t")["TopicArn"]
        client("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        definition = one(body, B=notice, C=item, D=file, E=bus)
        arn = stage.start(stage.machine(definition), {"url": url, "topic": topic})
        stage.kernel.settle()
        message = client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"]
        stored = client("s3").get_object(Bucket="bucket", Key="k")["Body"].read()
        kept = client("dynamodb").get_item(TableName="table", Key={"id": {"S": "1"}})["Item"]
        return stage.described(arn), message, stored, kept

    ended, message, stored, kept = Stage().run(main)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(message) == {"n": 1}
    assert json.loads(stored) == {"a": 1}
    assert kept == {"id": {"S": "1"}, "n": {"N": "2"}}
    sent = json.loads(ended["output"])["sent"]
    assert {"MD5OfMessageBody", "MessageId"} <= set(sent)


def test_a_failed_call_s_events_follow_from_the_state_s() -> None:
    stage = Stage({"f": fails("Boom")})
    stage.execute(one(task()))
    started = stage.kernel.trace.select("invoke", "started")[0]
    entered = stage.kernel.trace.select("workflow", "entered")[0]
    assert started.cause == entered.number


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_an_invocation_that_is_not_waited_for_is_lambda_s_affair(kind: str, status: int) -> None:
    taken: list[tuple[str, bytes]] = []
    stage = Stage()

    def main(_: Stage) -> Any:
        lambda_invoke.apply(stage.cloud.patches, on_invoke=None, on_event=lambda *event: taken.append(event))  # type: ignore[arg-type]
        stage.cloud.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        stage.cloud.client("lambda").create_function(
            FunctionName="f", Role=ROLE, Runtime="python3.12", Handler="app.handler", Code={"ZipFile": b"x"}
        )
        state = invoke()
        state["Parameters"]["InvocationType"] = kind
        arn = stage.start(stage.machine(one(state)), {"a": 1})
        stage.kernel.quiet()
        return stage.described(arn)

    ended = stage.run(main)
    output = json.loads(ended["output"])
    assert (output["StatusCode"], output["Payload"]) == (status, {})
    assert [json.loads(payload) for _, payload in taken] == ([{"a": 1}] if kind == "Event" else [])
    assert stage.calls == []
