"""This file decides which resource a name in the trace means. It knows nothing of metrics.

CloudWatch's dimensions have the resources' own names, the trace has the author's.
"""

from __future__ import annotations

from harness.kernel.trace import Trace
from harness.vendor import http_apis, rest_apis


class ResourceNames:
    """Finds resources behind the trace's names. A name that the author did not give is the resource's own."""

    def __init__(self, trace: Trace, account_id: str, region: str) -> None:
        self._trace = trace
        self._account_id = account_id
        self._region = region
        self._known = 0
        self._arns: dict[tuple[str, str], str] = {}
        self._ids: dict[str, list[str]] = {}

    def find_arn(self, who: str, service: str) -> str:
        """The ARN of a resource of this service ("sqs")."""
        if who.startswith("arn:"):
            return who
        self._learn()
        own = self._arns.get((who, service))
        return own or f"arn:aws:{service}:{self._region}:{self._account_id}:{who}"

    def find(self, who: str, service: str) -> str:
        """Its name: the seventh part of a function's ARN, the last of any other."""
        arn = self.find_arn(who, service)
        return arn.split(":")[6] if service == "lambda" and arn.count(":") > 5 else arn.rpartition(":")[2]

    def is_rule(self, who: str) -> bool:
        """Whether this is a rule of EventBridge, and not a schedule."""
        return ":rule/" in self.find_arn(who, "events")

    def api(self, who: str) -> tuple[tuple[tuple[str, str], ...], bool] | None:
        """The dimensions of an API, and whether it is a REST API; None if it is no API (a function URL)."""
        self._learn()
        for api_id in [*self._ids.get(who, ()), who]:
            name = rest_apis.name_of(self._account_id, self._region, api_id)
            if name is not None:
                return (("ApiName", name),), True
            if http_apis.stages(self._account_id, self._region, api_id):
                return (("ApiId", api_id),), False
        return None

    def _learn(self) -> None:
        names = self._trace.names
        if self._known == len(names):
            return
        self._known = len(names)
        for key, name in names.items():
            if key.startswith("arn:"):
                # A function's versions follow the function itself.
                self._arns.setdefault((name, key.split(":")[2]), key)
            else:
                self._ids.setdefault(name, []).append(key)
