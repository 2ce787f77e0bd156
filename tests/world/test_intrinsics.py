from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.errors import Location, ScenarioError
from harness.world.intrinsics import PENDING, Intrinsics
from harness.world.yaml_lines import Path, read

BODY = """
Mappings:
  ByStage:
    dev: {size: 1, names: [a, b]}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Both: !And [!Condition IsDev, !Condition IsProd]
  Either: !Or [!Condition IsDev, !Condition IsProd]
  Seven: !Equals [7, "7"]
"""


class Resources:
    def names(self) -> Sequence[str]:
        return ["Queue", "Topic"]

    def ref(self, logical_id: str, path: Path) -> Any:
        return {"Queue": "https://queue", "Topic": PENDING}.get(logical_id)

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        return PENDING if logical_id == "Topic" else f"{logical_id}/{attribute}"


def intrinsics(body: str = BODY) -> Intrinsics:
    named = {"Stage": "dev", "Names": ["x", "y"], "AWS::Region": "us-east-1"}
    data, lines = read(body, "t.yaml")
    return Intrinsics(data, named, lambda path: Location("t.yaml", lines.at(path), path))


def value(text: str) -> Any:
    return intrinsics().value(read(f"x: {text}", "t.yaml")[0]["x"], ("x",), Resources())


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        value(text)
    return f"{caught.value.problem} {caught.value.hint or ''}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Names", ["x", "y"]),
        ("!Ref Queue", "https://queue"),
        ("!Ref 'AWS::Region'", "us-east-1"),
        ("!GetAtt Queue.Arn", "Queue/Arn"),
        ("!GetAtt Queue.A.B", "Queue/A.B"),
        ("{'Fn::GetAtt': 'Queue.Arn'}", "Queue/Arn"),
        ("{'Fn::GetAtt': [Queue, !Ref Stage]}", "Queue/dev"),
        ("!Sub '${Stage}-${AWS::Region}-${Queue}-${Queue.Arn}'", "dev-us-east-1-https://queue-Queue/Arn"),
        ("!Sub '${!Stage} $Stage {x}'", "${Stage} $Stage {x}"),
        ("!Sub ['${a}${Stage}', {a: !GetAtt Queue.Arn}]", "Queue/Arndev"),
        ("!Sub ['${Stage}', {Stage: own}]", "own"),
        ("!Join ['-', [a, 1, true, !Ref Stage]]", "a-1-true-dev"),
        ("!Join [',', !Ref Names]", "x,y"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref Names]", "x"),
        ("!Split [',', 'a,b,']", ["a", "b", ""]),
        ("!Select [1, !Split ['/', !GetAtt Queue.Arn]]", "Arn"),
        ("!If [IsDev, 1, 2]", 1),
        ("!If [IsProd, 1, 2]", 2),
        ("!FindInMap [ByStage, !Ref Stage, size]", 1),
        ("!FindInMap [ByStage, dev, names]", ["a", "b"]),
        ("!Base64 hello", "aGVsbG8="),
        ("{a: !If [IsDev, !Ref 'AWS::NoValue', 2], b: 1}", {"b": 1}),
        ("[1, !Ref 'AWS::NoValue', 2]", [1, 2]),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
        ("{a: [{b: !Ref Stage}]}", {"a": [{"b": "dev"}]}),
    ],
)
def test_what_each_function_gives(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "!Ref Topic",
        "!GetAtt Topic.Arn",
        "!Sub 'x${Topic}'",
        "!Join ['', [a, !Ref Topic]]",
        "!Split [',', !Ref Topic]",
        "!Select [5, !Split [':', !Ref Topic]]",
        "!Base64 {Ref: Topic}",
        "!If [IsDev, !Ref Topic, 2]",
    ],
)
def test_what_is_built_from_something_pending_is_pending(text: str) -> None:
    assert value(text) is PENDING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Stag", 'Unresolved resource dependencies [Stag] in the template Did you mean "Stage"?'),
        ("!Ref [a]", "Here must stand the name of a parameter or resource."),
        ("!GetAtt Queu.Arn", 'Unresolved resource dependencies [Queu] in the template Did you mean "Queue"?'),
        ("!GetAtt Queue", "Fn::GetAtt takes a logical id and an attribute"),
        ("!Sub '${Nope}'", "Unresolved resource dependencies [Nope]"),
        ("!Sub '${Nope.Arn}'", "Unresolved resource dependencies [Nope]"),
        ("!Sub '${Names}'", "Only texts and numbers can be put together"),
        ("!Sub [x]", "Fn::Sub takes a text and a mapping of its variables."),
        ("!Sub [x, y]", "The second part of Fn::Sub must be a mapping."),
        ("!Join [a]", "Fn::Join takes a delimiter and a list."),
        ("!Join [a, b]", "The second part of Fn::Join must be a list."),
        ("!Join ['', [[a]]]", "Only texts and numbers can be put together"),
        ("!Select [2, [a, b]]", "Fn::Select cannot select item 2 of a list of 2."),
        ("!Select [-1, [a, b]]", "Fn::Select cannot select item -1 of a list of 2."),
        ("!Select [0, a]", "The second part of Fn::Select must be a list."),
        ("!Split ['', a]", "The delimiter of Fn::Split must not be empty."),
        ("!Split [a, [b]]", "Here must stand a text to split."),
        ("!If [Isdev, 1, 2]", 'The template has no condition "Isdev". Did you mean "IsDev"?'),
        ("!If [IsDev, 1]", "Fn::If takes the name of a condition and two values."),
        ("!FindInMap [ByStage, prod, size]", 'Fn::FindInMap finds no "prod" in the mappings.'),
        ("!FindInMap [ByStag, dev, size]", 'Did you mean "ByStage"?'),
        ("!FindInMap [ByStage, dev]", "Fn::FindInMap takes the name of a mapping and two keys."),
        ("!ImportValue x", "No export named x found."),
        (
            "{'Fn::ForEach::Loop': []}",
            "Fn::ForEach::Loop belongs to AWS::LanguageExtensions, and the template does not",
        ),
        ("!Length [a]", "Fn::Length belongs to AWS::LanguageExtensions"),
        ("!ToJsonString {a: 1}", "Fn::ToJsonString belongs to AWS::LanguageExtensions"),
        ("!FindInMap [ByStage, dev, nope, {DefaultValue: 1}]", "DefaultValue of Fn::FindInMap belongs to"),
        ("{'Fn::Contains': [[a], a]}", "Fn::Contains can only stand in the Rules section."),
        ("{'Fn::Sbu': x}", 'There is no function "Fn::Sbu". Did you mean "Fn::Sub"?'),
        ("!Equals [a, b]", "Fn::Equals can only stand in the Conditions section."),
        ("{Ref: Stage, other: 1}", 'Ref must stand alone; beside it stands "other".'),
        ("!Base64 [a]", "Here must stand a text."),
    ],
)
def test_what_cannot_be_carried_out_is_refused_by_name(text: str, expected: str) -> None:
    assert expected in refusal(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("IsDev", True), ("IsProd", False), ("Both", False), ("Either", True), ("Seven", True)],
)
def test_what_each_condition_says(name: str, expected: bool) -> None:
    assert intrinsics().condition(name, ()) is expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("A: !Not [!Condition B], B: !Not [!Condition A]", "Circular condition: A -> B -> A."),
        ("A: true", "A condition is made of one of these: Condition, Fn::And"),
        ("A: !Equals [a]", "Fn::Equals takes two values to compare."),
        ("A: !And [!Equals [a, a]]", "Fn::And takes a list of 2 to 10 conditions."),
        ("A: !Not x", "Fn::Not takes one condition."),
        ("A: !Equals [!Ref Queue, a]", '"Queue" is not a parameter; a condition can only refer to parameters.'),
        ("A: !Equals [!GetAtt Queue.Arn, a]", "A condition cannot ask for the attribute of a resource."),
        ("A: !Condition B", 'The template has no condition "B".'),
    ],
)
def test_a_condition_that_cannot_be_decided_is_refused(conditions: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        intrinsics(f"Conditions: {{{conditions}}}").condition("A", ())
    assert expected in str(caught.value)


def test_a_refusal_names_the_line_of_the_function() -> None:
    body = "Conditions:\n  A: !Equals\n    - x\n    - !Ref Nope\n"
    with pytest.raises(ScenarioError) as caught:
        intrinsics(body).condition("A", ())
    assert caught.value.where is not None and caught.value.where.line == 4
