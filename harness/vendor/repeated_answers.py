"""This file decides that pure functions which are asked the same thing over and over work it out once.

Upstream (botocore 1.40 to 1.44): each response's timestamps go through dateutil's parser, which takes apart any date a
human may write; each request's user agent is put together anew, character by character. Why that can't stay: virtual
time stands still while code runs, so these are the same few texts thousands of times, and a twentieth of a burst.
What we do: remember the answers. Only for complete timestamps: in others the parser puts today's date.
Not needed any more when: botocore parses the timestamps that AWS sends with ``datetime.fromisoformat``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import botocore.useragent
import botocore.utils

from harness.vendor.patches import Patches

_REMEMBERED = 4096
# ISO 8601 and RFC 822, with a time zone.
_COMPLETE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII
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
