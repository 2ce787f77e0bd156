"""Bad input gets AWS's error in the service's own form, or a clear one; the server lives on."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

JSON = {"Content-Type": "application/x-amz-json-1.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(service: str, **more: str) -> dict[str, str]:
    scope = f"AKIATEST/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", **more}


def target(service: str, action: str) -> dict[str, str]:
    return signed(service, **JSON, **{"X-Amz-Target": action})


@pytest.mark.parametrize(
    ("headers", "body", "status", "code", "said"),
    [
        (signed("nosuch") | JSON, b"{}", 501, "NotImplemented", 'does not emulate the service "nosuch"'),
        (target("sqs", "AmazonSQS.Nope"), b"{}", 400, "UnknownOperationException", ""),
        (signed("dynamodb") | JSON, b"{}", 400, "UnknownOperationException", ""),
        (target("sqs", "AmazonSQS.SendMessage"), b"{broken", 400, "SerializationException", "no JSON object"),
        (target("dynamodb", "DynamoDB_20120810.PutItem"), b"[1]", 400, "SerializationException", "no JSON object"),
        (target("sqs", "AmazonSQS.CreateQueue"), b"\xff\xfe", 400, "SerializationException", "no JSON object"),
        (target("dynamodb", "DynamoDB_20120810.PutItem"), b"{}", 400, "ValidationException", '"TableName"'),
        (
            target("dynamodb", "DynamoDB_20120810.ListContributorInsights"),
            b"{}",
            501,
            "NotImplemented",
            "does not emulate ListContributorInsights of dynamodb",
        ),
        (
            JSON | {"Authorization": "AWS4-HMAC-SHA256 garbage", "X-Amz-Target": "DynamoDB_20120810.PutItem"},
            b"{}",
            400,
            "IncompleteSignatureException",
            "requires 'Credential' parameter",
        ),
    ],
)
def test_a_service_that_speaks_json_refuses_in_json(
    server: Any, headers: dict[str, str], body: bytes, status: int, code: str, said: str
) -> None:
    found, given, text = server.ask("POST", "/", body, headers)
    answer = json.loads(text)
    assert (found, answer["__type"]) == (status, code)
    assert said in answer["message"]
    assert given["x-amzn-requestid"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("POST", "/", signed("sns") | FORM, b"Action=Nope&Version=2010-03-31", 400, "InvalidAction"),
        ("POST", "/", signed("sns") | FORM, b"", 400, "MissingAction"),
        ("POST", "/", signed("sns") | FORM, b"Action=Publish", 400, "ValidationError"),
        ("GET", "/b", {"Authorization": "AWS AKID:signature"}, b"", 400, "InvalidRequest"),
        ("GET", "/b", {"Authorization": "AWS4-HMAC-SHA256 x"}, b"", 400, "AuthorizationHeaderMalformed"),
        ("PATCH", "/no-bucket/k", signed("s3"), b"", 405, "MethodNotAllowed"),
        ("PUT", "/no-bucket?notification", signed("s3"), b"<broken", 400, "MalformedXML"),
        ("GET", "/%00%ff", signed("s3"), b"", 404, "NoSuchBucket"),
        ("GET", "/no-bucket/k", {}, b"", 404, "NoSuchBucket"),
    ],
)
def test_a_service_that_speaks_xml_refuses_in_xml(
    server: Any, method: str, path: str, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    found, _, text = server.ask(method, path, body, headers)
    assert (found, f"<Code>{code}</Code>" in text.decode()) == (status, True), text


def test_a_path_that_lambda_has_not_and_a_broken_body_are_refused_in_its_form(server: Any) -> None:
    status, _, text = server.ask("POST", "/2015-03-31/functions/x/nope", b"{}", signed("lambda"))
    assert (status, json.loads(text)["__type"]) == (404, "UnknownOperationException")
    status, _, text = server.ask("POST", "/2015-03-31/functions", b"{broken", signed("lambda"))
    assert (status, json.loads(text)["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"garbage\r\n\r\n", b"HTTP/1.1 400"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"HTTP/1.1 400"),  # TLS
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", b"HTTP/1.1 4"),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),  # no Host
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\nx", b"HTTP/1.1 413"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\nx", b"HTTP/1.1 400"),
    ],
)
def test_what_is_no_http_or_too_much_is_refused(server: Any, sent: bytes, answered: bytes) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(sent)
        assert connection.recv(1000).startswith(answered)


def test_a_stranger_s_name_and_page_are_refused(server: Any) -> None:
    assert server.ask("GET", "/", headers={"Host": "evil.example"})[0] == 403
    assert server.ask("GET", "/_harness/health", headers={"Origin": "https://evil.example"})[0] == 403


def test_a_payload_of_more_than_6_mb_gets_lambda_s_error(app: Any) -> None:
    lambda_ = app.client("lambda")
    try:
        lambda_.invoke(FunctionName="echo", Payload=b'"' + b"a" * (6 * 1024 * 1024) + b'"')
    except lambda_.exceptions.RequestTooLargeException as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    else:
        raise AssertionError("it was taken")
