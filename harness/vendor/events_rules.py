"""This file decides which rules and targets EventBridge accepts, and tells when a rule has changed. EVB-04, EVB-05

Upstream: moto 5.2.5 takes any operator in a pattern, any text inside ``rate()`` and ``cron()``, any number of targets,
state machines without a role and FIFO dead-letter queues; nothing in it ever looks at a schedule. Why that can't stay:
a template that AWS refuses would deploy, and a rule on a schedule would never fire (EVB-06). What we do: check first,
let moto keep the rule, then tell. Patterns and expressions are judged by whoever calls ``apply``.
Since: moto 1.3. Not needed any more when: moto validates expressions and fires schedules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend
from moto.events.models import Rule as MotoRule

from harness.vendor.patches import Patches

MOST_TARGETS = 5
# EVB-05: what EventBridge reaches only in a role.
_NEED_A_ROLE = ("states", "kinesis")
_INPUTS = ("Input", "InputPath", "InputTransformer")

# Given a pattern or an expression: what is wrong with it in AWS's words, or None.
Judge = Callable[[Any], str | None]


def apply(
    patches: Patches, *, pattern_problem: Judge, expression_problem: Judge, on_rule_changed: Callable[[str], None]
) -> None:
    """Check rules and targets as AWS does; ``on_rule_changed`` is given the ARN of each rule that was put or went."""

    def put_rule(self: EventsBackend, name: str, *args: Any, **options: Any) -> MotoRule:
        pattern, expression = options.get("event_pattern"), options.get("scheduled_expression")
        if pattern:
            _check_pattern(pattern, pattern_problem)
        if expression and expression_problem(expression):
            raise ValidationException("Parameter ScheduleExpression is not valid.")
        rule: MotoRule = original_put(self, name, *args, **options)
        on_rule_changed(rule.arn)
        return rule

    def put_targets(self: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        rule = self.describe_rule(name, event_bus_arn)
        _check_targets(rule, targets)
        original_targets(self, name, event_bus_arn, targets)

    def switch(method: str) -> None:
        original = getattr(EventsBackend, method)

        def switched(self: EventsBackend, name: str, event_bus_arn: str | None) -> Any:
            rule = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
            answer = original(self, name, event_bus_arn)
            if rule is not None:
                on_rule_changed(rule.arn)
            return answer

        patches.put(EventsBackend, method, switched)

    original_put = patches.put(EventsBackend, "put_rule", put_rule)
    original_targets = patches.put(EventsBackend, "put_targets", put_targets)
    for method in ("enable_rule", "disable_rule", "delete_rule"):
        switch(method)


def _check_pattern(text: str, pattern_problem: Judge) -> None:
    try:
        pattern = json.loads(text)
    except ValueError:
        raise InvalidEventPatternException(reason="Invalid JSON") from None
    problem = pattern_problem(pattern)
    if problem is not None:
        raise InvalidEventPatternException(reason=problem)


def _check_targets(rule: MotoRule, targets: Sequence[Mapping[str, Any]]) -> None:
    ids = {target["Id"]: None for target in [*rule.targets, *targets]}
    if len(ids) > MOST_TARGETS:
        raise ValidationException(
            f"The requested resource exceeds the maximum number allowed: {len(ids)} targets, {MOST_TARGETS} at most."
        )
    for target in targets:
        arn, pieces = target["Arn"], target["Arn"].split(":")
        needs_a_role = len(pieces) > 2 and (pieces[2] in _NEED_A_ROLE or ":api-destination/" in arn)
        if needs_a_role and not target.get("RoleArn"):
            raise ValidationException(f"RoleArn is required for target {arn}.")
        given = [name for name in _INPUTS if target.get(name)]
        if len(given) > 1:
            raise ValidationException(
                f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
            )
        if "Input" in given and not _is_json(target["Input"]):
            raise ValidationException(f"Invalid Input for target {target['Id']}.")
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn") or ""
        if dead_letters.endswith(".fifo"):
            raise ValidationException(f"Dead-letter queue {dead_letters} is not a standard queue.")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
