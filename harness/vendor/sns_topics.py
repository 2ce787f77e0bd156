"""This file decides which topics can be created. SNS-21

Upstream: moto 5.2.5 answers a second ``CreateTopic`` with the topic that is there, whatever its attributes, and has a
text of its own for bad names. Why that can't stay: two templates that disagree about a topic would both seem to get
their way. What we do: check in front of moto. Names of FIFO topics are moto's to check.
Since: moto 2.x. Not needed any more when: moto refuses a second topic with other attributes.
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend, Topic

from harness.vendor.patches import Patches

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


def apply(patches: Patches) -> None:
    """Check topics as AWS does."""

    def create_topic(
        self: SNSBackend, name: str, attributes: dict[str, Any] | None = None, tags: dict[str, str] | None = None
    ) -> Topic:
        fifo = (attributes or {}).get("FifoTopic")
        if not fifo and not _NAME.fullmatch(name):
            raise InvalidParameterValue("Invalid parameter: Topic Name")
        known = next((t for t in self.topics.values() if t.name == name), None)
        if known is not None:
            _check_same(known, attributes or {}, tags or {})
            return known
        created: Topic = original(self, name, attributes, tags)
        return created

    original = patches.put(SNSBackend, "create_topic", create_topic)


def _check_same(topic: Topic, attributes: dict[str, Any], tags: dict[str, str]) -> None:
    for name, value in attributes.items():
        if _comparable(name, getattr(topic, camelcase_to_underscores(name), "")) != _comparable(name, value):
            raise InvalidParameterValue(
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            )
    if any(topic._tags.get(key) != value for key, value in tags.items()):
        raise InvalidParameterValue("Invalid parameter: Tags Reason: Topic already exists with different tags")


def _comparable(name: str, value: Any) -> Any:
    if name == "Policy":
        return json.loads(value)
    # moto keeps some flags as text and some as booleans.
    return str(value).lower() if str(value).lower() in ("true", "false") else str(value)
