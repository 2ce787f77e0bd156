"""This file decides which notification configurations a bucket accepts, and with which of AWS's errors it refuses.

Upstream: moto 5.2.5 parses ``PutBucketNotificationConfiguration`` with assertions and checks the region only. Why that
can't stay: a missing queue, a FIFO target and overlapping rules are accepted and then lose events in silence (S3E-09,
S3E-13, S3E-14); ``Prefix`` with a capital letter is an AssertionError (S3E-15); and whoever reads the configuration to
add to it (a custom resource, often) puts it back without ``EventBridgeConfiguration``, which moto keeps and does not
show. What we do: our own parser and checks in front of moto's storage, all of it is shown, and the test event goes up
through ``on_test_event`` (S3E-07). Whether a target's policy
lets S3 in is not decided here: ``may_notify`` is asked (S3E-10, S3E-11).
Since: moto 2.x. Not needed any more when: moto validates destinations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any
from xml.sax.saxutils import escape

import xmltodict  # type: ignore[import-untyped]
from moto.awslambda.utils import get_backend as get_function_backend
from moto.core.responses import ActionResult
from moto.s3 import notifications
from moto.s3.exceptions import MalformedXML
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches

_UNABLE = "Unable to validate the following destination configurations"
_OVERLAP = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)
# The XML's name of a kind of target, and the service its ARNs belong to.
_KINDS = {"Queue": "sqs", "Topic": "sns", "CloudFunction": "lambda"}


class Refused(Exception):
    """S3's answer 400 ``InvalidArgument``, with the argument names and values that AWS lists."""

    def __init__(self, message: str, arguments: list[tuple[str, str]]) -> None:
        super().__init__(message)
        self.message = message
        self.arguments = arguments

    def as_xml(self, request_id: str) -> str:
        """The body of the answer."""
        listed = ""
        for number, (name, value) in enumerate(self.arguments, start=1):
            # One pair is not numbered; several are, from 1.
            n = "" if len(self.arguments) == 1 and self.message != _UNABLE else number
            listed += f"<ArgumentName{n}>{escape(name)}</ArgumentName{n}>"
            listed += f"<ArgumentValue{n}>{escape(value)}</ArgumentValue{n}>"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>InvalidArgument</Code><Message>{escape(self.message)}</Message>{listed}"
            f"<RequestId>{request_id}</RequestId></Error>"
        )


MayNotify = Callable[[str, str, str], bool]


def apply(
    patches: Patches, kernel: Kernel, *, on_test_event: Callable[[str, str, str], None], may_notify: MayNotify
) -> None:
    """Check configurations as AWS does; ``on_test_event`` is called once per queue and topic.

    Both are given the bucket's name, its account and the target's ARN.
    """

    def from_body(self: S3Response) -> dict[str, Any]:
        account_id = self.current_account

        def problem(kind: str, arn: str) -> tuple[str, str] | None:
            allowed = partial(may_notify, self.bucket_name, account_id, arn)
            return _problem(kind, arn, account_id, allowed)

        skip = self.headers.get("x-amz-skip-destination-validation", "").lower() == "true"
        return parse(self.body, None if skip else problem)

    def respond(self: S3Response, request: Any, full_url: str, headers: Any) -> Any:
        try:
            return original(self, request, full_url, headers)
        except Refused as refused:
            request_id = kernel.decisions.hex("s3 request id", 16).upper()
            answer_headers = {"content-type": "application/xml", "x-amz-request-id": request_id}
            return 400, answer_headers, refused.as_xml(request_id).encode()

    def get_notification(self: S3Response) -> Any:
        kept = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if not kept or kept.event_bridge is None:
            return original_get(self)
        answer = self.serialized

        def with_bridge(shown: ActionResult) -> Any:
            parts: Any = shown.result
            return answer(ActionResult({**parts, "EventBridgeConfiguration": {}}))

        vars(self)["serialized"] = with_bridge
        try:
            return original_get(self)
        finally:
            del vars(self)["serialized"]

    def send_test_event(account_id: str, bucket: FakeBucket) -> None:
        configuration = bucket.notification_configuration
        assert configuration is not None
        targets = [n.arn for n in (*configuration.queue, *configuration.topic)]
        for arn in dict.fromkeys(targets):
            on_test_event(bucket.name, account_id, arn)

    patches.put(S3Response, "_notification_config_from_body", from_body)
    patches.put(notifications, "send_test_event", send_test_event)
    original = patches.put(S3Response, "bucket_response", respond)
    original_get = patches.put(S3Response, "get_bucket_notification", get_notification)


def parse(body: bytes | str, problem: Callable[[str, str], tuple[str, str] | None] | None) -> dict[str, Any]:
    """The configuration in the shape that moto stores.

    ``problem`` is given the kind and ARN of each target, and says what AWS lists for one that cannot be used.

    Raises:
        Refused: AWS would answer InvalidArgument.
        MalformedXML: a part is missing.
    """
    root = xmltodict.parse(body)["NotificationConfiguration"] or {}
    if not isinstance(root, dict):
        raise MalformedXML
    result: dict[str, Any] = {}
    for kind in _KINDS:
        found = _as_list(root.get(f"{kind}Configuration"))
        if found:
            result[f"{kind}Configuration"] = [_one(kind, part) for part in found]
    if "EventBridgeConfiguration" in root:
        result["EventBridgeConfiguration"] = {}
    every = [(kind, part) for kind in _KINDS for part in result.get(f"{kind}Configuration", [])]
    _refuse_overlaps([part for _, part in every])
    if problem is not None:
        problems = [p for kind, part in every if (p := problem(kind, part[kind])) is not None]
        if problems:
            raise Refused(_UNABLE, problems)  # S3E-09
    return result


def _one(kind: str, part: dict[str, Any]) -> dict[str, Any]:
    arn = part.get(kind) or ""
    pieces = arn.split(":")
    if len(pieces) < 6 or pieces[0] != "arn" or pieces[2] != _KINDS[kind] or not all(pieces[3:6]):
        raise Refused("The ARN could not be parsed", [(kind, arn)])  # S3E-12
    if arn.endswith(".fifo"):
        name = "FIFO SQS queues" if kind == "Queue" else "FIFO SNS topics"
        raise Refused(f"{name} are not supported.", [(kind, arn)])  # S3E-13
    events = _as_list(part.get("Event"))
    if not events:
        raise MalformedXML
    one = {**part, "Event": events}
    wanted = one.pop("Filter", None) or {}
    rules = _as_list((wanted.get("S3Key") or {}).get("FilterRule"))
    if rules:
        one["Filter"] = {"S3Key": {"FilterRule": [_filter_rule(r) for r in rules]}}
        names = [r["Name"] for r in one["Filter"]["S3Key"]["FilterRule"]]
        for name in ("Prefix", "Suffix"):
            if names.count(name) > 1:
                text = f"Cannot specify more than one {name.lower()} rule in a filter."
                raise Refused(text, [("FilterRule.Name", name.lower())])
    return one


def _filter_rule(rule: dict[str, Any]) -> dict[str, str]:
    name = (rule.get("Name") or "").lower()
    if name not in ("prefix", "suffix"):
        raise Refused("filter rule name must be either prefix or suffix", [("FilterRule.Name", rule.get("Name") or "")])
    return {"Name": name.capitalize(), "Value": rule.get("Value") or ""}  # S3E-15


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _refuse_overlaps(parts: list[dict[str, Any]]) -> None:
    # S3E-14: across queues, topics and functions alike.
    for one, other in combinations(parts, 2):
        if not any(_same_event(a, b) for a in one["Event"] for b in other["Event"]):
            continue
        (prefix_a, suffix_a), (prefix_b, suffix_b) = _affixes(one), _affixes(other)
        prefixes = prefix_a.startswith(prefix_b) or prefix_b.startswith(prefix_a)
        suffixes = suffix_a.endswith(suffix_b) or suffix_b.endswith(suffix_a)
        if prefixes and suffixes:
            raise Refused(_OVERLAP, [])


def _same_event(one: str, other: str) -> bool:
    if one.endswith(":*"):
        return other.startswith(one[:-1])
    if other.endswith(":*"):
        return one.startswith(other[:-1])
    return one == other


def _affixes(part: dict[str, Any]) -> tuple[str, str]:
    found = {"Prefix": "", "Suffix": ""}
    for rule in part.get("Filter", {}).get("S3Key", {}).get("FilterRule", []):
        found[rule["Name"]] = rule["Value"]
    return found["Prefix"], found["Suffix"]


def _problem(kind: str, arn: str, account_id: str, allowed: Callable[[], bool]) -> tuple[str, str] | None:
    """The pair that AWS lists for a target that cannot be used, or None. S3E-09"""
    if kind == "CloudFunction":
        # S3E-11: a function that is missing looks like one that does not let S3 in.
        usable = _exists(kind, arn, account_id) and allowed()
        return None if usable else (f"{arn}, null", f"Not authorized to invoke function [{arn}]")
    word = kind.lower()
    if not _exists(kind, arn, account_id):
        return arn, f"The destination {word} does not exist"
    if not allowed():  # S3E-10
        return arn, f"Permissions on the destination {word} do not allow S3 to publish notifications from this bucket"
    return None


def _exists(kind: str, arn: str, account_id: str) -> bool:
    region, name = arn.split(":")[3], arn.split(":")[5]
    if kind == "Queue":
        return name in sqs_backends[account_id][region].queues
    if kind == "Topic":
        return arn in sns_backends[account_id][region].topics
    backend = get_function_backend(account_id, region)
    return backend.get_function_by_arn(":".join(arn.split(":")[:7])) is not None
