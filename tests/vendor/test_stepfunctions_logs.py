from __future__ import annotations

import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingSession

from tests.vendor.stepfunctions_stage import Stage, fails, one, refusal, task

GROUP = "/aws/vendedlogs/states/m"
ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"


def logging(level: str, data: bool = False) -> dict[str, Any]:
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": ARN}}]
    return {"level": level, "includeExecutionData": data, "destinations": destinations}


def lines(level: str, data: bool = False, **more: Any) -> list[dict[str, Any]]:
    def main(stage: Stage) -> list[dict[str, Any]]:
        logs = stage.cloud.client("logs")
        logs.create_log_group(logGroupName=GROUP)
        stage.kernel.sleep(90)
        stage.start(stage.machine(one(task()), loggingConfiguration=logging(level, data), **more), {"a": 1})
        stage.kernel.quiet()
        streams = [s["logStreamName"] for s in logs.describe_log_streams(logGroupName=GROUP)["logStreams"]]
        assert streams in (["states/machine/2030-01-15-09-01"], [])
        events = logs.filter_log_events(logGroupName=GROUP)["events"]
        return [json.loads(event["message"]) for event in events]

    return list(Stage({"f": fails("Boom")}).run(main))


def test_what_is_used_is_there() -> None:
    assert callable(CloudWatchLoggingSession.publish_history_log)
    assert callable(CloudWatchLoggingSession.log_level_filter)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            "ALL",
            [
                "ExecutionStarted",
                "TaskStateEntered",
                "LambdaFunctionScheduled",
                "LambdaFunctionStarted",
                "LambdaFunctionFailed",
                "ExecutionFailed",
            ],
        ),
        ("ERROR", ["LambdaFunctionFailed", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_sfn_26_the_level_says_which_events_are_logged(level: str, expected: list[str], kind: str) -> None:
    assert [line["type"] for line in lines(level, type=kind)] == expected


def test_sfn_26_a_line_has_input_and_output_only_if_asked_for() -> None:
    without, with_data = lines("ALL")[1], lines("ALL", data=True)[1]
    assert without["details"] == {"name": "A"}
    assert with_data["details"] == {"name": "A", "input": '{"a":1}', "inputDetails": {"truncated": False}}
    assert with_data["execution_arn"].startswith("arn:aws:states:us-east-1:123456789012:execution:machine:")
    rest = {key: with_data[key] for key in ("id", "previous_event_id", "event_timestamp", "redrive_count")}
    assert rest == {"id": "2", "previous_event_id": "0", "event_timestamp": "1894698090000", "redrive_count": "0"}


def test_sfn_26_a_group_that_is_not_there_is_refused() -> None:
    got = Stage().run(
        lambda s: refusal(lambda: s.machine(one({"Type": "Succeed"}), loggingConfiguration=logging("ALL")))
    )
    assert got[0] == "InvalidLoggingConfiguration"
