"""Ways to break the filters of log groups: most are what emulators of AWS do."""

from __future__ import annotations

from typing import Any

import pytest

from harness.deliver.log_metrics import LogMetrics
from harness.invoke import logs as function_logs
from harness.vendor import logs_patterns
from harness.vendor.logs_values import Match
from tests.acceptance.mutations.behaviours import ignored, instead

Patch = pytest.MonkeyPatch


def patterns_let_everything_pass(patch: Patch) -> None:
    patch.setattr(logs_patterns, "parse", lambda text: lambda message: Match())


def the_platforms_lines_are_missing(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def user(self: Any, line: str) -> None:
            if "Task timed out" not in line:
                original(self, line)

        return user

    instead(function_logs.FunctionLog, "platform", make)(patch)


def values_are_always_one(patch: Patch) -> None:
    patch.setattr("harness.deliver.log_metrics._number", lambda reference, match: 1.0)


nothing_is_said_of_minutes_without_a_match = ignored(LogMetrics, "_over")
no_metric_is_made = ignored(LogMetrics, "on_logged")
