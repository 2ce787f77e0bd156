"""This file decides when a fault of the scenario's ``disturb`` list strikes, and counts how often it did.

It answers the questions of the stations and changes nothing itself: the invoker asks before each call of a function,
the cloud before each AWS call, the delivery engines before each delivery. Of several faults that fit one occasion, the
first in the list that is not used up strikes, and only that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from botocore.awsrequest import AWSPreparedRequest

from harness.disturb import error_answers
from harness.errors import ScenarioError
from harness.invoke.faults import InvocationFault
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier
from harness.scenario.model import (
    Delay,
    DeliverLate,
    DeliverTwice,
    Disturbance,
    Fail,
    FailCall,
    FailDelivery,
    Kill,
    Reorder,
    Throttle,
)
from harness.vendor.aws_calls import Answer
from harness.vendor.surroundings import FunctionCarrier
from harness.world.functions import FunctionSpec
from harness.world.stack import Stack

# What a fault can name, by its key.
_KINDS = {
    "bucket": "AWS::S3::Bucket",
    "queue": "AWS::SQS::Queue",
    "topic": "AWS::SNS::Topic",
    "function": "AWS::Lambda::Function",
    "rule": "AWS::Events::Rule",
    "stream": "AWS::Kinesis::Stream",
    "table": "AWS::DynamoDB::Table",
}

F = TypeVar("F", bound=DeliverTwice | DeliverLate | FailDelivery)


class Disturbances:
    """The faults of one run.

    ``before_call`` belongs into ``Invoker.before``, ``on_call`` into ``Cloud.on_call``, ``repeats``, ``late_s`` and
    ``out_of_order`` into ``Engines``, ``overtakes`` into ``sqs_queue.apply``.
    """

    def __init__(self, kernel: Kernel, stack: Stack, faults: Sequence[Disturbance]) -> None:
        """Take the list and look up what it names.

        Raises:
            ScenarioError: it names something that the template does not have, or has AWS do what it never does.
        """
        self._kernel = kernel
        self._left = [_Left(fault, _times(fault)) for fault in faults]
        # The logical id of what the engines call by kind and address: the bucket's name, any other's ARN.
        self._names: dict[tuple[str, str], str] = {}
        for fault in faults:
            self._look_up(stack, fault)

    def _look_up(self, stack: Stack, fault: Disturbance) -> None:
        for kind, resource_type in _KINDS.items():
            name = getattr(fault, kind, None)
            if name is None:
                continue
            resource = stack.resource(name, resource_type)
            self._names[kind, resource.physical_id if kind == "bucket" else resource.arn] = name
            if isinstance(fault, Reorder) and resource.arn.endswith(".fifo"):
                raise ScenarioError(
                    f'"{name}" is a FIFO queue: AWS keeps the order within each of its message groups.',
                    where=fault.where,
                    hint="Leave reorder out, or send through a standard queue.",
                )

    # -- what the stations ask --------------------------------------------------------------------

    def before_call(self, spec: FunctionSpec, payload: bytes, request_id: str) -> InvocationFault | None:
        """What is put in the way of this call of a function."""
        for left in self._left:
            fault = left.fault
            if isinstance(fault, Fail | Delay | Kill | Throttle) and fault.function == spec.logical_id and left.take():
                found = _invocation_fault(fault)
                self._emit(spec.arn, kind=found.kind, request_id=request_id)
                return found
        return None

    def on_call(self, carrier: Carrier | None, call: str, request: AWSPreparedRequest) -> Answer | None:
        """The error answer that this AWS call of a function gets; None lets it through."""
        caller = _function_of(carrier)
        if caller is None:
            return None
        for left in self._left:
            fault = left.fault
            if (
                isinstance(fault, FailCall)
                and fault.function in (None, caller.logical_id)
                and error_answers.same_call(fault.call, call)
                and left.take()
            ):
                self._emit(caller.arn, kind="call failed", call=call, error=fault.error)
                return error_answers.error_answer(call, fault.error, self._kernel.decisions.uuid("failed call"))
        return None

    def repeats(self, kind: str, source: str) -> int:
        """How many times a delivery of this source is made."""
        if self._strikes(DeliverTwice, kind, source) is None:
            return 1
        self._emit(source, kind="delivered twice")
        return 2

    def late_s(self, kind: str, source: str) -> float:
        """By how many seconds this delivery is later than usual."""
        fault = self._strikes(DeliverLate, kind, source)
        if fault is None:
            return 0
        self._emit(source, kind="delivered late", by=str(fault.by))
        return fault.by.s

    def out_of_order(self, kind: str, target_arn: str) -> bool:
        """Whether this attempt to deliver to a queue or a function meets a server's error."""
        if self._strikes(FailDelivery, kind, _unqualified(target_arn)) is None:
            return False
        self._emit(target_arn, kind="delivery failed")
        return True

    def overtakes(self, queue_arn: str, visible: int) -> int:
        """How many of a queue's visible messages are older than the one that is handed out now."""
        name = self._names.get(("queue", queue_arn))
        if not any(isinstance(left.fault, Reorder) and left.fault.queue == name for left in self._left):
            return 0
        # Plainly the youngest: a fault that was asked for strikes without a seed too.
        overtaken = self._kernel.decisions.choose(f"message of {name}", range(visible - 1, -1, -1))
        if overtaken:
            self._emit(queue_arn, kind="reordered", overtaken=str(overtaken))
        return overtaken

    def _strikes(self, sort: type[F], kind: str, source: str) -> F | None:
        """The fault of this sort that is now used once, if there is one for this source."""
        name = self._names.get((kind, source))
        if name is None:
            return None
        for left in self._left:
            if isinstance(left.fault, sort) and getattr(left.fault, kind, None) == name and left.take():
                return left.fault
        return None

    def _emit(self, who: str, **detail: str) -> None:
        self._kernel.emit("disturb", "disturbed", who, cause=None, **detail)


class _Left:
    """A fault, and how often it may still strike; None stands for always."""

    def __init__(self, fault: Disturbance, times: int | None) -> None:
        self.fault = fault
        self._times = times

    def take(self) -> bool:
        """Use it once; False if it is used up."""
        if self._times is None:
            return True
        self._times -= 1
        return self._times >= 0


def _times(fault: Disturbance) -> int | None:
    if isinstance(fault, Delay | Reorder):
        return None
    return fault.times if isinstance(fault.times, int) else None


def _unqualified(arn: str) -> str:
    """A function's ARN without its alias or version."""
    return ":".join(arn.split(":")[:7])


def _invocation_fault(fault: Fail | Delay | Kill | Throttle) -> InvocationFault:
    if isinstance(fault, Delay):
        return InvocationFault("delayed", delay_s=fault.by.s)
    if isinstance(fault, Throttle):
        return InvocationFault("throttled")
    if isinstance(fault, Kill):
        return InvocationFault("killed")
    return InvocationFault(
        "fails after" if fault.after else "fails", error_type=fault.error.type, message=fault.error.message
    )


def _function_of(carrier: Carrier | None) -> FunctionSpec | None:
    if not isinstance(carrier, FunctionCarrier):
        return None
    spec: FunctionSpec = carrier.environment.spec
    return spec
