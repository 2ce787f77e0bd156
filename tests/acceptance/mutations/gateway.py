"""Ways to break what API Gateway does by itself: services, addresses, tokens, stages."""

from __future__ import annotations

from typing import Any

import pytest

from harness.deliver.http import http_api, http_integrations, resource_policy, tokens
from harness.deliver.http.access_log import AccessLogs
from harness.deliver.http.exchange import HttpResponse
from harness.deliver.http.outbound import Outbound
from harness.vendor import custom_domains

Patch = pytest.MonkeyPatch


def whatever_is_missing_is_left_out(patch: Patch) -> None:
    patch.setattr(http_integrations, "evaluate", lambda expression, select: str(select(expression[1:]) or "nothing"))


def requests_are_passed_on_unchanged(patch: Patch) -> None:
    patch.setattr(http_integrations, "mapped_request", lambda mapping, arrival: arrival.request)


def addresses_are_waited_for_longer(patch: Patch) -> None:
    original = Outbound.send
    patch.setattr(Outbound, "send", lambda self, who, url, request, timeout_s: original(self, who, url, request, 60.0))


def tokens_never_expire(patch: Patch) -> None:
    patch.setattr(tokens, "_check_times", lambda claims, now_s: None)


def scopes_are_not_looked_at(patch: Patch) -> None:
    patch.setattr(tokens, "_check_scopes", lambda rule, claims: None)


def stages_let_everything_through(patch: Patch) -> None:
    patch.setattr(http_api, "throttle_of", lambda settings: None)


def apis_have_no_policy(patch: Patch) -> None:
    patch.setattr(resource_policy, "check", lambda policy, authorization, arrival, base: None)


def domains_have_no_paths(patch: Patch) -> None:
    patch.setattr(custom_domains, "find", lambda *_: None)


def access_logs_tell_of_what_was_let_in_only(patch: Patch) -> None:
    original = AccessLogs.write

    def write(self: AccessLogs, settings: Any, stage: str, context: Any, answer: HttpResponse) -> None:
        if answer.status < 400:
            original(self, settings, stage, context, answer)

    patch.setattr(AccessLogs, "write", write)
