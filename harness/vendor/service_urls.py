"""This file decides that a service's table of addresses is made once a world, not once a request.

Upstream: moto 5.2.5 builds ``backend.urls`` anew for each request (``BotocoreStubber.process_request``), and for S3
imports the module that lists them anew each time, since settings in the environment may have changed. Why that can't
stay: it is a fourth of what a call to S3 costs. What we do: the first request to a service in a world makes its table
as upstream does, and the others read it. Since: moto 4.2 (the reload). Not needed any more when: moto keeps the table
(``process_request`` has a "TODO: cache this part").
"""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BaseBackend

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Have each service's backends share the table that the first of them made."""
    upstream = vars(BaseBackend)["urls"].fget
    tables: dict[type[BaseBackend], Any] = {}

    def urls(self: BaseBackend) -> Any:
        table = tables.get(type(self))
        if table is None:
            table = tables[type(self)] = upstream(self)
        return table

    patches.put(BaseBackend, "urls", property(urls))
