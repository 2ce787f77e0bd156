from __future__ import annotations

import gc

import pytest

from harness.errors import ScenarioError
from harness.world import transform as module
from harness.world.transform import Transformed, transform
from tests.world.conftest import Folder

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = """\
Globals:
  Function:
    Runtime: python3.12
    Timeout: 7
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Policies:
        - AWSLambdaBasicExecutionRole
      Tracing: Active
      Events:
        Up:
          Type: S3
          Properties:
            Bucket: !Ref B
            Events: s3:ObjectCreated:*
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Q.Arn
  B:
    Type: AWS::S3::Bucket
  Q:
    Type: AWS::SQS::Queue
"""


def transformed(folder: Folder, text: str, **parameters: str) -> Transformed:
    folder.add("app.py")
    return transform(folder.template(text), parameters, "us-east-1")


def refusal(folder: Folder, text: str) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        transformed(folder, text)
    return caught.value


def test_a_sam_function_becomes_plain_resources(folder: Folder) -> None:
    resources = transformed(folder, HEAD + FUNCTION).body["Resources"]
    assert {name: r["Type"].rsplit("::", 1)[1] for name, r in resources.items()} == {
        "B": "Bucket",
        "Q": "Queue",
        "F": "Function",
        "FRole": "Role",
        "FJobs": "EventSourceMapping",
        "FUpPermission": "Permission",
    }


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        (("F", "Properties", "Handler"), "Handler:"),
        (("F", "Properties", "Timeout"), "Timeout:"),
        (("F", "Properties", "TracingConfig", "Mode"), "Tracing:"),
        (("FRole",), "  F:"),
        (("FJobs", "Properties", "BatchSize"), "Jobs:"),
        (("FUpPermission", "Properties", "Principal"), "Up:"),
        (("B", "Properties", "NotificationConfiguration"), "  B:"),
        (("Q", "Type"), "AWS::SQS::Queue"),
    ],
)
def test_each_part_is_traced_to_the_line_it_came_from(folder: Folder, path: tuple[str, ...], piece: str) -> None:
    where = transformed(folder, HEAD + FUNCTION).where(("Resources", *path))
    assert where.line == folder.line(piece)


def test_the_translator_runs_once_for_the_same_content_and_parameters(folder: Folder) -> None:
    module._translate.cache_clear()
    first = transformed(folder, HEAD + FUNCTION)
    assert transformed(folder, HEAD + FUNCTION).body is first.body
    assert transformed(folder, HEAD + FUNCTION, Stage="x").body is not first.body


def test_a_template_without_the_transform_stays_as_it_is(folder: Folder) -> None:
    text = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n"
    assert transformed(folder, text).body == folder.template(text).body


@pytest.mark.parametrize(
    ("text", "piece", "expected"),
    [
        (FUNCTION, "Globals", "The section Globals belongs to SAM"),
        (FUNCTION.split("Resources:")[1].join(["Resources:", ""]), "Function", "does not ask for the SAM transform"),
        ("Transform: AWS::SecretsManager-2020-07-23\n" + FUNCTION, "Transform:", "is not carried out here"),
        ("Transform: [{Name: 'Mine'}]\n" + FUNCTION, "Transform:", "is not carried out here"),
        (HEAD + FUNCTION.replace("Handler:", "Handlr:"), "Handlr", 'Did you mean "Handler"?'),
        (
            HEAD + "Resources:\n  A:\n    Type: AWS::Serverless::Apy\n",
            "Serverless::Apy",
            'Did you mean "AWS::Serverless::Api"?',
        ),
        (HEAD + FUNCTION.replace("Handler: app.handler", "MemorySize: 128"), "  F:", "The SAM transform refuses"),
        (HEAD + FUNCTION.replace("Type: SQS", "Type: SQSS"), "Type: SQSS", 'Did you mean "SQS"?'),
        (HEAD + FUNCTION.replace("Timeout: 7", "Timeot: 7"), None, "'Timeot' is not a supported property"),
    ],
)
def test_what_would_not_survive_is_refused_with_its_line(
    folder: Folder, text: str, piece: str | None, expected: str
) -> None:
    error = refusal(folder, text)
    assert expected in str(error)
    assert error.where is not None
    if piece is not None:
        assert error.where.line == folder.line(piece)


def test_a_refusal_leaves_nothing_in_the_log(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    module._translate.cache_clear()
    refusal(folder, HEAD + FUNCTION.replace("Type: SQS", "Type: SQSX"))
    gc.collect()
    assert caplog.records == []
