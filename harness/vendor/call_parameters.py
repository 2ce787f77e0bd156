"""This file decides that the parameters of an AWS call are known while it is on its way.

Upstream: botocore 1.40 has a call's parameters in ``BaseClient._make_api_call`` and no longer where the request is
sent, where there are only a body and an address. Why that can't stay: a stub answers by parameters, and a check asks
for them. What we do: they are kept, by task, for the length of the call. Since: always. Not needed any more when:
botocore gives them to the handlers of ``before-send``.
"""

from __future__ import annotations

from typing import Any

from botocore.client import BaseClient

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task
from harness.vendor.patches import Patches


class CallParameters:
    """The parameters of the calls that are on their way."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._of_task: dict[Task, list[dict[str, Any]]] = {}

    def current(self) -> dict[str, Any]:
        """Those of the current task's innermost call, as the caller gave them."""
        task = self._kernel.current
        under_way = self._of_task.get(task) if task is not None else None
        return under_way[-1] if under_way else {}

    def apply(self, patches: Patches) -> None:
        """Begin to keep them."""
        original = BaseClient._make_api_call

        def make_api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            task = self._kernel.current
            if task is None:
                return original(client, operation_name, api_params)
            under_way = self._of_task.setdefault(task, [])
            # botocore makes a stream of a body in what it is given.
            under_way.append(dict(api_params))
            try:
                return original(client, operation_name, api_params)
            finally:
                under_way.pop()
                if not under_way:
                    del self._of_task[task]

        patches.put(BaseClient, "_make_api_call", make_api_call)
