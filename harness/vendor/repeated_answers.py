"""This file decides that pure functions which are asked the same thing over and over work it out once.

Upstream (botocore 1.40 to 1.44): each response's timestamps go through dateutil's parser, which takes apart any date a
human may write; each request's user agent is put together anew, twice, character by character. Why that can't stay:
virtual time stands still while code runs, so these are the same few texts thousands of times, and a tenth of a burst.
What we do: remember the answers, as long as what goes into them is the same. Only for complete timestamps: in others
the parser puts today's date. Not needed any more when: botocore parses the timestamps that AWS sends with
``datetime.fromisoformat``, and keeps a client's user agent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import botocore.useragent
import botocore.utils
from botocore.context import get_context

from harness.vendor.patches import Patches

_REMEMBERED = 4096
# ISO 8601 and RFC 822, with a time zone.
_COMPLETE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII
)

# What of a client's configuration its user agent tells.
_OF_CONFIG = (
    "_supplied_user_agent",
    "endpoint_discovery_enabled",
    "retries",
    "user_agent",
    "user_agent_appid",
    "user_agent_extra",
)


def apply(patches: Patches) -> None:
    """Remember what botocore works out, for the length of a world."""
    utils: Any = botocore.utils
    parse = utils._parse_timestamp_with_tzinfo
    parse_once = lru_cache(_REMEMBERED)(parse)

    def parse_timestamp(value: Any, tzinfo: Any) -> Any:
        if isinstance(value, str) and _COMPLETE.fullmatch(value):
            return parse_once(value, tzinfo)
        return parse(value, tzinfo)

    patches.put(utils, "_parse_timestamp_with_tzinfo", parse_timestamp)
    sanitize = botocore.useragent.sanitize_user_agent_string_component
    patches.put(botocore.useragent, "sanitize_user_agent_string_component", lru_cache(_REMEMBERED)(sanitize))
    texts: dict[tuple[Any, ...], str] = {}

    def to_string(self: Any) -> str:
        parts = _parts(self)
        text = texts.get(parts)
        if text is None:
            if len(texts) >= _REMEMBERED:
                texts.clear()
            text = texts[parts] = build(self)
        return text

    build = patches.put(botocore.useragent.UserAgentString, "to_string", to_string)


def _parts(agent: Any) -> tuple[Any, ...]:
    """Whatever a user agent's text is made of."""
    config, context = agent._client_config, get_context()
    return (
        *(part for name, part in vars(agent).items() if name not in ("_client_config", "_client_features")),
        frozenset(agent._client_features or ()),
        frozenset(context.features if context is not None else ()),
        *(_frozen(vars(config).get(name)) for name in _OF_CONFIG if config is not None),
    )


def _frozen(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, dict) else value
