"""This file decides which event a function gets for what happens on a WebSocket connection.

From AWS's page "Set up Lambda proxy integrations for WebSocket APIs": connecting has headers and query, a message has a
body, and leaving says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.deliver.http.exchange import all_values, last_values
from harness.deliver.http.proxy_events import SOURCE_IP, Arrival


@dataclass
class Connection:
    """One client's connection. ``client`` is the scenario's name for it, ``received`` what it was sent, with when.

    ``status`` is what the client was answered when it asked to connect; it is ``open`` from then on, if it is a 200.
    """

    connection_id: str
    client: str
    arrival: Arrival
    status: int = 0
    open: bool = False
    active_ms: int = 0
    received: list[tuple[int, str]] = field(default_factory=list)
    authorizer: Mapping[str, Any] | None = None
    closed_with: int | None = None


def connect_event(connection: Connection, arrival: Arrival) -> dict[str, Any]:
    """What the function of $connect gets, and an authorizer besides."""
    request = arrival.request
    event: dict[str, Any] = {
        "headers": last_values(request.headers),
        "multiValueHeaders": all_values(request.headers),
        "requestContext": context(connection, arrival, "CONNECT"),
        "isBase64Encoded": False,
    }
    if request.query:
        event["queryStringParameters"] = last_values(request.query)
        event["multiValueQueryStringParameters"] = all_values(request.query)
    return _with_variables(event, arrival)


def message_event(connection: Connection, arrival: Arrival, body: str) -> dict[str, Any]:
    """What the function of a message's route gets."""
    about = context(connection, arrival, "MESSAGE") | {"messageId": arrival.extended_id}
    return _with_variables({"requestContext": about, "body": body, "isBase64Encoded": False}, arrival)


def disconnect_event(connection: Connection, arrival: Arrival, code: int, reason: str) -> dict[str, Any]:
    """What the function of $disconnect gets."""
    headers = {"Host": arrival.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    about = context(connection, arrival, "DISCONNECT")
    about |= {"disconnectStatusCode": code, "disconnectReason": reason}
    event: dict[str, Any] = {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": about,
        "isBase64Encoded": False,
    }
    return _with_variables(event, arrival)


def context(connection: Connection, arrival: Arrival, kind: str) -> dict[str, Any]:
    """The ``requestContext`` of all three."""
    found: dict[str, Any] = {
        "routeKey": arrival.route,
        "eventType": kind,
        "extendedRequestId": arrival.extended_id,
        "requestTime": arrival.time,
        "messageDirection": "IN",
        "stage": arrival.stage,
        "connectedAt": connection.arrival.at_ms,
        "requestTimeEpoch": arrival.at_ms,
        "identity": {"sourceIp": SOURCE_IP, "userAgent": connection.arrival.request.header("User-Agent")},
        "requestId": arrival.request_id,
        "domainName": arrival.domain,
        "connectionId": connection.connection_id,
        "apiId": arrival.api_id,
    }
    if connection.authorizer is not None:
        found["authorizer"] = dict(connection.authorizer)
    return found


def _with_variables(event: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    return {**event, "stageVariables": dict(arrival.variables)} if arrival.variables else event
