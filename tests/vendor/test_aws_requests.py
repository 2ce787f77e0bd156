"""Which of AWS's services and operations a request over HTTP is for, and moto's answer to it."""

from __future__ import annotations

import inspect
import json

import pytest
from moto.core.models import botocore_stubber
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from harness.kernel.scheduler import Kernel
from harness.vendor import aws_requests
from harness.vendor.aws_calls import CallRefused
from harness.vendor.aws_requests import Asked, AwsRequest, NoService
from harness.world.cloud import Cloud


def request(
    service: str | None = None,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
    target: str = "",
    form: bool = False,
) -> AwsRequest:
    headers: list[tuple[str, str]] = []
    if service is not None:
        scope = f"AKIATEST/20260101/eu-west-1/{service}/aws4_request"
        headers.append(("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"))
    if target:
        headers += [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.0")]
    if form:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    return AwsRequest(method, f"http://localhost:4566{path}", tuple(headers), body)


def test_the_targets_exist_with_these_signatures() -> None:
    names = list(inspect.signature(DomainDispatcherApplication.infer_service_region_host).parameters)
    assert names == ["self", "environ", "path"]
    assert callable(botocore_stubber)


@pytest.mark.parametrize(
    ("asked", "host"),
    [
        (request("sqs", target="AmazonSQS.SendMessage"), "sqs.eu-west-1.amazonaws.com"),
        (request("dynamodb", target="DynamoDB_20120810.PutItem"), "dynamodb.eu-west-1.amazonaws.com"),
        (request("dynamodb", target="DynamoDBStreams_20120810.GetRecords"), "streams.dynamodb.eu-west-1.amazonaws.com"),
        (request("ses", path="/v2/email/outbound-emails"), "email.eu-west-1.amazonaws.com"),
        (request("s3", "GET", "/v20180820/configuration"), "s3-control.eu-west-1.amazonaws.com"),
        (request("lambda", path="/2015-03-31/functions"), "lambda.eu-west-1.amazonaws.com"),
        (request(None, target="AWSCognitoIdentityProviderService.SignUp"), "cognito-idp.us-east-1.amazonaws.com"),
    ],
)
def test_a_request_s_host_is_found(asked: AwsRequest, host: str) -> None:
    region = "eu-west-1"
    assert aws_requests.host_of(asked, region) == host


@pytest.mark.parametrize("asked", [request(None, "GET", "/b/k"), request("dynamodb")])
def test_what_says_nothing_has_none(asked: AwsRequest) -> None:
    with pytest.raises(NoService):
        aws_requests.host_of(asked, "us-east-1")


def at(host: str, method: str = "POST", path: str = "/", **given: object) -> AwsRequest:
    made = request(None, method, path, **given)  # type: ignore[arg-type]
    return AwsRequest(made.method, f"http://{host}{path}", made.headers, made.body)


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        (at("sqs.us-east-1.amazonaws.com", target="AmazonSQS.SendMessage"), Asked("sqs", "SendMessage", True)),
        (at("sqs.us-east-1.amazonaws.com", target="AmazonSQS.Nope"), Asked("sqs", "Nope", False)),
        (at("sns.us-east-1.amazonaws.com", body=b"Action=Publish", form=True), Asked("sns", "Publish", True)),
        (at("sns.us-east-1.amazonaws.com", "GET", "/?Action=ListTopics"), Asked("sns", "ListTopics", True)),
        (at("lambda.us-east-1.amazonaws.com", "GET", "/2015-03-31/functions"), Asked("lambda", "ListFunctions", True)),
        (at("lambda.us-east-1.amazonaws.com", "GET", "/nope"), Asked("lambda", None, False)),
        (at("states.us-east-1.amazonaws.com", target="A.StopExecution"), Asked("stepfunctions", "StopExecution", True)),
        (at("b.s3.us-east-1.amazonaws.com", "GET", "/k"), Asked("s3", "GetObject", True)),
        (at("s3.us-east-1.amazonaws.com", "GET", "/b/k"), Asked("s3", "GetObject", True)),
        (at("s3.us-east-1.amazonaws.com", "PUT", "/b"), Asked("s3", "CreateBucket", True)),
        (at("s3.us-east-1.amazonaws.com", "GET", "/"), Asked("s3", "ListBuckets", True)),
        (at("s3.us-east-1.amazonaws.com", "PATCH", "/b/k"), Asked("s3", None, False)),
        (at("nosuch.us-east-1.amazonaws.com"), Asked(None, None, False)),
    ],
)  # fmt: skip
def test_what_is_asked_of_which_service_is_found(made: AwsRequest, asked: Asked) -> None:
    assert aws_requests.asked(made) == asked


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("PUT", "/b", "CreateBucket"),
        ("PUT", "/b/k", "PutObject"),
        ("PUT", "/b/k%20k/l", "PutObject"),
        ("PUT", "/b?notification", "PutBucketNotificationConfiguration"),
        ("GET", "/b?list-type=2", "ListObjectsV2"),
        ("HEAD", "/b", "HeadBucket"),
        ("HEAD", "/b/k", "HeadObject"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("DELETE", "/b/k", "DeleteObject"),
        ("GET", "/", "ListBuckets"),
    ],
)
@pytest.mark.parametrize("in_host", [False, True])
def test_an_s3_request_with_its_host_s_header_has_the_operation_s_name(
    method: str, path: str, operation: str, in_host: bool
) -> None:
    host = "s3.us-east-1.amazonaws.com"
    if in_host and operation != "ListBuckets":
        host, path = f"b.{host}", "/" + path.removeprefix("/b").removeprefix("/")
    made = AwsRequest(method, f"http://{host}{path}", (("Host", host),), b"")
    assert aws_requests.asked(made).operation == operation


def test_the_door_s_name_of_a_call_is_that_of_boto3_s_events() -> None:
    assert Asked("stepfunctions", "StartExecution", True).call == "sfn.StartExecution"


def test_it_is_found_inside_of_a_world_too_after_another_call() -> None:
    with Cloud(Kernel()) as cloud:
        cloud.client("sts").get_caller_identity()
        aws_requests._service_at.cache_clear()
        found = aws_requests.asked(at("sqs.us-east-1.amazonaws.com", target="AmazonSQS.SendMessage"))
    assert found.service == "sqs"


def test_what_is_wrong_with_parameters_is_said_as_botocore_says_it() -> None:
    made = at("dynamodb.us-east-1.amazonaws.com", target="DynamoDB_20120810.PutItem", body=b'{"TableName": "t"}')
    assert aws_requests.problem("dynamodb", "PutItem", made) == 'Missing required parameter in input: "Item"'
    whole = at("dynamodb.us-east-1.amazonaws.com", target="X.PutItem", body=b'{"TableName": "t", "Item": {}}')
    assert aws_requests.problem("dynamodb", "PutItem", whole) is None


def test_the_cloud_answers_and_refuses_what_it_has_not() -> None:
    with Cloud(Kernel()):
        made = at("sqs.us-east-1.amazonaws.com", target="AmazonSQS.CreateQueue", body=b'{"QueueName": "q"}')
        status, _, body = aws_requests.answer("sqs.CreateQueue", made)
        assert (status, json.loads(body)["QueueUrl"].rpartition("/")[2]) == (200, "q")
        with pytest.raises(CallRefused):
            aws_requests.answer("unknown.Unknown", at("example.com"))
