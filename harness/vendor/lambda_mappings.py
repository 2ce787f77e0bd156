"""This file decides which event source mappings Lambda accepts, and says when one comes, changes or goes.

Upstream: moto 5.2.5 stores mappings, runs the function inside ``SendMessage``, and accepts what AWS refuses: a second
mapping for the same queue and function (ESM-06), a visibility timeout below the function's timeout (ESM-03), a large
batch without a window (ESM-01), a function whose role may not read the queue (ESM-04). A deleted mapping's queue stays
wired (ESM-20). Why that can't stay: delivery is by
polling (ESM-08), and a refused mapping is a failed deployment. What we do: check in front of moto's storage, and
hand up mappings of queues; who polls, and what a role may do, is not decided here. Streams pass through to moto
unchanged.
Since: moto 1.3.15. Not needed any more when: moto polls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.awslambda.responses import LambdaResponse

from harness.vendor import lambda_stream_mappings, sqs_queue
from harness.vendor.lambda_stream_mappings import StreamMapping, is_stream
from harness.vendor.patches import Patches

_MAXIMUM_BATCH = 10_000
_MAXIMUM_FIFO_BATCH = 10
_MAXIMUM_FILTERS = 10
# ESM-10, by the API's text; the guide has lower ones.
_LEAST_POLLERS = 2
_MOST_MINIMUM_POLLERS = 200
_MOST_POLLERS = 10_000
_POLLERS_UNLESS_GIVEN = 200


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """One mapping of a queue to a function.

    ``window_s`` is MaximumBatchingWindowInSeconds, ``reports_item_failures`` whether ReportBatchItemFailures is asked
    for, ``filters`` the parsed patterns, of which one must match (none: everything passes), ``pollers`` the least and
    most of provisioned mode (ESM-10).
    """

    uuid: str
    queue_arn: str
    function_arn: str
    enabled: bool = True
    batch_size: int = 10
    window_s: int = 0
    reports_item_failures: bool = False
    maximum_concurrency: int | None = None
    filters: tuple[Mapping[str, Any], ...] = ()
    pollers: tuple[int, int] | None = None


class ResourceConflict(LambdaClientError):
    """Lambda's answer 409."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ResourceConflictException", message)


def apply(
    patches: Patches,
    *,
    missing_permission: Callable[[str, str], str | None],
    on_mapping_created: Callable[[QueueMapping], None],
    on_mapping_updated: Callable[[QueueMapping], None],
    on_mapping_deleted: Callable[[QueueMapping], None],
    on_stream_created: Callable[[StreamMapping], None],
    on_stream_updated: Callable[[StreamMapping], None],
    on_stream_deleted: Callable[[StreamMapping], None],
) -> None:
    """Check mappings as AWS does, and tell of those of queues and of streams.

    ``missing_permission`` is asked, for a role and a queue or stream, which action on it the role lacks, None if none.
    """

    def create(self: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
        source = spec.get("EventSourceArn") or ""
        if _is_queue(source):
            _check_new(self, spec)
            _check_role(missing_permission(self.get_function(spec["FunctionName"]).role, source), source)
        elif is_stream(source):
            _check_new_stream(self, spec)
            _check_role(missing_permission(self.get_function(spec["FunctionName"]).role, source), source)
        made: EventSourceMapping = original_create(self, spec)
        made.function_arn = _as_named(self, spec["FunctionName"])
        if _is_queue(made.event_source_arn):
            on_mapping_created(_view(made))
        elif is_stream(made.event_source_arn):
            on_stream_created(lambda_stream_mappings.view(made))
        return made

    def update(self: LambdaBackend, uuid: str, spec: dict[str, Any]) -> EventSourceMapping | None:
        known = self.get_event_source_mapping(uuid)
        if known is not None and _is_queue(known.event_source_arn):
            _check(self, {**_as_spec(known), **spec}, known.event_source_arn)
        elif known is not None and is_stream(known.event_source_arn):
            _check_stream({**lambda_stream_mappings.as_spec(known), **spec}, known.event_source_arn)
        changed: EventSourceMapping | None = original_update(self, uuid, spec)
        if changed is not None and "FunctionName" in spec:
            changed.function_arn = _as_named(self, spec["FunctionName"])
        if changed is not None and _is_queue(changed.event_source_arn):
            on_mapping_updated(_view(changed))
        elif changed is not None and is_stream(changed.event_source_arn):
            on_stream_updated(lambda_stream_mappings.view(changed))
        return changed

    def delete(self: LambdaBackend, uuid: str) -> EventSourceMapping | None:
        gone: EventSourceMapping | None = original_delete(self, uuid)
        if gone is not None and _is_queue(gone.event_source_arn):
            on_mapping_deleted(_view(gone))
        elif gone is not None and is_stream(gone.event_source_arn):
            on_stream_deleted(lambda_stream_mappings.view(gone))
        return gone

    def answer_with(state: str, original: Any) -> Any:
        def answer(self: LambdaResponse) -> Any:
            status, headers, body = original(self)
            if status >= 300:
                return status, headers, body
            # ESM-07. It is Enabled by the next look.
            shown = {**json.loads(body), "State": state, "StateTransitionReason": "USER_INITIATED"}
            return 202, {"status": 202}, json.dumps(shown)

        return answer

    original_create = patches.put(LambdaBackend, "create_event_source_mapping", create)
    original_update = patches.put(LambdaBackend, "update_event_source_mapping", update)
    original_delete = patches.put(LambdaBackend, "delete_event_source_mapping", delete)
    for operation, state in (("create", "Creating"), ("update", "Updating")):
        name = f"{operation}_event_source_mapping"
        patches.put(LambdaResponse, name, answer_with(state, getattr(LambdaResponse, name)))


def _is_queue(arn: str) -> bool:
    return arn.split(":")[2:3] == ["sqs"]


def _view(found: EventSourceMapping) -> QueueMapping:
    scaling = found.scaling_config or {}
    patterns = [json.loads(f["Pattern"]) for f in (found.filter_criteria or {}).get("Filters") or []]
    return QueueMapping(
        uuid=found.uuid,
        queue_arn=found.event_source_arn,
        function_arn=found.function_arn,
        enabled=found.enabled is not False,
        batch_size=found.batch_size,
        window_s=int(found.max_batch_window or 0),
        reports_item_failures="ReportBatchItemFailures" in (found.function_response_types or []),
        maximum_concurrency=scaling.get("MaximumConcurrency"),
        filters=tuple(patterns),
        pollers=_pollers(found.poller_config),
    )


def _as_spec(found: EventSourceMapping) -> dict[str, Any]:
    return {
        "FunctionName": found.function_arn,
        "BatchSize": found.batch_size,
        "MaximumBatchingWindowInSeconds": found.max_batch_window,
        "FilterCriteria": found.filter_criteria,
        "ScalingConfig": found.scaling_config,
        "ProvisionedPollerConfig": found.poller_config,
    }


def _check_new(backend: LambdaBackend, spec: dict[str, Any]) -> None:
    if spec.get("StartingPosition"):
        raise InvalidParameterValueException("StartingPosition is not valid for SQS event sources.")
    _check(backend, spec, spec["EventSourceArn"])
    _check_is_first(backend, spec, 'An event source mapping with SQS arn (" {source} ") and function (" {function} ")')


def _check_new_stream(backend: LambdaBackend, spec: dict[str, Any]) -> None:
    source = spec["EventSourceArn"]
    lambda_stream_mappings.check_start(spec, source)
    _check_stream(spec, source)
    _check_is_first(backend, spec, 'The event source arn (" {source} ") and function (" {function} ") provided mapping')


def _check_stream(spec: dict[str, Any], source_arn: str) -> None:
    lambda_stream_mappings.check(spec, source_arn)
    _check_filters(spec)


def _check_is_first(backend: LambdaBackend, spec: dict[str, Any], named: str) -> None:
    # ESM-06
    source, function = spec["EventSourceArn"], backend.get_function(spec.get("FunctionName", ""))
    function_arn = _as_named(backend, spec["FunctionName"])
    for other in backend._event_source_mappings.values():
        if (other.event_source_arn, other.function_arn) == (source, function_arn):
            raise ResourceConflict(
                named.format(source=source, function=function.function_name)
                + f" already exists. Please update or delete the existing mapping with UUID {other.uuid}"
            )


def _check_role(missing: str | None, source: str) -> None:
    # ESM-04
    if missing is not None and is_stream(source):
        raise InvalidParameterValueException(
            f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM."
        )
    if missing is not None:
        raise InvalidParameterValueException(
            f"The function execution role does not have permissions to call {missing.partition(':')[2]} on SQS"
        )


def _as_named(backend: LambdaBackend, name: str) -> str:
    """The function's ARN with the qualifier it is named by; moto puts an alias's version in its place (LAM-28)."""
    arn = ":".join(backend.get_function(name).function_arn.split(":")[:7])
    qualified = name.count(":") == (7 if name.startswith("arn:") else 1)
    return f"{arn}:{name.rpartition(':')[2]}" if qualified else arn


def _check(backend: LambdaBackend, spec: dict[str, Any], queue_arn: str) -> None:
    function = backend.get_function(spec.get("FunctionName", ""))
    queue = sqs_queue.find(queue_arn)
    if queue is None:  # ESM-05
        raise InvalidParameterValueException(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    _check_batch(spec, fifo=queue_arn.endswith(".fifo"))
    if queue.visibility_timeout_s < int(function.timeout):  # ESM-03
        raise InvalidParameterValueException(
            f"Queue visibility timeout: {queue.visibility_timeout_s} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )
    concurrency = (spec.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if concurrency is not None and not 2 <= concurrency <= 1000:  # ESM-09
        raise InvalidParameterValueException("MaximumConcurrency must be between 2 and 1000.")
    pollers = _pollers(spec.get("ProvisionedPollerConfig"))
    if pollers is not None:
        _check_pollers(*pollers, concurrency)
    _check_filters(spec)


def _check_filters(spec: dict[str, Any]) -> None:
    filters = (spec.get("FilterCriteria") or {}).get("Filters") or []
    if len(filters) > _MAXIMUM_FILTERS or not all(_is_pattern(f.get("Pattern")) for f in filters):  # ESM-17
        raise InvalidParameterValueException("Invalid filter pattern definition.")


def _pollers(config: dict[str, Any] | None) -> tuple[int, int] | None:
    if not config:
        return None
    return config.get("MinimumPollers") or _LEAST_POLLERS, config.get("MaximumPollers") or _POLLERS_UNLESS_GIVEN


def _check_pollers(least: int, most: int, maximum_concurrency: int | None) -> None:
    # ESM-10
    if maximum_concurrency is not None:
        raise InvalidParameterValueException(
            "MaximumConcurrency and ProvisionedPollerConfig cannot both be set for an event source mapping."
        )
    if not _LEAST_POLLERS <= least <= _MOST_MINIMUM_POLLERS:
        raise InvalidParameterValueException(
            f"MinimumPollers must be between {_LEAST_POLLERS} and {_MOST_MINIMUM_POLLERS}."
        )
    if not max(least, _LEAST_POLLERS) <= most <= _MOST_POLLERS:
        raise InvalidParameterValueException(
            f"MaximumPollers must be between {_LEAST_POLLERS} and {_MOST_POLLERS} and not below MinimumPollers."
        )


def _check_batch(spec: dict[str, Any], *, fifo: bool) -> None:
    # ESM-01, ESM-02
    size, window_s = spec.get("BatchSize") or 10, spec.get("MaximumBatchingWindowInSeconds") or 0
    most = _MAXIMUM_FIFO_BATCH if fifo else _MAXIMUM_BATCH
    if not 1 <= size <= most:
        raise InvalidParameterValueException(f"Batch size must be between 1 and {most} for this event source.")
    if not 0 <= window_s <= 300:
        raise InvalidParameterValueException("Maximum batch window in seconds must be between 0 and 300.")
    if fifo and window_s:
        raise InvalidParameterValueException("Batching window is not supported for FIFO queues.")
    if size > 10 and window_s < 1:
        raise InvalidParameterValueException(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _is_pattern(text: str | None) -> bool:
    try:
        pattern = json.loads(text or "")
    except ValueError:
        return False
    return isinstance(pattern, dict) and _rules_are_lists(pattern)


def _rules_are_lists(pattern: Mapping[str, Any]) -> bool:
    return all(
        isinstance(rules, list) or (isinstance(rules, dict) and _rules_are_lists(rules)) for rules in pattern.values()
    )
