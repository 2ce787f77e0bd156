"""A cloud with state machines on a kernel, and functions that are plain callables; the invoker is what we don't own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.invoke.result import InvocationResult
from harness.kernel.decisions import Decisions
from harness.kernel.scheduler import Kernel
from harness.vendor import stepfunctions_engine
from harness.world.cloud import Cloud

ROLE = "arn:aws:iam::123456789012:role/any"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"

Answer = Callable[[Any], Any]


def fails(error: str, message: str = "no") -> Answer:
    """A function that fails with this error type."""
    payload = json.dumps({"errorMessage": message, "errorType": error}).encode()
    return lambda _: InvocationResult("failed", payload, "request-1")


class Stage:
    """``calls`` lists (virtual seconds, function, payload) of each invocation."""

    def __init__(self, functions: dict[str, Answer] | None = None, decisions: Decisions | None = None) -> None:
        self.kernel = Kernel(decisions=decisions)
        self.functions = functions or {}
        self.calls: list[tuple[float, str, Any]] = []
        self.cloud = Cloud(self.kernel)

    def invoke(self, arn: str, payload: bytes, cause: int | None) -> InvocationResult | None:
        name = arn.removeprefix(FUNCTION)
        if name not in self.functions:
            return None
        self.calls.append((self.now, name, json.loads(payload)))
        started = self.kernel.emit("invoke", "started", arn, cause=cause)
        answer = self.functions[name](json.loads(payload))
        if isinstance(answer, InvocationResult):
            return answer
        ended = self.kernel.emit("invoke", "succeeded", arn, cause=started)
        return InvocationResult("succeeded", json.dumps(answer).encode(), "request-1", event_number=ended)

    @property
    def now(self) -> float:
        return self.kernel.clock.elapsed_us / 1e6

    @property
    def client(self) -> Any:
        return self.cloud.client("stepfunctions")

    def run(self, main: Callable[[Stage], Any]) -> Any:
        with self.cloud:
            stepfunctions_engine.apply(self.cloud.patches, self.kernel, on_invoke_function=self.invoke)
            return self.kernel.run(lambda: main(self))

    def machine(self, definition: dict[str, Any], name: str = "machine", **more: Any) -> str:
        answer = self.client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **more)
        return str(answer["stateMachineArn"])

    def start(self, machine: str, value: Any = None, name: str | None = None) -> str:
        named = {"name": name} if name else {}
        return str(
            self.client.start_execution(stateMachineArn=machine, input=json.dumps(value or {}), **named)["executionArn"]
        )

    def described(self, execution: str) -> dict[str, Any]:
        return dict(self.client.describe_execution(executionArn=execution))

    def history(self, execution: str) -> list[dict[str, Any]]:
        return list(self.client.get_execution_history(executionArn=execution)["events"])

    def execute(self, definition: dict[str, Any], value: Any = None) -> dict[str, Any]:
        """Run one execution until nothing is left to happen, and describe it, with its history."""

        def main(_: Stage) -> dict[str, Any]:
            arn = self.start(self.machine(definition), value, "one")
            self.kernel.quiet()
            return {**self.described(arn), "history": self.history(arn)}

        return dict(self.run(main))

    def trace(self, station: str = "workflow") -> list[tuple[str, str | None]]:
        return [(e.what, e.detail.get("state")) for e in self.kernel.trace.select(station)]


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message with which AWS refuses the call."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def one(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition whose first state is ``state``, called A."""
    if state["Type"] not in ("Choice", "Succeed", "Fail") and "Next" not in state:
        state = {**state, "End": True}
    return {"StartAt": "A", "States": {"A": state, **more}}


def task(name: str = "f", **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION + name, **more}


def invoke(name: str = "f", **more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": name, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **more}
