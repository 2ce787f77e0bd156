"""This file decides what happens on the connections of WebSocket APIs: who gets in, where a message goes, who has left.

From AWS's pages "Work with routes for WebSocket APIs" and "Use @connections commands": a connection stands once
$connect has let it in, ends after 10 minutes without a message or two hours in all, and whoever posts to one that does
not stand gets GoneException. Behind a route is a function; its answer reaches the client through a route response only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness.deliver.http.authorizers import DEFAULT_TTL_S, Asked, Authorizers, Barred, identity_of
from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.http_context import look_up
from harness.deliver.http.lambda_calls import Caller, LambdaCalls, NotLetIn, TookTooLong, function_arn
from harness.deliver.http.proxy_events import SOURCE_IP, Arrival
from harness.deliver.http.websocket_events import Connection, connect_event, disconnect_event, message_event
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.http_apis import HttpStage

TIMEOUT_S = 29.0
IDLE_S = 600
LONGEST_S = 7200
_SHOWN = 200
_STATUS = {"unauthorized": 401, "denied": 403, "not allowed": 403}

# Given an API's id, a stage's name and a request: what the gateway knows of it. Given the first two: the stage.
Arrive = Callable[[str, str, HttpRequest], Arrival]
FindStage = Callable[[str, str], HttpStage | None]


class _Failed(Exception):
    """A route's function gave no answer that can be used."""


class WebSockets:
    """All connections of one world, by their ids."""

    def __init__(
        self, kernel: Kernel, calls: LambdaCalls, authorizers: Authorizers, arrive: Arrive, find: FindStage, arns: str
    ) -> None:
        self._kernel = kernel
        self._calls = calls
        self._authorizers = authorizers
        self._arrive = arrive
        self._find = find
        self._arns = arns
        self._all: dict[str, Connection] = {}

    # -- what a client does -------------------------------------------------------------------------

    def connect(self, client: str, target: str, stage_name: str, request: HttpRequest) -> Connection:
        """Ask for a connection; the answer is its status."""
        arrival = replace(self._arrive(target, stage_name, request), route="$connect")
        connection = Connection(f"{arrival.extended_id.rstrip('=')[:14]}=", client, arrival)
        self._emit(connection, "asked")
        stage = self._find(target, stage_name)
        if stage is None:
            status, reason = 403, f'nothing is deployed to the stage "{stage_name}"'
        else:
            status, reason = self._let_in(connection, stage, arrival)
        connection.status, connection.open = status, status == 200
        self._emit(connection, "connected" if connection.open else "refused", status=status, reason=reason or None)
        if connection.open:
            self._all[connection.connection_id] = connection
            connection.active_ms = arrival.at_ms
            self._watch(connection)
        return connection

    def send(self, connection: Connection, body: str) -> None:
        """Send a message, and wait until the API is done with it; on a closed connection nothing happens."""
        if not connection.open:
            return
        arrival, stage = self._again(connection)
        connection.active_ms = arrival.at_ms
        route = _route_of(stage, body) if stage is not None else None
        self._emit(connection, "received", body=body[:_SHOWN], route=route["routeKey"] if route else None)
        if stage is None or route is None:
            self._own_message(connection, arrival, "Forbidden")
            return
        arrival = replace(arrival, route=route["routeKey"], variables=stage.variables)
        try:
            said = self._call(stage, route, message_event(connection, arrival, body), arrival)
        except _Failed as failed:
            self._emit(connection, "failed", route=route["routeKey"], reason=str(failed))
            self._own_message(connection, arrival, "Internal server error")
            return
        if route.get("routeResponseSelectionExpression") and route.get("routeResponses"):
            answer = said.get("body") if isinstance(said, dict) else None
            if answer is not None:
                self._deliver(connection, str(answer))

    def close(self, connection: Connection, code: int = 1000, reason: str = "Connection Closed Normally") -> None:
        """End a connection; $disconnect is told."""
        if not connection.open:
            return
        connection.open, connection.closed_with = False, code
        del self._all[connection.connection_id]
        self._emit(connection, "closed", code=code)
        arrival, stage = self._again(connection)
        route = None if stage is None else _by_key(stage).get("$disconnect")
        if stage is None or route is None:
            return
        arrival = replace(arrival, route="$disconnect", variables=stage.variables)
        try:
            self._call(stage, route, disconnect_event(connection, arrival, code, reason), arrival)
        except _Failed as failed:
            self._emit(connection, "failed", route="$disconnect", reason=str(failed))

    # -- what a handler does, through the management API ---------------------------------------------

    def post(self, connection_id: str, data: bytes) -> bool:
        """Send something to a client; False if it is not connected."""
        connection = self._all.get(connection_id)
        if connection is None:
            return False
        connection.active_ms = self._kernel.clock.now_us // 1000
        self._deliver(connection, data.decode(errors="replace"))
        return True

    def describe(self, connection_id: str) -> dict[str, Any] | None:
        """What is known of a connection; None if it does not stand."""
        connection = self._all.get(connection_id)
        if connection is None:
            return None
        agent = connection.arrival.request.header("User-Agent")
        return {
            "connectedAt": _moment(connection.arrival.at_ms),
            "identity": {"sourceIp": SOURCE_IP, "userAgent": agent},
            "lastActiveAt": _moment(connection.active_ms),
        }

    def drop(self, connection_id: str) -> bool:
        """Throw a client out; False if it is not connected."""
        connection = self._all.get(connection_id)
        if connection is None:
            return False
        kernel = self._kernel
        cause = kernel.require_current().cause
        kernel.spawn(lambda: self._ended(connection, 1000, cause), name=f"disconnect {connection.client}")
        return True

    # -- how it is done ------------------------------------------------------------------------------

    def _let_in(self, connection: Connection, stage: HttpStage, arrival: Arrival) -> tuple[int, str]:
        """The status that the client gets, and why if it is not let in."""
        route = _by_key(stage).get("$connect")
        if route is None:
            return 200, ""
        arrival = replace(arrival, variables=stage.variables)
        event = connect_event(connection, arrival)
        try:
            connection.authorizer = self._authorized(stage, route, arrival, event)
            event = connect_event(connection, arrival)
            said = self._call(stage, route, event, arrival)
        except Barred as barred:
            return _STATUS.get(barred.kind, 500), barred.reason
        except _Failed as failed:
            return 502, str(failed)
        status = said.get("statusCode") if isinstance(said, dict) else None
        if not isinstance(status, int | str) or not str(status).isdigit():
            return 502, "the function of $connect answered without a statusCode"
        return (200, "") if 200 <= int(status) < 300 else (int(status), "the function of $connect refused")

    def _authorized(
        self, stage: HttpStage, route: Mapping[str, Any], arrival: Arrival, event: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        authorizer = stage.authorizers.get(str(route.get("authorizerId")))
        if (route.get("authorizationType") or "NONE") != "CUSTOM" or authorizer is None:
            return None
        base = f"{self._arns}:{stage.api_id}"
        method_arn = f"{base}/{stage.name}/$connect"
        identity = identity_of(authorizer.get("identitySource"), arrival.request, {}, stage.variables)
        uri = str(authorizer.get("authorizerUri") or "")
        caller = Caller(
            f"{base}/authorizers/{authorizer['authorizerId']}",
            arrival.account_id,
            authorizer.get("authorizerCredentialsArn"),
        )
        ttl_s = authorizer.get("authorizerResultTtlInSeconds")
        return self._authorizers.ask(
            Asked(
                name=f"{stage.api_id}/{stage.name}/{authorizer['authorizerId']}",
                function_arn=function_arn(uri, stage.variables) or uri,
                caller=caller,
                method_arn=method_arn,
                identity=identity,
                ttl_s=DEFAULT_TTL_S if ttl_s is None else int(ttl_s),
                event=lambda: {"type": "REQUEST", "methodArn": method_arn, **event},
                needs_identity=bool(identity),
            )
        )

    def _call(self, stage: HttpStage, route: Mapping[str, Any], event: Mapping[str, Any], arrival: Arrival) -> Any:
        """What a route's function returns."""
        integration = stage.integrations.get(str(route.get("target") or "").removeprefix("integrations/"))
        arn = function_arn(str((integration or {}).get("integrationUri") or ""), stage.variables)
        if integration is None or arn is None:
            raise _Failed("the route has no integration with a function")
        source_arn = f"{self._arns}:{stage.api_id}/{stage.name}/{route['routeKey']}"
        caller = Caller(source_arn, arrival.account_id, integration.get("credentialsArn"))
        timeout_s = min(TIMEOUT_S, int(integration.get("timeoutInMillis") or TIMEOUT_S * 1000) / 1000)
        try:
            result = self._calls.call(arn, json.dumps(event, ensure_ascii=False).encode(), caller, timeout_s)
        except NotLetIn as refused:
            raise _Failed(refused.reason) from None
        except TookTooLong:
            raise _Failed(f"no answer after {timeout_s:g} s") from None
        if not result.ok:
            raise _Failed(f"the function {result.ending}")
        return result.value()

    def _own_message(self, connection: Connection, arrival: Arrival, message: str) -> None:
        said = {"message": message, "connectionId": connection.connection_id, "requestId": arrival.request_id}
        self._deliver(connection, json.dumps(said, separators=(",", ":")))

    def _deliver(self, connection: Connection, text: str) -> None:
        if connection.open:
            connection.received.append((self._kernel.clock.now_us, text))
            self._kernel.emit("socket", "sent", connection.arrival.api_id, client=connection.client, body=text[:_SHOWN])

    def _again(self, connection: Connection) -> tuple[Arrival, HttpStage | None]:
        first = connection.arrival
        return self._arrive(first.api_id, first.stage, first.request), self._find(first.api_id, first.stage)

    def _watch(self, connection: Connection) -> None:
        began_us, active_us = connection.arrival.at_ms * 1000, connection.active_ms * 1000
        due_us = min(active_us + IDLE_S * US_PER_S, began_us + LONGEST_S * US_PER_S)
        self._kernel.call_at(due_us, lambda: self._lapse(connection, due_us), background=True)

    def _lapse(self, connection: Connection, due_us: int) -> None:
        if not connection.open:
            return
        idle_us = (connection.active_ms + IDLE_S * 1000) * 1000
        if min(idle_us, (connection.arrival.at_ms + LONGEST_S * 1000) * 1000) > due_us:
            self._watch(connection)
            return
        self._kernel.spawn(lambda: self._ended(connection, 1001, None), name=f"disconnect {connection.client}")

    def _ended(self, connection: Connection, code: int, cause: int | None) -> None:
        self._kernel.require_current().cause = cause
        self.close(connection, code, "Going away" if code == 1001 else "Connection Closed Normally")

    def _emit(self, connection: Connection, what: str, **detail: Any) -> None:
        task = self._kernel.require_current()
        api_id = connection.arrival.api_id
        task.cause = self._kernel.emit("socket", what, api_id, client=connection.client, **detail)


def _by_key(stage: HttpStage) -> dict[str, Mapping[str, Any]]:
    return {str(route["routeKey"]): route for route in stage.routes}


def _route_of(stage: HttpStage, body: str) -> Mapping[str, Any] | None:
    """The route of a message: what the API's selection expression finds in it, else $default."""
    routes = _by_key(stage)
    try:
        document = {"request": {"body": json.loads(body)}}
    except ValueError:
        return routes.get("$default")

    def found(name: re.Match[str]) -> str:
        value = look_up(document, name[1] or name[2])
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    key = re.sub(r"\$(?:\{([\w.\-]+)\}|([\w.\-]+))", found, stage.selection)
    return (None if key.startswith("$") else routes.get(key)) or routes.get("$default")


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
