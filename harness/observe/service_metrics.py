"""This file decides which metrics AWS's services publish of what happens in a run. CW-01 to CW-04

They are read off the trace, and only once somebody asks: without an alarm and without a query nothing is counted. While
there are alarms, each event is counted as it is written. How full queues are is not an event (``queue_levels.py``).
Metrics of X-Ray, of storage and of capacity are not there: nothing here takes such time or space.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.kernel.trace import TraceEvent
from harness.observe.names import ResourceNames
from harness.vendor.metric_store import Metric, MetricStore, Values

_ENDINGS = ("succeeded", "failed", "timed out", "exited", "could not start")
_EXECUTIONS = {
    "succeeded": "ExecutionsSucceeded",
    "failed": "ExecutionsFailed",
    "timed out": "ExecutionsTimedOut",
    "aborted": "ExecutionsAborted",
}
_MESSAGES = {
    "sent": "NumberOfMessagesSent",
    "received": "NumberOfMessagesReceived",
    "deleted": "NumberOfMessagesDeleted",
}

Dimensions = tuple[tuple[str, str], ...]


class ServiceMetrics:
    """Counts what the trace says. ``on_queue_event`` is given the ARN of a queue to which something happened."""

    def __init__(
        self, kernel: Kernel, store: MetricStore, names: ResourceNames, on_queue_event: Callable[[str], None]
    ) -> None:
        self._kernel = kernel
        self._store = store
        self._names = names
        self._on_queue_event = on_queue_event
        self._counted = 0
        self._listens = False
        self._running: Counter[str] = Counter()
        self._begun: dict[tuple[str, str], int] = {}
        self._events: dict[str, tuple[str, int]] = {}
        store.before_reading = self.catch_up
        kernel.trace.before_forgetting(self.catch_up)

    def listen(self) -> None:
        """Count each event as it is written, from now on."""
        if not self._listens:
            self._listens = True
            self._kernel.trace.listen(lambda event: self.catch_up())
        self.catch_up()

    def catch_up(self) -> None:
        """Count what was written since the last time."""
        trace = self._kernel.trace
        while self._counted < trace.count:
            self._counted += 1
            event = trace.find(self._counted)
            assert event is not None
            count = _COUNTS.get(event.station)
            if count is not None:
                count(self, event)

    def published(self, topic_arn: str) -> None:
        """SNS accepted a publication, which the trace does not say by itself."""
        self._put_at(
            self._kernel.clock.elapsed_us, "AWS/SNS", "NumberOfMessagesPublished", _topic(topic_arn), 1, "Count"
        )

    # -- putting ----------------------------------------------------------------------------------

    def _put_at(self, at_us: int, namespace: str, name: str, dimensions: Dimensions, value: float, unit: str) -> None:
        at_s = (self._kernel.clock.start_us + at_us) / US_PER_S
        self._store.put(Metric(namespace, name, dimensions), at_s, Values.of(float(value)), unit)

    def _lambda(self, function: str, at_us: int, values: dict[str, float], unit: str = "Count") -> None:
        """By function, and for all of them together."""
        by_name = (("FunctionName", function),)
        for name, value in values.items():
            for dimensions in (by_name, (*by_name, ("Resource", function)), ()):
                self._put_at(at_us, "AWS/Lambda", name, dimensions, value, unit)

    # -- what each station means ------------------------------------------------------------------

    def _invoke(self, event: TraceEvent) -> None:
        if event.what not in ("started", "throttled", *_ENDINGS):
            return
        function = self._names.find(event.who, "lambda")
        request = (function, str(event.detail.get("request_id")))
        if event.what == "started":
            self._running[function] += 1
            self._begun[request] = event.at_us
            # Of all functions together, and of each: the highest of a minute is what is looked at.
            self._put_at(event.at_us, "AWS/Lambda", "ConcurrentExecutions", (), sum(self._running.values()), "Count")
            by_name = (("FunctionName", function),)
            self._put_at(event.at_us, "AWS/Lambda", "ConcurrentExecutions", by_name, self._running[function], "Count")
        elif event.what == "throttled":
            self._lambda(function, event.at_us, {"Throttles": 1})
        else:
            # CW-01: the time is that of the call's beginning.
            began_us = self._begun.pop(request, event.at_us)
            self._running[function] -= 1
            failed = float(event.what != "succeeded")
            self._lambda(function, began_us, {"Invocations": 1, "Errors": failed, "Throttles": 0})
            self._lambda(function, began_us, {"Duration": (event.at_us - began_us) / 1000}, "Milliseconds")

    def _queue(self, event: TraceEvent) -> None:
        arn = self._names.find_arn(event.who, "sqs")
        self._on_queue_event(arn)
        if "to" in event.detail:
            self._on_queue_event(self._names.find_arn(str(event.detail["to"]), "sqs"))
        name = _MESSAGES.get(event.what)
        if name is None or event.detail.get("purged"):
            return
        # What is moved to a dead-letter queue was not sent to it. CW-03
        if event.what == "sent" and event.detail.get("duplicate"):
            name = "NumberOfDeduplicatedSentMessages"
        self._put_at(event.at_us, "AWS/SQS", name, (("QueueName", arn.rpartition(":")[2]),), 1, "Count")

    def _workflow(self, event: TraceEvent) -> None:
        execution = str(event.detail.get("execution"))
        if "/" in execution or "state" in event.detail:
            return
        arn = self._names.find_arn(event.who, "states")
        dimensions = (("StateMachineArn", arn),)
        if event.what == "started":
            self._begun[arn, execution] = event.at_us
            self._put_at(event.at_us, "AWS/States", "ExecutionsStarted", dimensions, 1, "Count")
        elif event.what in _EXECUTIONS:
            took_us = event.at_us - self._begun.pop((arn, execution), event.at_us)
            self._put_at(event.at_us, "AWS/States", _EXECUTIONS[event.what], dimensions, 1, "Count")
            self._put_at(event.at_us, "AWS/States", "ExecutionTime", dimensions, took_us / 1000, "Milliseconds")

    def _http(self, event: TraceEvent) -> None:
        if event.what != "answered":
            return
        api = self._names.api(event.who)
        if api is None:
            return
        own, is_rest = api
        status = int(event.detail["status"])
        names = ("4XXError", "5XXError") if is_rest else ("4xx", "5xx")
        counts = {"Count": 1.0, names[0]: float(400 <= status < 500), names[1]: float(status >= 500)}
        for dimensions in (own, (*own, ("Stage", str(event.detail.get("stage") or "$default")))):
            for name, value in counts.items():
                self._put_at(event.at_us, "AWS/ApiGateway", name, dimensions, value, "Count")
            took_ms = float(event.detail.get("took_ms") or 0)
            self._put_at(event.at_us, "AWS/ApiGateway", "Latency", dimensions, took_ms, "Milliseconds")

    def _deliver(self, event: TraceEvent) -> None:
        handle = _DELIVERIES.get(event.what)
        if handle is not None:
            handle(self, event)

    def _attempt(self, event: TraceEvent) -> None:
        function, request = self._names.find(event.who, "lambda"), str(event.detail["request_id"])
        if request not in self._events:
            self._events[request] = (function, event.at_us)
            self._lambda(function, event.at_us, {"AsyncEventsReceived": 1})
        age_us = event.at_us - self._events[request][1]
        self._lambda(function, event.at_us, {"AsyncEventAge": age_us / 1000}, "Milliseconds")

    def _given_up(self, event: TraceEvent) -> None:
        self._lambda(self._names.find(event.who, "lambda"), event.at_us, {"AsyncEventsDropped": 1})

    def _dropped(self, event: TraceEvent) -> None:
        detail = event.detail
        request = str(detail.get("request_id"))
        if "topic" in detail:
            topic = _topic(self._names.find_arn(str(detail["topic"]), "sns"))
            self._put_at(event.at_us, "AWS/SNS", "NumberOfNotificationsFailed", topic, 1, "Count")
        elif "rule" in detail:
            self._rule(str(detail["rule"]), event, {"FailedInvocations": 1})
        elif request in self._events:
            name = "DeadLetterErrors" if detail.get("dead_letter") else "DestinationDeliveryFailures"
            self._lambda(self._events[request][0], event.at_us, {name: 1})

    def _fanned_out(self, event: TraceEvent) -> None:
        topic = _topic(self._names.find_arn(str(event.detail["topic"]), "sns"))
        self._put_at(event.at_us, "AWS/SNS", "NumberOfNotificationsDelivered", topic, 1, "Count")

    def _read(self, event: TraceEvent) -> None:
        function, age_ms = self._names.find(event.who, "lambda"), float(event.detail.get("age_ms") or 0)
        self._lambda(function, event.at_us, {"IteratorAge": age_ms}, "Milliseconds")

    def _on_bus(self, event: TraceEvent) -> None:
        for rule in event.detail.get("rules") or ():
            self._rule(str(rule), event, {"MatchedEvents": 1, "TriggeredRules": 1})

    def _due(self, event: TraceEvent) -> None:
        if self._names.is_rule(event.who):
            self._rule(event.who, event, {"TriggeredRules": 1})

    def _routed(self, event: TraceEvent) -> None:
        if "rule" in event.detail:
            self._rule(str(event.detail["rule"]), event, {"Invocations": 1})

    def _rule(self, rule: str, event: TraceEvent, values: dict[str, float]) -> None:
        path = self._names.find_arn(rule, "events").rpartition("rule/")[2].split("/")
        dimensions = (("RuleName", path[-1]),)
        for name, value in values.items():
            bus: Dimensions = (("EventBusName", path[0]),) if len(path) > 1 else ()
            self._put_at(event.at_us, "AWS/Events", name, (*bus, *dimensions), value, "Count")


def _topic(arn: str) -> Dimensions:
    return (("TopicName", arn.rpartition(":")[2]),)


_COUNTS: dict[str, Callable[[Any, TraceEvent], None]] = {
    "deliver": ServiceMetrics._deliver,
    "http": ServiceMetrics._http,
    "invoke": ServiceMetrics._invoke,
    "queue": ServiceMetrics._queue,
    "workflow": ServiceMetrics._workflow,
}
_DELIVERIES: dict[str, Callable[[Any, TraceEvent], None]] = {
    "async attempt": ServiceMetrics._attempt,
    "async gave up": ServiceMetrics._given_up,
    "came due": ServiceMetrics._due,
    "dropped": ServiceMetrics._dropped,
    "fanned out": ServiceMetrics._fanned_out,
    "put on bus": ServiceMetrics._on_bus,
    "read": ServiceMetrics._read,
    "routed": ServiceMetrics._routed,
}
