"""This file decides to whom a request goes: a REST API, an HTTP API or a function's URL, by the id in the host name.

It puts the parts of this folder together, gives each request its ids and the headers that the gateway adds, and writes
request and answer into the trace. Requests enter here, in process; there is no socket.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial
from typing import Any

from harness.deliver.async_events import Invokes
from harness.deliver.http.access_log import AccessLogs
from harness.deliver.http.authorizers import Authorizers
from harness.deliver.http.exchange import HttpRequest, HttpResponse, with_defaults
from harness.deliver.http.function_url import FunctionUrls
from harness.deliver.http.http_api import HttpApis
from harness.deliver.http.http_backends import HttpBackends
from harness.deliver.http.http_integrations import HttpIntegrations, own_answer
from harness.deliver.http.integrations import Integrations
from harness.deliver.http.lambda_calls import LambdaCalls
from harness.deliver.http.outbound import Outbound
from harness.deliver.http.proxy_events import SOURCE_IP, Arrival, clock_text
from harness.deliver.http.rest_api import RestApis
from harness.deliver.http.service_calls import ServiceCalls
from harness.deliver.http.tokens import SignedIn, with_token
from harness.deliver.http.usage import Usage
from harness.deliver.http.websockets import WebSockets
from harness.kernel.clock import US_PER_S
from harness.vendor import api_connections, custom_domains, function_urls, http_apis, rest_apis
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.functions import Functions

_SHOWN = 200


class HttpEntrance:
    """Takes requests for everything in one world that answers HTTP."""

    def __init__(self, cloud: Cloud, invoker: Invokes, functions: Functions) -> None:
        kernel = self._kernel = cloud.kernel
        calls = LambdaCalls(kernel, invoker, functions)
        authorizers = Authorizers(kernel, calls)
        services = ServiceCalls(cloud.client)
        outside = Outbound(
            kernel, lambda: cloud.on_request, self._own, partial(custom_domains.is_domain, ACCOUNT_ID, REGION)
        )
        usage, logs = Usage(kernel.clock), AccessLogs(kernel, cloud.client)
        self._rest = RestApis(
            calls,
            authorizers,
            Integrations(calls, services, HttpBackends(outside)),
            usage,
            partial(rest_apis.find_key, ACCOUNT_ID, REGION),
            logs,
            REGION,
            ACCOUNT_ID,
        )
        self._http = HttpApis(
            HttpIntegrations(kernel, calls, services, outside), authorizers, usage, logs, REGION, ACCOUNT_ID
        )
        self._urls = FunctionUrls(calls)
        self.sockets = WebSockets(
            kernel,
            calls,
            authorizers,
            lambda target, stage, request: self._arrival(target, stage, request, _domain(target)),
            partial(http_apis.find_stage, ACCOUNT_ID, REGION),
            f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}",
        )
        rest_apis.apply(cloud.patches)
        http_apis.apply(cloud.patches)
        function_urls.apply(cloud.patches)
        api_connections.apply(
            cloud.patches, on_post=self.sockets.post, on_get=self.sockets.describe, on_delete=self.sockets.drop
        )

    def request(self, target: str, stage: str, request: HttpRequest) -> HttpResponse:
        """The answer to a request, when it comes.

        ``target`` is an API's id, a custom domain or the first part of a function URL's host name, ``stage`` the API's
        stage ("" for the other two).
        """
        kernel = self._kernel
        task = kernel.require_current()
        task.cause = kernel.emit(
            "http", "received", target, method=request.method, path=request.path, stage=stage or None
        )
        began_us = kernel.clock.now_us
        answer = self._answered(target, stage, request)
        took_ms = (kernel.clock.now_us - began_us) // 1000
        detail: dict[str, Any] = {
            "status": answer.status,
            "body": answer.text[:_SHOWN],
            "stage": stage or None,
            "took_ms": took_ms,
        }
        if answer.reason:
            detail["reason"] = answer.reason
        task.cause = kernel.emit("http", "answered", target, method=request.method, path=request.path, **detail)
        return answer

    def _own(self, target: str, request: HttpRequest) -> HttpResponse:
        """The answer to a request that came over an address: a custom domain's, an API's with the stage in its path."""
        if function_urls.find(ACCOUNT_ID, REGION, target) is not None or "." in target:
            return self.request(target, "", request)
        first, _, rest = request.path.lstrip("/").partition("/")
        named = rest_apis.stages(ACCOUNT_ID, REGION, target) + http_apis.stages(ACCOUNT_ID, REGION, target)
        if first in named or "$default" not in named:
            return self.request(target, first, replace(request, path=f"/{rest}"))
        return self.request(target, "$default", request)

    def sign_in(self, target: str, stage: str, request: HttpRequest, who: SignedIn) -> HttpRequest | None:
        """The request with a token of ``who`` that its authorizer takes; None if none there takes tokens."""
        now_s = self._kernel.clock.now_us // US_PER_S
        mapped = custom_domains.find(ACCOUNT_ID, REGION, target, request.path)
        if mapped is not None:
            inside = replace(request, path=request.path.removeprefix(f"/{mapped.key}") or "/")
            signed = self.sign_in(mapped.api_id, mapped.stage, inside, who)
            return None if signed is None else replace(signed, path=request.path)
        rest = rest_apis.find_stage(ACCOUNT_ID, REGION, target, stage)
        http = http_apis.find_stage(ACCOUNT_ID, REGION, target, stage)
        rule = self._rest.token_rule(rest, request) if rest else None
        if http is not None:
            rule = self._http.token_rule(http, request)
        return None if rule is None else with_token(rule, request, who, now_s)

    def _answered(self, target: str, stage: str, request: HttpRequest) -> HttpResponse:
        if custom_domains.is_domain(ACCOUNT_ID, REGION, target):
            found = custom_domains.find(ACCOUNT_ID, REGION, target, request.path)
            if found is None:
                return own_answer(403, "Forbidden", f"nothing is mapped to {request.path} of {target}")
            base = f"/{found.key}" if found.key else ""
            inside = replace(request, path=request.path.removeprefix(base) or "/")
            return self._at_stage(found.api_id, found.stage, inside, target, base)
        return self._at_stage(target, stage, request, _domain(target), None)

    def _at_stage(
        self, target: str, stage: str, request: HttpRequest, domain: str, base_path: str | None
    ) -> HttpResponse:
        rest = rest_apis.find_stage(ACCOUNT_ID, REGION, target, stage)
        if rest is not None:
            arrival = self._arrival(target, stage, request, domain)
            arrival = replace(arrival, variables=rest.variables, deployment_id=rest.deployment_id, base_path=base_path)
            return self._rest.answer(rest, arrival)
        http = http_apis.find_stage(ACCOUNT_ID, REGION, target, stage)
        if http is not None and http.protocol == "WEBSOCKET":
            return own_answer(426, "Upgrade Required", "a WebSocket API takes connections, not requests")
        if http is not None:
            arrival = self._arrival(target, stage, request, domain)
            return self._http.answer(http, replace(arrival, variables=http.variables, base_path=base_path))
        url = function_urls.find(ACCOUNT_ID, REGION, target)
        if url is not None:
            return self._urls.answer(
                url, self._arrival(target, "$default", request, f"{target}.lambda-url.{REGION}.on.aws")
            )
        # APIG-07: what a REST API's address says of a stage that is not there.
        forbidden = own_answer(403, "Forbidden", f'nothing is deployed to the stage "{stage}"')
        return forbidden if stage != "$default" else own_answer(404, "Not Found", forbidden.reason)

    def _arrival(self, target: str, stage: str, request: HttpRequest, domain: str) -> Arrival:
        kernel = self._kernel
        drawn = kernel.decisions.hex("id of an HTTP request", 64)
        now_us = kernel.clock.now_us
        added = {
            "Host": domain,
            "User-Agent": "pipeline-harness",
            "X-Amzn-Trace-Id": f"Root=1-{now_us // 1_000_000:08x}-{drawn[:24]}",
            "X-Forwarded-For": SOURCE_IP,
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        }
        return Arrival(
            request=replace(request, headers=with_defaults(request.headers, added)),
            api_id=target,
            stage=stage,
            route="",
            domain=domain,
            account_id=ACCOUNT_ID,
            request_id=kernel.decisions.uuid("request id of an API"),
            extended_id=base64.urlsafe_b64encode(bytes.fromhex(drawn[24:46])).decode(),
            at_ms=now_us // 1000,
            time=clock_text(kernel.clock),
        )


def _domain(api_id: str) -> str:
    return f"{api_id}.execute-api.{REGION}.amazonaws.com"
