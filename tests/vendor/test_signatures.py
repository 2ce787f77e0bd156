"""What is sent to the embedded cloud says who sends it, and its signature is not worked out."""

from __future__ import annotations

import inspect
import logging
from typing import Any

import boto3
import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.signers import RequestSigner
from moto import mock_aws

from harness.vendor import signatures
from harness.vendor.patches import Patches

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}


def authorization(service: str, operation: str, **parameters: Any) -> str:
    """The header that a client sends."""
    sent: list[str] = []
    client = boto3.client(service, **KEYS)
    client.meta.events.register_first("before-send", lambda request, **_: sent.append(request.headers["Authorization"]))
    with mock_aws():
        getattr(client, operation)(**parameters)
    return sent[0].decode() if isinstance(sent[0], bytes) else sent[0]


def signed_by_hand() -> str:
    """A header that a handler works out itself."""
    request = AWSRequest("GET", "https://a1b2.execute-api.eu-west-1.amazonaws.com/prod/users")
    request.context["timestamp"] = "20300115T090000Z"
    SigV4Auth(Credentials("AKIA", "secret"), "execute-api", "eu-west-1").add_auth(request)
    return str(request.headers["Authorization"])


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(RequestSigner.handler).parameters) == ["self", "operation_name", "request", "kwargs"]
    assert list(inspect.signature(SigV4Auth.add_auth).parameters) == ["self", "request"]
    body = inspect.getsource(SigV4Auth.add_auth)
    assert "self._modify_request_before_signing(request)" in body
    assert "request.context['timestamp'] = datetime_now.strftime(SIGV4_TIMESTAMP)" in body


def test_upstream_still_works_out_a_signature_that_moto_does_not_look_at() -> None:
    assert signatures.ZEROS not in authorization("sqs", "list_queues")


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "list_buckets"), ("sqs", "list_queues"), ("stepfunctions", "list_state_machines")]
)
def test_a_call_says_who_where_and_what_as_before(service: str, operation: str) -> None:
    worked_out = authorization(service, operation)
    with Patches() as patches:
        signatures.apply(patches)
        spared = authorization(service, operation)
    assert spared.endswith(f"Signature={signatures.ZEROS}")
    assert spared.partition(",")[0] == worked_out.partition(",")[0]


def test_presigned_addresses_and_forms_keep_their_signatures() -> None:
    s3 = boto3.client("s3", **KEYS)
    with Patches() as patches:
        signatures.apply(patches)
        address = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "a"})
        form = s3.generate_presigned_post("files", "a")
    assert signatures.ZEROS not in address
    assert signatures.ZEROS not in form["fields"].get("x-amz-signature", form["fields"].get("signature", "given"))


def test_what_a_handler_signs_itself_is_signed() -> None:
    with Patches() as patches:
        signatures.apply(patches)
        assert signatures.ZEROS not in signed_by_hand()


def test_a_function_that_logs_how_a_call_is_signed_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth.logger, "level", logging.DEBUG)
    botocore.auth.logger.manager._clear_cache()
    try:
        with Patches() as patches:
            signatures.apply(patches)
            assert signatures.ZEROS not in authorization("sqs", "list_queues")
    finally:
        monkeypatch.undo()
        botocore.auth.logger.manager._clear_cache()


def test_undo_restores_the_very_objects() -> None:
    before = (vars(RequestSigner)["handler"], vars(SigV4Auth)["add_auth"])
    with Patches() as patches:
        signatures.apply(patches)
        assert (vars(RequestSigner)["handler"], vars(SigV4Auth)["add_auth"]) != before
    assert (vars(RequestSigner)["handler"], vars(SigV4Auth)["add_auth"]) == before
