"""A request is read by moto's services as werkzeug would have put it, without werkzeug's detour."""

from __future__ import annotations

import inspect
from typing import Any

import boto3
import moto.core.responses
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.core.request import Request
from moto.core.utils import method_names_from_class
from moto.s3.responses import S3Response
from moto.sqs.responses import SQSResponse

from harness.vendor import moto_requests
from harness.vendor.patches import Patches

responses: Any = moto.core.responses
TARGETS = (
    (Request, "from_primitives"),
    (Request, "raw_url"),
    (S3Response, "subdomain_based_buckets"),
    (responses, "method_names_from_class"),
)
HOSTS = (
    "s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "files.s3.amazonaws.com",
    "a.b.s3.eu-west-1.amazonaws.com",
    "localhost",
    "127.0.0.1",
    "minio.svc.cluster.local",
)


def environ(request: Request) -> list[tuple[str, Any]]:
    """All that a request is, in its order, but itself; what it is read from as what is read."""
    parts = [(key, value) for key, value in request.environ.items() if key != "werkzeug.request"]
    return [(key, value.getvalue() if key == "wsgi.input" else value) for key, value in parts]


def assert_the_same(method: str, url: str, headers: dict[str, Any], body: bytes | str | None) -> None:
    ours = moto_requests.plain_request(Request, method, url, headers, body)
    assert ours is not None
    assert environ(ours) == environ(Request.from_primitives(method, url, headers, body))
    assert list(ours.headers) == list(Request.from_primitives(method, url, headers, body).headers)


names = st.from_regex(r"x-amz-[a-z]{1,5}(-[a-z_]{1,5})?|X-Amz-Meta-[a-z_]{1,8}", fullmatch=True)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(Request.from_primitives).parameters) == ["method", "url", "headers", "body"]
    assert list(inspect.signature(S3Response.subdomain_based_buckets).parameters) == ["request"]
    assert list(inspect.signature(method_names_from_class).parameters) == ["clazz"]
    assert isinstance(vars(Request)["raw_url"], property)


def test_upstream_still_goes_by_werkzeug_and_lists_a_class_at_each_call() -> None:
    assert "cls.from_values(" in inspect.getsource(Request.from_primitives)
    assert "method_names_from_class(self.__class__)" in inspect.getsource(responses.BaseResponse.call_action)
    assert "inspect.getmembers" in inspect.getsource(method_names_from_class)


@given(
    method=st.sampled_from(["GET", "PUT", "POST", "HEAD"]),
    path=st.from_regex(r"(/[A-Za-z0-9._~!$'()*+,;:=@-]{1,9}|/%[0-9A-F]{2})*/?", fullmatch=True).map(lambda p: p or "/"),
    query=st.sampled_from(["", "list-type=2&prefix=a%2Fb", "uploads", "key=%C3%A9&x="]),
    headers=st.dictionaries(names, values, max_size=5),
    body=st.one_of(st.none(), st.binary(max_size=50), values),
    content_type=st.sampled_from([None, "application/json", "text/plain", b"application/x-amz-json-1.0"]),
)
def test_a_request_is_what_werkzeug_makes_of_it(
    method: str,
    path: str,
    query: str,
    headers: dict[str, Any],
    body: bytes | str | None,
    content_type: Any,
) -> None:
    given_headers = {**headers, "Host": "files.s3.amazonaws.com", "Content-Length": "3", "Transfer-Encoding": "chunked"}
    if content_type is not None:
        given_headers["Content-Type"] = content_type
    if len({key.upper().replace("-", "_") for key in given_headers}) < len(given_headers):
        return
    url = f"https://files.s3.amazonaws.com{path}" + (f"?{query}" if query else "")
    assert_the_same(method, url, given_headers, body)


@pytest.mark.parametrize(
    ("url", "headers", "body"),
    [
        ("https://files.s3.amazonaws.com//twice", {}, b""),
        ("https://files.s3.amazonaws.com:9000/a", {}, b""),
        ("https://files.s3.amazonaws.com/a b", {}, b""),
        ("https://files.s3.amazonaws.com/é", {}, b""),
        ("https://sqs.us-east-1.amazonaws.com/", {"Content-Type": "application/x-www-form-urlencoded"}, None),
        ("https://sqs.us-east-1.amazonaws.com/", {"a-b": "1", "A_B": "2"}, b""),
        ("https://sqs.us-east-1.amazonaws.com/", {"a": "1\r\n2"}, b""),
    ],
)
def test_a_request_of_another_form_is_left_to_werkzeug(url: str, headers: dict[str, str], body: bytes | None) -> None:
    assert moto_requests.plain_request(Request, "GET", url, headers, body) is None


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_a_buckets_when_moto_says_so(host: str) -> None:
    request = Request.from_primitives("GET", f"https://{host}/a/b", {"Host": host}, b"")
    with Patches() as patches:
        said = S3Response.subdomain_based_buckets(request)
        moto_requests.apply(patches)
        assert [S3Response.subdomain_based_buckets(request) for _ in range(2)] == [said, said]


def test_the_methods_of_a_class_are_those_that_moto_lists() -> None:
    listed, ours = method_names_from_class(SQSResponse), moto_requests.Methods(SQSResponse)
    assert all(name in ours for name in listed)
    assert not [name for name in dir(SQSResponse) if name in ours and name not in listed]
    assert "no_such_action" not in ours


def test_a_call_is_answered_as_before() -> None:
    with Patches() as patches, mock_aws():
        moto_requests.apply(patches)
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="files")
        s3.put_object(Bucket="files", Key="a b/ä+ü", Body=b"content", Metadata={"my_key": "1"}, ContentType="text/csv")
        answer = s3.get_object(Bucket="files", Key="a b/ä+ü")
        assert (answer["Body"].read(), answer["Metadata"], answer["ContentType"]) == (
            b"content",
            {"my_key": "1"},
            "text/csv",
        )
        assert s3.list_objects_v2(Bucket="files", Prefix="a b/")["KeyCount"] == 1


def test_undo_restores_the_very_objects() -> None:
    before = [vars(target)[name] for target, name in TARGETS]
    with Patches() as patches:
        moto_requests.apply(patches)
        assert all(vars(target)[name] is not old for (target, name), old in zip(TARGETS, before, strict=True))
    assert all(vars(target)[name] is old for (target, name), old in zip(TARGETS, before, strict=True))
