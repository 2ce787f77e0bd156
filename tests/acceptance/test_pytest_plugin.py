from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness import cli_run
from harness.world import template  # loaded once: pytester forgets what is imported inside, which libyaml cannot bear
from tests.acceptance.stub import load_plugin, stub_run, write_scenarios

RunPytest = Callable[..., pytest.RunResult]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunPytest:
    """Run pytest in this process with the plugin loaded and the stub behind it."""
    monkeypatch.setattr(cli_run, "runner", lambda: stub_run)

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*load_plugin(), *arguments)

    return run


def test_each_scenario_is_an_item(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "one", "two", file="csv/poison.yaml")
    result = run_pytest("--collect-only", "-q")
    assert result.outlines[:2] == ["scenarios/csv/poison.yaml::one", "scenarios/csv/poison.yaml::two"]


def test_a_failure_is_the_story_and_the_line_to_paste(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "one", "it fails")
    result = run_pytest("--seed", "3")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "scenarios/a.yaml:9  then: it is so",
            "  it is not so",
            "  seen on the way:",
            '    00:00:00.000  act      send "seed 3" to Main',
            'seed 3   replay: pytest "scenarios/a.yaml::it fails" --seed 3',
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*harness/pytest_plugin.py*")


def test_the_summary_of_a_ci_machine_has_one_line_for_a_failure(
    pytester: pytest.Pytester, run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There pytest cuts no line short, and would tell the whole story twice.
    monkeypatch.setenv("CI", "true")
    write_scenarios(pytester.path, "it fails")
    result = run_pytest()
    lines = result.outlines
    after = lines[next(i for i, line in enumerate(lines) if "short test summary" in line) + 1 :]
    assert after[0] == "FAILED scenarios/a.yaml::it fails - it is so: it is not so"
    assert len(after) == 2


def test_the_line_to_paste_selects_exactly_that_scenario(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "one", "it fails")
    run_pytest("scenarios/a.yaml::it fails", "--seed", "0").assert_outcomes(failed=1)


def test_k_x_and_lf_work_unchanged(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "it fails", "fine", "fails too")
    run_pytest("-k", "fine").assert_outcomes(passed=1, deselected=2)
    run_pytest("-x").assert_outcomes(failed=1)
    run_pytest("--lf").assert_outcomes(failed=1)


def test_tags_are_keywords_and_marks_even_under_strict_markers(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    write_scenarios(pytester.path, "one", tags="slow")
    write_scenarios(pytester.path, "two", file="b.yaml")
    run_pytest("--strict-markers", "-m", "slow").assert_outcomes(passed=1, deselected=1)
    run_pytest("--strict-markers", "-k", "not slow").assert_outcomes(passed=1, deselected=1)


def test_a_file_that_is_no_scenario_fails_collection_in_the_authors_words(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    write_scenarios(pytester.path, "one").write_text("pipelin: x\n")
    result = run_pytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*scenarios/a.yaml:1*There is no key "pipelin" here. Did you mean "pipeline"?'])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*ScenarioError*")


def test_bad_input_found_during_the_run_is_told_in_its_own_words(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    write_scenarios(pytester.path, "unknown")
    run_pytest().stdout.fnmatch_lines(["scenarios/a.yaml:4*There is no such name."])


def test_a_fault_of_ours_shows_where_only_when_asked(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "it breaks")
    plain = run_pytest()
    plain.stdout.fnmatch_lines(["*KeyError: 'our slip'*", "*Please report it*", "seed 0   replay: pytest *"])
    plain.stdout.no_fnmatch_line("*Traceback*")
    run_pytest("-v").stdout.fnmatch_lines(["Traceback*"])


def test_yaml_elsewhere_is_left_alone(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    path = write_scenarios(pytester.path, "one")
    path.rename(pytester.path / "docker-compose.yaml")
    assert run_pytest().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_folder_can_be_another(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    write_scenarios(pytester.path, "one")
    (pytester.path / "scenarios").rename(pytester.path / "rehearsals")
    pytester.makeini("[pytest]\nharness_scenarios = rehearsals\n")
    run_pytest().assert_outcomes(passed=1)


def test_a_seed_option_of_somebody_else_is_left_alone(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--seed', dest='theirs')\n")
    write_scenarios(pytester.path, "it fails")
    result = run_pytest("--seed", "theirs", "--harness-seed", "5")
    result.stdout.fnmatch_lines(['seed 5   replay: pytest "scenarios/a.yaml::it fails" --harness-seed 5'])


@pytest.mark.parametrize("value", ["-1", "x"])
def test_an_impossible_seed_is_refused(pytester: pytest.Pytester, run_pytest: RunPytest, value: str) -> None:
    assert run_pytest(f"--seed={value}").ret == pytest.ExitCode.USAGE_ERROR


def test_loading_the_plugin_imports_nothing_heavy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(harness.__file__).parent.parent))
    heavy = "{'moto', 'boto3', 'pydantic', 'rich', 'click'}"
    code = f"import sys, harness.pytest_plugin; print(sorted({heavy} & set(sys.modules)))"
    assert pytester.run(sys.executable, "-c", code).outlines == ["[]"]


TEMPLATE = """\
Parameters:
  Delay: {Type: Number, Default: 0}
  Stage: {Type: String, Default: dev}
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay, QueueName: !Sub "jobs-${Stage}"}}
"""


@pytest.fixture
def templated(pytester: pytest.Pytester, run_pytest: RunPytest) -> RunPytest:
    write_scenarios(pytester.path, "it fails")
    (pytester.path / "pipe" / "template.yaml").write_text(TEMPLATE)
    assert template.load_template(pytester.path / "pipe").section("Parameters")
    return run_pytest


def replay_line(result: pytest.RunResult) -> str:
    return next(line for line in result.outlines if "replay: " in line)


@pytest.mark.parametrize(
    "arguments",
    [
        ["scenarios", "--parameter-overrides", "Delay=7", "Stage=prod"],
        ["--parameter-overrides", "Delay=7", "Stage=prod", "scenarios"],
        ["--parameter-overrides", "Delay=7 Stage=prod", "-q"],
        ["--parameter-overrides=Delay=7", "--parameter-overrides=Stage=prod"],
    ],
)
def test_parameters_are_given_as_to_harness_run_and_stand_in_the_line_to_paste(
    templated: RunPytest, arguments: list[str]
) -> None:
    result = templated(*arguments)
    result.assert_outcomes(failed=1)
    assert replay_line(result).endswith('--parameter-overrides "Delay=7" "Stage=prod"')


def test_parameters_may_stand_in_the_ini_and_the_option_comes_before(
    pytester: pytest.Pytester, templated: RunPytest
) -> None:
    pytester.makeini("[pytest]\nharness_parameter_overrides = Delay=7 Elsewhere=1 Stage='a b'\n")
    assert replay_line(templated()).endswith("""--parameter-overrides "Delay=7" "Stage='a b'\"""")
    given = templated("--parameter-overrides", "Delay=8")
    assert replay_line(given).endswith("""--parameter-overrides "Delay=8" "Stage='a b'\"""")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Delai=7", '*gives a value for "Delai", a parameter that none of the templates has.'),
        ("Delay", '*--parameter-overrides cannot read "Delay".'),
    ],
)
def test_a_parameter_that_fits_nothing_is_refused(templated: RunPytest, value: str, said: str) -> None:
    result = templated("--parameter-overrides", value)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_parameters_do_not_matter_to_tests_that_are_no_scenarios(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    pytester.makeini("[pytest]\nharness_parameter_overrides = Delay=7\n")
    pytester.makepyfile("def test_one(): pass")
    run_pytest("--parameter-overrides", "Other=1").assert_outcomes(passed=1)


def test_an_option_of_others_for_parameters_is_left_alone(pytester: pytest.Pytester, templated: RunPytest) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--parameter-overrides', dest='theirs')")
    assert "--parameter-overrides" not in replay_line(templated("--parameter-overrides", "Delay=7"))


BURSTS = """
pipeline: ../template.yaml
name: {name}
when:
  - repeat: {{times: {times}, steps: [{{send: {{queue: Jobs, body: "{{n}}"}}}}, {{settle: true}}]}}
then:
  - queue: {{name: Jobs, messages: {times}}}
---"""


def test_on_workers_the_longest_bursts_come_first_and_the_others_in_their_order(pytester: pytest.Pytester) -> None:
    (pytester.path / "template.yaml").write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}")
    (pytester.path / "scenarios").mkdir()
    sizes = {"a": 2, "b": 60, "c": 1, "d": 70, "e": 3}
    text = "".join(BURSTS.format(name=name, times=times) for name, times in sizes.items())
    (pytester.path / "scenarios" / "a.yaml").write_text(text.removesuffix("---"))

    def order(*arguments: str) -> list[str]:
        result = pytester.runpytest_subprocess(*load_plugin(), "-v", *arguments)
        result.assert_outcomes(passed=5)
        return [line.partition("a.yaml::")[2][0] for line in result.outlines if "PASSED" in line]

    assert order() == ["a", "b", "c", "d", "e"]
    assert order("-n", "1") == ["d", "b", "a", "c", "e"]
