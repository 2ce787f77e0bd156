"""This file decides who may subscribe to a topic and how, and when a subscription is confirmed.

Upstream: moto 5.2.5 takes any protocol, changes a subscription that is subscribed again, accepts attributes that AWS
refuses, keeps what a refused ``Subscribe`` began, confirms everybody at once, and says of every topic that it has no
subscriptions. Why that can't stay: SNS-05, SNS-13, SNS-20, SNS-22. What we do: check everything before moto is asked,
keep attributes ourselves, count, and hand each endpoint that must consent up with the token of its confirmation. What
is done with the token is not decided here.
Since: moto 2.x. Not needed any more when: moto keeps tokens and refuses other attributes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sns import models
from moto.sns.exceptions import InvalidParameterValue, SNSException, SNSNotFoundError
from moto.sns.models import SNSBackend, Topic, sns_backends
from moto.sns.responses import SNSResponse

from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel
from harness.vendor import sns_filter_changes, sns_filter_policies
from harness.vendor.patches import Patches
from harness.vendor.sns_publish import Subscription, view

MOST_FILTER_POLICIES = 200
_TOKEN_VALID_US = to_us(2 * 86_400)
_TOKEN, _ASKED_US = "harness_token", "harness_asked_us"
_MUST_CONFIRM = ("email", "email-json", "http", "https")
_PROTOCOLS = (*_MUST_CONFIRM, "application", "firehose", "lambda", "sms", "sqs")
_RAW_PROTOCOLS = ("firehose", "http", "https", "sqs")
_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)
_SCOPES = ("MessageAttributes", "MessageBody")

# Given the subscription and its token: whether the endpoint consents at once.
OnSubscribe = Callable[[Subscription, str], bool]


def confirm(subscription_arn: str) -> None:
    """Confirm a pending subscription; one that is gone stays gone."""
    pieces = subscription_arn.split(":")
    found = sns_backends[pieces[4]][pieces[3]].subscriptions.get(subscription_arn)
    if found is not None:
        found.attributes["PendingConfirmation"] = False


def apply(patches: Patches, kernel: Kernel, *, on_subscribe: OnSubscribe) -> None:
    """Check subscriptions as AWS does; tell ``on_subscribe`` of each new one that must be confirmed. SNS-13"""

    def subscribe(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> models.Subscription:
        known = len(self.subscriptions)
        found: models.Subscription = original_subscribe(self, topic_arn, endpoint, protocol)
        if len(self.subscriptions) > known and protocol in _MUST_CONFIRM:
            token = kernel.decisions.hex("sns confirmation token", 64)
            setattr(found, _TOKEN, token)
            setattr(found, _ASKED_US, kernel.clock.now_us)
            found.attributes["PendingConfirmation"] = not on_subscribe(view(found, kernel.clock.now_us), token)
        return found

    def answer_subscribe(self: SNSResponse) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        protocol, endpoint = self._get_param("Protocol"), self._get_param("Endpoint") or ""
        attributes = self._get_param("Attributes") or {}
        _check_endpoint(topic, protocol, endpoint)
        _check_attributes(self.backend, topic, protocol, endpoint, attributes)
        found = self.backend._find_subscription(topic.arn, endpoint, protocol)
        if found is not None:
            _check_same(found, attributes)
        answer = original_answer(self)
        found = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        wants_arn = str(self._get_param("ReturnSubscriptionArn", False)).lower() == "true"
        if found.attributes["PendingConfirmation"] and not wants_arn:
            answer.result["SubscriptionArn"] = "pending confirmation"  # SNS-13
        return answer

    def set_attributes(self: SNSBackend, arn: str, name: str, value: Any) -> None:
        found = self.subscriptions.get(arn)
        if found is None:
            raise SNSNotFoundError("Subscription does not exist")
        _set_attribute(self, found, name, value)

    def answer_set_attributes(self: SNSResponse) -> Any:
        # moto would read any other text as false.
        name, value = self._get_param("AttributeName"), self._get_param("AttributeValue")
        arn = self._get_param("SubscriptionArn")
        found = self.backend.subscriptions.get(arn)
        earlier = sns_filter_changes.in_force(found, kernel.clock.now_us) if found is not None else None
        self.backend.set_subscription_attributes(arn, name, value)
        if found is not None and earlier is not None:
            sns_filter_changes.changed(kernel, found, earlier)
        return EmptyResult()

    def confirm_subscription(self: SNSResponse) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        token = self._get_param("Token")
        for found in self.backend.subscriptions.values():
            if found.topic is topic and token and getattr(found, _TOKEN, None) == token:
                pending = found.attributes["PendingConfirmation"]
                if pending and kernel.clock.now_us > getattr(found, _ASKED_US) + _TOKEN_VALID_US:
                    break
                found.attributes["PendingConfirmation"] = False
                return ActionResult({"SubscriptionArn": found.arn})
        raise InvalidParameterValue("Invalid parameter: Token")

    def get_topic_attributes(self: SNSResponse) -> Any:
        topic = self.backend.get_topic(self._get_param("TopicArn"))
        pending = [s.attributes["PendingConfirmation"] for s in self.backend.subscriptions.values() if s.topic is topic]
        topic.subscriptions_pending = pending.count(True)
        topic.subscriptions_confimed = len(pending) - topic.subscriptions_pending  # moto's spelling
        return original_attributes(self)

    original_attributes = patches.put(SNSResponse, "get_topic_attributes", get_topic_attributes)
    original_subscribe = patches.put(SNSBackend, "subscribe", subscribe)
    original_answer = patches.put(SNSResponse, "subscribe", answer_subscribe)
    patches.put(SNSBackend, "set_subscription_attributes", set_attributes)
    patches.put(SNSResponse, "set_subscription_attributes", answer_set_attributes)
    patches.put(SNSResponse, "confirm_subscription", confirm_subscription)


def _check_endpoint(topic: Topic, protocol: str, endpoint: str) -> None:
    if protocol not in _PROTOCOLS:  # SNS-22
        raise InvalidParameterValue(f"Invalid parameter: Amazon SNS does not support this protocol string: {protocol}")
    if topic.fifo_topic and protocol != "sqs":  # SNS-19
        raise InvalidParameterValue(f"Invalid parameter: Invalid protocol type: {protocol}")
    if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
        raise InvalidParameterValue("Invalid parameter: Endpoint must match the specified protocol")
    for service, word in (("sqs", "SQS"), ("lambda", "Lambda")):
        pieces = endpoint.split(":")
        if protocol == service and (len(pieces) < 6 or pieces[0] != "arn" or pieces[2] != service):
            raise InvalidParameterValue(f"Invalid parameter: {word} endpoint ARN")
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.fifo_topic:  # SNS-20
        raise InvalidParameterValue(
            "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard "
            "SNS topics"
        )


def _check_attributes(
    backend: SNSBackend, topic: Topic, protocol: str, endpoint: str, attributes: Mapping[str, Any]
) -> None:
    """Refuse a ``Subscribe`` before anything has been created."""
    scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
    for name, value in attributes.items():
        _check_attribute(protocol, endpoint, name, value, scope, "Invalid parameter: Attributes Reason: ")
    if attributes.get("FilterPolicy"):
        _check_number_of_policies(backend, topic)


def _set_attribute(backend: SNSBackend, found: models.Subscription, name: str, value: Any) -> None:
    scope = found.attributes.get("FilterPolicyScope") or "MessageAttributes"
    _check_attribute(found.protocol, found.endpoint, name, value, scope, "Invalid parameter: ")
    if name == "FilterPolicy":
        if value and not found._filter_policy:
            _check_number_of_policies(backend, found.topic)
        found._filter_policy = json.loads(value) if value else None
    elif name == "RawMessageDelivery":
        value = str(value).lower() == "true"
    found.attributes[name] = value


def _check_attribute(protocol: str, endpoint: str, name: str, value: Any, scope: str, prefix: str) -> None:
    if name not in _ATTRIBUTES:
        raise InvalidParameterValue(f"{prefix}AttributeName")
    if name == "FilterPolicy" and value:
        try:
            sns_filter_policies.parse(value, scope)
        except sns_filter_policies.PolicyRefused as refused:
            raise InvalidParameterValue(f"{prefix}{refused}") from None
    elif name == "FilterPolicyScope" and value not in _SCOPES:
        raise InvalidParameterValue(
            f"{prefix}FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        )
    elif name == "RawMessageDelivery":
        if str(value).lower() not in ("true", "false"):
            raise InvalidParameterValue(f"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
        if str(value).lower() == "true" and protocol not in _RAW_PROTOCOLS:
            text = f"Invalid parameter: Delivery protocol [{protocol}] does not support raw message delivery."
            raise InvalidParameterValue(text)
    elif name == "RedrivePolicy" and value:
        _check_redrive(endpoint, value, prefix)


def _check_redrive(endpoint: str, value: str, prefix: str) -> None:
    # SNS-09
    try:
        target = json.loads(value)["deadLetterTargetArn"]
    except (ValueError, KeyError, TypeError):
        target = None
    pieces = str(target).split(":")
    if len(pieces) != 6 or pieces[2] != "sqs":
        raise InvalidParameterValue(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if endpoint.endswith(".fifo") and not str(target).endswith(".fifo"):
        raise InvalidParameterValue(
            f"{prefix}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        )


def _check_number_of_policies(backend: SNSBackend, topic: Topic) -> None:
    # SNS-05
    if sum(bool(s._filter_policy) for s in backend.subscriptions.values() if s.topic is topic) >= MOST_FILTER_POLICIES:
        raise SNSException("FilterPolicyLimitExceeded", "Filter policy limit exceeded")


def _check_same(found: models.Subscription, attributes: Mapping[str, Any]) -> None:
    # SNS-22
    for name, value in attributes.items():
        if _comparable(found.attributes.get(name)) != _comparable(value):
            raise InvalidParameterValue(
                "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
            )


def _comparable(value: Any) -> Any:
    try:
        return json.loads(str(value).lower()) if str(value).lower() in ("true", "false") else json.loads(value or '""')
    except ValueError:
        return value
