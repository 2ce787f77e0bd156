"""This file decides whether a client's connection to a WebSocket API is as it must be, and what it was sent."""

from __future__ import annotations

from harness.act.sockets import named
from harness.act.stage import Stage
from harness.deliver.http.websocket_events import Connection
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems
from harness.scenario.model import ConnectionCheck, CountMatcher

_AT_LEAST_ONE = CountMatcher.model_validate({"at_least": 1})


def look_at_connection(stage: Stage, check: ConnectionCheck) -> Looked:
    """Whether the client was let in and is there, and how many of its messages fit."""
    connection = named(stage, check.client, check.where)
    problems = []
    if check.status is not None and (problem := check.status.check(connection.status)):
        problems.append(f"the status: {problem}")
    if check.open is not None and check.open != connection.open:
        problems.append(f"it is {_state(connection)}")
    wanted = _wanted(check)
    if wanted is not None:
        why_not = [_why_not(check, text) for _, text in connection.received]
        fitting = sum(not one for one in why_not)
        if wanted.check(fitting) is not None:
            problems.append(_seen(connection, fitting, why_not))
    return Looked(_sentence(check, wanted), problems, (check.client,))


def _wanted(check: ConnectionCheck) -> CountMatcher | None:
    """How many messages must fit; None if nothing is said of them."""
    return check.count or (_AT_LEAST_ONE if check.body is not None or check.json_ else None)


def _why_not(check: ConnectionCheck, text: str) -> list[str]:
    problems = []
    if check.body is not None and (problem := check.body.check(text)):
        problems.append(problem)
    return problems + json_problems(text.encode(), check.json_, what="the message")


def _seen(connection: Connection, fitting: int, why_not: list[list[str]]) -> str:
    if not connection.received:
        return "it got no message"
    got = explain.count(len(connection.received), "message")
    first = next((number for number, problems in enumerate(why_not) if problems), None)
    if first is None:
        return f"{fitting:,} of {got} fit"
    return f"{fitting:,} of {got} fit; {connection.received[first][1][:120]} does not: {'; '.join(why_not[first])}"


def _state(connection: Connection) -> str:
    if connection.open:
        return "connected"
    if connection.status != 200:
        return f"not connected: it was answered {connection.status}"
    return f"not connected any more: the connection was closed with {connection.closed_with}"


def _sentence(check: ConnectionCheck, wanted: CountMatcher | None) -> str:
    wishes = [f"was answered with a status that {check.status.explain()}"] if check.status is not None else []
    wishes += [f"is {'' if check.open else 'not '}connected"] if check.open is not None else []
    if wanted is not None:
        parts = [f"a text that {check.body.explain()}"] if check.body is not None else []
        parts += explain.wishes("a JSON value", check.json_)
        amount = explain.amount(wanted, "message")
        wishes.append(f"gets {amount} with {explain.join(parts)}" if parts else f"gets {amount}")
    return f"{check.client} {explain.join(wishes)}" if wishes else f"{check.client} has asked to connect"
