from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lambdas.csv_report.conftest import (
    GOOD,
    HEADER,
    PROCESSED,
    RAW,
    SUBMITTED_AT,
    Load,
    World,
    context,
    event_for,
    fixture_bytes,
)

AWKWARD_KEYS = [
    "uploads/with space.csv",
    "uploads/a+b.csv",
    "uploads/100%.csv",
    "uploads/%41.csv",
    "uploads/รายงาน.csv",
    "uploads/🌸 sale+50%.csv",
    "uploads/north/sales.csv",
]


def validate(load: Load, event: dict[str, Any], request_id: str = "request-1") -> None:
    load("csv_validator.app").handler(event, context(request_id))


def test_a_good_file_becomes_a_job_with_every_field_of_the_contract(world: World, load: Load) -> None:
    validate(load, world.upload("uploads/sales.csv", fixture_bytes("good.csv")))
    (message,) = world.messages()
    job = json.loads(message["Body"])
    assert job.pop("job_id") and job.pop("source_etag")
    assert job == {
        "source_bucket": RAW,
        "source_key": "uploads/sales.csv",
        "destination_bucket": PROCESSED,
        "file_size_bytes": len(fixture_bytes("good.csv")),
        "row_count": 3,
        "headers": ["order_id", "customer_name", "product", "quantity", "price", "date"],
        "submitted_at": SUBMITTED_AT,
    }
    assert message["MessageAttributes"]["job_type"]["StringValue"] == "csv_processing"
    assert world.notifications() == []


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_s3e_05_an_awkward_key_reaches_the_job_unchanged(world: World, load: Load, key: str) -> None:
    validate(load, world.upload(key, GOOD))
    (message,) = world.messages()
    assert json.loads(message["Body"])["source_key"] == key


@pytest.mark.parametrize(
    ("fixture", "error", "reason"),
    [
        ("empty.csv", "EmptyFile", "the file is empty"),
        ("header_only.csv", "NoDataRows", "the file has a header but no data rows"),
        (
            "missing_header.csv",
            "NoHeader",
            "the file has no header: its first row holds values, not column names",
        ),
        ("not_utf8.csv", "NotUtf8", "the file is not UTF-8: it contains the byte 0xe9"),
        ("not_a_csv_png.csv", "NotCsv", "the file is not a CSV: it holds binary data"),
        ("not_a_csv_json.csv", "NotCsv", 'the file is not a CSV: it begins with "{", like JSON or XML'),
    ],
)
def test_a_rejected_file_is_kept_with_the_reason_and_notified_once(
    world: World, load: Load, fixture: str, error: str, reason: str
) -> None:
    event = world.upload("uploads/x.csv", fixture_bytes(fixture))
    validate(load, event, "request-1")
    validate(load, event, "request-2")
    assert world.messages() == []
    assert world.keys("failed/") == ["failed/2026/01/05/x.csv"]
    assert world.read("failed/2026/01/05/x.csv") == fixture_bytes(fixture)
    metadata = world.metadata("failed/2026/01/05/x.csv")
    assert (metadata["error"], metadata["reason"]) == (error, reason)
    (notice,) = world.notifications()
    assert notice["Subject"] == "CSV failed: x.csv"
    assert reason in notice["Message"]
    assert f"s3://{PROCESSED}/failed/2026/01/05/x.csv" in notice["Message"]
    assert notice["MessageAttributes"]["status"]["Value"] == "failure"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"\xef\xbb\xbf", "EmptyFile"),
        (b"\n , \n\n", "EmptyFile"),
        ("order_id,price\n1,2\n".encode("utf-16"), "NotUtf8"),
        (b"<html><body>Not found</body></html>\n", "NotCsv"),
        ((HEADER + '1,"never closed,Widget,1,1,2026-01-05\n2,b,c,1,1,d\n').encode(), "NotCsv"),
        (HEADER.encode() + b"x" * 200_000 + b",b,c,1,1,d\n", "NotCsv"),
        (b"a" * 2_000_000, "NotCsv"),
        (b",".join(b"column%d" % n for n in range(3000)) + b"\n1\n", "HeaderTooLong"),
        ((HEADER + "1,a,b,1,1,d\n" * 2000).encode() + b"2,\xff,b,1,1,d\n", "NotUtf8"),
        (HEADER.encode() + b"\n,,,,,\n", "NoDataRows"),
    ],
)
def test_unusual_files_are_rejected_for_what_they_are(world: World, load: Load, body: bytes, error: str) -> None:
    validate(load, world.upload("uploads/x.csv", body))
    assert world.messages() == []
    assert world.metadata("failed/2026/01/05/x.csv")["error"] == error


@pytest.mark.parametrize("name", ["good_thai.csv", "good_quoted_bom.csv", "good_extra_columns.csv"])
def test_unusual_but_good_files_are_accepted(world: World, load: Load, name: str) -> None:
    validate(load, world.upload("uploads/x.csv", fixture_bytes(name)))
    (message,) = world.messages()
    assert json.loads(message["Body"])["row_count"] == 2


def test_a_header_with_other_columns_is_left_to_the_schema_check(world: World, load: Load) -> None:
    validate(load, world.upload("uploads/x.csv", b"id,name,2026\n1,a,5\n".replace(b"2026", b"total")))
    assert len(world.messages()) == 1


def test_the_same_event_twice_sends_the_very_same_job(world: World, load: Load) -> None:
    event = world.upload("uploads/sales.csv", GOOD)
    validate(load, event, "request-1")
    validate(load, event, "request-2")
    first, second = (message["Body"] for message in world.messages())
    assert first == second


def test_the_same_upload_after_midnight_keeps_id_and_day(world: World, load: Load) -> None:
    for time in ("2026-01-05T23:59:59.000Z", "2026-01-06T00:00:01.000Z"):
        event = world.upload("uploads/x.csv", b"")
        event["Records"][0]["eventTime"] = time
        validate(load, event, f"request at {time}")
    assert world.keys("failed/") == ["failed/2026/01/05/x.csv"]
    assert len(world.notifications()) == 1


def test_other_content_or_another_key_is_another_job(world: World, load: Load) -> None:
    validate(load, world.upload("uploads/a.csv", GOOD))
    validate(load, world.upload("uploads/b.csv", GOOD))
    validate(load, world.upload("uploads/a.csv", GOOD + b"1002,Bob,Widget,1,1,2026-01-05\n"))
    assert len({json.loads(message["Body"])["job_id"] for message in world.messages()}) == 3


def test_two_rejected_files_under_one_key_do_not_overwrite_one_another(world: World, load: Load) -> None:
    validate(load, world.upload("uploads/x.csv", b""), "request-1")
    validate(load, world.upload("uploads/x.csv", HEADER.encode()), "request-2")
    plain, with_id = sorted(world.keys("failed/"), key=len)
    assert (world.read(plain), world.read(with_id)) == (b"", HEADER.encode())
    assert len(world.notifications()) == 2


def test_s3e_07_a_test_event_without_records_is_tolerated(world: World, load: Load) -> None:
    validate(load, {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": RAW})
    assert world.messages() == []


def test_an_upload_that_was_replaced_or_removed_is_left_to_its_successor(world: World, load: Load) -> None:
    old = world.upload("uploads/x.csv", b"")
    world.upload("uploads/x.csv", GOOD)
    validate(load, old)
    validate(load, event_for("uploads/never-there.csv", "0" * 32))
    assert (world.messages(), world.keys(""), world.notifications()) == ([], [], [])


def test_a_retry_finishes_what_a_failed_publish_left_undone(
    world: World, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = load("csv_validator.app")
    event = world.upload("uploads/x.csv", b"")
    publish = app.sns.publish

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "Throttling"}}, "Publish")

    monkeypatch.setattr(app.sns, "publish", refuse)
    with pytest.raises(ClientError, match="Throttling"):
        app.handler(event, context("request-1"))
    monkeypatch.setattr(app.sns, "publish", publish)
    # LAM-10: an asynchronous retry has the request id of the first attempt.
    app.handler(event, context("request-1"))
    app.handler(event, context("request-1"))
    assert len(world.notifications()) == 1
