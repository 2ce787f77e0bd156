"""Ways to break WebSocket APIs."""

from __future__ import annotations

import pytest

from harness.deliver.http import websockets
from harness.deliver.http.websockets import WebSockets

Patch = pytest.MonkeyPatch


def posts_reach_nobody(patch: Patch) -> None:
    patch.setattr(WebSockets, "_deliver", lambda self, connection, text: None)


def everybody_is_let_in(patch: Patch) -> None:
    patch.setattr(WebSockets, "_let_in", lambda self, connection, stage, arrival: (200, ""))


def every_answer_goes_back(patch: Patch) -> None:
    def call(self, stage, route, event, arrival):
        said = original(self, stage, route, event, arrival)
        route |= {"routeResponseSelectionExpression": "$default", "routeResponses": ["one"]}
        return {"body": "{}", **said}

    original = WebSockets._call
    patch.setattr(WebSockets, "_call", call)


def any_route_will_do(patch: Patch) -> None:
    patch.setattr(websockets, "_route_of", lambda stage, body: stage.routes[0])


def connections_stand_for_ever(patch: Patch) -> None:
    patch.setattr(WebSockets, "_watch", lambda self, connection: None)


def the_gone_are_not_told_from_the_others(patch: Patch) -> None:
    patch.setattr(WebSockets, "post", lambda self, connection_id, data: True)
