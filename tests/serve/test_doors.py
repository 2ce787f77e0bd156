"""APIs, function URLs and buckets by all the addresses that clients know."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


def test_a_rest_api_answers_at_its_path_with_headers_as_they_were_written(app: Any) -> None:
    path = urlsplit(app.outputs()["Api"]).path
    status, headers, body = app.ask("GET", f"{path}?a=1&a=2", headers={"X-MiXed": "yes"})
    event = json.loads(body)
    assert (status, headers["x-seen"]) == (200, "yes")
    assert (event["path"], event["requestContext"]["stage"], event["headers"]["X-MiXed"]) == (
        "/things/1",
        "Prod",
        "yes",
    )
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}


def test_a_rest_api_answers_at_localstack_s_path_and_at_its_host(app: Any) -> None:
    api = urlsplit(app.outputs()["Api"]).path.split("/")[3]
    by_path = app.ask("GET", f"/restapis/{api}/Prod/_user_request_/things/7")
    by_host = app.ask("GET", "/Prod/things/7", headers={"Host": f"{api}.execute-api.localhost.localstack.cloud:4566"})
    assert [json.loads(body)["pathParameters"] for _, _, body in (by_path, by_host)] == [{"id": "7"}] * 2


def test_an_http_api_answers_without_a_stage(app: Any) -> None:
    event = json.loads(urllib.request.urlopen(app.outputs()["Http"]).read())
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/other/1", "$default")


def test_a_function_url_answers_at_its_path_and_at_its_host(app: Any) -> None:
    url = app.outputs()["Url"]
    status, _, body = app.ask("POST", urlsplit(url).path + "x", b"sent")
    assert (status, json.loads(body)["rawPath"], json.loads(body)["body"]) == (200, "/x", "sent")
    host = urlsplit(url).path.split("/")[3] + ".lambda-url.us-east-1.on.aws"
    assert json.loads(app.ask("GET", "/y", headers={"Host": host})[2])["rawPath"] == "/y"


def test_an_unknown_api_is_forbidden_as_on_aws(server: Any) -> None:
    assert server.ask("GET", "/_aws/execute-api/nothing/prod/a")[::2] == (403, b'{"message":"Forbidden"}')


def test_a_bucket_is_found_by_path_and_by_host(server: Any) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="by-host")
    s3.put_object(Bucket="by-host", Key="a/b c+d.txt", Body=b"x", Metadata={"my_key": "v"})
    assert s3.get_object(Bucket="by-host", Key="a/b c+d.txt")["Metadata"] == {"my_key": "v"}
    path = "/a/b%20c%2Bd.txt"
    for host in ("by-host.s3.localhost.localstack.cloud:4566", "by-host.s3.amazonaws.com", "by-host.localhost:4566"):
        assert server.ask("GET", path, headers={"Host": host, **SIGNED})[::2] == (200, b"x"), host
    assert server.ask("HEAD", f"/by-host{path}", headers=SIGNED)[1]["content-length"] == "1"
    status, _, body = server.ask("GET", f"/by-host{path}")
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


def test_presigned_urls_of_both_kinds_lead_here(server: Any) -> None:
    server.client("s3").create_bucket(Bucket="presigned")
    for version in ("s3", "s3v4"):
        s3 = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(signature_version=version),
        )
        put = s3.generate_presigned_url("put_object", {"Bucket": "presigned", "Key": version})
        get = s3.generate_presigned_url("get_object", {"Bucket": "presigned", "Key": version})
        urllib.request.urlopen(urllib.request.Request(put, b"signed", method="PUT"))
        assert urllib.request.urlopen(get).read() == b"signed"


def test_an_object_of_many_megabytes_comes_back_whole_in_parts_and_at_once(server: Any) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="large")
    content = b"0123456789abcdef" * 1_000_000
    s3.put_object(Bucket="large", Key="once", Body=content)
    assert s3.get_object(Bucket="large", Key="once")["Body"].read() == content
    upload = s3.create_multipart_upload(Bucket="large", Key="parts")["UploadId"]
    part = {"Bucket": "large", "Key": "parts", "UploadId": upload}
    tags = [s3.upload_part(**part, PartNumber=n, Body=content[:6_000_000])["ETag"] for n in (1, 2)]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": parts})
    assert s3.head_object(Bucket="large", Key="parts")["ContentLength"] == 12_000_000
