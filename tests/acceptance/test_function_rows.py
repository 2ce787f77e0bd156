"""Whole pipelines that show what Lambda does about loops, versions and reservations."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from harness.kernel.trace import TraceEvent
from harness.run import Run, run
from harness.scenario.load import load_file

HEAD = """\
    Transform: AWS::Serverless-2016-10-31
    Globals: {Function: {Handler: app.handler, Runtime: python3.12, Timeout: 30}}
    Resources:
"""


def rehearse(folder: Path, resources: str, when: str, **handlers: str) -> Run:
    """Run ``when`` against a template of these resources; ``handlers`` are bodies of functions by folder."""
    for name, body in handlers.items():
        (folder / name).mkdir()
        code = "import boto3, json, os\ndef handler(event, context):\n" + textwrap.indent(textwrap.dedent(body), "    ")
        (folder / name / "app.py").write_text(code, encoding="utf-8")
    template = textwrap.dedent(HEAD) + textwrap.indent(textwrap.dedent(resources), "  ")
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    file = folder / "loop.yaml"
    then = "then:\n  - function: {name: F, invocations: {at_least: 0}}\n"
    file.write_text(f"pipeline: .\nname: it\nwhen:\n  - {when}\n{then}", encoding="utf-8")
    (scenario,) = load_file(file)
    result = run(scenario)
    assert result.outcome == "passed", result.error
    return result


def of(result: Run, station: str, what: str, who: str | None = None) -> list[TraceEvent]:
    return [e for e in result.events if (e.station, e.what) == (station, what) and who in (None, e.who)]


def seconds(events: list[TraceEvent]) -> list[float]:
    return [e.at_us / 1e6 for e in events]


QUEUE_LOOP = """
    Q:
      Type: AWS::SQS::Queue
      Properties:
        VisibilityTimeout: 30
        RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
    Dead: {Type: AWS::SQS::Queue}
    F:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: f
        Environment: {Variables: {QUEUE: !Ref Q}}
        Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
"""
SEND = 'boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")'


def test_lam_24_a_loop_over_a_queue_is_stopped_at_the_17th_call_and_its_message_redriven(tmp_path: Path) -> None:
    result = rehearse(tmp_path, QUEUE_LOOP, "send: {queue: Q, body: once}", f=SEND)
    assert len(of(result, "invoke", "succeeded", "F")) == 16
    # Each receive counts, and each is stopped: at 90 s the message has had its three.
    assert seconds(of(result, "invoke", "stopped", "F")) == [0, 30, 60]
    assert seconds(of(result, "queue", "moved")) == [90]
    (moved,) = of(result, "queue", "moved")
    assert moved.detail["to"] == "Dead"
    assert of(result, "invoke", "stopped")[0].detail["error"] == "RecursiveInvocationException"


def test_lam_24_a_function_that_may_recurse_is_not_stopped(tmp_path: Path) -> None:
    allowed = QUEUE_LOOP.replace("CodeUri: f\n", "CodeUri: f\n        RecursiveLoop: Allow\n")
    body = f"""
        seen = len(event["Records"][0]["body"])
        if seen < 40:
            {SEND.replace('"again"', '"x" * (seen + 1)')}
    """
    result = rehearse(tmp_path, allowed, "send: {queue: Q, body: x}", f=body)
    assert len(of(result, "invoke", "succeeded", "F")) == 40
    assert of(result, "invoke", "stopped") == []


def test_lam_24_a_loop_over_a_bucket_ends_in_the_functions_dead_letter_queue(tmp_path: Path) -> None:
    resources = """
        B: {Type: AWS::S3::Bucket}
        Dead: {Type: AWS::SQS::Queue}
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            Policies: [AmazonS3FullAccess]
            DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
            Events: {Up: {Type: S3, Properties: {Bucket: !Ref B, Events: "s3:ObjectCreated:*"}}}
    """
    body = """
        s3 = event["Records"][0]["s3"]
        boto3.client("s3").put_object(Bucket=s3["bucket"]["name"], Key=s3["object"]["key"] + "x", Body=b"")
    """
    result = rehearse(tmp_path, resources, "upload: {bucket: B, key: a, text: hi}", f=body)
    assert len(of(result, "invoke", "succeeded", "F")) == 16
    # 20 ms for each notification; nothing is tried again.
    assert seconds(of(result, "invoke", "stopped", "F")) == [0.34]
    assert [e.detail["attempts"] for e in of(result, "deliver", "async gave up")] == [0]
    (dead,) = of(result, "queue", "sent", "Dead")
    assert dead.detail["body"].startswith('{"Records":')


def test_lam_24_a_loop_over_a_topic_is_stopped(tmp_path: Path) -> None:
    resources = """
        T: {Type: AWS::SNS::Topic}
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            Environment: {Variables: {TOPIC: !Ref T}}
            Events: {T: {Type: SNS, Properties: {Topic: !Ref T}}}
    """
    body = 'boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message="again")'
    result = rehearse(tmp_path, resources, "publish: {topic: T, message: once}", f=body)
    assert len(of(result, "invoke", "succeeded", "F")) == 16
    assert len(of(result, "invoke", "stopped", "F")) == 1


@pytest.mark.parametrize(("how", "endings"), [("Event", (16, 0)), ("RequestResponse", (15, 1))])
def test_lam_24_a_function_that_calls_itself_is_stopped(tmp_path: Path, how: str, endings: tuple[int, int]) -> None:
    body = f"""
        boto3.client("lambda").invoke(FunctionName=context.function_name, InvocationType="{how}", Payload=b"{{}}")
    """
    function = (
        "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, EventInvokeConfig: {MaximumRetryAttempts: 0}}}"
    )
    result = rehearse(tmp_path, function, "invoke: {function: F, payload: {}}", f=body)
    # Called directly, the 16th gets the refusal as an exception; to the 15th its failure is an answer.
    succeeded, failed = (len(of(result, "invoke", what, "F")) for what in ("succeeded", "failed"))
    assert (succeeded, failed) == endings
    assert len(of(result, "invoke", "stopped", "F")) == 1


def test_lam_24_each_function_of_a_loop_is_counted_for_itself(tmp_path: Path) -> None:
    resources = """
        A:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}}
        Dead: {Type: AWS::SQS::Queue}
        B: {Type: AWS::SQS::Queue}
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            Environment: {Variables: {QUEUE: !Ref B}}
            Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt A.Arn}}}
        G:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            Environment: {Variables: {QUEUE: !Ref A}}
            Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt B.Arn}}}
    """
    result = rehearse(tmp_path, resources, "send: {queue: A, body: once}", f=SEND)
    assert [len(of(result, "invoke", "succeeded", name)) for name in ("F", "G")] == [16, 16]
    assert {e.who for e in of(result, "invoke", "stopped")} == {"F"}


def test_lam_24_a_loop_over_a_destination_is_stopped(tmp_path: Path) -> None:
    resources = """
        Q:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}}
        Dead: {Type: AWS::SQS::Queue}
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Q.Arn}}}
        G:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: g
            Environment: {Variables: {OTHER: !Ref F}}
            Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}
    """
    calls = 'boto3.client("lambda").invoke(FunctionName=os.environ["OTHER"], InvocationType="Event", Payload=b"{}")'
    result = rehearse(tmp_path, resources, "invoke: {function: G, payload: {}}", f="return 1", g=calls)
    assert [len(of(result, "invoke", "succeeded", name)) for name in ("F", "G")] == [16, 16]


def test_lam_24_many_calls_that_do_not_follow_from_one_another_are_no_loop(tmp_path: Path) -> None:
    resources = "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f}}"
    result = rehearse(tmp_path, resources, "\n  - ".join(["invoke: {function: F, payload: {}}"] * 40), f="return 1")
    assert len(of(result, "invoke", "succeeded", "F")) == 40


def test_xr_02_what_a_function_sends_carries_its_header_and_what_a_scenario_sends_carries_none(tmp_path: Path) -> None:
    body = """
        header = event["Records"][0]["attributes"].get("AWSTraceHeader")
        print("got", header)
        if header is None:
            boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")
    """
    result = rehearse(tmp_path, QUEUE_LOOP, "send: {queue: Q, body: once}", f=body)
    first, second = (e.detail["text"] for e in of(result, "invoke", "logged", "F"))
    assert first == "got None"
    assert second.startswith("got Root=1-") and second.endswith(":1") and ";Sampled=0;Lineage=" in second


def test_lam_28_buckets_topics_and_queues_may_name_an_alias(tmp_path: Path) -> None:
    resources = """
        B: {Type: AWS::S3::Bucket}
        T: {Type: AWS::SNS::Topic}
        Q: {Type: AWS::SQS::Queue}
        F:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: f
            AutoPublishAlias: live
            Events:
              Up: {Type: S3, Properties: {Bucket: !Ref B, Events: "s3:ObjectCreated:*"}}
              T: {Type: SNS, Properties: {Topic: !Ref T}}
              Q: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}
    """
    when = "upload: {bucket: B, key: a, text: hi}\n  - send: {queue: Q, body: x}\n  - publish: {topic: T, message: x}"
    body = 'print(context.function_version, context.invoked_function_arn.rpartition(":")[2])'
    result = rehearse(tmp_path, resources, when, f=body)
    assert [e.detail["text"] for e in of(result, "invoke", "logged", "F")] == ["1 live"] * 3
    # In the trace it is the function by its name in the template, whoever calls it and how.
    assert {e.who for e in result.events if e.station in ("deliver", "invoke")} == {"F"}
