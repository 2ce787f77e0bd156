"""A custom resource's function is run while the template is deployed, and its answer is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.run import Run
from tests.outside.apps import TEMPLATE, run_app, told

MORE = """\
  Thing:
    Type: {type}
    Properties:
      ServiceToken: {token}
      Size: 3
      On: true
      Deep: {{List: [1, !Ref Queue], Ratio: 0.5}}{timeout}
  Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: jobs}}}}
  Kept:
    Type: AWS::SSM::Parameter
    Properties: {{Type: String, Name: kept, Value: !Sub "${{Thing}} ${{Thing.Endpoint}}"}}
"""
WELL = [{"function": {"name": "Caller", "errors": 0}}]
ANSWER = """
import json, urllib.request
def handler(event, context):
    if "ResponseURL" not in event:
        return
    tell(event)
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "thing-1", "Data": {"Endpoint": "https://thing"}}
    answer |= %s
    body = answer.get("raw", json.dumps({k: v for k, v in answer.items() if v != "left out"}))
    request = urllib.request.Request(event["ResponseURL"], data=body.encode(), method="PUT")
    urllib.request.urlopen(request)
"""


def deployed(
    folder: Path,
    source: str,
    *,
    kind: str = "Custom::Thing",
    token: str = "!GetAtt Caller.Arn",
    timeout: str = "",
    stub: list[dict[str, Any]] | None = None,
) -> Run:
    more = MORE.format(type=kind, token=token, timeout=timeout)
    return run_app(folder, source, template=TEMPLATE + more, stub=stub, then=WELL)


@pytest.mark.parametrize("kind", ["Custom::Thing", "AWS::CloudFormation::CustomResource"])
def test_the_function_is_asked_in_awss_words(kind: str, tmp_path: Path) -> None:
    result = deployed(tmp_path, ANSWER % {}, kind=kind)
    assert result.outcome == "passed", result.error
    (event,) = told(tmp_path)
    assert event["RequestType"] == "Create"
    assert event["ResourceType"] == kind
    assert event["LogicalResourceId"] == "Thing"
    assert event["StackId"].startswith("arn:aws:cloudformation:us-east-1:123456789012:stack/app/")
    assert event["ResponseURL"].startswith("https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/")
    assert len(event["RequestId"]) == 36
    token = event["ServiceToken"]
    assert token.startswith("arn:aws:lambda:us-east-1:123456789012:function:app-Caller-")
    # Every scalar is a text.
    assert event["ResourceProperties"] == {
        "ServiceToken": token,
        "Size": "3",
        "On": "true",
        "Deep": {"List": ["1", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"], "Ratio": "0.5"},
    }


def test_ref_is_the_physical_id_and_get_att_reads_the_data(tmp_path: Path) -> None:
    source = (
        (ANSWER % {})
        + """
def answering(original):
    import boto3
    def handler(event, context):
        if "ResponseURL" in event:
            return original(event, context)
        tell(boto3.client("ssm").get_parameter(Name="kept")["Parameter"]["Value"])
    return handler
handler = answering(handler)
"""
    )
    assert deployed(tmp_path, source).outcome == "passed"
    assert told(tmp_path)[-1] == "thing-1 https://thing"


def test_the_story_tells_of_the_answer_and_no_stub_is_asked(tmp_path: Path) -> None:
    result = deployed(tmp_path, ANSWER % {}, stub=[{"url": "https://**", "error": {"code": "Timeout"}}])
    assert [(e.what, e.who) for e in result.events if e.station == "outside"] == [("told", "Caller")]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"Status": "FAILED", "Reason": "no room"},
            "Received response status [FAILED] from custom resource. Message returned: no room (RequestId: ",
        ),
        ({"Status": "DONE"}, "Invalid response object: it is no JSON object with a Status of SUCCESS or FAILED."),
        ({"raw": "nonsense"}, "Invalid response object: it is no JSON object"),
        ({"raw": "[]"}, "Invalid response object: it is no JSON object"),
        ({"PhysicalResourceId": "left out"}, "Invalid PhysicalResourceId"),
        ({"RequestId": "another"}, "Invalid response object: its RequestId is not that of the request."),
        ({"Data": [1]}, "Invalid response object: its Data is no mapping."),
        ({"Data": {"Endpoint": "x" * 4096}}, "Response object is too long: "),
        ({"Data": {"Endpont": "x"}}, '"Thing" (Custom::Thing) has no attribute "Endpoint".'),
    ],
)
def test_an_answer_that_is_none_ends_the_deployment(answer: dict[str, Any], words: str, tmp_path: Path) -> None:
    result = deployed(tmp_path, ANSWER % answer)
    assert result.outcome == "error"
    assert words in str(result.error)
    assert "template.yaml:" in str(result.error)


def test_no_answer_is_waited_for_as_long_as_the_template_says(tmp_path: Path) -> None:
    result = deployed(tmp_path, "def handler(event, context): ...", timeout="\n      ServiceTimeout: 90")
    assert result.outcome == "error"
    assert "CloudFormation did not receive a response from your Custom Resource." in str(result.error)
    assert result.elapsed_us == 90_000_000


def test_without_a_timeout_it_is_an_hour_and_the_functions_trouble_is_told(tmp_path: Path) -> None:
    result = deployed(tmp_path, "def handler(event, context): raise KeyError(event['ResourceProperties']['Size'])")
    assert str(result.error).endswith("(It waited for 3600 s.)\n  Caller failed: KeyError: '3'")
    assert result.elapsed_us == 3_600_000_000


def test_a_topic_can_be_asked_too(tmp_path: Path) -> None:
    source = ANSWER.replace("def handler(event, context):", "def handler(event, context):\n    event = of(event)") % {}
    source += """
def of(event):
    return json.loads(event["Records"][0]["Sns"]["Message"]) if "Records" in event else event
"""
    template = TEMPLATE.replace("Timeout: 60}", "Timeout: 60, Events: {T: {Type: SNS, Properties: {Topic: !Ref T}}}}")
    more = MORE.format(type="Custom::Thing", token="!Ref T", timeout="\n    DependsOn: [CallerT, CallerTPermission]")
    result = run_app(tmp_path, source, template=template + more + "  T: {Type: AWS::SNS::Topic}\n", then=WELL)
    assert result.outcome == "passed", result.error
    assert told(tmp_path)[0]["ServiceToken"].startswith("arn:aws:sns:")


def test_a_function_of_another_stack_cannot_be_asked(tmp_path: Path) -> None:
    result = deployed(tmp_path, "", token="arn:aws:lambda:us-east-1:111122223333:function:theirs")
    assert "no function or topic of this template has that ARN" in str(result.error)


@pytest.mark.parametrize("lacking", ["ServiceToken: !GetAtt Caller.Arn\n      "])
def test_a_custom_resource_names_who_makes_it(lacking: str, tmp_path: Path) -> None:
    more = MORE.format(type="Custom::Thing", token="!GetAtt Caller.Arn", timeout="").replace(lacking, "")
    result = run_app(tmp_path, "def handler(event, context): ...", template=TEMPLATE + more)
    assert "lacks ServiceToken, which AWS requires" in str(result.error)


def test_the_same_run_asks_the_same(tmp_path: Path) -> None:
    first, second = (deployed(tmp_path / name, ANSWER % {}) for name in ("one", "two"))
    assert [e.as_json() for e in first.events] == [e.as_json() for e in second.events]
    assert json.dumps(told(tmp_path / "one")) == json.dumps(told(tmp_path / "two"))


NOTIFIES = """\
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  LetIn:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: "sqs:*", Resource: !GetAtt Jobs.Arn}
  Sets:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      Policies: [{Statement: [{Effect: Allow, Action: "s3:PutBucketNotification", Resource: "*"}]}]
      InlineCode: |
        import boto3
        import cfnresponse
        def handler(event, context):
            given = event["ResourceProperties"]
            rule = {"QueueArn": given["Queue"], "Events": ["s3:ObjectCreated:*"]}
            boto3.client("s3").put_bucket_notification_configuration(
                Bucket=given["Bucket"], NotificationConfiguration={"QueueConfigurations": [rule]}
            )
            cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, "rule")
  Rule:
    Type: Custom::S3Notification
    DependsOn: LetIn
    Properties: {ServiceToken: !GetAtt Sets.Arn, Bucket: !Ref Uploads, Queue: !GetAtt Jobs.Arn}
"""
UPLOADS = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="uploads", Key="a.txt", Body=b"")
"""


def test_a_function_of_the_template_may_set_a_buckets_notification(tmp_path: Path) -> None:
    # The way round the circle of a bucket that names a queue whose policy names the bucket.
    caller = TEMPLATE.rstrip().removesuffix("}") + ", Policies: [{S3WritePolicy: {BucketName: uploads}}]}\n"
    then = [*WELL, {"queue": {"name": "Jobs", "messages": 2}}]  # AWS's test event, and the upload
    result = run_app(tmp_path, UPLOADS, template=caller + NOTIFIES, then=then)
    assert result.outcome == "passed", result.error or [c.seen for c in result.checks]
