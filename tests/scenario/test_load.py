from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.errors import Location
from harness.kernel.clock import DEFAULT_START
from harness.scenario.load import collect, load_file
from harness.scenario.model import (
    Advance,
    Duration,
    ElapsedCheck,
    ObjectCheck,
    PythonCheck,
    QueueCheck,
    Repeat,
    Send,
    Settle,
    Upload,
)

BEGINS = '\n  It begins with "pipeline: lambdas/<name>"; "harness schema" prints all that it may say.'
SMALL = "pipeline: lambdas/shop\nname: {}\nthen:\n  - elapsed: 0s\n"


def test_a_scenario_is_read_with_its_defaults(project: Any) -> None:
    scenario = project.one()
    assert scenario.name == "one"
    assert scenario.id == "scenarios/shop/s.yaml::one"
    assert scenario.starts == DEFAULT_START
    assert (scenario.when, scenario.disturb, scenario.tags, scenario.seed) == ((), (), (), None)
    assert scenario.limits.steps is None
    assert scenario.where == Location("scenarios/shop/s.yaml", 1)


def test_every_item_is_a_model_of_its_verb_and_knows_its_place(project: Any) -> None:
    scenario = project.one(
        when="""
            - upload: {bucket: Raw, key: a b.csv, file: orders.csv, metadata: {who: me}}
            - send:
                queue: Main
                body: {n: 1}
                delay: 5s
            - advance: 1m30s
            - settle: true
        """,
        then="""
            - queue: {name: Main, messages: 0, within: 5m, because: it is drained}
            - object: {bucket: Out, key: k, json: {"summary.total_rows": {at_least: 1}}}
            - elapsed: {at_most: 2m, because: no retry}
            - python: {call: "checks.py:total", args: {of: 3}}
        """,
    )
    upload, send, advance, settle = scenario.when
    assert isinstance(upload, Upload)
    assert upload.file == Path("fixtures/shop/orders.csv")
    assert isinstance(send, Send)
    assert send.body == {"n": 1}
    assert send.delay == Duration(5_000_000)
    assert str(send.where) == "scenarios/shop/s.yaml:5  when[1]"
    assert isinstance(advance, Advance)
    assert advance.by.s == 90
    assert isinstance(settle, Settle)
    queue, an_object, elapsed, python = scenario.then
    assert isinstance(queue, QueueCheck)
    assert (queue.within, queue.because) == (Duration(300_000_000), "it is drained")
    assert isinstance(an_object, ObjectCheck)
    assert an_object.json_["summary.total_rows"].check(1) is None
    assert isinstance(elapsed, ElapsedCheck)
    assert (elapsed.time.check(1), elapsed.because) == (None, "no retry")
    assert str(elapsed.where) == "scenarios/shop/s.yaml:14  then[2]"
    assert isinstance(python, PythonCheck)
    assert (python.file, python.function, python.args) == (Path("scenarios/shop/checks.py"), "total", {"of": 3})


def test_a_scenario_cannot_be_changed(project: Any) -> None:
    scenario = project.one(when="- settle: true")
    with pytest.raises(ValueError, match="frozen"):
        scenario.name = "other"


def test_a_moment_with_any_zone_is_told_in_utc(project: Any) -> None:
    assert project.one(more="starts: 2031-02-01T02:00:00+07:00").starts == datetime(2031, 1, 31, 19, tzinfo=UTC)


def test_the_pipeline_is_looked_for_beside_the_file_first(project: Any) -> None:
    assert project.one().pipeline == Path("lambdas/shop")
    Path("scenarios/shop/lambdas/shop").mkdir(parents=True)
    assert project.one().pipeline == Path("scenarios/shop/lambdas/shop")


def test_a_template_file_names_the_fixtures_by_its_folder(project: Any) -> None:
    text = "pipeline: lambdas/shop/template.yaml\nname: x\nwhen:\n  - upload: {bucket: B, key: k, file: orders.csv}\n"
    (scenario,) = project.load(text + "then:\n  - elapsed: 0s\n")
    assert scenario.when[0].file == Path("fixtures/shop/orders.csv")


def test_a_fixture_may_lie_beside_the_scenario_file(project: Any) -> None:
    Path("scenarios/shop/near.bin").write_bytes(b"x")
    scenario = project.one(when="- upload: {bucket: B, key: k, file: near.bin}")
    assert scenario.when[0].file == Path("scenarios/shop/near.bin")


def test_a_file_may_hold_several_scenarios(project: Any) -> None:
    first, second = project.load(SMALL.format("a") + "---\n" + SMALL.format("b"))
    assert (first.name, second.name) == ("a", "b")
    assert second.where.line == 6


def test_two_scenarios_of_one_name_are_refused(project: Any) -> None:
    text = SMALL.format("a") + "---\n" + SMALL.format("a")
    expected = '6: Two scenarios have the name "a"; the first begins on line 1.'
    assert project.refusal(lambda: project.load(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scenarios/shop/s.yaml: The file is empty." + BEGINS),
        ("# nothing\n", "scenarios/shop/s.yaml: The file is empty." + BEGINS),
        ("--- \n", "scenarios/shop/s.yaml: The file is empty." + BEGINS),
        ("just text\n", '1: This is the text "just text"; a scenario is a mapping.' + BEGINS),
        ("- a\n", "1: This is a list; a scenario is a mapping." + BEGINS),
        (SMALL.format("a") + "---\n", '6: There is no scenario after this line.\n  Remove the "---".'),
    ],
)
def test_a_file_without_a_scenario_is_refused(text: str, message: str, project: Any) -> None:
    assert project.refusal(lambda: project.load(text)) == message


def test_all_problems_of_a_file_are_told_at_once_in_its_order(project: Any) -> None:
    text = SMALL.format("a") + "tag: [x]\n---\npipeline: lambdas/shop\nthen: []\n"
    assert project.refusal(lambda: project.load(text)) == (
        "scenarios/shop/s.yaml: 3 things in this file cannot be used:\n"
        '  5  tag: There is no key "tag" here. Did you mean "tags"?\n'
        '  7: The key "name" is missing. name: One line, unique in the file.\n'
        "  8  then: This list is empty; it needs at least one item."
    )


def test_folders_are_collected_in_the_order_of_their_paths(project: Any) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.yaml", "notes.txt"):
        file = Path("scenarios/shop") / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(SMALL.format(f"of {name}"))
    names = ["of a.yml", "of b.yaml", "of sub/c.yaml"]
    assert [one.name for one in collect()] == names
    assert [one.name for one in collect(["scenarios/shop/sub", "scenarios"])] == [names[2], *names[:2]]


def test_one_scenario_is_collected_by_its_id(project: Any) -> None:
    project.load(SMALL.format("a") + "---\n" + SMALL.format("b"))
    assert [one.name for one in collect(["scenarios/shop/s.yaml::b"])] == ["b"]
    refusal = project.refusal(lambda: collect(["scenarios/shop/s.yaml::c"]))
    assert refusal == 'scenarios/shop/s.yaml: There is no scenario "c".\n  Names: "a", "b"'


def test_an_id_is_a_path_that_collects_the_same_scenario(project: Any) -> None:
    scenario = project.one()
    assert collect([scenario.id]) == [scenario]


def test_a_path_that_is_not_there_is_refused_with_the_nearest(project: Any) -> None:
    refusal = project.refusal(lambda: collect(["scenarios/shp"]))
    assert (
        refusal == f'There is no file or folder "{Path("scenarios/shp")}".\n  Did you mean "{Path("scenarios/shop")}"?'
    )
    assert project.refusal(lambda: collect(["nowhere"])) == 'There is no file or folder "nowhere".'


def test_a_folder_without_scenarios_collects_nothing(project: Any) -> None:
    assert collect(["fixtures"]) == []


def test_files_of_any_name_can_be_loaded(project: Any) -> None:
    Path("mine.txt").write_text("pipeline: lambdas/shop\nname: x\nthen:\n  - elapsed: 0s\n")
    assert load_file("mine.txt")[0].name == "x"


def test_repetitions_are_not_written_out_when_loading(project: Any) -> None:
    scenario = project.one(when='- repeat: {times: 100000, steps: [{send: {queue: Q, body: "{n}"}}]}')
    (repeat,) = scenario.when
    assert isinstance(repeat, Repeat)
    assert len(repeat.steps) == 1
