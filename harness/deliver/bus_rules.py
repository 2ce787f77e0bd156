"""This file decides how an event reaches the targets of the rules that match it: one task each. EVB-01, EVB-03

It does not decide what is accepted (``vendor/events_bus.py``), what matches (``patterns.py``) nor what a target is sent
(``event_inputs.py``). The order per target: say so, hand over, try again as long as AWS would (``persistence.py``),
else the target's dead-letter queue. Nothing of this reaches the producer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from harness.deliver.event_inputs import compact, target_input
from harness.deliver.event_targets import Delivery, EventTargets
from harness.deliver.patterns import matches
from harness.deliver.persistence import bury, persist
from harness.deliver.repeats import Repeats, once
from harness.deliver.targets import Targets
from harness.guard.service_doors import rule_sender
from harness.kernel.scheduler import Kernel
from harness.vendor import events_bus
from harness.vendor.events_bus import BusEvent, Rule

DELAYS_S = (0.02, 0.5, 5.0)
# EVB-05: these are reached in a role only; the others by their policy, or in a role if the target has one.
_IN_A_ROLE = ("kinesis", "states")


class Archives(Protocol):
    """What is needed of the archives here."""

    def want(self, event: BusEvent) -> bool:
        """Whether one of the event's bus wants it."""

    def keep(self, event: BusEvent) -> None:
        """Put it into each that wants it."""


class BusRules:
    """EventBridge's side of rules: of all that match an event, and of those that are due.

    ``archives`` is set once there are some; ``repeats`` says how many times a target gets an event. EVB-02
    """

    def __init__(self, kernel: Kernel, targets: Targets, event_targets: EventTargets, repeats: Repeats = once) -> None:
        self._repeats = repeats
        self._kernel = kernel
        self._targets = targets
        self._event_targets = event_targets
        self.archives: Archives | None = None
        event_targets.forward = self.on_event

    def on_event(self, event: BusEvent, *, only: Collection[str] | None = None, cause: int | None = None) -> None:
        """Send the event on its way to the targets of every rule of its bus that is on and matches.

        ``only`` are the ARNs of the rules that are asked, if not all are.
        """
        kernel = self._kernel
        rules = events_bus.rules(event.bus_arn)
        matching = self._matching(rules, event, only)
        missing: dict[str, Any] = {} if rules is not None else {"reason": "the event bus does not exist"}
        number = kernel.emit(
            "deliver",
            "dropped" if missing else "put on bus",
            event.bus_arn,
            cause=cause,
            **missing,
            source=event.source,
            detail_type=event.detail_type,
            rules=[kernel.trace.name(rule.arn) for rule in matching],
        )
        if rules is not None and self.archives is not None:
            self.archives.keep(event)
        for rule in matching:
            self.send(rule, event, number)

    def is_wanted(self, event: BusEvent) -> bool:
        """Whether a rule or an archive of the event's bus asks for it."""
        if self._matching(events_bus.rules(event.bus_arn), event, None):
            return True
        return self.archives is not None and self.archives.want(event)

    def _matching(self, rules: Sequence[Rule] | None, event: BusEvent, only: Collection[str] | None) -> list[Rule]:
        envelope = event.envelope()
        asked = [r for r in rules or () if r.enabled and r.pattern is not None and (only is None or r.arn in only)]
        return [rule for rule in asked if rule.pattern is not None and matches(rule.pattern, envelope)]

    def send(self, rule: Rule, event: BusEvent, cause: int | None) -> None:
        """Send the event on its way to each of the rule's targets."""
        name = self._kernel.trace.name
        for target in rule.targets:
            delivery = _Delivery(self, rule, event, target)
            for _ in range(self._repeats("rule", rule.arn)):
                self._kernel.spawn(delivery.run, name=f"rule {name(rule.arn)}→{name(target['Arn'])}", cause=cause)


class _Delivery:
    """One event on its way to one target of a rule."""

    def __init__(self, owner: BusRules, rule: Rule, event: BusEvent, target: Mapping[str, Any]) -> None:
        self._owner = owner
        self._kernel = owner._kernel
        self._rule = rule
        self._event = event
        self._target = target

    def run(self) -> None:
        """Deliver, and try again as long as AWS would."""
        kernel, rule, target = self._kernel, self._rule, self._target
        kernel.sleep(kernel.decisions.choose("events delivery delay", DELAYS_S))
        arn = target["Arn"]
        by_role_only = arn.split(":")[2] in _IN_A_ROLE or ":api-destination/" in arn
        in_a_role = by_role_only or bool(target.get("RoleArn"))
        delivery = Delivery(
            arn,
            target_input(self._event, rule, target),
            target,
            None if in_a_role else rule_sender(rule.arn),
            self._event,
            target.get("RoleArn"),
        )
        failure = persist(
            kernel, target.get("RetryPolicy"), lambda: self._owner._event_targets.deliver(delivery, self._started)
        )
        if failure is not None:
            bury(
                kernel,
                self._owner._targets,
                failure,
                target_arn=arn,
                queue_arn=(target.get("DeadLetterConfig") or {}).get("Arn"),
                body=compact(self._event.envelope()),
                sender=rule_sender(rule.arn),
                attributes={"RULE_ARN": rule.arn, "TARGET_ARN": arn},
                rule=rule.arn,
            )

    def _started(self) -> None:
        self._kernel.require_current().cause = self._kernel.emit(
            "deliver", "routed", self._target["Arn"], rule=self._rule.arn, event_id=self._event.id
        )
