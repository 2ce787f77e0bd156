from __future__ import annotations

import json

import pytest

from harness.vendor import stepfunctions_engine

ROLE = "arn:aws:iam::123456789012:role/any"
HELLO = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": "hello", "End": True}}}
FAILS = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Broken", "Cause": "why"}}}
WAITS = {"StartAt": "W", "TimeoutSeconds": 60, "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@pytest.fixture
def workflows(world):
    stepfunctions_engine.apply(
        world.cloud.patches,
        world.kernel,
        on_invoke_function=lambda function, payload, cause: None,
        on_status=world.engines.service_events.on_status,
    )
    return Workflows(world)


class Workflows:
    def __init__(self, world):
        self.world = world
        self.client = world.cloud.client("stepfunctions")

    def listen(self, *statuses):
        queue = self.world.queue("changes")
        pattern = {"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"]}
        if statuses:
            pattern["detail"] = {"status": list(statuses)}
        self.world.buses.put_rule(Name="r", EventPattern=json.dumps(pattern))
        self.world.buses.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": queue.arn}])
        return queue

    def start(self, definition, name="one", **options):
        made = self.client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE, **options)
        return self.client.start_execution(stateMachineArn=made["stateMachineArn"], name=name, input='{"a": 1}')[
            "executionArn"
        ]


def details(queue):
    return [json.loads(m.body)["detail"] for m in queue.contents()]


def test_evb_08_an_execution_that_succeeds_is_told_of_twice(world, workflows):
    queue, begin = workflows.listen(), world.kernel.clock.now_us // 1000
    world.run(lambda: workflows.start(HELLO))
    running, succeeded = (json.loads(m.body) for m in queue.contents())
    arn = "arn:aws:states:us-east-1:123456789012:execution:m:one"
    assert (running["source"], running["resources"]) == ("aws.states", [arn])
    assert running["detail"] == {
        "executionArn": arn,
        "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "name": "one",
        "status": "RUNNING",
        "startDate": begin,
        "stopDate": None,
        "input": '{"a":1}',
        "output": None,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven.",
        "inputDetails": {"included": True},
        "outputDetails": None,
        "error": None,
        "cause": None,
    }
    changed = {k: v for k, v in succeeded["detail"].items() if v != running["detail"][k]}
    assert changed == {
        "status": "SUCCEEDED",
        "stopDate": begin,
        "output": '"hello"',
        "outputDetails": {"included": True},
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven.",
    }


def test_evb_08_a_failed_execution_says_why_and_can_be_redriven(world, workflows):
    queue = workflows.listen("FAILED")
    world.run(lambda: workflows.start(FAILS))
    (failed,) = details(queue)
    assert (failed["error"], failed["cause"], failed["output"]) == ("Broken", "why", None)
    assert (failed["redriveStatus"], failed["redriveStatusReason"]) == ("REDRIVABLE", None)


def test_evb_08_a_redriven_execution_runs_again(world, workflows):
    queue = workflows.listen()

    def act():
        arn = workflows.start(FAILS)
        world.kernel.quiet()
        workflows.client.redrive_execution(executionArn=arn)

    world.run(act)
    assert [(d["status"], d["redriveCount"]) for d in details(queue)] == [
        ("RUNNING", 0),
        ("FAILED", 0),
        ("RUNNING", 1),
        ("FAILED", 1),
    ]


def test_evb_08_timed_out_and_aborted_executions_are_told_of(world, workflows):
    queue = workflows.listen("TIMED_OUT", "ABORTED")

    def act():
        workflows.start(WAITS)
        second = workflows.start(WAITS, name="two")
        world.kernel.sleep(10)
        workflows.client.stop_execution(executionArn=second, error="Enough")

    world.run(act)
    assert [(d["name"], d["status"], d["error"]) for d in details(queue)] == [
        ("two", "ABORTED", "Enough"),
        ("one", "TIMED_OUT", None),
    ]


def test_evb_08_express_executions_are_not_told_of(world, workflows):
    queue = workflows.listen()
    world.run(lambda: workflows.start(HELLO, type="EXPRESS"))
    assert queue.contents() == []


def test_evb_08_what_is_too_much_for_an_event_is_left_out(world, workflows):
    big = {"StartAt": "S", "States": {"S": {"Type": "Pass", "Result": "x" * 253_951, "End": True}}}
    queue = workflows.listen("SUCCEEDED")
    world.run(lambda: workflows.start(big))
    (detail,) = details(queue)
    assert (detail["output"], detail["outputDetails"]) == (None, {"included": False})
    assert detail["inputDetails"] == {"included": True}


def test_evb_08_nobody_hears_of_it_in_the_story_unless_a_rule_asks(world, workflows):
    world.run(lambda: workflows.start(HELLO))
    assert world.events("deliver", "put on bus") == []


def test_an_event_of_an_aws_service_reaches_the_rules_of_the_default_bus(world):
    queue = world.queue("stopped")
    pattern = {"source": ["aws.ecs"], "detail": {"lastStatus": ["STOPPED"]}}
    world.buses.put_rule(Name="r", EventPattern=json.dumps(pattern))
    world.buses.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": queue.arn}])
    put = world.engines.service_events.put
    world.run(lambda: put("aws.ecs", "ECS Task State Change", {"lastStatus": "STOPPED"}, ["arn:aws:ecs:x"]))
    (body,) = (json.loads(m.body) for m in queue.contents())
    assert (body["source"], body["detail"], body["resources"]) == (
        "aws.ecs",
        {"lastStatus": "STOPPED"},
        ["arn:aws:ecs:x"],
    )
