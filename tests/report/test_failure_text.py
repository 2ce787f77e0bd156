from __future__ import annotations

import shlex

from harness.cli_parameters import read_overrides
from harness.errors import ExpectationFailed, FunctionError, HarnessBug, Location, ScenarioError
from harness.report.failure_text import PYTEST_COMMAND, author_traceback, failure_text
from tests.report.runs import PATH, FakeRun, Item, failed_check, failed_run


def test_a_failure_reads_as_a_story_and_ends_with_a_line_to_paste() -> None:
    assert failure_text(failed_run(), command=PYTEST_COMMAND) == (
        """\
scenarios/csv_report/poison.yaml:6  then: DeadLetterQueue holds 1 message
  it holds 0 at 00:02:10.000, and nothing is left to happen
  seen on the way:
    00:00:00.000  act      send "not json" to MainQueue
    00:00:00.000  queue    MainQueue  message sent
    00:00:00.020  deliver  MainQueue -> CsvProcessor  (1 message, receive 1)
    00:00:00.020  invoke   CsvProcessor  failed: JSONDecodeError: Expecting value: line 1 column 1 (char 0)
    00:00:30.000  queue    MainQueue  message visible again  (receive 1)
    00:00:30.020  deliver  MainQueue -> CsvProcessor  (1 message, receive 2)
    00:00:30.020  invoke   CsvProcessor  failed: JSONDecodeError: Expecting value: line 1 column 1 (char 0)
    00:01:00.000  queue    MainQueue  message visible again  (receive 2)
  1 other check held
seed 0   replay: pytest "scenarios/csv_report/poison.yaml::a poison message ends in the dead-letter queue" --seed 0"""
    )


def test_a_run_that_passed_has_no_text() -> None:
    assert failure_text(FakeRun()) == ""


def test_the_authors_reason_stands_under_the_sentence() -> None:
    run = failed_run(checks=[failed_check(check=Item(Location(PATH, 6), because="operators look there"))])
    assert failure_text(run).splitlines()[1] == "  because operators look there"


def test_every_line_of_what_was_seen_is_indented() -> None:
    run = failed_run(checks=[failed_check(seen="it holds 0\n`a`: it is 1")])
    assert failure_text(run).splitlines()[1:3] == ["  it holds 0", "  `a`: it is 1"]


def test_bad_input_is_told_in_its_own_words_only() -> None:
    error = ScenarioError('The template has no resource "X".', where=Location(PATH, 4), hint='Did you mean "Y"?')
    assert failure_text(FakeRun("error", error=error)) == (
        f'{PATH}:4: The template has no resource "X".\n  Did you mean "Y"?'
    )


def test_an_error_of_a_step_names_the_scenario_and_is_followed_by_the_story() -> None:
    text = failure_text(FakeRun("failed", error=ExpectationFailed("AWS answered SlowDown"), events=[]))
    assert text.splitlines() == [
        f"{PATH}:1  a poison message ends in the dead-letter queue",
        "  AWS answered SlowDown",
        f'seed 0   replay: harness run "{PATH}::a poison message ends in the dead-letter queue" --seed 0',
    ]


def test_the_traceback_of_the_code_under_test_comes_first() -> None:
    def handler() -> None:
        raise KeyError("order_id")

    error = FunctionError("CsvProcessor misbehaved")
    try:
        handler()
    except KeyError as cause:
        error.__cause__ = cause
    lines = failure_text(FakeRun("failed", error=error)).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "KeyError: 'order_id'" in lines
    assert lines.index("KeyError: 'order_id'") < lines.index("CsvProcessor misbehaved")


def test_a_function_that_could_not_start_is_the_news_and_the_check_its_consequence() -> None:
    error = FunctionError("Traceback (most recent call last):\n  ...\nImportError: x\nFunction F could not start: x")
    lines = failure_text(failed_run(error=error)).splitlines()
    assert lines[:6] == [
        "Traceback (most recent call last):",
        "  ...",
        "ImportError: x",
        "Function F could not start: x",
        f"{PATH}:1  a poison message ends in the dead-letter queue",
        f"{PATH}:6  then: DeadLetterQueue holds 1 message",
    ]


def test_the_harness_own_frames_are_cut_from_a_traceback() -> None:
    try:
        Location("x", key_path=(1, 2)).__class__.__str__(None)  # type: ignore[arg-type]
    except AttributeError as error:
        text = "\n".join(author_traceback(error))
    assert "test_failure_text.py" in text
    assert "errors.py" not in text


def test_a_fault_of_ours_asks_for_a_report_and_can_be_replayed() -> None:
    text = failure_text(FakeRun("error", error=HarnessBug("KeyError: 'x'")))
    assert "This is a fault of the harness, not of your scenario or pipeline. Please report it" in text
    assert text.splitlines()[-1].startswith("seed 0   replay: harness run ")


def test_notes_on_an_error_are_shown() -> None:
    error = ExpectationFailed("it broke")
    error.add_note("in task 'poller' at 00:00:01.000")
    assert "  in task 'poller' at 00:00:01.000" in failure_text(FakeRun("failed", error=error)).splitlines()


def test_the_line_to_paste_survives_a_shell() -> None:
    run = failed_run()
    run.scenario.name = 'says "hi" for $5'
    assert failure_text(run).splitlines()[-1] == (
        f'seed 0   replay: harness run "{PATH}::says \\"hi\\" for \\$5" --seed 0'
    )


def test_values_from_the_command_line_stand_in_the_line_to_paste_and_survive_a_shell() -> None:
    run = failed_run()
    run.scenario.overrides = {"Stage": "prod", "Text": "it's 5, Other=1"}
    words = shlex.split(failure_text(run).splitlines()[-1].partition("replay: ")[2])
    after = words[words.index("--parameter-overrides") + 1 :]
    assert read_overrides(after) == {"Stage": "prod", "Text": "it's 5, Other=1"}
