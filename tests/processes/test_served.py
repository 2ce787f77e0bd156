"""Functions under ``harness up``, from a client's side."""

from __future__ import annotations

import base64
import io
import json
import textwrap
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.serve.conftest import Served, start

ROLE = "arn:aws:iam::123456789012:role/any"


def archive(source: str, name: str = "app.py") -> bytes:
    """A zip with one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, textwrap.dedent(source))
    return file.getvalue()


@pytest.fixture(scope="module")
def up() -> Iterator[Served]:
    served = start("--quiet", "--processes", "3")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    served.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=policy)
    yield served
    assert served.stop() == 0


def create(up: Served, name: str, source: str, **more: Any) -> Any:
    client = up.client("lambda")
    given = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Timeout": 10, "MemorySize": 512}
    answer = client.create_function(FunctionName=name, **{"Code": {"ZipFile": archive(source)}, **given, **more})
    up.advance(2)
    return answer


def invoke(up: Served, name: str, payload: Any = None, **more: Any) -> Any:
    answer = up.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload or {}), **more)
    return json.loads(answer["Payload"].read())


def answers(text: str) -> str:
    return f"def handler(event, context):\n    return {text!r}\n"


def test_an_uploaded_function_hears_of_an_object_and_puts_another_which_the_client_sees(up: Served) -> None:
    s3 = up.client("s3")
    for bucket in ("photos", "thumbs"):
        s3.create_bucket(Bucket=bucket)
    made = create(
        up,
        "thumbnail",
        """
        import boto3
        s3 = boto3.client("s3")
        def handler(event, context):
            for record in event["Records"]:
                source = {"Bucket": record["s3"]["bucket"]["name"], "Key": record["s3"]["object"]["key"]}
                body = s3.get_object(**source)["Body"].read()
                s3.put_object(Bucket="thumbs", Key=source["Key"], Body=body.upper())
            print("made", source["Key"])
        """,
    )
    listens(up, "photos", made["FunctionArn"])
    s3.put_object(Bucket="photos", Key="cat", Body=b"meow")
    s3.get_waiter("object_exists").wait(Bucket="thumbs", Key="cat", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    assert s3.get_object(Bucket="thumbs", Key="cat")["Body"].read() == b"MEOW"
    (began,) = [event for event in trace(up) if event["who"].endswith(":thumbnail") and event["what"] == "started"]
    (came,) = [event for event in trace(up) if event["who"] == "thumbs" and event["what"] == "object created"]
    assert came["cause"] == began["n"]


def listens(up: Served, bucket: str, function_arn: str) -> None:
    """Objects that come into the bucket call the function."""
    up.client("lambda").add_permission(
        FunctionName=function_arn, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount="123456789012",
    )  # fmt: skip
    wanted = {"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}
    up.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )


def traced(up: Served, name: str, what: str) -> int:
    """How often this has happened to the function."""
    return sum(1 for event in trace(up) if event["who"].endswith(f":{name}") and event["what"] == what)


def trace(up: Served) -> list[Any]:
    """What has happened."""
    return [json.loads(line) for line in up.ask("GET", "/_harness/trace")[2].splitlines()]


def test_lam_24_a_process_that_feeds_itself_is_stopped_at_its_17th_call(up: Served) -> None:
    s3 = up.client("s3")
    s3.create_bucket(Bucket="loop")
    made = create(
        up,
        "loop",
        """
        import boto3
        s3 = boto3.client("s3")
        def handler(event, context):
            key = event["Records"][0]["s3"]["object"]["key"]
            s3.put_object(Bucket="loop", Key=key + "x", Body=b"")
        """,
    )
    listens(up, "loop", made["FunctionArn"])
    s3.put_object(Bucket="loop", Key="x", Body=b"")
    while not traced(up, "loop", "stopped"):
        up.advance(1)
    assert s3.list_objects_v2(Bucket="loop")["KeyCount"] == 17


def test_lam_10_lam_13_an_event_that_fails_three_times_goes_to_its_destination(up: Served) -> None:
    sqs = up.client("sqs")
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    create(up, "fails", "def handler(event, context):\n    raise KeyError(event['order'])\n")
    up.client("lambda").put_function_event_invoke_config(
        FunctionName="fails",
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failures"}},
    )
    up.client("lambda").invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"order": 7}')
    for attempt in (1, 2, 3):
        while traced(up, "fails", "failed") < attempt:
            up.advance(0.1)
        up.advance(120)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert (record["requestPayload"], record["responsePayload"]["errorType"]) == ({"order": 7}, "KeyError")


def test_lam_28_new_code_versions_and_aliases_are_what_the_next_call_runs(up: Served) -> None:
    client = up.client("lambda")
    create(up, "v", answers("one"), Publish=True)
    client.create_alias(FunctionName="v", Name="live", FunctionVersion="1")
    client.update_function_code(FunctionName="v", ZipFile=archive(answers("two")), Publish=True)
    up.advance(2)
    assert (invoke(up, "v"), invoke(up, "v", Qualifier="1"), invoke(up, "v:live")) == ("two", "one", "one")
    client.update_alias(FunctionName="v", Name="live", FunctionVersion="2")
    assert invoke(up, "v:live") == "two"
    client.delete_function(FunctionName="v")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        invoke(up, "v")


def test_configuration_and_layers_hold_for_the_next_call(up: Served) -> None:
    client = up.client("lambda")
    layer = [
        client.publish_layer_version(
            LayerName=name, Content={"ZipFile": archive(f"WHO = '{name}'", "python/shared.py")}
        )
        for name in ("below", "above")
    ]
    create(up, "c", "import os, shared\ndef handler(e, c):\n    return [shared.WHO, os.environ.get('MODE')]\n",
           Layers=[version["LayerVersionArn"] for version in layer])  # fmt: skip
    assert invoke(up, "c") == ["above", None]
    client.update_function_configuration(
        FunctionName="c", Environment={"Variables": {"MODE": "x"}}, Layers=[layer[0]["LayerVersionArn"]]
    )
    up.advance(2)
    assert invoke(up, "c") == ["below", "x"]


def test_code_may_lie_in_s3_in_a_version_of_its_own(up: Served) -> None:
    s3 = up.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    first, _ = (s3.put_object(Bucket="code", Key="f.zip", Body=archive(answers(n)))["VersionId"] for n in "ab")
    create(up, "s", "", Code={"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": first})
    assert invoke(up, "s") == "a"
    up.client("lambda").update_function_code(FunctionName="s", S3Bucket="code", S3Key="f.zip")
    up.advance(2)
    assert invoke(up, "s") == "b"


def test_lam_01_the_tail_of_the_log_comes_with_the_answer(up: Served) -> None:
    create(up, "t", "def handler(e, c):\n    print('seen')\n    raise ValueError('no')\n")
    answer = up.client("lambda").invoke(FunctionName="t", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "seen\n" in tail
    assert "[ERROR] ValueError: no\n" in tail
    assert "Max Memory Used" in tail


def test_functions_that_call_functions_do_not_wait_for_one_another_s_slots(up: Served) -> None:
    create(up, "inner", answers("deep"))
    create(
        up,
        "outer",
        """
        import boto3, json
        client = boto3.client("lambda")
        def handler(event, context):
            return json.load(client.invoke(FunctionName="inner")["Payload"])
        """,
        Timeout=20,
    )
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: invoke(up, "outer"), range(3))) == ["deep"] * 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"Runtime": "java21"}, 'The runtime "java21" is not here: Java functions do not run in the harness'),
        ({"PackageType": "Image", "Code": {"ImageUri": "1.dkr/x:1"}}, "bad is a container image; images do not run"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": archive("x", "/etc/cron")}}, "leads out of its folder"),
        ({"Code": {"ZipFile": archive("x", "../../up.py")}}, "leads out of its folder"),
    ],
)
def test_what_does_not_run_here_is_refused_by_name(up: Served, more: Any, said: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException") as refused:
        create(up, "bad", "", **more)
    assert said in str(refused.value)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        up.client("lambda").get_function(FunctionName="bad")


def test_time_jumps_only_when_functions_that_follow_from_others_have_ended_too(up: Served) -> None:
    arn = create(up, "step", answers("done"))["FunctionArn"]
    states = {f"S{n}": {"Type": "Task", "Resource": arn, "Next": f"S{n + 1}"} for n in range(1, 4)}
    definition = json.dumps({"StartAt": "S1", "States": {**states, "S4": {"Type": "Succeed"}}})
    steps = up.client("stepfunctions")
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = up.client("iam")
    role = iam.create_role(
        RoleName="steps", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="steps",
        PolicyName="invoke",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    machine = steps.create_state_machine(name="steps", roleArn=role, definition=definition)["stateMachineArn"]
    execution = steps.start_execution(stateMachineArn=machine)["executionArn"]
    up.advance(1)
    assert steps.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
