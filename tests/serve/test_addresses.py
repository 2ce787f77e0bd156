"""What the address of a request means."""

from __future__ import annotations

import pytest

from harness.serve.addresses import Address, ToApi, ToAws, ToBucket, ToFunction, ToUs, localised, read

HERE = "http://localhost:4566"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        (f"{HERE}/", ToAws()),
        (f"{HERE}/bucket/key", ToAws()),
        (f"{HERE}/_harness/health", ToUs("/_harness/health")),
        (f"{HERE}/_localstack/health", ToUs("/_localstack/health")),
        (f"{HERE}/restapis/abc123/prod/_user_request_/a%20b?x=1", ToApi("abc123", "prod", "/a%20b")),
        (f"{HERE}/restapis/abc123/prod/_user_request_", ToApi("abc123", "prod", "/")),
        (f"{HERE}/restapis/abc123/stages", ToAws()),  # API Gateway's own API
        (f"{HERE}/_aws/execute-api/abc123/prod/a", ToApi("abc123", None, "/prod/a")),
        ("http://abc123.execute-api.localhost.localstack.cloud:4566/prod/a", ToApi("abc123", None, "/prod/a")),
        ("http://abc123.execute-api.us-east-1.amazonaws.com/prod/a", ToApi("abc123", None, "/prod/a")),
        (f"{HERE}/_aws/lambda-url/f00", ToFunction("f00", "/")),
        ("http://f00.lambda-url.us-east-1.localhost:4566/a", ToFunction("f00", "/a")),
        ("http://f00.lambda-url.us-east-1.on.aws/a", ToFunction("f00", "/a")),
        ("http://my.bucket.s3.localhost.localstack.cloud:4566/k", ToBucket("my.bucket", "/k")),
        ("http://b-1.s3.eu-west-1.localhost.localstack.cloud:4566/k", ToBucket("b-1", "/k")),
        ("http://b-1.s3.us-east-1.amazonaws.com/k", ToBucket("b-1", "/k")),
        ("http://s3.localhost.localstack.cloud:4566/b/k", ToAws()),
        ("http://b-1.localhost:4566/k", ToAws("b-1")),
    ],
)
def test_an_address_says_who_is_asked(url: str, meant: Address) -> None:
    assert read(url) == meant


def test_aws_s_addresses_of_apis_and_functions_are_shown_as_they_are_here() -> None:
    text = "https://abc.execute-api.eu-west-1.amazonaws.com/Prod and https://f00.lambda-url.us-east-1.on.aws/"
    assert localised(text, HERE) == f"{HERE}/_aws/execute-api/abc/Prod and {HERE}/_aws/lambda-url/f00/"
