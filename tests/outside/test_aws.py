"""An AWS call that nothing emulates is refused by name, and any call can be answered by the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import FunctionError
from harness.outside.refusals import NOT_EMULATED
from harness.scenario.aws_shapes import operation
from tests.outside.apps import TEMPLATE, run_app, told

LABELS = """
import boto3
client = boto3.client("rekognition")
def handler(event, context):
    try:
        found = client.detect_labels(Image={"S3Object": {"Bucket": "photos", "Name": "cat.jpg"}})
        found.pop("ResponseMetadata")
        tell(found)
    except Exception as error:
        tell([type(error).__name__, str(error)])
"""
CALL = """
import boto3
def handler(event, context):
    client = boto3.client(%r)
    try:
        tell(getattr(client, %r)(**%r)["ResponseMetadata"]["HTTPStatusCode"])
    except Exception as error:
        tell([type(error).__name__, str(error)])
"""


def calling(service: str, method: str, **parameters: Any) -> str:
    return CALL % (service, method, parameters)


@pytest.mark.parametrize(
    ("call", "source"),
    [
        ("rekognition.DetectLabels", LABELS),
        ("textract.DetectDocumentText", calling("textract", "detect_document_text", Document={"Bytes": b"x"})),
        ("bedrock-runtime.Converse", calling("bedrock-runtime", "converse", modelId="m", messages=[])),
        ("ses.SendTemplatedEmail", calling("ses", "send_templated_email", Source="a@example.com", Destination={},
                                           Template="t", TemplateData="{}")),
        # A service that moto has not, one of whose operations it has not, and one that it answers by "404".
        ("translate.TranslateText", calling("translate", "translate_text", Text="a", SourceLanguageCode="en",
                                            TargetLanguageCode="de")),
        ("eventbridge.ListEventSources", calling("events", "list_event_sources")),
        ("lambda.GetAccountSettings", calling("lambda", "get_account_settings")),
    ],
)  # fmt: skip
def test_a_call_that_nothing_emulates_is_refused_by_name(call: str, source: str, tmp_path: Path) -> None:
    result = run_app(tmp_path, source)
    ((kind, words),) = told(tmp_path)
    assert kind == "CallRefused"
    assert words.startswith(f"Caller called {call}, which nothing here emulates")
    assert (
        f"It was not sent. If this call belongs to the scenario, say what AWS answers:\n  stub:\n    - call: {call}"
        in words
    )
    # The handler made nothing of it; the run does.
    assert all(check.held for check in result.checks)
    assert (result.outcome, type(result.error)) == ("failed", FunctionError)
    assert words in str(result.error)
    # botocore does not try it again.
    assert [(e.what, e.who) for e in result.events if e.station == "outside"] == [("refused", "Caller")]


def test_the_words_name_the_keys_of_the_answer(tmp_path: Path) -> None:
    run_app(tmp_path, LABELS)
    ((_, words),) = told(tmp_path)
    assert words.endswith("# AWS's keys: Labels, OrientationCorrection, LabelModelVersion, ImageProperties")


def test_a_call_outside_of_aws_is_refused_too(tmp_path: Path) -> None:
    source = """
        import boto3
        def handler(event, context):
            boto3.client("s3", endpoint_url="https://storage.example.com").list_buckets()
    """
    result = run_app(tmp_path, source)
    assert "Caller called s3.ListBuckets" in str(result.error)


def test_an_answer_arrives_as_boto3_gives_it(tmp_path: Path) -> None:
    labels = {"Labels": [{"Name": "Cat", "Confidence": 99.5}]}
    check = {"call": "rekognition.DetectLabels", "count": 1, "parameters": {"Image.S3Object.Name": "cat.jpg"}}
    result = run_app(
        tmp_path, LABELS, stub=[{"call": "rekognition.DetectLabels", "returns": labels}], then=[{"calls": check}]
    )
    assert told(tmp_path) == [labels]
    assert result.outcome == "passed"
    (event,) = [e for e in result.events if e.station == "outside"]
    assert (event.what, event.who, event.detail["call"]) == ("answered", "Caller", "rekognition.DetectLabels")
    assert event.cause is not None


PROTOCOLS = [
    ("sqs", "get_queue_url", {"QueueName": "q"}, {"QueueUrl": "https://x/q"}),
    ("sns", "publish", {"Message": "m", "TopicArn": "arn:aws:sns:us-east-1:1:t"}, {"MessageId": "id"}),
    ("ec2", "describe_vpcs", {}, {"Vpcs": [{"VpcId": "vpc-1"}]}),
    ("s3", "head_object", {"Bucket": "bucket", "Key": "k"}, {"ETag": "e", "Metadata": {"a": "b"}}),
    ("lambda", "get_account_settings", {}, {"AccountLimit": {"ConcurrentExecutions": 7}}),
    ("dynamodb", "get_item", {"TableName": "Table", "Key": {}}, {"Item": {"id": {"S": "x"}}}),
    ("cloudwatch", "describe_alarms", {}, {"MetricAlarms": [{"AlarmName": "a"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "method", "parameters", "answer"), PROTOCOLS)
def test_every_protocol_of_aws_can_be_answered_also_for_services_that_are_emulated(
    service: str, method: str, parameters: dict[str, Any], answer: dict[str, Any], tmp_path: Path
) -> None:
    name = "".join(word.capitalize() for word in method.split("_"))
    source = f"""
        import boto3
        def handler(event, context):
            found = boto3.client({service!r}).{method}(**{parameters!r})
            tell({{key: found[key] for key in {list(answer)!r}}})
    """
    result = run_app(tmp_path, source, stub=[{"call": f"{service}.{name}", "returns": answer}])
    assert told(tmp_path) == [answer]
    assert result.outcome == "passed"


BEDROCK = """
import boto3
def handler(event, context):
    client = boto3.client("bedrock-runtime")
    answer = client.invoke_model(modelId="m", body=json.dumps({"prompt": "hi"}))
    tell(json.load(answer["body"]))
    tell([event for event in client.converse_stream(modelId="m", messages=[])["stream"]])
"""


def test_a_models_body_is_json_both_ways_and_its_stream_a_list(tmp_path: Path) -> None:
    stream = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "hi"}, "contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]
    result = run_app(
        tmp_path,
        BEDROCK,
        stub=[
            {
                "call": "bedrock-runtime.InvokeModel",
                "parameters": {"body.prompt": "hi"},
                "returns": {"body": {"text": "hello"}, "contentType": "application/json"},
            },
            {"call": "bedrock-runtime.ConverseStream", "returns": {"stream": stream}},
        ],
    )
    assert told(tmp_path) == [{"text": "hello"}, stream]
    assert result.outcome == "passed"


def test_an_error_is_the_exception_that_the_sdk_raises(tmp_path: Path) -> None:
    error = {"code": "InvalidS3ObjectException", "message": "no such picture & no other"}
    run_app(tmp_path, LABELS, stub=[{"call": "rekognition.DetectLabels", "error": error}])
    assert told(tmp_path) == [
        [
            "InvalidS3ObjectException",
            "An error occurred (InvalidS3ObjectException) when calling the DetectLabels operation: "
            "no such picture & no other",
        ]
    ]


def test_an_answer_may_take_longer_than_the_function_has(tmp_path: Path) -> None:
    stub = [{"call": "rekognition.DetectLabels", "delay": "2m", "returns": {}}]
    result = run_app(tmp_path, LABELS, stub=stub, then=[{"function": {"name": "Caller", "timeouts": 1}}])
    assert result.outcome == "passed"
    assert result.elapsed_us == 60_000_000


PYTHON = """
def labels(request):
    return {"Labels": [{"Name": request["Image"]["S3Object"]["Name"]}]}
def misspelt(request):
    return {"Label": []}
"""


def test_a_python_function_is_given_the_parameters(tmp_path: Path) -> None:
    stub = [{"call": "rekognition.DetectLabels", "python": "answers.py:labels"}]
    run_app(tmp_path, LABELS, stub=stub, python=PYTHON)
    assert told(tmp_path) == [{"Labels": [{"Name": "cat.jpg"}]}]


def test_what_a_python_function_returns_is_held_against_awss_shape(tmp_path: Path) -> None:
    stub = [{"call": "rekognition.DetectLabels", "python": "answers.py:misspelt"}]
    result = run_app(tmp_path, LABELS, stub=stub, python=PYTHON)
    assert result.outcome == "error"
    assert 'AWS answers no "Label" here.\n  Did you mean "Labels"?' in str(result.error)


def test_a_stub_whose_parameters_do_not_fit_leaves_the_call_to_the_cloud(tmp_path: Path) -> None:
    source = """
        import boto3
        def handler(event, context):
            s3 = boto3.client("s3")
            s3.create_bucket(Bucket="mine")
            s3.put_object(Bucket="mine", Key="k", Body=b"from the cloud")
            for key in ("k", "other"):
                tell(s3.get_object(Bucket="mine", Key=key)["Body"].read().decode())
    """
    stub = [{"call": "s3.GetObject", "parameters": {"Key": "other"}, "returns": {"Body": "from outside"}}]
    check = {"calls": {"call": "s3.PutObject", "count": 1, "parameters": {"Body": "from the cloud"}}}
    result = run_app(tmp_path, source, stub=stub, then=[check])
    assert told(tmp_path) == ["from the cloud", "from outside"]
    # A check can ask for calls that the cloud has answered.
    assert result.outcome == "passed", result.checks


WORKFLOW = (
    TEMPLATE
    + """\
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies: [{RekognitionDetectOnlyPolicy: {}}]
      Definition:
        StartAt: Look
        States:
          Look:
            Type: Task
            Resource: arn:aws:states:::aws-sdk:rekognition:detectLabels
            Parameters: {Image: {S3Object: {Bucket: photos, Name: cat.jpg}}}
            End: true
"""
)
START = """
import boto3
def handler(event, context):
    client = boto3.client("stepfunctions")
    client.start_execution(stateMachineArn=client.list_state_machines()["stateMachines"][0]["stateMachineArn"])
"""


def test_a_state_machines_own_call_is_answered_as_a_functions(tmp_path: Path) -> None:
    result = run_app(
        tmp_path,
        START,
        template=WORKFLOW,
        stub=[{"call": "rekognition.DetectLabels", "returns": {"Labels": [{"Name": "Cat"}]}}],
        then=[{"execution": {"state_machine": "Machine", "status": "SUCCEEDED", "output": {"Labels[0].Name": "Cat"}}}],
    )
    assert result.outcome == "passed", [c.seen for c in result.checks]


def test_a_state_machines_own_call_is_refused_as_a_functions(tmp_path: Path) -> None:
    result = run_app(tmp_path, START, template=WORKFLOW)
    assert result.outcome == "failed"
    assert "called rekognition.DetectLabels, which nothing here emulates" in str(result.error)


def test_every_service_of_the_list_is_one_of_botocores() -> None:
    from botocore.loaders import Loader
    from botocore.utils import EVENT_ALIASES

    known = {*Loader().list_available_services("service-2"), *EVENT_ALIASES.values()}
    assert set(NOT_EMULATED) <= known
    assert isinstance(operation("s3.Nothing"), tuple)
