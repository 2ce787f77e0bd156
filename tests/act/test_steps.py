from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.act.items import plain
from harness.act.stage import Stage
from harness.act.steps import act
from harness.errors import ExpectationFailed, ScenarioError
from harness.kernel.clock import to_us
from harness.scenario.load import load_file
from harness.scenario.model import Item, PythonStep
from harness.vendor import events_bus
from harness.vendor.patches import Patches
from harness.world.stack import Resource
from tests.act.stages import on_stage, scenario, write


def steps(*when: Any) -> tuple[Item, ...]:
    return scenario(list(when)).when


def do(*when: Any) -> Any:
    """The ``act`` events of these steps: what, who, detail."""

    def main(stage: Stage) -> list[tuple[str, str, dict[str, Any]]]:
        for step in steps(*when):
            act(stage, step)
        return [(e.what, e.who, dict(e.detail)) for e in stage.kernel.trace.select("act")]

    return on_stage(main)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"text": "ä"}, b"\xc3\xa4"),
        ({"json": {"a": "ä"}}, '{"a": "ä"}'.encode()),
        ({"json": "x"}, b'"x"'),
        ({"base64": "/wA="}, b"\xff\x00"),
        ({"csv": {"header": ["n", "t"], "row": ["{n:02}", "a,b"], "rows": 2}}, b'n,t\n01,"a,b"\n02,"a,b"\n'),
    ],
)
def test_an_upload_puts_the_bytes_the_author_meant(content: dict[str, Any], expected: bytes) -> None:
    def main(stage: Stage) -> bytes:
        for step in steps({"upload": {"bucket": "Raw", "key": "uploads/a b+%.csv", **content}}):
            act(stage, step)
        answer = stage.client("s3").get_object(Bucket="raw-bucket", Key="uploads/a b+%.csv")
        return answer["Body"].read()  # type: ignore[no-any-return]

    assert on_stage(main) == expected


def test_an_upload_keeps_metadata_and_content_type() -> None:
    def main(stage: Stage) -> Any:
        step = {
            "upload": {"bucket": "Raw", "key": "k", "text": "x", "metadata": {"a": "b"}, "content_type": "text/csv"}
        }
        act(stage, steps(step)[0])
        answer = stage.client("s3").head_object(Bucket="raw-bucket", Key="k")
        return answer["Metadata"], answer["ContentType"]

    assert on_stage(main) == ({"a": "b"}, "text/csv")


def test_a_message_is_sent_with_its_attributes() -> None:
    def main(stage: Stage) -> Any:
        act(stage, steps({"send": {"queue": "Main", "body": {"a": 1}, "attributes": {"t": "x", "n": 2}}})[0])
        url = stage.stack.resource("Main").physical_id
        return stage.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]

    message = on_stage(main)
    assert message["Body"] == '{"a": 1}'
    assert message["MessageAttributes"] == {
        "n": {"DataType": "Number", "StringValue": "2"},
        "t": {"DataType": "String", "StringValue": "x"},
    }


def test_each_step_is_the_cause_of_what_follows_and_of_nothing_else() -> None:
    def main(stage: Stage) -> list[int | None]:
        for step in steps({"send": {"queue": "Main", "body": "a"}}, {"send": {"queue": "Main", "body": "b"}}):
            act(stage, step)
            stage.kernel.emit("queue", "noticed", "Main")
        return [e.cause for e in stage.kernel.trace.events if e.station == "act" or e.what == "noticed"]

    causes = on_stage(main)
    assert causes[0] is None and causes[2] is None
    assert causes[1] is not None and causes[3] is not None and causes[1] < causes[3]


def test_the_trace_says_what_was_done() -> None:
    assert do(
        {"upload": {"bucket": "Raw", "key": "k", "text": "abc"}},
        {"delete": {"bucket": "Raw", "key": "k"}},
        {"publish": {"topic": "News", "message": "hello", "subject": "s"}},
        {"redeliver": {"object": {"bucket": "Raw", "key": "k"}}},
        {"advance": "5m"},
        {"settle": True},
        {"put_item": {"table": "Orders", "item": {"id": "a", "n": 1}}},
        {"delete_item": {"table": "Orders", "key": {"id": "a", "n": 1}}},
    ) == [
        ("uploaded", "Raw", {"key": "k", "size": 3}),
        ("deleted", "Raw", {"key": "k"}),
        ("published", "News", {"message": "hello", "subject": "s"}),
        ("redelivered", "Raw", {"key": "k"}),
        ("advanced", "time", {"by": "5m"}),
        ("settled", "everything", {}),
        ("put", "Orders", {"item": '{"id": "a", "n": 1}'}),
        ("deleted", "Orders", {"key": '{"id": "a", "n": 1}'}),
    ]


def test_an_item_is_put_as_plain_json_and_read_back_as_it_was() -> None:
    item = {"id": "a", "n": 1, "price": 2.5, "large": 10**20, "more": {"list": [True, None, "ü", {}]}}

    def main(stage: Stage) -> Any:
        act(stage, steps({"put_item": {"table": "Orders", "item": item}})[0])
        answer = stage.client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "a"}, "n": {"N": "1"}})
        return answer["Item"]

    found = on_stage(main)
    assert found["price"] == {"N": "2.5"}
    assert plain(found) == item


def test_what_only_dynamodb_has_is_plain_json_too() -> None:
    item = {"s": {"SS": ["b", "a"]}, "n": {"NS": ["2", "1.5"]}, "b": {"B": b"x"}, "bs": {"BS": [b"y", b"x"]}}
    assert plain(item) == {"s": ["a", "b"], "n": [1.5, 2], "b": "eA==", "bs": ["eA==", "eQ=="]}


def test_an_item_is_deleted_by_its_key() -> None:
    def main(stage: Stage) -> int:
        for step in steps(
            {"put_item": {"table": "Orders", "item": {"id": "a", "n": 1}}},
            {"put_item": {"table": "Orders", "item": {"id": "a", "n": 2}}},
            {"delete_item": {"table": "Orders", "key": {"id": "a", "n": 1}}},
        ):
            act(stage, step)
        return int(stage.client("dynamodb").scan(TableName="orders")["Count"])

    assert on_stage(main) == 1


def test_an_item_without_its_key_is_refused_as_aws_does() -> None:
    def main(stage: Stage) -> None:
        act(stage, steps({"put_item": {"table": "Orders", "item": {"id": "a"}}})[0])

    with pytest.raises(ScenarioError, match="Missing the key n in the item"):
        on_stage(main)


def test_advance_lets_exactly_that_much_time_pass_and_what_falls_due_happen() -> None:
    def main(stage: Stage) -> Any:
        rung = []

        def ring() -> None:
            stage.kernel.sleep(90)
            rung.append(stage.kernel.clock.elapsed_us)

        stage.kernel.spawn(ring, name="bell")
        act(stage, steps({"advance": "1m30s"})[0])
        return rung, stage.kernel.clock.elapsed_us

    assert on_stage(main) == ([to_us(90)], to_us(90))


def test_settle_waits_until_nothing_is_left_to_happen() -> None:
    def main(stage: Stage) -> int:
        stage.kernel.spawn(lambda: stage.kernel.sleep(700), name="slow")
        act(stage, steps({"settle": True})[0])
        return stage.kernel.clock.elapsed_us

    assert on_stage(main) == to_us(700)


def test_a_repetition_does_its_steps_with_their_numbers() -> None:
    when = {"repeat": {"times": 3, "steps": [{"upload": {"bucket": "Raw", "key": "{n:02}.csv", "text": "{n}"}}]}}
    assert [detail["key"] for _, _, detail in do(when)] == ["01.csv", "02.csv", "03.csv"]


def test_an_execution_is_started_with_its_input() -> None:
    def main(stage: Stage) -> Any:
        act(stage, steps({"start": {"state_machine": "Flow", "input": {"a": 1}, "name": "first"}})[0])
        client = stage.client("stepfunctions")
        found = client.list_executions(stateMachineArn=stage.stack.resource("Flow").arn)["executions"]
        return found[0]["name"], json.loads(client.describe_execution(executionArn=found[0]["executionArn"])["input"])

    assert on_stage(main) == ("first", {"a": 1})


def test_an_unknown_name_is_blamed_on_the_authors_line_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    file = write(
        tmp_path / "s.yaml",
        "pipeline: p\nname: n\nwhen:\n  - send: {queue: Mian, body: x}\nthen:\n  - elapsed: 0s\n",
    )
    step = load_file(file)[0].when[0]
    with pytest.raises(ScenarioError) as caught:
        on_stage(lambda stage: act(stage, step))
    assert str(caught.value).startswith(f"{file}:4  ")
    assert 'no resource "Mian" of type AWS::SQS::Queue' in str(caught.value)
    assert 'Did you mean "Main"?' in str(caught.value)


def test_a_request_that_aws_refuses_is_the_authors_move() -> None:
    with pytest.raises(ScenarioError, match=r"AWS answered SendMessage with \w+: .*[Dd]elay"):
        do({"send": {"queue": "Main", "body": "x", "delay": "1h"}})


def test_a_delay_that_aws_cannot_count_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r'"delay" in whole seconds; 1\.5 s is none'):
        do({"send": {"queue": "Main", "body": "x", "delay": "1s500ms"}})


@pytest.mark.parametrize("status", [429, 503])
def test_a_failure_of_aws_is_not_blamed_on_the_author(status: int) -> None:
    class Failing:
        def delete_object(self, **_: Any) -> None:
            response = {
                "Error": {"Code": "SlowDown", "Message": "Reduce."},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(response, "DeleteObject")  # type: ignore[arg-type]

    with pytest.raises(ExpectationFailed, match="AWS answered DeleteObject with SlowDown: Reduce"):
        on_stage(lambda stage: act(_with_client(stage, Failing()), steps({"delete": {"bucket": "Raw", "key": "k"}})[0]))


def test_a_throttled_call_of_a_function_is_left_to_the_checks() -> None:  # LAM-17
    class Throttling:
        def invoke(self, **_: Any) -> None:
            response = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}
            raise ClientError(response, "Invoke")  # type: ignore[arg-type]

    on_stage(lambda stage: act(_with_client(stage, Throttling()), steps({"invoke": {"function": "Worker"}})[0]))


@pytest.mark.parametrize(("kind", "way"), [("sync", "RequestResponse"), ("event", "Event")])
def test_a_function_is_invoked_with_a_json_event(kind: str, way: str) -> None:
    calls = []

    class Recording:
        def invoke(self, **arguments: Any) -> None:
            calls.append(arguments)

    step = steps({"invoke": {"function": "Worker", "payload": "text", "type": kind}})[0]
    on_stage(lambda stage: act(_with_client(stage, Recording()), step))
    assert calls == [{"FunctionName": "worker", "InvocationType": way, "Payload": b'"text"'}]


def test_nothing_to_deliver_again_is_said() -> None:
    def main(stage: Stage) -> None:
        act(stage, steps({"redeliver": {"message": {"queue": "Main"}}})[0])

    with pytest.raises(ScenarioError, match="No message of Main was delivered before"):
        on_stage(main, redeliver_message=lambda arn: False)


def test_redelivery_names_the_bucket_and_the_queue_as_aws_does() -> None:
    asked: list[Any] = []

    def main(stage: Stage) -> None:
        for step in steps(
            {"redeliver": {"object": {"bucket": "Raw", "key": "k"}}}, {"redeliver": {"message": {"queue": "Main"}}}
        ):
            act(stage, step)

    on_stage(
        main,
        redeliver_object=lambda bucket, key: asked.append((bucket, key)) or True,
        redeliver_message=lambda arn: asked.append(arn) or True,
    )
    assert asked == [("raw-bucket", "k"), "arn:aws:sqs:us-east-1:123456789012:main"]


def python_step(path: Path, name: str, **args: Any) -> PythonStep:
    step = PythonStep(call=f"{path.name}:{name}", args=args)
    step._file = path
    return step


def test_a_python_step_is_given_the_pipeline_and_its_arguments(tmp_path: Path) -> None:
    file = write(
        tmp_path / "extra.py",
        "calls = []\n"
        "def put(pipeline, key):\n"
        "    calls.append(key)\n"
        "    pipeline.client('s3').put_object(Bucket=pipeline.name('Raw'), Key=key, Body=str(len(calls)).encode())\n",
    )

    def main(stage: Stage) -> list[bytes]:
        act(stage, python_step(file, "put", key="a"))
        act(stage, python_step(file, "put", key="b"))
        client = stage.client("s3")
        return [client.get_object(Bucket="raw-bucket", Key=key)["Body"].read() for key in "ab"]

    assert on_stage(main) == [b"1", b"2"]
    assert on_stage(main) == [b"1", b"2"]  # another run, another module


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("def go(pipeline):\n    assert False, 'not so'\n", ExpectationFailed, "extra.py:go says: not so"),
        ("def go(pipeline):\n    {}['x']\n", ScenarioError, r"raised KeyError: 'x' \(line 2, in go\)"),
        ("def goo(pipeline):\n    pass\n", ScenarioError, 'has no function "go".\n.*Did you mean "goo"?'),
        ("import nowhere_to_be_found\n", ScenarioError, "cannot be imported: ModuleNotFoundError"),
        ("def go(:\n", ScenarioError, "cannot be imported: SyntaxError"),
    ],
)
def test_a_python_step_that_cannot_be_done_says_why(
    tmp_path: Path, body: str, kind: type[Exception], text: str
) -> None:
    file = write(tmp_path / "extra.py", body)
    with pytest.raises(kind, match=text):
        on_stage(lambda stage: act(stage, python_step(file, "go")))


def _with_client(stage: Stage, client: Any) -> Stage:
    stage.client = lambda service: client
    return stage


def test_an_event_is_put_on_the_bus_the_author_names() -> None:
    order = {"source": "shop", "detail_type": "OrderPlaced", "detail": {"n": 1}}
    (put, default) = do({"put_events": {"bus": "Shop", **order}}, {"put_events": order})
    assert put == ("put events", "Shop", {"source": "shop", "detail_type": "OrderPlaced", "detail": '{"n": 1}'})
    assert default[1] == "the default bus"


def test_an_event_that_aws_does_not_take_is_told_at_the_authors_line() -> None:
    def main(stage: Stage) -> None:
        patches = Patches()
        with patches:
            events_bus.apply(patches, stage.kernel, on_event=lambda event: None)
            act(stage, steps({"put_events": {"source": "s", "detail_type": "x", "detail": {"a": "x" * 2**20}}})[0])

    with pytest.raises(ScenarioError, match="PutEvents with ValidationException: Total size of the entries") as caught:
        on_stage(main)
    assert caught.value.where is not None


def test_an_event_of_awss_own_does_not_go_through_the_api() -> None:
    taken: list[Any] = []

    def main(stage: Stage) -> None:
        stage.aws_event = lambda *event: taken.append(event)
        given = {"source": "aws.ecs", "detail_type": "ECS Task State Change", "detail": {"lastStatus": "STOPPED"}}
        act(stage, steps({"put_events": {**given, "resources": ["arn:aws:ecs:x"]}})[0])

    on_stage(main)
    assert taken == [("aws.ecs", "ECS Task State Change", {"lastStatus": "STOPPED"}, ("arn:aws:ecs:x",))]


def test_an_event_of_awss_own_goes_to_the_default_bus_only() -> None:
    with pytest.raises(ScenarioError, match="put their events on the default bus only") as caught:
        do({"put_events": {"bus": "Shop", "source": "aws.ecs", "detail_type": "x"}})
    assert caught.value.hint is not None and "rule of the default bus" in caught.value.hint


def test_a_replay_is_of_everything_the_archive_keeps_for_the_rules_it_names() -> None:
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"

    def main(stage: Stage) -> None:
        events = stage.client("events")
        archive = events.create_archive(ArchiveName="kept", EventSourceArn=bus)["ArchiveArn"]
        rule = events.put_rule(Name="bill", EventPattern='{"source": ["shop"]}')["RuleArn"]
        kept = Resource("Kept", "AWS::Events::Archive", "kept", {"Arn": archive})
        bill = Resource("Bill", "AWS::Events::Rule", "bill", {"Arn": rule})
        stage.stack = replace(stage.stack, resources={**stage.stack.resources, "Kept": kept, "Bill": bill})
        act(stage, steps({"replay": {"archive": "Kept", "rules": ["Bill"]}})[0])
        found = events.describe_replay(ReplayName="replay")
        assert (found["EventSourceArn"], found["Destination"]) == (archive, {"Arn": bus, "FilterArns": [rule]})
        assert (found["EventStartTime"].timestamp(), found["EventEndTime"].timestamp()) == (0, stage.kernel.clock.now_s)

    on_stage(main)
