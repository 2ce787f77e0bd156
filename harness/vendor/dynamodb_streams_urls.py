"""This file decides that calls to a table's stream reach moto wherever botocore sends them.

Upstream: botocore (since 1.38) sends a call that names a stream to ``<account>.streams-ddb.<region>.amazonaws.com``;
moto 5.2.5 knows ``streams.dynamodb.<region>`` only, and answers "Not yet implemented". Why that can't stay: nobody
could read a stream, neither a handler nor a scenario. What we do: add the address. Not needed any more when: moto's
``dynamodbstreams/urls.py`` has it, as its ``dynamodb/urls.py`` has the like of it.
"""

from __future__ import annotations

import re

from moto import backend_index
from moto.dynamodbstreams import urls

from harness.vendor.patches import Patches

_ADDRESS = r"https?://(.+)\.streams-ddb\.(.+)\.amazonaws\.com"


def apply(patches: Patches) -> None:
    """Have moto answer at the address too."""
    known = [*backend_index.backend_url_patterns, ("dynamodbstreams", re.compile(_ADDRESS))]
    patches.put(backend_index, "backend_url_patterns", known)
    patches.put(urls, "url_bases", [*urls.url_bases, _ADDRESS])
