from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from harness.scenario.model import Advance, Send, Upload, expand_repeat
from harness.scenario.placeholders import number_text


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("o-{n}.csv", "o-7.csv"),
        ("{n:04}/{n:01}", "0007/7"),
        ("{{n}", "{n}"),
        ('{"a": {"b": {n}}}', '{"a": {"b": 7}}'),
        ("{ n } {} {n", "{ n } {} {n"),
        ("no braces", "no braces"),
    ],
)
def test_n_becomes_the_number_and_other_braces_stay(text: str, numbered: str) -> None:
    assert number_text(text, 7) == numbered


def test_every_repetition_has_its_number_in_every_text(project: Any) -> None:
    scenario = project.one(
        when="""
            - repeat:
                times: 3
                steps:
                  - upload: {bucket: B, key: "k{n:02}", text: "t{n}", metadata: {m: "{n}"}}
                  - send: {queue: Q, body: {list: ["{n}", 5], literal: "{{n}"}}
                  - advance: "{n}s"
        """
    )
    steps = list(expand_repeat(scenario.when[0]))
    assert len(steps) == 9
    upload, send, advance = steps[6:]
    assert isinstance(upload, Upload)
    assert (upload.key, upload.text, upload.metadata) == ("k03", "t3", {"m": "3"})
    assert isinstance(send, Send)
    assert send.body == {"list": ["3", 5], "literal": "{n}"}
    assert isinstance(advance, Advance)
    assert advance.by.s == 3
    assert str(send.where) == "scenarios/shop/s.yaml:8  when[0].repeat.steps[1]"


def test_a_step_that_is_no_repeat_stands_for_itself(project: Any) -> None:
    (step,) = project.one(when='- send: {queue: Q, body: "{n}"}').when
    assert list(expand_repeat(step)) == [step]
    assert step.body == "{n}"


def test_repetitions_are_made_one_after_the_other(project: Any) -> None:
    (repeat,) = project.one(when='- repeat: {times: 100000, steps: [{send: {queue: Q, body: "{n}"}}]}').when
    assert [step.body for step in islice(expand_repeat(repeat), 2)] == ["1", "2"]


def test_the_fixtures_of_all_repetitions_are_found_when_loading(project: Any) -> None:
    item = '- repeat: {times: 2, steps: [{upload: {bucket: B, key: k, file: "o{n}.csv"}}]}'
    Path("fixtures/shop/o1.csv").write_text("x")
    assert '4  when[0].repeat: There is no fixture "o2.csv".' in project.refusal(lambda: project.one(when=item))
    Path("fixtures/shop/o2.csv").write_text("x")
    first, second = expand_repeat(project.one(when=item).when[0])
    assert (first.file.name, second.file.name) == ("o1.csv", "o2.csv")


def test_a_later_repetition_that_cannot_be_done_is_told_at_its_line(project: Any) -> None:
    item = '- repeat: {times: 10, steps: [{upload: {bucket: B, key: k, base64: "YQ={n}"}}]}'.replace("YQ={n}", "aaa{n}")
    (repeat,) = project.one(when=item).when
    assert project.refusal(lambda: list(expand_repeat(repeat))) == (
        '4  when[0]: In repetition 10: "aaa10" is not base64.'
    )


def test_rows_of_a_csv_are_numbered_by_themselves_inside_a_repeat(project: Any) -> None:
    csv = '{header: [file, row], row: ["{n}", "{{n}"], rows: 2}'
    (repeat,) = project.one(when=f"- repeat: {{times: 2, steps: [{{upload: {{bucket: B, key: k, csv: {csv}}}}}]}}").when
    contents = [step.csv.content() for step in expand_repeat(repeat)]
    assert contents == [b"file,row\n1,1\n1,2\n", b"file,row\n2,1\n2,2\n"]
