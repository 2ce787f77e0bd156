"""A function's HTTP requests to the pipeline's own addresses, whatever library makes them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from harness.errors import FunctionError
from tests.outside.apps import run_app, told
from tests.outside.test_http import ASKS

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {CodeUri: src, Runtime: python3.12, Timeout: 60}}
Resources:
  Caller:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Environment:
        Variables:
          HTTP: !Sub https://${Http}.execute-api.${AWS::Region}.amazonaws.com/v1/orders?dry=1
          REST: !Sub https://${Rest}.execute-api.${AWS::Region}.amazonaws.com/live/v1/orders?dry=1
          BUCKET: !Ref Bucket
      Policies: [{S3CrudPolicy: {BucketName: "*"}}]
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.orders
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Http, Method: POST, Path: /v1/orders}}
        Rest: {Type: Api, Properties: {RestApiId: !Ref Rest, Method: POST, Path: /v1/orders}}
  Http: {Type: AWS::Serverless::HttpApi}
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: live}}
  Bucket: {Type: AWS::S3::Bucket}
"""
HEAD = """
import os, time
def orders(event, context):
    time.sleep(2)
    dry = event["queryStringParameters"]["dry"]
    return {"statusCode": 200, "body": json.dumps({"got": json.loads(event["body"])["n"], "dry": dry})}
"""


def source(ask: str, handler: str, timeout_s: int = 10) -> str:
    return HEAD + textwrap.dedent(ask).replace("TIMEOUT", str(timeout_s)) + textwrap.dedent(handler)


@pytest.mark.parametrize("api", ["HTTP", "REST"])
@pytest.mark.parametrize("library", list(ASKS))
def test_every_library_reaches_the_pipelines_own_api(tmp_path: Path, library: str, api: str) -> None:
    handler = f"""
        def handler(event, context):
            tell(ask(os.environ["{api}"]))
    """
    result = run_app(tmp_path, source(ASKS[library], handler), template=TEMPLATE)
    assert result.outcome == "passed", result.error
    assert told(tmp_path) == [{"got": 1, "dry": "1"}]
    received = next(e for e in result.events if (e.station, e.what) == ("http", "received"))
    started = [e for e in result.events if e.what == "started"]
    # Who asked set it off, and goes on where it was.
    assert [received.cause, started[1].cause] == [started[0].number, received.number]
    assert next(e for e in result.events if (e.what, e.who) == ("succeeded", "Caller")).cause == started[0].number


@pytest.mark.parametrize("library", list(ASKS))
def test_a_client_gives_up_when_it_said_it_would(tmp_path: Path, library: str) -> None:
    handler = """
        def handler(event, context):
            began = time.time()
            try:
                ask(os.environ["HTTP"])
            except Exception:
                tell(time.time() - began)
    """
    result = run_app(tmp_path, source(ASKS[library], handler, timeout_s=1), template=TEMPLATE)
    assert result.outcome == "passed", result.error
    assert told(tmp_path) == [1.0]


def test_requests_of_an_asyncio_function_are_answered_at_the_same_time(tmp_path: Path) -> None:
    handler = """
        import asyncio, httpx
        async def both(url):
            async with httpx.AsyncClient() as client:
                return await asyncio.gather(*(client.post(url, json={"n": n}) for n in (1, 2)))
        def handler(event, context):
            began = time.time()
            tell([answer.json()["got"] for answer in asyncio.run(both(os.environ["HTTP"]))])
            tell(time.time() - began)
    """
    assert run_app(tmp_path, source("", handler), template=TEMPLATE).outcome == "passed"
    assert told(tmp_path) == [[1, 2], 2.0]


def test_a_stub_goes_first(tmp_path: Path) -> None:
    handler = """
        def handler(event, context):
            tell(ask(os.environ["HTTP"]))
    """
    stub = [{"url": "https://*.execute-api.us-east-1.amazonaws.com/v1/orders", "returns": {"json": {"stubbed": True}}}]
    result = run_app(tmp_path, source(ASKS["urllib"], handler), template=TEMPLATE, stub=stub)
    assert result.outcome == "passed", result.error
    assert told(tmp_path) == [{"stubbed": True}]


@pytest.mark.parametrize(
    "url",
    [
        "https://abcdefghij.execute-api.us-east-1.amazonaws.com/v1/orders",
        "https://abcdefghij.lambda-url.us-east-1.on.aws/",
        "https://somebody-elses.s3.amazonaws.com/a.csv",
        "https://s3.us-east-1.amazonaws.com/somebody-elses/a.csv",
    ],
)
def test_an_address_that_is_nobodys_here_is_refused_as_ever(tmp_path: Path, url: str) -> None:
    handler = f"""
        def handler(event, context):
            ask("{url}")
    """
    result = run_app(tmp_path, source(ASKS["urllib"], handler), template=TEMPLATE)
    assert isinstance(result.error, FunctionError)
    assert f"Caller sent POST {url}, and the scenario does not answer it" in str(result.error)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("style", ["virtual", "path"])
def test_s3_13_presigned_addresses_of_both_styles_work(tmp_path: Path, style: str, version: str) -> None:
    handler = f"""
        import boto3, requests
        from botocore.config import Config
        def handler(event, context):
            config = Config(signature_version="{version}", s3={{"addressing_style": "{style}"}})
            s3 = boto3.client("s3", config=config)
            def url(what):
                return s3.generate_presigned_url(what, Params={{"Bucket": os.environ["BUCKET"], "Key": "a b.txt"}})
            tell(requests.put(url("put_object"), data=b"hello").status_code)
            got = requests.get(url("get_object"))
            stored = s3.get_object(Bucket=os.environ["BUCKET"], Key="a b.txt")["Body"].read().decode()
            tell([got.status_code, got.text, stored])
            tell(requests.head(url("head_object")).headers["content-length"])
            tell(requests.get(url("get_object").replace("a%20b", "none")).status_code)
            tell(requests.delete(url("delete_object")).status_code)
    """
    result = run_app(tmp_path, source("", handler), template=TEMPLATE)
    assert result.outcome == "passed", result.error
    assert told(tmp_path) == [200, [200, "hello", "hello"], "5", 404, 204]


def test_without_a_signature_only_what_is_public_can_be_had(tmp_path: Path) -> None:
    handler = """
        import boto3, requests
        def handler(event, context):
            s3, bucket = boto3.client("s3"), os.environ["BUCKET"]
            url = f"https://{bucket}.s3.amazonaws.com/"
            s3.put_object(Bucket=bucket, Key="private.txt", Body=b"x")
            s3.put_object(Bucket=bucket, Key="public.txt", Body=b"x", ACL="public-read")
            tell([requests.get(url + name).status_code for name in ("private.txt", "public.txt")])
            tell(requests.put(url + "new.txt", data=b"x").status_code)
    """
    assert run_app(tmp_path, source("", handler), template=TEMPLATE).outcome == "passed"
    assert told(tmp_path) == [[403, 200], 403]


def test_s3_13_a_presigned_form_is_an_upload_too(tmp_path: Path) -> None:
    handler = """
        import boto3, requests
        def handler(event, context):
            s3 = boto3.client("s3")
            form = s3.generate_presigned_post(os.environ["BUCKET"], "from/a/form.txt")
            tell(requests.post(form["url"], data=form["fields"], files={"file": b"hello"}).status_code)
            tell(s3.get_object(Bucket=os.environ["BUCKET"], Key="from/a/form.txt")["Body"].read().decode())
    """
    result = run_app(tmp_path, source("", handler), template=TEMPLATE)
    assert result.outcome == "passed", result.error
    assert told(tmp_path) == [204, "hello"]
