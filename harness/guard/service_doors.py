"""This file decides whether a service such as S3 or SNS may deliver to a target: the target's own policy is asked.

It does not judge documents (``resource_policies.py``) nor say what becomes of a refusal. Lambda is not asked about
here: what it sends to queues and topics it sends as the function's role (LAM-14).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from harness.guard.resource_policies import ServiceRequest, judge
from harness.guard.statements import Verdict
from harness.vendor import resource_policies

_ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "logs": "logs:PutLogEvents",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """A service that delivers on behalf of a bucket, a topic or a rule. Some have an ``other_name`` in policies."""

    service: str
    source_arn: str
    source_account: str
    other_name: str = ""


@lru_cache(maxsize=1024)
def bucket_sender(bucket: str, account_id: str) -> Sender:
    """S3, for one of its buckets; a bucket's ARN does not say whose it is. S3E-10"""
    return Sender("s3.amazonaws.com", f"arn:aws:s3:::{bucket}", account_id)


def topic_sender(topic_arn: str) -> Sender:
    """SNS, for one of its topics. SNS-11"""
    return Sender("sns.amazonaws.com", topic_arn, topic_arn.split(":")[4])


def rule_sender(rule_arn: str) -> Sender:
    """EventBridge, for one of its rules. EVB-05"""
    return Sender("events.amazonaws.com", rule_arn, rule_arn.split(":")[4])


def alarm_sender(alarm_arn: str, *, to_function: bool = False) -> Sender:
    """CloudWatch, for one of its alarms; functions know it by another name. CW-14, CW-15"""
    service = "lambda.alarms.cloudwatch.amazonaws.com" if to_function else "cloudwatch.amazonaws.com"
    return Sender(service, alarm_arn, alarm_arn.split(":")[4])


def logs_sender(group_arn: str) -> Sender:
    """CloudWatch Logs, for one of its groups; many a policy still names it as it was called, by region. CW-19"""
    _, _, _, region, account_id, *_ = group_arn.split(":")
    return Sender("logs.amazonaws.com", f"{group_arn}:*", account_id, f"logs.{region}.amazonaws.com")


def pool_sender(pool_arn: str) -> Sender:
    """Cognito, for one of its user pools."""
    return Sender("cognito-idp.amazonaws.com", pool_arn, pool_arn.split(":")[4])


def may_deliver(sender: Sender, target_arn: str) -> Verdict:
    """Whether the target's policy, as it stands now, lets the sender in.

    Raises:
        ScenarioError: the policy uses something of IAM's language that is not understood here.
    """
    action = _ACTIONS[target_arn.split(":")[2]]
    # What is written into is one of the group's streams.
    resource = f"{target_arn.removesuffix(':*')}:log-stream:*" if action.startswith("logs:") else target_arn
    request = ServiceRequest(
        sender.service, action, resource, sender.source_arn, sender.source_account, sender.other_name
    )
    return judge(resource_policies.find(target_arn), request)
