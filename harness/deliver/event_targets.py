"""This file decides how EventBridge hands something to a target: a rule's, a schedule's or a pipe's.

Queues, topics and functions are reached through ``targets.py``, where their policies are asked; API destinations
through ``api_destinations.py``; state machines, streams, logs and other buses by AWS's API. What is sent, and what
becomes of a failure, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deliver import universal_targets
from harness.deliver.api_destinations import ApiDestinations
from harness.deliver.event_inputs import text_at
from harness.deliver.targets import Targets, Undeliverable
from harness.guard import role_doors
from harness.guard.service_doors import Sender, may_deliver
from harness.kernel.scheduler import Kernel
from harness.vendor import events_bus
from harness.vendor.events_bus import BusEvent

# The services whose resources' policies let EventBridge in, or a role does. EVB-05
_BY_POLICY = ("events", "lambda", "logs", "sns", "sqs")
_MISSING = ("does not exist", "DoesNotExist", "NotFound", "NotExist")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes where: ``parameters`` is the target in the API's form, ``sender`` who its policy must let in.

    Without a ``sender`` the role sends, whose own policies are asked. ``event`` is what a rule sends on to another bus.
    """

    arn: str
    text: str
    parameters: Mapping[str, Any]
    sender: Sender | None = None
    event: BusEvent | None = None
    role_arn: str | None = None


class EventTargets:
    """Everything that can be the target of a rule, a schedule or a pipe. ``forward`` is set once there are rules."""

    def __init__(
        self, kernel: Kernel, targets: Targets, client: Callable[[str], Any], destinations: ApiDestinations
    ) -> None:
        self._destinations = destinations
        self.forward: Callable[[BusEvent], None] | None = None
        self._kernel = kernel
        self._targets = targets
        self._client = client

    def deliver(self, delivery: Delivery, on_accepted: Callable[[], None]) -> None:
        """Hand it over; ``on_accepted`` is called just before, once nothing known stands against it.

        Raises:
            Undeliverable: it could not be; what a service answers with 429 or 5xx may pass.
        """
        kind = delivery.arn.split(":")[2]
        if universal_targets.is_universal(delivery.arn):
            on_accepted()
            self._by_api(lambda: universal_targets.call(self._client, delivery.arn, delivery.text))
            return
        if delivery.sender is None and delivery.role_arn is not None:
            refused = role_doors.refused_to_deliver(delivery.role_arn, delivery.arn)
            if refused is not None:
                raise Undeliverable(refused.reason, code="NO_PERMISSIONS")
        if kind in ("lambda", "sns", "sqs"):
            self._to_neighbour(kind, delivery, on_accepted)
            return
        if ":api-destination/" in delivery.arn:
            self._destinations.send(delivery.arn, delivery.text, _http_parameters(delivery), on_accepted)
            return
        send = {
            "events": self._to_bus,
            "kinesis": self._to_stream,
            "logs": self._to_logs,
            "states": self._to_state_machine,
        }.get(kind)
        if send is None:
            raise Undeliverable(f"nothing is delivered to {kind} here", code="INVALID_PARAMETER")
        verdict = may_deliver(delivery.sender, delivery.arn) if delivery.sender and kind in _BY_POLICY else None
        if verdict is not None and not verdict.allowed:
            raise Undeliverable(verdict.reason, code="NO_PERMISSIONS")
        on_accepted()
        self._by_api(lambda: send(delivery))

    def _by_api(self, call: Callable[[], None]) -> None:
        try:
            call()
        except ClientError as error:
            raise _undeliverable(error) from None
        except BotoCoreError as error:
            raise Undeliverable(str(error), code="INVALID_PARAMETER") from None

    def _to_neighbour(self, kind: str, delivery: Delivery, on_accepted: Callable[[], None]) -> None:
        options: dict[str, Any] = {}
        if kind == "sqs":
            options["group_id"] = (delivery.parameters.get("SqsParameters") or {}).get("MessageGroupId")
        self._targets.deliver(delivery.arn, delivery.text, sender=delivery.sender, on_accepted=on_accepted, **options)

    def _to_state_machine(self, delivery: Delivery) -> None:
        self._client("stepfunctions").start_execution(stateMachineArn=delivery.arn, input=delivery.text)

    def run_to_its_end(self, state_machine_arn: str, text: str) -> dict[str, Any]:
        """Run an Express state machine and wait for it; AWS's answer, whatever became of the execution.

        Raises:
            Undeliverable: it could not be started.
        """
        try:
            found = self._client("stepfunctions").start_sync_execution(stateMachineArn=state_machine_arn, input=text)
        except ClientError as error:
            raise _undeliverable(error) from None
        return dict(found)

    def _to_stream(self, delivery: Delivery) -> None:
        given = delivery.parameters.get("KinesisParameters") or {}
        event = delivery.event.envelope() if delivery.event is not None else {}
        path = given.get("PartitionKeyPath") or "$.id"
        key = given.get("PartitionKey") or text_at(event, path) or text_at(event, "$.id")
        if not key:
            raise Undeliverable("the path of the partition key finds nothing in the event", code="INVALID_PARAMETER")
        self._client("kinesis").put_record(StreamARN=delivery.arn, Data=delivery.text.encode(), PartitionKey=key)

    def _to_logs(self, delivery: Delivery) -> None:
        group = delivery.arn.removesuffix(":*").split(":", 6)[6]
        stream = self._kernel.decisions.uuid("events log stream")
        logs = self._client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        entry = {"timestamp": self._kernel.clock.now_us // 1000, "message": delivery.text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])

    def _to_bus(self, delivery: Delivery) -> None:
        if delivery.event is not None:
            if events_bus.rules(delivery.arn) is None:
                raise Undeliverable("the event bus does not exist", code="NO_RESOURCE")
            assert self.forward is not None
            self.forward(replace(delivery.event, bus_arn=delivery.arn))
            return
        given = delivery.parameters.get("EventBridgeParameters") or {}
        entry = {
            "EventBusName": delivery.arn,
            "Source": given.get("Source", ""),
            "DetailType": given.get("DetailType", ""),
            "Detail": delivery.text,
        }
        (answer,) = self._client("events").put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in answer:
            raise Undeliverable(f"{answer['ErrorCode']}: {answer['ErrorMessage']}", code="INVALID_PARAMETER")


def _http_parameters(delivery: Delivery) -> dict[str, Any]:
    """The target's HttpParameters; a value that is a path into the event is what the path finds. EVB-09"""
    given = delivery.parameters.get("HttpParameters") or {}
    event = delivery.event.envelope() if delivery.event is not None else {}

    def found(value: Any) -> str:
        return text_at(event, str(value)) if event and str(value).startswith("$.") else str(value)

    return {
        "PathParameterValues": [found(value) for value in given.get("PathParameterValues") or ()],
        **{
            name: {key: found(value) for key, value in (given.get(name) or {}).items()}
            for name in ("HeaderParameters", "QueryStringParameters")
        },
    }


def _undeliverable(error: ClientError) -> Undeliverable:
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
    passing = status == 429 or status >= 500 or "Throttl" in code
    kind = (
        "ERROR_FROM_TARGET" if passing else "NO_RESOURCE" if any(m in code for m in _MISSING) else "INVALID_PARAMETER"
    )
    return Undeliverable(f"{code}: {text}", server_side=passing, code=kind)
