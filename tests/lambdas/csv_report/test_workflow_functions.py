"""The functions behind the workflow's tasks, called with what the definition hands them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.lambdas.csv_report.conftest import (
    GOOD,
    HEADER,
    PROCESSED,
    RAW,
    Load,
    World,
    context,
    fixture_bytes,
    job_fields,
)
from tests.lambdas.csv_report.test_csv_validator import AWKWARD_KEYS

JOB = {name: value for name, value in job_fields().items() if isinstance(value, str)}
DELIVERY = "arn:aws:states:us-east-1:123456789012:execution:ProcessCSVWorkflow:job-1"


def call(load: Load, function: str, event: Any) -> Any:
    """What the function answers, as Lambda would send it on."""
    return json.loads(json.dumps(load(f"{function}.app").handler(json.loads(json.dumps(event)), context())))


def process(load: Load, job: dict[str, Any]) -> dict[str, Any]:
    """The workflow's way for this job, task by task."""
    state = call(load, "parse_csv", job)
    schema = call(load, "validate_schema", state)
    checks = {"schema": schema, "size": {"large": False}}
    if schema["valid"]:
        done = call(load, "transform_data", {**state, "checks": checks})
        notice = {"status": "success", **done, "delivery": DELIVERY}
    else:
        done = call(load, "move_to_failed", {**state, "checks": checks})
        notice = {"status": "failure", **done, "delivery": DELIVERY}
    call(load, "send_notification", notice)
    return dict(done)


def upload(world: World, body: bytes, key: str = "uploads/sales.csv") -> None:
    world.s3.put_object(Bucket=RAW, Key=key, Body=body)


def report(world: World, key: str = "processed/2026/01/05/sales_result.json") -> Any:
    """The report, its numbers with a point as Decimals."""
    return json.loads(world.read(key), parse_float=Decimal)


def test_a_good_file_becomes_a_report_exact_to_the_cent(world: World, load: Load) -> None:
    upload(world, fixture_bytes("good.csv"))
    process(load, job_fields())
    found = report(world)
    assert found["summary"] == {
        "total_rows": 3,
        "unreadable_rows": 0,
        "total_revenue": Decimal("249.45"),
        "average_order_value": Decimal("83.15"),
        "products": {
            "Gadget": {"quantity": 1, "revenue": Decimal("149.50"), "orders": 1},
            "Widget": {"quantity": 5, "revenue": Decimal("99.95"), "orders": 2},
        },
    }
    assert found["rows"][0] == {
        "row": 2,
        "order_id": "1001",
        "customer_name": "Alice Moore",
        "product": "Widget",
        "quantity": 2,
        "price": Decimal("19.99"),
        "date": "2026-01-05",
        "revenue": Decimal("39.98"),
    }
    assert found["unreadable_rows"] == []
    assert found["source"] == {"bucket": RAW, "key": "uploads/sales.csv"}


def test_money_is_never_a_float(world: World, load: Load) -> None:
    rows = "1,a,Mint,1,0.1,d\n2,a,Mint,1,0.2,d\n3,b,Gold,999999999999999,999999999999999.99,d\n"
    upload(world, (HEADER + rows).encode())
    process(load, job_fields())
    assert b'"total_revenue": 999999999999998990000000000000.31' in world.read("processed/2026/01/05/sales_result.json")
    summary = report(world)["summary"]
    assert str(summary["products"]["Mint"]["revenue"]) == "0.30"


def test_half_a_cent_is_rounded_away_from_zero_row_by_row(world: World, load: Load) -> None:
    rows = "1,a,Nail,1,0.005,d\n2,a,Nail,1,0.005,d\n3,a,Nail,-1,0.005,d\n"
    upload(world, (HEADER + rows).encode())
    process(load, job_fields())
    found = report(world)
    assert [str(row["revenue"]) for row in found["rows"]] == ["0.01", "0.01", "-0.01"]
    assert str(found["summary"]["total_revenue"]) == "0.01"


def test_rows_that_cannot_be_read_are_counted_and_listed(world: World, load: Load) -> None:
    upload(world, fixture_bytes("unreadable_rows.csv"))
    process(load, job_fields())
    found = report(world)
    assert found["unreadable_rows"] == [
        {"row": 3, "reason": 'quantity "two" is not a number'},
        {"row": 4, "reason": 'price "1,149.50" is not a number'},
        {"row": 5, "reason": 'quantity "" is not a number'},
        {"row": 6, "reason": "the row has 5 cells, the header 6"},
    ]
    assert (found["summary"]["total_rows"], found["summary"]["unreadable_rows"]) == (6, 4)
    assert str(found["summary"]["total_revenue"]) == "189.48"
    (notice,) = world.notifications()
    assert "Rows: 6, of which 4 could not be read" in notice["Message"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e5", "$5", "1_000", "๑๒", "--1", ".", "0x10", "1" * 16])
def test_a_number_that_would_have_to_be_guessed_is_unreadable(world: World, load: Load, text: str) -> None:
    upload(world, (HEADER + f"1,a,b,1,{text},d\n").encode())
    process(load, job_fields())
    found = report(world)
    assert found["rows"] == []
    assert str(found["summary"]["average_order_value"]) == "0.00"
    assert found["unreadable_rows"][0]["reason"] == f'price "{text}" is not a number'


def test_columns_are_found_by_name_whatever_their_order_case_and_spacing(world: World, load: Load) -> None:
    upload(world, fixture_bytes("good_extra_columns.csv").replace(b"price", b" Price "))
    process(load, job_fields())
    assert [str(row["revenue"]) for row in report(world)["rows"]] == ["8.03", "-7.25"]


def test_quotes_line_breaks_blank_lines_and_a_byte_order_mark_are_read(world: World, load: Load) -> None:
    upload(world, fixture_bytes("good_quoted_bom.csv"))
    process(load, job_fields())
    rows = report(world)["rows"]
    assert [(row["row"], row["customer_name"], row["product"]) for row in rows] == [
        (2, "Grey, Ann", 'Desk "Oak"'),
        (4, "Line\r\nBreak", "Chair"),
    ]


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_the_result_of_an_awkward_key_is_named_after_it(world: World, load: Load, key: str) -> None:
    upload(world, GOOD, key)
    process(load, job_fields(key))
    name = key.removeprefix("uploads/").removesuffix(".csv")
    assert world.keys("processed/") == [f"processed/2026/01/05/{name}_result.json"]
    (notice,) = world.notifications()
    assert f"s3://{PROCESSED}/processed/2026/01/05/{name}_result.json" in notice["Message"]


def test_the_longest_key_still_gets_a_result_and_a_failed_file(world: World, load: Load) -> None:
    key = "uploads/" + "ก" * 337 + ".csv"  # three bytes each: 1,023 in all
    upload(world, GOOD, key)
    process(load, job_fields(key))
    upload(world, fixture_bytes("bad_schema.csv"), key)
    process(load, job_fields(key, job_id="job-2"))
    assert all(len(found.encode()) <= 1024 for found in world.keys(""))
    assert (len(world.keys("processed/")), len(world.keys("failed/"))) == (1, 1)


def test_same_base_name_in_two_folders_gives_two_results(world: World, load: Load) -> None:
    for number, folder in enumerate(["north", "south"]):
        upload(world, GOOD, f"uploads/{folder}/sales.csv")
        process(load, job_fields(f"uploads/{folder}/sales.csv", job_id=f"job-{number}"))
    assert world.keys("processed/") == [
        "processed/2026/01/05/north/sales_result.json",
        "processed/2026/01/05/south/sales_result.json",
    ]


def test_other_content_under_the_same_key_gets_a_result_of_its_own(world: World, load: Load) -> None:
    upload(world, GOOD)
    process(load, job_fields(job_id="job-1"))
    upload(world, fixture_bytes("good.csv"))
    process(load, job_fields(job_id="job-2"))
    assert sorted(world.keys("processed/")) == [
        "processed/2026/01/05/sales.job-2_result.json",
        "processed/2026/01/05/sales_result.json",
    ]
    assert report(world)["job_id"] == "job-1"
    assert len(world.notifications()) == 2


def test_the_same_execution_twice_gives_one_result_and_one_notification(world: World, load: Load) -> None:
    upload(world, GOOD)
    first = process(load, job_fields())
    assert process(load, job_fields()) == first
    assert len(world.keys("processed/")) == 1
    assert len(world.notifications()) == 1


def test_a_bad_schema_twice_gives_one_failed_file_and_one_notification(world: World, load: Load) -> None:
    upload(world, fixture_bytes("bad_schema.csv"))
    first = process(load, job_fields())
    assert process(load, job_fields()) == first
    assert world.keys("failed/") == ["failed/2026/01/05/sales.csv"]
    assert world.metadata("failed/2026/01/05/sales.csv") == {
        "job-id": "job-1",
        "error": "BadSchema",
        "reason": "missing columns: price, date",
    }
    (notice,) = world.notifications()
    assert "Missing columns: price, date\n" in notice["Message"]
    assert f"Failed file: s3://{PROCESSED}/failed/2026/01/05/sales.csv\n" in notice["Message"]
    assert notice["MessageAttributes"] == {
        "job_id": {"Type": "String", "Value": "job-1"},
        "status": {"Type": "String", "Value": "failure"},
    }


def test_a_column_that_occurs_twice_is_a_bad_schema(world: World, load: Load) -> None:
    upload(world, b"order_id,customer_name,product,quantity,price,date,Price\n1,a,b,1,2,d,3\n")
    assert process(load, job_fields())["failure"]["reason"] == "columns that occur more than once: price"


def test_a_file_replaced_since_the_job_was_sent_is_an_error_and_not_another_report(world: World, load: Load) -> None:
    upload(world, GOOD)
    changed = load("common.storage").SourceChanged
    with pytest.raises(changed, match="has other content now"):
        call(load, "parse_csv", job_fields(source_etag="0" * 32))
    state = call(load, "parse_csv", job_fields())
    upload(world, fixture_bytes("good.csv"))
    with pytest.raises(changed, match="has other content now"):
        call(load, "transform_data", state)
    assert world.keys("processed/") == []


def test_a_missing_file_and_a_job_with_missing_fields_are_named_errors(world: World, load: Load) -> None:
    with pytest.raises(load("common.storage").SourceGone):
        call(load, "parse_csv", job_fields("uploads/gone.csv"))
    inputs: tuple[Any, ...] = ({}, [], "text", None)
    for execution_input in inputs:
        with pytest.raises(load("common.jobs").InvalidJob):
            call(load, "parse_csv", execution_input)


def test_sfn_02_the_state_of_a_large_file_is_small(world: World, load: Load) -> None:
    upload(world, (HEADER + "1,Alice,Widget,2,19.99,2026-01-05\n" * 50_000).encode())
    state = call(load, "parse_csv", job_fields())
    done = call(load, "transform_data", state)
    assert state["file"]["size_bytes"] > 1024 * 1024
    assert len(json.dumps([state, done])) < 2000
    assert (done["result"]["total_rows"], done["result"]["total_revenue"]) == (50_000, "1999000.00")


def test_a_claim_whose_delivery_died_is_taken_up_by_its_own_retry_and_by_nobody_else(
    world: World, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(world, GOOD)
    state = call(load, "parse_csv", job_fields())
    event = {"status": "success", **call(load, "transform_data", state), "delivery": DELIVERY}
    app = load("send_notification.app")
    publish = app.sns.publish

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalError"}}, "Publish")

    monkeypatch.setattr(app.sns, "publish", refuse)
    with pytest.raises(ClientError):
        app.handler(event, context())
    monkeypatch.setattr(app.sns, "publish", publish)
    other = {**event, "delivery": "somebody else"}
    assert app.handler(other, context())["published"] is False
    assert world.notifications() == []
    assert app.handler(event, context())["published"] is True
    assert app.handler(event, context())["published"] is False
    assert app.handler(other, context())["published"] is False
    assert len(world.notifications()) == 1


def test_a_claim_that_its_delivery_has_given_up_is_taken_up_by_a_later_one(world: World, load: Load) -> None:
    app = load("send_notification.app")
    result = {"bucket": PROCESSED, "key": "k", "total_rows": 1, "unreadable_rows": 0, "total_revenue": "1.00"}
    event = {"status": "success", "job": JOB, "result": result, "delivery": DELIVERY}
    claim = json.dumps({"delivery": "given up", "status": "success", "state": "claimed"})
    world.s3.put_object(Bucket=PROCESSED, Key="notifications/job-1.json", Body=claim)
    assert app.handler(event, context())["published"] is False
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert app.handler(event, context())["published"] is True
        assert app.handler(event, context())["published"] is False
    assert len(world.notifications()) == 1


@pytest.mark.parametrize(
    "base",
    ["a" * 300 + ".csv", "🌸" * 200 + ".csv", "line\nbreak\ttab\x07\u2028.csv", "ราย" * 60 + ".csv", "x.csv"],
)
def test_sns_15_every_subject_keeps_to_the_rules(world: World, load: Load, base: str) -> None:
    notices = load("common.notices")
    ref = load("common.jobs").JobRef("job-1", RAW, f"uploads/{base}", PROCESSED, "2026-01-05")
    failure = {"reason": "missing columns: ราคา\n", "missing_columns": [], "bucket": PROCESSED, "key": "k"}
    subject = notices.failure_notice(ref, failure).subject
    assert 0 < len(subject.encode("utf-16-le")) // 2 < 100
    assert all(character.isprintable() for character in subject)
    assert subject.startswith("CSV failed: ") and subject.endswith(".csv")


def test_a_reason_in_any_language_fits_into_metadata(load: Load) -> None:
    text = load("common.failed_files").metadata_text
    assert text("missing columns: price") == "missing columns: price"
    assert text("100% ราคา\n") == "100%25 %E0%B8%A3%E0%B8%B2%E0%B8%84%E0%B8%B2%0A"
    assert len(text("ก" * 5000)) <= 1024 and text("ก" * 5000).endswith("%81")
