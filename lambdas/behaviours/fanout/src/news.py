"""One function that a topic calls, and one that publishes to it what its event says."""

from __future__ import annotations

import os
from typing import Any

import boto3

sns = boto3.client("sns")


def alert(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        about = record["Sns"]
        print(f"alert {about['Message']!r} from {record['EventSource']}, subject {about['Subject']!r}")
        if about["Message"] == "bad":
            raise ValueError("this alert cannot be handled")


def publish(event: dict[str, Any], context: Any) -> None:
    sns.publish(TopicArn=os.environ["TOPIC_ARN"], **event)
    print("published")
