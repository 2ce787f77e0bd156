"""This file decides where the policy of a queue, a topic, a function, an event bus or of all logs is found.

Upstream: moto 5.2.5 keeps each policy in its service's own way and asks none of them when a service delivers. What we
do: read it in one shape. What it allows is not decided here. It changes nothing in moto.
Since: moto 2.x. Not needed any more when: moto has one place to ask for a resource's policy.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


def find(arn: str) -> dict[str, Any] | None:
    """The policy document of the resource as it stands now; None if it has none or does not exist."""
    _, _, service, region, account_id, *rest = arn.split(":")
    if service == "sqs":
        queue = sqs_backends[account_id][region].queues.get(rest[0])
        return None if queue is None else queue._policy_json
    if service == "sns":
        topic = sns_backends[account_id][region].topics.get(arn)
        return None if topic is None else topic._policy_json
    if service == "lambda":
        function: LambdaFunction | None = get_backend(account_id, region).get_function_by_arn(arn)
        # A version shares its function's policy object; each statement names the resource it is for. LAM-25
        return None if function is None else {"Statement": function.policy.statements}
    if service == "events":
        bus = events_backends[account_id][region].event_buses.get(rest[0].partition("/")[2])
        return None if bus is None or bus.policy is None else json.loads(bus.policy)
    if service == "logs":
        # Not a group's own: an account has up to ten, each of which may be about any group.
        documents = [
            json.loads(p.policy_document) for p in logs_backends[account_id][region].resource_policies.values()
        ]
        return {"Statement": [statement for d in documents for statement in _as_list(d.get("Statement"))]}
    return None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
