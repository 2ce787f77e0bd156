from __future__ import annotations

import pytest

from harness.deliver.queue_records import failed_ids, passes, record
from harness.vendor.sqs_message import Message

IDS = ("a", "b")


def message(body="hello", **attributes):
    found = Message("m-1", body, sent_us=1_000_000, enqueued_us=1_000_000, message_attributes=attributes)
    found.receipt_handle, found.receive_count, found.first_received_us = "handle", 2, 2_000_000
    return found


def test_esm_18_a_record_has_every_field():
    found = record(
        message(
            n={"DataType": "Number", "StringValue": "1"},
            b={"DataType": "Binary", "BinaryValue": b"\x00"},
        ),
        "arn:aws:sqs:us-east-1:123456789012:jobs",
    )
    assert found["attributes"] == {
        "ApproximateReceiveCount": "2",
        "SentTimestamp": "1000",
        "SenderId": found["attributes"]["SenderId"],
        "ApproximateFirstReceiveTimestamp": "2000",
    }
    assert found["messageAttributes"] == {
        "n": {"stringValue": "1", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
        "b": {"binaryValue": "AA==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert len(found["md5OfMessageAttributes"]) == 32
    rest = {k: v for k, v in found.items() if "ttributes" not in k}
    assert rest == {
        "messageId": "m-1",
        "receiptHandle": "handle",
        "body": "hello",
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:jobs",
        "awsRegion": "us-east-1",
    }


def test_esm_18_no_digest_without_attributes():
    assert "md5OfMessageAttributes" not in record(message(), "arn:aws:sqs:us-east-1:1:jobs")


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"{}", b'""', b"[]", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}']
)
def test_esm_15_nothing_reported_is_success(answer):
    assert failed_ids(answer, IDS) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b'"done"',
        b'{"batchItemFailures": "a"}',
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"itemIdentifer": "a"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "x"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "x"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": 1}]}',
        b'{"batchItemFailures": ["a"]}',
    ],
)
def test_esm_15_what_cannot_be_understood_fails_everything(answer):
    assert failed_ids(answer, IDS) == frozenset(IDS)


def test_esm_15_the_reported_ones_fail():
    assert failed_ids(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', IDS) == {"b"}


@pytest.mark.parametrize(
    ("pattern", "body", "expected"),
    [
        ({"body": {"n": [{"numeric": [">", 1]}]}}, '{"n": 2}', True),
        ({"body": {"n": [{"numeric": [">", 1]}]}}, '{"n": 1}', False),
        ({"body": {"n": [1]}}, "plain", False),
        ({"body": ["plain"]}, "plain", True),
        ({"body": ["plain"]}, "other", False),
        ({"body": [{"prefix": "{"}]}, '{"n": 2}', False),
        ({}, "anything", True),
    ],
)
def test_esm_17_patterns_of_bodies(pattern, body, expected):
    assert passes(message(body), [pattern]) is expected


def test_esm_17_filters_are_ored():
    filters = [{"body": {"n": [1]}}, {"body": {"n": [2]}}]
    assert [passes(message(f'{{"n": {n}}}'), filters) for n in (1, 2, 3)] == [True, True, False]
