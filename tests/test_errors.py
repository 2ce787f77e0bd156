"""The texts every error is made of."""

from __future__ import annotations

from harness.errors import ExpectationFailed, Location, ScenarioError, did_you_mean, nearest


def test_a_location_shows_file_line_and_key_path() -> None:
    assert str(Location("a.yaml", 7, ("when", 0, "upload", "bucket"))) == "a.yaml:7  when[0].upload.bucket"
    assert str(Location("a.yaml")) == "a.yaml"


def test_a_scenario_error_reads_place_problem_hint() -> None:
    error = ScenarioError("No such thing.", where=Location("a.yaml", 7), hint="Make one.")
    assert str(error) == "a.yaml:7: No such thing.\n  Make one."


def test_the_nearest_name_forgives_case_and_typing() -> None:
    assert nearest("mainqueue", ["MainQueue", "DeadLetterQueue"]) == "MainQueue"
    assert nearest("DeadLeterQueue", ["MainQueue", "DeadLetterQueue"]) == "DeadLetterQueue"
    assert nearest("zzz", ["MainQueue"]) is None


def test_the_hint_lists_all_names_when_none_is_near() -> None:
    assert did_you_mean("zzz", ["b", "a"]) == "Valid names: a, b."
    assert did_you_mean("zzz", []) == "There are none."


def test_a_failed_expectation_is_an_assertion_error() -> None:
    assert issubclass(ExpectationFailed, AssertionError)


def test_each_valid_name_is_said_once() -> None:
    assert did_you_mean("nobody", ["Q", "T", "Q"]) == "Valid names: Q, T."
