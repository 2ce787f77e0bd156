from __future__ import annotations

import pytest

from tests.world.conftest import Deployment

HEAD = "Transform: AWS::LanguageExtensions\nParameters:\n  Names: {Type: CommaDelimitedList, Default: 'a-1,b'}\n"


def test_a_loop_makes_one_resource_for_each_item(deployed: Deployment) -> None:
    stack = deployed(
        HEAD
        + """\
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "jobs-${Name}"
          Tags: [{Key: of, Value: !Ref Name}]
Outputs:
  Fn::ForEach::Names:
    - Name
    - !Ref Names
    - "Name&{Name}": {Value: !GetAtt ["Queue&{Name}", QueueName]}
"""
    )
    assert list(stack.resources) == ["Queuea1", "Queueb"]
    assert stack.outputs == {"Namea1": "jobs-a-1", "Nameb": "jobs-b"}
    assert stack.resources["Queuea1"].properties["Tags"] == [{"Key": "of", "Value": "a-1"}]
    assert stack.resources["Queueb"].line == deployed.folder.line("Queue&{Name}:")


def test_loops_within_loops_and_in_properties_and_conditions(deployed: Deployment) -> None:
    stack = deployed(
        HEAD
        + """\
Conditions:
  Fn::ForEach::Wanted:
    - Stage
    - [dev, prod]
    - "In${Stage}": !Equals ["${Stage}", dev]
Resources:
  Fn::ForEach::Stages:
    - Stage
    - [dev, prod]
    - Fn::ForEach::Kinds:
        - Kind
        - [In, Out]
        - "${Kind}${Stage}":
            Type: AWS::SQS::Queue
            Condition: !Sub "In${Stage}"
            Properties:
              QueueName: !Join ["-", [!Ref Stage, !Ref Kind]]
""".replace('!Sub "In${Stage}"', '"In${Stage}"')
    )
    assert {i: r.attributes["QueueName"] for i, r in stack.resources.items()} == {
        "Indev": "dev-In",
        "Outdev": "dev-Out",
    }


def test_a_mistake_in_a_loop_has_the_line_that_somebody_wrote(deployed: Deployment) -> None:
    error = deployed.refused(
        HEAD + "Resources:\n  Fn::ForEach::Queues:\n    - Name\n    - [a, b]\n    - Queue${Name}:\n"
        "        Type: AWS::SQS::Queue\n        Properties:\n          DelaySecond: 1\n"
    )
    assert '"Queuea" (AWS::SQS::Queue) has no property "DelaySecond"' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("DelaySecond")


def loop(first: str = "Name", over: str = "[a]", key: str = "Q${Name}", head: str = HEAD) -> str:
    made = f"    - {key}:\n        Type: AWS::SQS::Queue\n"
    return f"{head}Resources:\n  Fn::ForEach::L:\n    - {first}\n    - {over}\n{made}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (loop(head=""), "Fn::ForEach::L belongs to AWS::LanguageExtensions"),
        (loop(key="Q"), 'The key "Q" does not hold "${Name}"'),
        (loop(over="[a, a]"), 'This unfolds to "Qa" twice.'),
        (loop(over="[a-b]"), 'The logical id "Qa-b" must be made of letters and digits only.'),
        (loop(over="x"), "A loop goes over a list of texts"),
        (loop(over="[[a]]"), "A loop goes over a list of texts"),
        (loop(over="!Ref Nope"), '"Nope" is not a parameter'),
        (loop(first="Names"), 'The identifier "Names" names a parameter'),
        (loop(first="{a: b}"), "The identifier of a loop is made of letters and digits only."),
        (loop(over=str([str(i) for i in range(6000)])), "The loops unfold to more than 5000 parts."),
        (HEAD + "Resources:\n  Fn::ForEach::L: [a, b]\n", "Fn::ForEach::L takes three parts"),
    ],
)
def test_a_loop_that_aws_would_refuse_is_refused_with_its_line(deployed: Deployment, text: str, expected: str) -> None:
    error = deployed.refused(text)
    assert expected in str(error)
    assert error.where is not None and error.where.line is not None


def test_a_loop_without_rounds_leaves_nothing(deployed: Deployment) -> None:
    stack = deployed(loop(over="[]") + "  Other: {Type: 'AWS::SQS::Queue'}\n")
    assert list(stack.resources) == ["Other"]
