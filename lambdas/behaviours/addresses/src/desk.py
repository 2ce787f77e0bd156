"""Hears what a topic says, over HTTP."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    kind = event["headers"]["x-amz-sns-message-type"]
    said = json.loads(event["body"])
    if kind == "SubscriptionConfirmation":
        with urllib.request.urlopen(said["SubscribeURL"], timeout=5) as answer:
            print(f"{kind}: {answer.status}")
    elif "bad" in said["Message"]:
        raise ValueError("no bad news")
    else:
        print(f"{kind} of {said['Subject']}: {said['Message']}")
    return {"statusCode": 200}
