from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from tests.acceptance.stub import project, write_scenarios

__all__ = ["project"]


def harness(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_all_scenarios_run_by_default_and_the_last_line_sums_up(project: Path) -> None:
    write_scenarios(project, "one", "two")
    result = harness("run")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "PASSED  scenarios/a.yaml::one  (0.25 s, virtual time 00:01:00)"
    assert lines[-1].startswith("2 passed in ")
    assert lines[-1].endswith(" s (virtual time 00:02:00)")
    assert result.stderr == ""


def test_a_failure_tells_its_story_and_how_to_replay_it(project: Path) -> None:
    write_scenarios(project, "one", "it fails")
    result = harness("run", "--seed", "7")
    assert result.exit_code == 1
    assert result.stdout.split("\n\n")[1] == (
        """\
scenarios/a.yaml:9  then: it is so
  it is not so
  seen on the way:
    00:00:00.000  act      send "seed 7" to Main
seed 7   replay: harness run "scenarios/a.yaml::it fails" --seed 7"""
    )
    assert result.stdout.splitlines()[-1].startswith("1 passed, 1 failed in ")


def test_the_line_to_paste_runs_exactly_that_scenario(project: Path) -> None:
    write_scenarios(project, "one", "it fails")
    first = harness("run")
    line = next(line for line in first.stdout.splitlines() if "replay: harness " in line)
    import shlex

    again = harness(*shlex.split(line.partition("replay: harness ")[2]))
    assert line in again.stdout.splitlines()
    assert again.stdout.splitlines()[-1].startswith("1 failed in ")


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["ok"], 0),
        (["ok", "fails"], 1),
        (["fails", "unknown"], 2),
        (["unknown", "breaks", "fails"], 3),
    ],
)
def test_the_exit_code_is_that_of_the_worst(project: Path, names: list[str], code: int) -> None:
    write_scenarios(project, *names)
    assert harness("run").exit_code == code


def test_a_fault_of_ours_shows_a_traceback_only_when_asked(project: Path) -> None:
    write_scenarios(project, "it breaks")
    plain, verbose = harness("run"), harness("run", "-v")
    assert plain.exit_code == 3
    assert "KeyError: 'our slip'" in plain.stdout
    assert "Please report it" in plain.stdout
    assert 'replay: harness run "scenarios/a.yaml::it breaks" --seed 0' in plain.stdout
    assert "Traceback" not in plain.stdout
    assert "Traceback" in verbose.stdout


def test_the_rest_still_runs_after_a_fault_of_ours(project: Path) -> None:
    write_scenarios(project, "it breaks", "fine")
    assert "PASSED  scenarios/a.yaml::fine" in harness("run").stdout


def test_x_stops_at_the_first_that_does_not_pass(project: Path) -> None:
    write_scenarios(project, "ok", "fails", "never reached")
    result = harness("run", "-x")
    assert result.exit_code == 1
    assert "never reached" not in result.stdout


def test_interrupting_reports_what_there_is(project: Path) -> None:
    write_scenarios(project, "it fails", "it stops", "never reached")
    result = harness("run", "--json", "out.json")
    assert result.exit_code == 130
    assert "scenarios/a.yaml:4  then: it is so" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Interrupted. 1 failed in ")
    assert json.loads(Path("out.json").read_text())["failed"] == 1


def test_k_picks_by_id_and_tags(project: Path) -> None:
    write_scenarios(project, "one", "two")
    write_scenarios(project, "three", file="b.yaml", tags="slow")
    assert harness("list", "-k", "one or slow").stdout.splitlines() == [
        "scenarios/a.yaml::one",
        "scenarios/b.yaml::three",
    ]
    assert harness("run", "-k", "not slow").stdout.splitlines()[-1].startswith("2 passed")


def test_verbose_names_the_checks(project: Path) -> None:
    write_scenarios(project, "one")
    assert "        held: it is so" in harness("run", "-v").stdout.splitlines()


def test_reports_and_traces_are_written(project: Path) -> None:
    write_scenarios(project, "one", "it fails")
    harness("run", "--junit", "out/j.xml", "--json", "out/j.json", "--trace", "out/traces")
    assert ElementTree.parse("out/j.xml").getroot().get("tests") == "2"
    assert len(json.loads(Path("out/j.json").read_text())["scenarios"]) == 2
    assert sorted(p.name for p in Path("out/traces").iterdir()) == [
        "scenarios--a--it-fails.jsonl",
        "scenarios--a--one.jsonl",
    ]


@pytest.mark.parametrize("option", ["--junit", "--json", "--trace"])
def test_a_report_that_cannot_be_written_is_known_before_anything_runs(project: Path, option: str) -> None:
    write_scenarios(project, "one")
    Path("file").write_text("")
    result = harness("run", option, "file/out")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f'{option} "file/out" cannot be written: ')


@pytest.mark.parametrize("command", ["run", "list"])
def test_nothing_to_run_is_an_exit_code_of_its_own(project: Path, command: str) -> None:
    (project / "scenarios").mkdir()
    result = harness(command)
    assert (result.exit_code, result.stderr) == (5, "There is no scenario in scenarios.\n")
    write_scenarios(project, "one")
    result = harness(command, "-k", "two")
    assert (result.exit_code, result.stderr) == (5, 'There is no scenario in scenarios that fits -k "two".\n')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], 'There is no file or folder "nowhere".'),
        (["scenarios/a.yaml::onee"], 'Did you mean "one"?'),
        (["-k", "one and"], '-k "one and" cannot be read: it ends where a word is expected.'),
        (["--seed", "x"], "'x' is not a valid integer"),
        (["--nonsense"], "No such option"),
    ],
)
def test_bad_input_is_told_on_stderr_without_a_traceback(project: Path, arguments: list[str], said: str) -> None:
    write_scenarios(project, "one")
    result = harness("run", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_scenario_that_cannot_be_read_names_its_line(project: Path) -> None:
    path = write_scenarios(project, "one")
    path.write_text(path.read_text() + "thenn: []\n")
    result = harness("run")
    assert result.exit_code == 2
    assert result.stderr.startswith("scenarios/a.yaml:5")
    assert '"then"' in result.stderr


def test_letters_the_terminal_cannot_show_do_not_stop_a_run(project: Path) -> None:
    write_scenarios(project, "สวัสดี fails")
    result = CliRunner(charset="ascii").invoke(main, ["run"])
    assert result.exit_code == 1


def test_colours_are_for_terminals_only(project: Path) -> None:
    write_scenarios(project, "it fails")
    assert "\x1b[" not in harness("run").stdout


def test_the_schema_is_json() -> None:
    assert "properties" in json.loads(harness("schema").stdout) or "$defs" in json.loads(harness("schema").stdout)


def test_the_version_is_told() -> None:
    assert harness("--version").stdout.startswith("harness, version ")
