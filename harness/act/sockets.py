"""This file decides how the steps ``connect``, ``say`` and ``disconnect`` are done, and on which connection.

What happens then is ``harness/deliver/http/websockets.py``.
"""

from __future__ import annotations

from harness.act.content import as_json, preview
from harness.act.requests import stage_of
from harness.act.stage import HTTP_API, Stage
from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.websocket_events import Connection
from harness.errors import Location, ScenarioError, did_you_mean
from harness.scenario.model import Connect, Disconnect, Say


def connect(stage: Stage, step: Connect) -> None:
    """Connect a client; whether it was let in is kept with its connection.

    Raises:
        ScenarioError: there is no such API, or a client of that name is connected.
    """
    api = stage.resource(step, step.api, HTTP_API)
    if api.properties.get("ProtocolType") != "WEBSOCKET":
        raise ScenarioError(
            f'"{step.api}" is an HTTP API, which answers requests.', where=step.where, hint="Use the step request."
        )
    there = stage.connections.get(step.name)
    if there is not None and there.open:
        raise ScenarioError(f'The client "{step.name}" is connected already.', where=step.where)
    try:
        api_stage = step.stage or stage_of(stage.stack, api)
    except ScenarioError as error:
        raise ScenarioError(error.problem, where=step.where, hint=error.hint) from None
    request = HttpRequest("GET", "/", tuple(step.query.items()), tuple(step.headers.items()))
    stage.begin("connected", step.api, client=step.name)
    stage.connections[step.name] = stage.sockets.connect(step.name, api.physical_id, api_stage, request)


def say(stage: Stage, step: Say) -> None:
    """Send a message.

    Raises:
        ScenarioError: no such client has connected, or it is connected no more.
    """
    connection = named(stage, step.client, step.where)
    if not connection.open:
        why = "has left or was thrown out" if connection.status == 200 else f"was not let in ({connection.status})"
        raise ScenarioError(f'The client "{step.client}" {why}, so it cannot say anything.', where=step.where)
    text = step.text if step.text is not None else as_json(step.json_)
    stage.begin("said", step.client, body=preview(text))
    stage.sockets.send(connection, text)


def disconnect(stage: Stage, step: Disconnect) -> None:
    """Have a client leave; one that has left already stays away.

    Raises:
        ScenarioError: no such client has connected.
    """
    connection = named(stage, step.client, step.where)
    stage.begin("disconnected", step.client)
    stage.sockets.close(connection)


def named(stage: Stage, client: str, where: Location) -> Connection:
    """The connection of a client.

    Raises:
        ScenarioError: no step connected it.
    """
    found = stage.connections.get(client)
    if found is None:
        raise ScenarioError(
            f'No step has connected a client "{client}".',
            where=where,
            hint=did_you_mean(client, stage.connections) or "Write the step connect first.",
        )
    return found
