from __future__ import annotations

import pytest

from harness.vendor.stepfunctions_rules import MAX_DATA_BYTES, fits, json_copy, json_text, matches, name_is_valid


@pytest.mark.parametrize("name", ["a", "Orders-2030_01.15", "x" * 80, "รายงาน"])
def test_sfn_05_a_name_may_have_letters_of_any_language_and_80_of_them(name: str) -> None:
    assert name_is_valid(name)


@pytest.mark.parametrize("name", ["", "x" * 81, "two words", "a/b", "uploads/cat.csv", "a:b", "a\n", "a\x7f", "a#b"])
def test_sfn_05_a_key_of_s3_is_seldom_a_name(name: str) -> None:
    assert not name_is_valid(name)


def test_sfn_02_262144_bytes_fit_and_262145_do_not() -> None:
    assert fits("x" * (MAX_DATA_BYTES - 2))
    assert not fits("x" * (MAX_DATA_BYTES - 1))


def test_sfn_02_bytes_are_counted_in_utf_8_not_as_escapes() -> None:
    assert fits("ก" * ((MAX_DATA_BYTES - 2) // 3))
    assert not fits("ก" * (MAX_DATA_BYTES // 3))


@pytest.mark.parametrize(
    ("error", "listed", "caught"),
    [
        ("KeyError", ["KeyError"], True),
        ("KeyError", ["States.ALL"], True),
        ("KeyError", ["States.TaskFailed"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.Timeout", ["States.ALL"], True),
        ("States.HeartbeatTimeout", ["States.Timeout"], True),
        ("States.HeartbeatTimeout", ["States.HeartbeatTimeout"], True),
        ("States.Timeout", ["States.HeartbeatTimeout"], False),
        ("States.Runtime", ["States.ALL"], False),
        ("States.Runtime", ["States.Runtime"], False),
        ("States.DataLimitExceeded", ["States.ALL"], False),
        ("States.DataLimitExceeded", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
        (None, ["States.ALL"], True),
    ],
)
def test_sfn_03_which_names_match_which_error(error: str | None, listed: list[str], caught: bool) -> None:
    assert matches(error, listed) is caught


def test_a_copy_shares_nothing_that_can_change() -> None:
    value = {"a": [1, {"b": None}]}
    copied = json_copy(value)
    copied["a"][1]["b"] = 2
    assert value == {"a": [1, {"b": None}]}


def test_json_text_is_compact_and_keeps_letters() -> None:
    assert json_text({"a": ["ก", 1]}) == '{"a":["ก",1]}'
