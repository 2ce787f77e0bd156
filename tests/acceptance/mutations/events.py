"""Ways to break event buses, schedules and pipes: each is something an emulator of AWS gets wrong, or could."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

import pytest

from harness.deliver import (
    api_destinations,
    bucket_notifications,
    bus_rules,
    pipe_runs,
    pipes,
    schedule_expressions,
    service_events,
)
from harness.deliver.event_inputs import compact
from harness.deliver.timetable import Timetable
from harness.disturb.disturbances import Disturbances
from harness.vendor import events_bus, pipes_pipes, stepfunctions_status
from tests.acceptance.mutations.behaviours import instead

Patch = pytest.MonkeyPatch


def patterns_match_everything(patch: Patch) -> None:
    patch.setattr(bus_rules, "matches", lambda pattern, event: True)


def every_bus_has_the_rules_of_all(patch: Patch) -> None:
    shop = "arn:aws:events:us-east-1:123456789012:event-bus/shop"
    instead(events_bus, "rules", lambda original: lambda bus: original(shop))(patch)


def any_source_will_do(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda entry: original({**entry, "Source": "mine"})

    instead(events_bus, "_problem", make)(patch)


def targets_get_the_whole_event(patch: Patch) -> None:
    patch.setattr(bus_rules, "target_input", lambda event, rule, target: compact(event.envelope()))


def dead_letters_are_forgotten(patch: Patch) -> None:
    patch.setattr(bus_rules, "bury", lambda *args, **options: None)


def rules_that_are_off_match(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda bus_arn, rule: replace(original(bus_arn, rule), enabled=True)

    instead(events_bus, "_rule", make)(patch)


def keys_on_the_bus_are_encoded(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def encoded(kernel: Any, event: Any, sequencer: str) -> Any:
            return original(kernel, replace(event, key=quote_plus(event.key, safe="/")), sequencer)

        return encoded

    instead(bucket_notifications, "bus_event", make)(patch)


def schedules_never_fire(patch: Patch) -> None:
    patch.setattr(Timetable, "put", lambda self, arn, entry: None)


def a_minute_is_short(patch: Patch) -> None:
    patch.setitem(schedule_expressions._UNIT_S, "minute", 40)


def every_zone_is_utc(patch: Patch) -> None:
    patch.setattr(schedule_expressions, "_zone", lambda name: ZoneInfo("UTC"))


def every_execution_has_failed(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda execution: {**original(execution), "status": "FAILED", "error": "SoldOut"}

    instead(stepfunctions_status, "_detail", make)(patch)


def only_what_customers_put_is_matched(patch: Patch) -> None:
    patch.setattr(service_events.ServiceEvents, "put", lambda self, *event: None)


def replays_reach_every_rule(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda self, event, *, only=None, cause=None: original(self, event, cause=cause)

    instead(bus_rules.BusRules, "on_event", make)(patch)


def destinations_add_no_key(patch: Patch) -> None:
    patch.setattr(api_destinations.ApiDestinations, "_authorization", lambda self, destination: {})


def nothing_is_tried_again(patch: Patch) -> None:
    def make(original: Any) -> Any:
        return lambda kernel, policy, deliver: original(kernel, {"MaximumRetryAttempts": 0}, deliver)

    instead(bus_rules, "persist", make)(patch)


def every_error_passes(patch: Patch) -> None:
    patch.setattr(api_destinations, "_MAY_PASS", tuple(range(400, 500)))


def tokens_are_forgotten(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def authorization(self: Any, destination: Any) -> Any:
            self._tokens.clear()
            return original(self, destination)

        return authorization

    instead(api_destinations.ApiDestinations, "_authorization", make)(patch)


def nothing_is_delivered_twice(patch: Patch) -> None:
    patch.setattr(Disturbances, "repeats", lambda self, kind, source: 1)


def pipes_never_reshape(patch: Patch) -> None:
    patch.setattr(pipe_runs.PipeRuns, "_shaped", lambda self, pipe, events, template: list(events))


def pipes_filter_nothing(patch: Patch) -> None:
    patch.setattr(pipes_pipes.Pipe, "filters", property(lambda self: ()))


def empty_answers_go_on(patch: Patch) -> None:
    patch.setattr(pipe_runs, "_answered", lambda answer: answer or [{"id": "nobody", "total": 0}])


def pipes_take_kinesis_records_as_functions_do(patch: Patch) -> None:
    patch.setattr(pipe_runs, "_flat", lambda record, pipe: dict(record))


def pipes_never_bisect(patch: Patch) -> None:
    instead(pipes, "_of_stream", lambda original: lambda pipe: replace(original(pipe), bisects=False))(patch)


def pipes_never_start(patch: Patch) -> None:
    instead(pipes_pipes, "find", lambda original: lambda arn: replace(original(arn), running=False))(patch)


def pipes_never_stop(patch: Patch) -> None:
    instead(pipes_pipes, "find", lambda original: lambda arn: replace(original(arn), running=True))(patch)


def pipes_take_no_answer(patch: Patch) -> None:
    def make(original: Any) -> Any:
        def invoke(self: Any, function_arn: str, payload: bytes, **options: Any) -> Any:
            return replace(original(self, function_arn, payload, **options), payload=b"")

        return invoke

    instead(pipe_runs.PipeRuns, "invoke", make)(patch)
