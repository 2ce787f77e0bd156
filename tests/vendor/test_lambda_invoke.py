"""Lambda's Invoke API: who is called, and what the caller sees."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.responses import LambdaResponse

from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_invoke
from harness.world.cloud import Cloud

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


@dataclass
class Calls:
    client: Any
    result: InvocationResult = InvocationResult("succeeded", b'{"ok": 1}', "id", b"the log")  # noqa: RUF009
    sync: list[tuple[str, bytes, bytes | None]] = field(default_factory=list)
    events: list[tuple[str, bytes]] = field(default_factory=list)

    def on_invoke(self, arn: str, payload: bytes, client_context: bytes | None) -> InvocationResult:
        self.sync.append((arn, payload, client_context))
        return self.result

    def on_event(self, arn: str, payload: bytes) -> None:
        self.events.append((arn, payload))


def create(cloud: Cloud) -> Any:
    client = cloud.client("lambda")
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="app.handler", Code={"ZipFile": b"x"}
    )
    return client


@pytest.fixture
def calls() -> Iterator[Calls]:
    with Cloud(Kernel()) as cloud:
        calls = Calls(create(cloud))
        lambda_invoke.apply(cloud.patches, on_invoke=calls.on_invoke, on_event=calls.on_event)
        yield calls


def test_what_is_replaced_is_there() -> None:
    assert list(inspect.signature(LambdaResponse.invoke).parameters) == ["args", "kwargs"] or list(
        inspect.signature(LambdaResponse.invoke).parameters
    ) == ["self"]
    assert list(inspect.signature(LambdaResponse.invoke_async).parameters) in (["args", "kwargs"], ["self"])


def test_upstream_runs_no_code() -> None:
    with Cloud(Kernel()) as cloud:
        answer = create(cloud).invoke(FunctionName="f", Payload=b"not json")
        assert answer["StatusCode"] == 200
        assert "FunctionError" not in answer


def test_undo_puts_the_same_objects_back() -> None:
    before = (LambdaResponse.invoke, LambdaResponse.invoke_async)
    with Cloud(Kernel()) as cloud:
        lambda_invoke.apply(cloud.patches, on_invoke=None, on_event=None)  # type: ignore[arg-type]
        assert LambdaResponse.invoke is not before[0]
    assert (LambdaResponse.invoke, LambdaResponse.invoke_async) == before


def test_a_request_waits_for_the_answer(calls: Calls) -> None:  # LAM-01
    answer = calls.client.invoke(FunctionName="f", Payload=b'{"a": 1}', LogType="Tail")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert answer["Payload"].read() == b'{"ok": 1}'
    assert base64.b64decode(answer["LogResult"]) == b"the log"
    assert calls.sync == [(ARN, b'{"a": 1}', None)]


def test_without_a_payload_the_event_is_empty(calls: Calls) -> None:
    calls.client.invoke(FunctionName=ARN)
    assert calls.sync == [(ARN, b"{}", None)]


def test_the_qualifier_is_part_of_the_arn_as_called(calls: Calls) -> None:  # LAM-22
    calls.client.invoke(FunctionName="f", Qualifier="$LATEST")
    calls.client.invoke(FunctionName=ARN + ":$LATEST")
    assert [arn for arn, *_ in calls.sync] == [ARN + ":$LATEST"] * 2


def test_client_context_is_handed_on(calls: Calls) -> None:  # LAM-22
    calls.client.invoke(FunctionName="f", ClientContext=base64.b64encode(b'{"custom": {}}').decode())
    assert calls.sync[0][2] == b'{"custom": {}}'


@pytest.mark.parametrize("ending", ["failed", "timed out", "exited", "could not start"])
def test_whatever_went_wrong_is_unhandled(calls: Calls, ending: Any) -> None:  # LAM-05
    calls.result = InvocationResult(ending, b'{"errorType": "E"}', "id")
    answer = calls.client.invoke(FunctionName="f")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["Payload"].read() == b'{"errorType": "E"}'


def test_an_event_is_taken_in_and_nothing_comes_back(calls: Calls) -> None:  # LAM-01
    answer = calls.client.invoke(FunctionName="f", InvocationType="Event", Payload=b"1")
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert (calls.sync, calls.events) == ([], [(ARN, b"1")])


def test_the_old_asynchronous_api_does_the_same(calls: Calls) -> None:
    assert calls.client.invoke_async(FunctionName="f", InvokeArgs=b"1")["Status"] == 202
    assert calls.events == [(ARN, b"1")]


def test_a_dry_run_runs_nothing(calls: Calls) -> None:  # LAM-01
    answer = calls.client.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert (calls.sync, calls.events) == ([], [])


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_payload_that_is_not_json_is_refused(calls: Calls, kind: str) -> None:  # LAM-04
    with pytest.raises(ClientError, match="Could not parse request body into json: Could not parse payload") as caught:
        calls.client.invoke(FunctionName="f", Payload=b"{not json", InvocationType=kind)
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_a_payload_over_the_limit_is_refused(calls: Calls, kind: str, limit: int) -> None:  # LAM-02
    calls.client.invoke(FunctionName="f", Payload=b'"' + b"x" * (limit - 2) + b'"', InvocationType=kind)
    with pytest.raises(ClientError) as caught:
        calls.client.invoke(FunctionName="f", Payload=b'"' + b"x" * (limit - 1) + b'"', InvocationType=kind)
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_a_throttled_call_is_429(calls: Calls) -> None:  # LAM-17
    calls.result = InvocationResult("throttled", b'{"Reason": "R", "Type": "User", "message": "Rate Exceeded."}', "id")
    with pytest.raises(ClientError, match="Rate Exceeded") as caught:
        calls.client.invoke(FunctionName="f")
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["Reason"] == "R"


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_a_function_that_is_not_there_is_not_found(calls: Calls, kind: str) -> None:
    with pytest.raises(ClientError, match="Function not found: ") as caught:
        calls.client.invoke(FunctionName="g", InvocationType=kind)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
