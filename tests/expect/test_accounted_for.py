from __future__ import annotations

import json
from typing import Any

import pytest

from harness.act.stage import Stage
from harness.expect.accounted_for import look_at_accounts
from harness.expect.looked import Looked
from harness.expect.mentions import Mentions
from harness.scenario.model import AccountedForCheck
from tests.act.stages import FakeMessage, Peek, arn, on_stage

WAYS: list[dict[str, Any]] = [
    {"object": {"bucket": "Results", "key": "processed/**/{stem}_result.json"}},
    {"object": {"bucket": "Raw", "key": "failed/*/*/*/{file}"}},
    {"queue": {"name": "Dead"}},
]


def account(
    uploads: list[str],
    results: list[str],
    failed: list[str] | None = None,
    bodies: list[str] | None = None,
    ways: list[dict[str, Any]] | None = None,
    metadata: dict[str, str] | None = None,
) -> Looked:
    value = {"uploads": {"bucket": "Raw", "prefix": "uploads/", "suffix": ".csv"}, "exactly_one_of": ways or WAYS}
    check = AccountedForCheck.model_validate(value)

    def main(stage: Stage) -> Looked:
        s3 = stage.client("s3")
        for key in uploads:
            stage.kernel.emit("act", "uploaded", "Raw", key=key)
        for key in results:
            s3.put_object(Bucket="result-bucket", Key=key, Body=b"", Metadata=metadata or {})
        for key in failed or []:
            s3.put_object(Bucket="raw-bucket", Key=key, Body=b"")
        return look_at_accounts(stage, check)

    return on_stage(main, peek_queue=Peek({arn("sqs", "dead"): [FakeMessage(b) for b in bodies or []]}))


def test_every_upload_that_ended_once_is_accounted_for() -> None:
    found = account(
        ["uploads/a.csv", "uploads/b.csv", "uploads/c.csv", "uploads/skip.txt", "other/d.csv"],
        ["processed/2030/01/15/a_result.json"],
        ["failed/2030/01/15/b.csv"],
        ['{"source_key": "uploads/c.csv"}'],
    )
    assert found.problems == []
    assert found.sentence == (
        'every upload to Raw ends in exactly one of "processed/**/{stem}_result.json" in Results, '
        '"failed/*/*/*/{file}" in Raw or a message in Dead'
    )


def test_an_upload_that_ended_nowhere_is_named() -> None:
    uploads = [f"uploads/{n}.csv" for n in range(8)]
    found = account(uploads, ["processed/x/0_result.json"])
    assert found.problems == [
        '7 of 8 uploads ended nowhere: "uploads/1.csv", "uploads/2.csv", "uploads/3.csv", "uploads/4.csv", '
        '"uploads/5.csv" and 2 more'
    ]
    assert found.related == ("uploads/1.csv", "uploads/2.csv", "uploads/3.csv")


def test_an_upload_that_ended_twice_is_named_with_both_places() -> None:
    found = account(["uploads/a.csv"], ["processed/x/a_result.json"], bodies=["uploads/a.csv", "uploads/a.csv"])
    assert found.problems == [
        '1 of 1 upload ended more than once: "uploads/a.csv": "processed/x/a_result.json" in Results, '
        "a message in Dead and a message in Dead"
    ]


def test_two_results_of_one_upload_are_twice() -> None:
    found = account(["uploads/a.csv"], ["processed/1/a_result.json", "processed/2/a_result.json"])
    assert len(found.problems) == 1


def test_one_name_inside_another_is_not_mistaken_for_it() -> None:
    uploads = ["uploads/a.csv", "uploads/aa.csv", "uploads/a.csv.csv", "uploads/1.csv", "uploads/11.csv"]
    found = account(
        uploads,
        [f"processed/x/{stem}_result.json" for stem in ("a", "1")],
        bodies=["uploads/aa.csv", "uploads/a.csv.csv", '["uploads/11.csv"]'],
    )
    assert found.problems == []


def test_awkward_keys_are_found_however_they_are_written() -> None:
    uploads = ["uploads/a b+c%.csv", "uploads/สวัสดี 🎉.csv"]
    encoded = '{"Records": [{"s3": {"object": {"key": "uploads/a+b%2Bc%25.csv"}}}]}'
    wrapped = json.dumps({"Message": json.dumps({"key": uploads[1]})})
    assert account(uploads, [], bodies=[encoded, wrapped]).problems == []


def test_metadata_must_fit_too() -> None:
    ways = [{"object": {"bucket": "Results", "key": "**", "metadata": {"source": "{key}"}}}]
    assert account(["uploads/a.csv"], ["any/thing"], ways=ways, metadata={"source": "uploads/a.csv"}).problems == []
    assert account(["uploads/a.csv"], ["any/thing"], ways=ways).problems != []


@pytest.mark.parametrize(
    "key",
    ["{stem}.out", "done/{stem}.out", "done/x/{stem}.out", "**/{stem}.out", "done/**/{stem}.out", "d*/x/{stem}.out"],
)
def test_what_a_key_begins_with_narrows_the_search_and_not_the_find(key: str) -> None:
    ended = {"{stem}.out": "a.out", "done/{stem}.out": "done/a.out"}.get(key, "done/x/a.out")
    found = account(["uploads/a.csv"], [ended, "other"], ways=[{"object": {"bucket": "Results", "key": key}}])
    assert found.problems == []


def test_nothing_uploaded_is_a_slip_and_not_a_success() -> None:
    found = account(["uploads/a.txt"], [])
    assert found.problems[0].startswith(
        'the scenario uploaded no key beginning with "uploads/" and ending in ".csv" to Raw, so nothing is checked'
    )


def test_the_same_key_twice_is_one_upload() -> None:
    assert account(["uploads/a.csv"] * 2, ["processed/x/a_result.json"]).problems == []


def test_looking_grows_with_the_uploads_and_not_with_their_square() -> None:
    class Counting(dict[str, Any]):
        asked = 0

        def __contains__(self, key: object) -> bool:
            self.asked += 1
            return super().__contains__(key)

    def lookups(count: int) -> int:
        mentions = Mentions({str(n): f"uploads/order-{n:06}.csv" for n in range(count)})
        mentions._owners = counting = Counting(mentions._owners)
        for n in range(count):
            assert mentions.in_words(f"the job of uploads/order-{n:06}.csv is dead") == [str(n)]
        return counting.asked

    assert lookups(1000) == 10 * lookups(100)
