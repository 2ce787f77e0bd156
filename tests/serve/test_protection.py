"""Strangers: names that are not this machine's, and pages of other origins."""

from __future__ import annotations

import pytest

from harness.serve.protection import Protection
from harness.serve.requests import Request

API = "/restapis/abc/prod/_user_request_/"


def request(path: str = "/", method: str = "GET", host: str = "localhost:4566", **headers: str) -> Request:
    pairs = (("Host", host), *((name.replace("_", "-"), value) for name, value in headers.items()))
    return Request(method, f"http://{host}{path}", pairs, b"", "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        "localhost:4566",
        "127.0.0.1:4566",
        "[::1]:4566",
        "LOCALHOST",
        "bucket.s3.localhost.localstack.cloud:4566",
        "abc.execute-api.us-east-1.amazonaws.com",
        "192.168.0.7:4566",
        "build-box:4566",
    ],
)
def test_names_of_this_machine_and_addresses_are_served(host: str) -> None:
    assert Protection(hosts=("build-box",)).refusal(request(host=host)) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4566", "localhost.evil.example", "evilamazonaws.com", ""]
)
def test_a_name_that_anybody_can_have_lead_here_is_refused(host: str) -> None:
    refused = Protection().refusal(request(host=host))
    assert refused is not None
    assert refused.status == 403
    assert b"--allow-host" in refused.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_another_origin_may_not_call_aws(headers: dict[str, str]) -> None:
    refused = Protection().refusal(request(**headers))
    assert refused is not None
    assert refused.status == 403
    assert b"--allow-origin" in refused.body


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://localhost:4566"},
        {"Origin": "http://app.test", "Sec_Fetch_Site": "cross-site"},
    ],
)
def test_programs_own_pages_and_allowed_origins_may(headers: dict[str, str]) -> None:
    assert Protection(origins=("http://app.test",)).refusal(request(**headers)) is None


def test_an_api_is_for_pages_of_this_machine_but_not_of_the_internet() -> None:
    protection = Protection()
    assert protection.refusal(request(API, Origin="http://localhost:3000", Sec_Fetch_Site="same-site")) is None
    assert protection.refusal(request(API, Origin="https://evil.example", Sec_Fetch_Site="cross-site")) is not None


def test_cors_headers_are_for_allowed_origins_and_never_put_on_an_api_s_answers() -> None:
    protection = Protection(origins=("http://app.test",))
    assert dict(protection.cors(request(Origin="http://app.test")))["access-control-allow-origin"] == "http://app.test"
    assert protection.cors(request(Origin="http://localhost:4566")) == ()
    assert protection.cors(request(API, Origin="http://app.test")) == ()
    asks = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "x-amz-date"}
    answer = protection.preflight(request(method="OPTIONS", Origin="http://app.test", **asks))
    assert answer is not None
    assert dict(answer.headers)["access-control-allow-headers"] == "x-amz-date"
    assert protection.preflight(request(API, method="OPTIONS", Origin="http://app.test", **asks)) is None
