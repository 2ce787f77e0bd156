"""This file decides that a queue's URL leads to where the clients of ``harness up`` find it.

Upstream: moto 5.2.5 writes the address that a queue was asked for at. Why that can't stay: what asks inside of this
process (the deployment, a handler) does so at AWS's own address, and hands on the URL to clients that send there what
is meant for the queue: some SDKs do (JavaScript's), and none of it may leave the machine. What we do: write our address
in the place of AWS's. Since: always. Not needed any more when: moto takes the address as a setting.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from moto.sqs.models import Queue

from harness.vendor.patches import Patches


def apply(patches: Patches, public_url: str) -> None:
    """Have the URLs of queues begin with ``public_url`` where they would with AWS's."""
    ours = urlsplit(public_url)

    def url(self: Queue, request_url: Any) -> str:
        if str(request_url.netloc).endswith(".amazonaws.com"):
            request_url = ours
        return str(original(self, request_url))

    original = patches.put(Queue, "url", url)
