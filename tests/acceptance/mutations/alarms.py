"""Ways to break metrics and alarms: each is something an emulator of AWS gets wrong, or could."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.observe import cloudwatch, composite_rules, metric_math, watch
from harness.observe.judgement import Verdict
from harness.observe.queue_levels import _Sample
from tests.acceptance.mutations.behaviours import instead

Patch = pytest.MonkeyPatch


def levels_count_what_is_in_flight(patch: Patch) -> None:
    instead(_Sample, "value", lambda original: lambda self, name, at_us: float(self.in_flight))(patch)


def one_bad_datapoint_is_enough(patch: Patch) -> None:
    instead(watch, "judge", lambda original: lambda marks, most, _, missing: original(marks, most, 1, missing))(patch)


def all_datapoints_must_be_bad(patch: Patch) -> None:
    instead(watch, "judge", lambda original: lambda marks, most, _, missing: original(marks, most, most, missing))(
        patch
    )


def alarms_never_calm_down(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def judge(*args: Any) -> Verdict:
            verdict: Verdict = original(*args)
            return replace(verdict, state="ALARM" if verdict.state == "ALARM" else None)

        return judge

    instead(watch, "judge", make)(patch)


def composites_change_with_nobody(patch: Patch) -> None:
    patch.setattr(composite_rules.Rule, "names", lambda self: ())


def one_alarm_of_a_rule_is_enough(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def holds(self: composite_rules.Rule, state_of: Any) -> bool:
            if self.kind == "and":
                return any(part.holds(state_of) for part in self.parts)
            return bool(original(self, state_of))

        return holds

    instead(composite_rules.Rule, "holds", make)(patch)


def log_lines_are_no_metrics(patch: Patch) -> None:
    patch.setattr(cloudwatch, "keep_embedded", lambda store, message, at_ms: None)


def gaps_are_not_filled(patch: Patch) -> None:
    patch.setitem(metric_math._COMPUTED, "FILL", lambda parts, known, periods: known[parts[0].value])


def everything_is_filled(patch: Patch) -> None:
    patch.setitem(metric_math._COMPUTED, "FILL", lambda parts, known, periods: (0.0,) * len(periods.begins))
