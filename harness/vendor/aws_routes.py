"""This file decides how long moto looks for the service that a request is for.

Upstream: moto 5.2.5 (``BotocoreStubber.process_request``) tries the addresses of 183 services, one pattern after the
other, on each request, and looks the service's module up in the import system. Why that can't stay: a tenth of a
burst's time goes there. What we do: hand moto's own search only those patterns, in their order, that fit the request's
host, remembered by host; remember the modules. All patterns end in a piece of a host's name, so one that does not fit
the host cannot fit the rest of the address, unless that holds such a name too: then moto searches as it always does.
Since: moto 4.1. Not needed any more when: moto remembers.
"""

from __future__ import annotations

import functools
import re
from typing import Any
from urllib.parse import urlsplit

from moto import backend_index, backends
from moto.core.botocore_stubber import BotocoreStubber

from harness.vendor.patches import Patches

Pattern = tuple[str, "re.Pattern[str]"]

# Every pattern holds one of these, and nothing after it.
ENDINGS = ("amazonaws", "api.aws", "169.254.169.254")


def apply(patches: Patches) -> None:
    """Shorten the search."""
    every: list[Pattern] = backend_index.backend_url_patterns

    @functools.cache
    def of_host(scheme: str, host: str) -> list[Pattern]:
        return [(service, pattern) for service, pattern in every if pattern.match(f"{scheme}://{host}/")]

    def process_request(self: BotocoreStubber, request: Any) -> Any:
        address = urlsplit(request.url)
        told_by_host = host_only(address.path) and address.netloc.endswith((".amazonaws.com", ".api.aws"))
        # moto begins its search at once, so nobody comes between this and the search.
        backend_index.backend_url_patterns = of_host(address.scheme, address.netloc) if told_by_host else every
        try:
            return original(self, request)
        finally:
            backend_index.backend_url_patterns = every

    # Not changed here, but put back on leaving.
    patches.put(backend_index, "backend_url_patterns", every)
    original = patches.put(BotocoreStubber, "process_request", process_request)
    patches.put(backends, "_import_backend", functools.cache(backends._import_backend))


def host_only(path: str) -> bool:
    """Whether no pattern can find in ``path`` what it looks for in a host's name."""
    return not any(ending in path for ending in ENDINGS)
