"""This file decides what a rule with a schedule sends when it is due: AWS's "Scheduled Event", to its targets. EVB-06

It does not decide when that is (``timetable.py``) nor how a target is reached (``bus_rules.py``). A rate begins when
the rule is put; a rule that is switched off has no timer.
"""

from __future__ import annotations

from datetime import UTC, datetime

from harness.deliver.bus_rules import BusRules
from harness.deliver.schedule_expressions import read
from harness.deliver.timetable import Entry, Timetable
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor import events_bus
from harness.vendor.events_bus import BusEvent


class RuleSchedules:
    """The rules that have a schedule."""

    def __init__(self, kernel: Kernel, rules: BusRules, timetable: Timetable) -> None:
        self._kernel = kernel
        self._rules = rules
        self._timetable = timetable

    def on_rule_changed(self, rule_arn: str) -> None:
        """Have the rule fire as it says now, or no more."""
        rule = events_bus.find_rule(rule_arn)
        if rule is None or not rule.enabled or not rule.schedule:
            self._timetable.remove(rule_arn)
            return
        expression = read(rule.schedule)
        self._timetable.put(
            rule_arn, Entry(expression, lambda due_us: self._fire(rule_arn, due_us), self._kernel.clock.now_us)
        )

    def _fire(self, rule_arn: str, due_us: int) -> None:
        rule = events_bus.find_rule(rule_arn)
        if rule is None:
            return
        _, _, _, region, account, _ = rule_arn.split(":", 5)
        at = f"{datetime.fromtimestamp(due_us // US_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"
        event = BusEvent(
            bus_arn=rule.bus_arn,
            id=self._kernel.decisions.uuid("event id"),
            source="aws.events",
            detail_type="Scheduled Event",
            detail={},
            account=account,
            region=region,
            time=at,
            ingestion_time=at,
            resources=(rule_arn,),
        )
        cause = self._kernel.emit("deliver", "came due", rule_arn, schedule=rule.schedule)
        self._rules.send(rule, event, cause)
