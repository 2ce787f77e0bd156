from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ScenarioError
from tests.world.conftest import Deployment


def test_an_included_file_stands_where_the_include_stood(deployed: Deployment) -> None:
    deployed.folder.add("parts/tags.yaml", "- {Key: team, Value: {Ref: 'AWS::Region'}}\n")
    deployed.folder.add("parts/more.json", '{"Other": {"Type": "AWS::SQS::Queue"}}')
    stack = deployed(
        """\
        Parameters:
          Where: {Type: String, Default: parts/more.json}
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties:
              Tags:
                Fn::Transform: {Name: AWS::Include, Parameters: {Location: parts/tags.yaml}}
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Ref Where}}
        """
    )
    assert stack.resources["Q"].properties["Tags"] == [{"Key": "team", "Value": "us-east-1"}]
    assert list(stack.resources) == ["Q", "Other"]


def test_an_include_of_the_whole_template_adds_to_its_sections(deployed: Deployment) -> None:
    deployed.folder.add("maps.yaml", "Mappings:\n  M: {a: {b: 7}}\nResources:\n  R: {Type: 'AWS::SQS::Queue'}\n")
    stack = deployed(
        """\
        Transform: {Name: AWS::Include, Parameters: {Location: ./maps.yaml}}
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties: {DelaySeconds: !FindInMap [M, a, b]}
        """
    )
    assert stack.resources["Q"].properties["DelaySeconds"] == 7
    assert "R" in stack.resources


def test_a_mistake_in_an_included_file_has_that_files_line(deployed: Deployment) -> None:
    file = deployed.folder.add("q.yaml", "# a queue\nDelaySeconds: 1\nDelayed: 2\n")
    with pytest.raises(ScenarioError, match="Delayed") as caught:
        deployed(
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n"
            "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: q.yaml}}\n"
        )
    assert str(caught.value).startswith(f"{file}:3")


def include(location: str, name: str = "AWS::Include") -> str:
    return (
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 1\n"
        f"      Fn::Transform: {{Name: '{name}', Parameters: {{Location: {location}}}}}\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (include("s3://bucket/key"), "which is not a file on this disk"),
        (include("https://x/y"), "which is not a file on this disk"),
        (include("nope.yaml"), "there is no such file"),
        (include(".."), "there is no such file"),
        (include('"a\\0b"'), "is not a path"),
        (include("[a]"), "needs Parameters with a Location"),
        (include("x", "Mine"), 'The macro "Mine"'),
        (include("delay.yaml"), 'brings "DelaySeconds", which stands beside the include too'),
        (include("list.yaml"), "must be a mapping"),
        (include("link.yaml"), "a link that leads out of the template's folder"),
    ],
)
def test_an_include_that_cannot_be_used_is_refused_with_its_line(
    deployed: Deployment, tmp_path_factory: pytest.TempPathFactory, text: str, expected: str
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("a: 1\n")
    (deployed.folder.path / "link.yaml").symlink_to(outside)
    deployed.folder.add("delay.yaml", "DelaySeconds: 2\n")
    deployed.folder.add("list.yaml", "[a]\n")
    error = deployed.refused(text)
    assert expected in str(error)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("DelaySeconds: !Ref X\n", 'cannot use the short form "!Ref"'),
        ("a: {Fn::Transform: {Name: AWS::Include}}\n", "cannot ask for a transform in turn"),
        ("a: [\n", "This is not YAML"),
    ],
)
def test_an_included_file_that_aws_would_not_read_is_refused(deployed: Deployment, content: str, expected: str) -> None:
    file: Path = deployed.folder.add("part.yaml", content)
    with pytest.raises(ScenarioError) as caught:
        deployed(include("part.yaml"))
    assert expected in str(caught.value)
    assert str(file) in str(caught.value)
