from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.result_writer_decl import ResultWriter
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from tests.vendor.stepfunctions_stage import Stage, fails, one, task

WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results", "Prefix": "runs"}}


def distributed(processor: dict[str, Any], execution_type: str = "STANDARD", **more: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type}}
    return {"Type": "Map", "ItemProcessor": {**config, **processor}, "MaxConcurrency": 2, **more}


def over(items: str = "$.items", **more: Any) -> dict[str, Any]:
    return distributed(one(task()), ItemsPath=items, **more)


def fail_for(*numbers: int) -> dict[str, Any]:
    return {"f": lambda item: fails("Boom", "no")(item) if item in numbers else item}


def run(stage: Stage, definition: dict[str, Any], value: Any, objects: dict[str, bytes] | None = None) -> Any:
    """The execution, and the objects of the bucket ``results`` when it has ended."""

    def main(_: Stage) -> Any:
        s3 = stage.cloud.client("s3")
        s3.create_bucket(Bucket="results")
        for key, body in (objects or {}).items():
            s3.put_object(Bucket="results", Key=key, Body=body)
        arn = stage.start(stage.machine(definition), value, "run")
        stage.kernel.quiet()
        found = [each["Key"] for each in s3.list_objects_v2(Bucket="results", Prefix="runs/").get("Contents", ())]
        bodies = {key: s3.get_object(Bucket="results", Key=key)["Body"].read() for key in found}
        runs = stage.client.list_map_runs(executionArn=arn)["mapRuns"]
        described = [stage.client.describe_map_run(mapRunArn=each["mapRunArn"]) for each in runs]
        return {**stage.described(arn), "history": stage.history(arn), "runs": described}, bodies

    return stage.run(main)


def test_what_is_replaced_is_there_with_this_signature() -> None:
    for owner, name in (
        (DistributedIterationComponent, "_eval_body"),
        (StateMap, "_eval_execution"),
        (ResultWriter, "_eval_body"),
    ):
        assert list(inspect.signature(getattr(owner, name)).parameters) == ["self", "env"]


@pytest.mark.parametrize(
    "definition", [one(over(ItemBatcher={"MaxItemsPerBatch": 1})), one(distributed(one(task()), "EXPRESS"))]
)
def test_upstream_some_maps_cannot_be_read(definition: dict[str, Any]) -> None:
    with pytest.raises(Exception):  # noqa: B017 - the grammar has its own
        AmazonStateLanguageParser.parse(json.dumps(definition))


def test_sfn_19_children_run_as_many_at_once_as_allowed_and_answer_in_order() -> None:
    processor = one({"Type": "Wait", "Seconds": 10, "Next": "B"}, B=task(End=True))
    stage = Stage(fail_for())
    ended, _ = run(stage, one(distributed(processor, ItemsPath="$.items")), {"items": [1, 2, 3, 4, 5]})
    assert json.loads(ended["output"]) == [1, 2, 3, 4, 5]
    assert stage.now == 30
    assert [call[2] for call in stage.calls] == [1, 2, 3, 4, 5]


def test_sfn_19_a_child_s_states_are_in_the_trace_and_not_in_the_parent_s_history() -> None:
    stage = Stage(fail_for())
    ended, _ = run(stage, one(over()), {"items": ["x"]})
    told = [(e.what, e.detail["execution"], e.detail.get("state")) for e in stage.kernel.trace.select("workflow")]
    assert told == [
        ("started", "run", None),
        ("entered", "run", "A"),
        ("started", "run/A[0]", None),
        ("entered", "run/A[0]", "A"),
        ("left", "run/A[0]", "A"),
        ("succeeded", "run/A[0]", None),
        ("left", "run", "A"),
        ("succeeded", "run", None),
    ]
    assert [e["type"] for e in ended["history"]] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_sfn_19_one_failure_is_too_many_when_none_is_tolerated_and_ends_the_others() -> None:
    slow = one({"Type": "Wait", "SecondsPath": "$", "Next": "B"}, B=task(End=True))
    stage = Stage(fail_for(3))
    ended, _ = run(stage, one(distributed(slow, ItemsPath="$.items")), {"items": [9, 3, 5]})
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    assert ended["cause"] == "The specified tolerated failure threshold was exceeded"
    assert [call[2] for call in stage.calls] == [3]
    assert stage.now == 3
    assert [e["type"] for e in ended["history"]][-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert (ended["runs"][0]["status"], ended["runs"][0]["itemCounts"]["failed"]) == ("FAILED", 1)


@pytest.mark.parametrize("tolerance", [{"ToleratedFailureCount": 2}, {"ToleratedFailurePercentage": 50}])
def test_sfn_19_failures_that_are_tolerated_are_left_out_of_the_result(tolerance: dict[str, int]) -> None:
    ended, _ = run(Stage(fail_for(1, 3)), one(over(**tolerance)), {"items": [1, 2, 3, 4]})
    assert json.loads(ended["output"]) == [2, 4]
    counts = ended["runs"][0]["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"], counts["running"]) == (4, 2, 2, 0)


def test_sfn_19_too_many_failures_can_be_caught() -> None:
    catch = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "S"}]
    ended, _ = run(Stage(fail_for(1)), one(over(Catch=catch), S={"Type": "Succeed"}), {"items": [1]})
    assert json.loads(ended["output"])["Error"] == "States.ExceedToleratedFailureThreshold"


def test_sfn_19_the_result_writer_writes_manifest_and_files_and_answers_where() -> None:
    state = over(ResultWriter=WRITER, ToleratedFailureCount=1)
    ended, objects = run(Stage(fail_for(2)), one(state), {"items": [1, 2, 3]})
    answer = json.loads(ended["output"])
    at = answer["ResultWriterDetails"]["Key"]
    run_id = answer["MapRunArn"].rsplit(":", 1)[1]
    assert at == f"runs/{run_id}/manifest.json"
    files = json.loads(objects[at])["ResultFiles"]
    assert [each["Key"] for each in files["SUCCEEDED"] + files["FAILED"]] == [
        f"runs/{run_id}/SUCCEEDED_0.json",
        f"runs/{run_id}/FAILED_0.json",
    ]
    assert files["SUCCEEDED"][0]["Size"] == len(objects[files["SUCCEEDED"][0]["Key"]])
    assert [each["Output"] for each in json.loads(objects[files["SUCCEEDED"][0]["Key"]])] == ["1", "3"]
    (failed,) = json.loads(objects[files["FAILED"][0]["Key"]])
    assert (failed["Input"], failed["Status"], failed["Error"]) == ("2", "FAILED", "Boom")


def test_sfn_19_results_are_written_when_the_map_run_fails_too() -> None:
    ended, objects = run(Stage(fail_for(1)), one(over(ResultWriter=WRITER, MaxConcurrency=1)), {"items": [1, 2]})
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    assert sorted(key.rsplit("/", 1)[1] for key in objects) == ["FAILED_0.json", "PENDING_0.json", "manifest.json"]


def test_sfn_19_results_that_cannot_be_written_fail_the_state() -> None:
    writer = {**WRITER, "Parameters": {"Bucket": "nowhere", "Prefix": ""}}
    ended, _ = run(Stage(fail_for()), one(over(ResultWriter=writer)), {"items": [1]})
    assert ended["error"] == "States.ResultWriterFailed"


def reader(action: str, parameters: dict[str, Any], **config: Any) -> dict[str, Any]:
    read = {"Resource": f"arn:aws:states:::s3:{action}", "Parameters": {"Bucket": "results", **parameters}}
    return {"ItemReader": {**read, **({"ReaderConfig": config} if config else {})}}


@pytest.mark.parametrize(
    ("config", "body", "items"),
    [
        ({"InputType": "JSON"}, b'[{"a": 1}, 2]', [{"a": 1}, 2]),
        ({"InputType": "JSON", "MaxItems": 1}, b'[{"a": 1}, 2]', [{"a": 1}]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            b"id,name\n1,Ann\n2,\n",
            [{"id": "1", "name": "Ann"}, {"id": "2", "name": ""}],
        ),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "MaxItems": 1},
            b"1\n2\n",
            [{"x": "1"}],
        ),
    ],
)
def test_sfn_19_items_are_read_from_s3(config: dict[str, Any], body: bytes, items: list[Any]) -> None:
    state = distributed(one(task()), **reader("getObject", {"Key": "in"}, **config))
    ended, _ = run(Stage(fail_for()), one(state), {}, {"in": body})
    assert json.loads(ended["output"]) == items


def test_sfn_19_the_objects_of_a_bucket_are_items_all_of_them() -> None:
    objects = {f"in/{number:04}": b"x" for number in range(1001)}
    state = distributed(one({"Type": "Pass"}), **reader("listObjectsV2", {"Prefix": "in/"}))
    ended, _ = run(Stage(), one(state), {}, objects)
    items = json.loads(ended["output"])
    assert len(items) == 1001
    assert items[0] == {
        "Etag": '"9dd4e461268c8034f5c8564e155c67a6"',
        "Key": "in/0000",
        "LastModified": 1894698000,
        "Size": 1,
        "StorageClass": "STANDARD",
    }


@pytest.mark.parametrize("key", ["nowhere", "not json"])
def test_sfn_19_items_that_cannot_be_read_fail_the_state(key: str) -> None:
    state = distributed(one(task()), **reader("getObject", {"Key": key}, InputType="JSON"))
    ended, _ = run(Stage(), one(state), {}, {"not json": b"{"})
    assert ended["error"] == "States.ItemReaderFailed"


def test_sfn_19_a_batcher_gives_each_child_several_items_that_fail_together() -> None:
    selector = {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"}
    batcher = {"MaxItemsPerBatchPath": "$.size", "BatchInput": {"of.$": "$.name"}}
    state = over(ItemSelector=selector, ItemBatcher=batcher)
    stage = Stage({"f": lambda batch: batch})
    ended, _ = run(stage, one(state), {"items": ["a", "b", "c"], "size": 2, "name": "x"})
    assert json.loads(ended["output"]) == [
        {"BatchInput": {"of": "x"}, "Items": [{"n": "a", "i": 0}, {"n": "b", "i": 1}]},
        {"BatchInput": {"of": "x"}, "Items": [{"n": "c", "i": 2}]},
    ]
    counts = ended["runs"][0]
    assert (counts["itemCounts"]["total"], counts["executionCounts"]["total"]) == (3, 2)


def test_sfn_19_an_express_child_has_five_minutes() -> None:
    slow = one({"Type": "Wait", "SecondsPath": "$", "Next": "B"}, B=task(End=True))
    state = distributed(slow, "EXPRESS", ItemsPath="$.items", ToleratedFailureCount=1, ResultWriter=WRITER)
    stage = Stage(fail_for())
    ended, objects = run(stage, one(state), {"items": [400, 1]})
    assert ended["status"] == "SUCCEEDED"
    assert stage.now == 300
    (failed,) = json.loads(next(body for key, body in objects.items() if "FAILED" in key))
    assert (failed["Status"], failed["Error"]) == ("TIMED_OUT", "States.Timeout")


def test_sfn_19_a_child_is_an_execution_of_its_own() -> None:
    inner = one({"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id", "in.$": "$$.Execution.Input"}})
    ended, _ = run(Stage(), one(distributed(inner, ItemsPath="$.items", Label="rows")), {"items": [7]})
    (got,) = json.loads(ended["output"])
    assert got["in"] == 7
    assert got["id"].startswith("arn:aws:states:us-east-1:123456789012:execution:machine/rows:")


def test_sfn_19_stopping_the_parent_ends_its_children() -> None:
    def main(stage: Stage) -> Any:
        slow = one({"Type": "Wait", "Seconds": 50, "Next": "B"}, B=task(End=True))
        arn = stage.start(stage.machine(one(distributed(slow, ItemsPath="$.items"))), {"items": [1, 2]})
        stage.kernel.sleep(10)
        stage.client.stop_execution(executionArn=arn)
        stage.kernel.quiet()
        return stage.now, stage.described(arn)["status"]

    stage = Stage(fail_for())
    assert stage.run(main) == (10, "ABORTED")
    assert stage.calls == []


def test_sfn_19_jsonata_gives_items_and_arguments() -> None:
    state = distributed(
        one({"Type": "Pass", "Output": "{% $states.input.n * 2 %}"}),
        Items="{% [1..3] %}",
        ItemSelector={"n": "{% $states.context.Map.Item.Value %}"},
        Output="{% $sum($states.result) %}",
    )
    ended, _ = run(Stage(), {"QueryLanguage": "JSONata", **one(state)}, {})
    assert ended["output"] == "12"
