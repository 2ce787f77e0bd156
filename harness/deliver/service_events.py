"""This file decides how AWS's own services put events on the default bus: of executions, and whatever a scenario tells.

It does not decide who gets them (``bus_rules.py``), nor what an execution's event says (``stepfunctions_status.py``).
What S3 puts there is ``bucket_events.py``'s business. EVB-08: Step Functions tells of every Standard execution, in
every account; here it is told only if a rule or an archive of the default bus asks for it, so that no story is full of
events that nobody hears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from harness.deliver.bus_rules import BusRules
from harness.kernel.scheduler import Kernel
from harness.vendor import events_bus
from harness.vendor.events_bus import BusEvent

if TYPE_CHECKING:  # it loads moto's interpreter
    from harness.vendor.stepfunctions_status import StatusChange

_EXECUTION_CHANGED = "Step Functions Execution Status Change"


class ServiceEvents:
    """The events of AWS's services, in the account and region of this world."""

    def __init__(self, kernel: Kernel, rules: BusRules, region: str, account_id: str) -> None:
        self._kernel = kernel
        self._rules = rules
        self._region = region
        self._account_id = account_id

    def put(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        """Put an event on the default bus as this service; nobody but a service may be a ``source`` of ``aws.``."""
        self._rules.on_event(self._event(source, detail_type, detail, resources, self._region, self._account_id))

    def on_status(self, change: StatusChange) -> None:
        """Tell of an execution, if anybody asks. EVB-08"""
        if not events_bus.listens(change.region, change.account):
            return
        event = self._event(
            "aws.states", _EXECUTION_CHANGED, change.detail(), (change.execution_arn,), change.region, change.account
        )
        if self._rules.is_wanted(event):
            self._rules.on_event(event, cause=change.cause)

    def _event(
        self,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: Sequence[str],
        region: str,
        account_id: str,
    ) -> BusEvent:
        now = f"{datetime.fromtimestamp(int(self._kernel.clock.now_s), UTC):%Y-%m-%dT%H:%M:%SZ}"
        return BusEvent(
            bus_arn=f"arn:aws:events:{region}:{account_id}:event-bus/default",
            id=self._kernel.decisions.uuid("event id"),
            source=source,
            detail_type=detail_type,
            detail=detail,
            account=account_id,
            region=region,
            time=now,
            ingestion_time=now,
            resources=tuple(resources),
        )
