"""This file decides how CloudWatch's parts are put together, and which seams wake them.

It holds no behaviour. The SQS and logs seams must be in place already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.deliver.targets import Targets
from harness.observe import queries
from harness.observe.alarm_actions import AlarmActions
from harness.observe.alarm_settings import settings_problem
from harness.observe.alarms import Alarms
from harness.observe.composites import CompositeAlarms
from harness.observe.embedded import keep_embedded
from harness.observe.names import ResourceNames
from harness.observe.queue_levels import QueueLevels
from harness.observe.service_metrics import ServiceMetrics
from harness.vendor import cloudwatch_alarms, cloudwatch_metrics, logs_embedded
from harness.vendor.cloudwatch_alarms import AlarmEvents
from harness.vendor.events_bus import BusEvent
from harness.vendor.metric_store import MetricStore
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud


class CloudWatch:
    """Metrics and alarms of one world. ``on_bus`` takes events for a bus, ``is_polled`` says who has pollers."""

    def __init__(
        self, cloud: Cloud, targets: Targets, on_bus: Callable[[BusEvent], None], is_polled: Callable[[str], bool]
    ) -> None:
        kernel, patches = cloud.kernel, cloud.patches
        store = MetricStore()
        levels = QueueLevels(kernel, store, f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{{}}".format, is_polled)
        store.level_names = levels.names
        names = ResourceNames(kernel.trace, ACCOUNT_ID, REGION)
        self.services = ServiceMetrics(kernel, store, names, levels.on_event)
        levels.on_look = self.services.listen
        actions = AlarmActions(kernel, targets, on_bus)
        alarms = Alarms(kernel, store, actions.act, actions.tell, self.services.listen)
        alarms.composites = CompositeAlarms(kernel, alarms)
        cloudwatch_metrics.apply(patches, kernel, store, evaluate=partial(queries.evaluate, store))
        cloudwatch_alarms.apply(
            patches,
            problem=settings_problem,
            events=AlarmEvents(alarms.on_put, alarms.on_deleted, alarms.on_state_set),
        )
        logs_embedded.apply(patches, on_embedded=partial(keep_embedded, store))
