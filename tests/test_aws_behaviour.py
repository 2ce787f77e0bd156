"""The page about AWS's behaviours and the tests say the same."""

from __future__ import annotations

import pytest
import yaml

from tests.aws_behaviour import DATA, DIFFERS, NOT_MODELLED, PAGE, SAME, Row, page, proofs, rows, rows_in_name

PROOFS = proofs()


def numbered(prefix: str, numbers: list[int]) -> list[str]:
    return [f"{prefix}-{n:02}" for n in numbers]


# Whoever adds a row to the page adds it here too: nothing is left out because it does not work.
EVERY_ROW = [
    *numbered("S3E", [*range(1, 25)]),
    *numbered("SQS", [*range(1, 32)]),
    *numbered("SNS", [*range(1, 25)]),
    *numbered("LAM", [*range(1, 29), 30]),
    *numbered("ESM", [*range(1, 21), *range(22, 28)]),
    *numbered("SFN", [2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28]),
    *numbered("EVB", [*range(1, 10)]),
    *numbered("APIG", [*range(1, 13)]),
    *numbered("CW", [1, *range(3, 20), 23]),
]


def test_every_row_is_judged_once_and_in_order() -> None:
    assert [row.id for row in rows()] == EVERY_ROW


def test_nothing_else_is_said_of_a_row() -> None:
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    assert {key for said in data.values() for key in said} == {"about", "here", "how"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_what_is_said_of_a_row_agrees_with_the_tests(row: Row) -> None:
    assert disagreement(row, PROOFS.get(row.id, [])) is None


def disagreement(row: Row, tests: list[str]) -> str | None:
    """What is wrong with what is said of a row, given the tests that name it."""
    if row.status not in (SAME, DIFFERS, NOT_MODELLED):
        return f'"{row.status}" is none of {SAME}, {DIFFERS}, {NOT_MODELLED}'
    if row.status == NOT_MODELLED and tests:
        return f"tests name it, so it is modelled: say same or differs. {tests}"
    if row.status != NOT_MODELLED and not tests:
        return "no test and no scenario names it, so nothing proves it"
    if row.status == DIFFERS and not (row.how and row.how.endswith(".")):
        return "in what it differs must be said in a sentence"
    if row.status == SAME and row.how:
        return "it is said to be the same, and in what it is not"
    return None


@pytest.mark.parametrize(
    ("row", "tests"),
    [
        (Row("SQS-01", "", SAME, None), []),
        (Row("SQS-01", "", DIFFERS, "It does."), []),
        (Row("SQS-01", "", DIFFERS, None), ["a"]),
        (Row("SQS-01", "", SAME, "Not quite."), ["a"]),
        (Row("SQS-01", "", NOT_MODELLED, None), ["a"]),
        (Row("SQS-01", "", "perhaps", None), ["a"]),
    ],
)
def test_a_row_that_says_something_else_than_the_tests_is_found(row: Row, tests: list[str]) -> None:
    assert disagreement(row, tests) is not None


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m tests.aws_behaviour > docs/reference/aws-behaviour.md"
    )


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("test_sqs_04_moves_at_the_receive_after_the_last", {"SQS-04"}),
        ("test_sns_01_and_19_a_fifo_topic", {"SNS-01", "SNS-19"}),
        ("test_sqs_18_sqs_19_a_duplicate", {"SQS-18", "SQS-19"}),
        ("test_a_message_of_sqs_and_10_more", set()),
        ("test_lam_10_defaults", {"LAM-10"}),
        ("test_sfn_10_attempts_fall_at_0_2_6_and_14_s", {"SFN-10"}),
    ],
)
def test_the_rows_in_a_tests_name(name: str, named: set[str]) -> None:
    assert rows_in_name(name) == named


def test_a_pipelines_own_tests_prove_nothing_about_aws() -> None:
    assert not [name for names in PROOFS.values() for name in names if name.startswith("tests/lambdas/")]
