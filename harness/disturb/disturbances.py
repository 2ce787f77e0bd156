"""This file decides when a fault of the scenario's ``disturb`` list strikes, and counts how often it did.

It answers the questions of the stations and changes nothing itself: the invoker asks before each call of a function,
the cloud before each AWS call, the delivery engines before each delivery. Of several faults that fit one occasion, the
first in the list that is not used up strikes, and only that one.
"""

from __future__ import annotations

from collections.abc import Sequence

from botocore.awsrequest import AWSPreparedRequest

from harness.disturb import error_answers
from harness.invoke.faults import InvocationFault
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier
from harness.scenario.model import Delay, DeliverTwice, Disturbance, Fail, FailCall, Throttle
from harness.vendor.aws_calls import Answer
from harness.vendor.surroundings import FunctionCarrier
from harness.world.functions import FunctionSpec
from harness.world.stack import Stack

_BUCKET, _QUEUE, _TOPIC = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"
_FUNCTION = "AWS::Lambda::Function"


class Disturbances:
    """The faults of one run.

    ``before_call`` belongs into ``Invoker.before``, ``on_call`` into ``Cloud.on_call``, ``repeats`` into ``Engines``.
    """

    def __init__(self, kernel: Kernel, stack: Stack, faults: Sequence[Disturbance]) -> None:
        """Take the list and look up what it names.

        Raises:
            ScenarioError: it names something that the template does not have.
        """
        self._kernel = kernel
        self._left = [_Left(fault, _times(fault)) for fault in faults]
        # What the engines call a source, by kind: the bucket's name, the queue's or topic's ARN.
        self._sources: dict[tuple[str, str], str] = {}
        for fault in faults:
            self._look_up(stack, fault)

    def _look_up(self, stack: Stack, fault: Disturbance) -> None:
        if isinstance(fault, DeliverTwice):
            if fault.bucket is not None:
                self._sources["bucket", stack.resource(fault.bucket, _BUCKET).physical_id] = fault.bucket
            if fault.queue is not None:
                self._sources["queue", stack.resource(fault.queue, _QUEUE).arn] = fault.queue
            if fault.topic is not None:
                self._sources["topic", stack.resource(fault.topic, _TOPIC).arn] = fault.topic
        elif fault.function is not None:
            stack.resource(fault.function, _FUNCTION)

    # -- what the stations ask --------------------------------------------------------------------

    def before_call(self, spec: FunctionSpec, payload: bytes, request_id: str) -> InvocationFault | None:
        """What is put in the way of this call of a function."""
        for left in self._left:
            fault = left.fault
            if isinstance(fault, Fail | Delay | Throttle) and fault.function == spec.logical_id and left.take():
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
        name = self._sources.get((kind, source))
        if name is None:
            return 1
        for left in self._left:
            if isinstance(left.fault, DeliverTwice) and getattr(left.fault, kind) == name and left.take():
                self._emit(source, kind="delivered twice")
                return 2
        return 1

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
    if isinstance(fault, Delay):
        return None
    return fault.times if isinstance(fault.times, int) else None


def _invocation_fault(fault: Fail | Delay | Throttle) -> InvocationFault:
    if isinstance(fault, Delay):
        return InvocationFault("delayed", delay_s=fault.by.s)
    if isinstance(fault, Throttle):
        return InvocationFault("throttled")
    return InvocationFault(
        "fails after" if fault.after else "fails", error_type=fault.error.type, message=fault.error.message
    )


def _function_of(carrier: Carrier | None) -> FunctionSpec | None:
    if not isinstance(carrier, FunctionCarrier):
        return None
    spec: FunctionSpec = carrier.environment.spec
    return spec
