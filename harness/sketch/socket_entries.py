"""This file decides what a client can say to a WebSocket API so that it reaches a route.

It connects nobody; ``entry_points.py`` turns each API into a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import Scene
from harness.sketch.http_entries import HTTP_API, HTTP_ROUTE
from harness.world.stack import Resource

CLIENT = "somebody"
_SELECTION = re.compile(r"\$request\.body\.(\w+(?:\.\w+)*)|\$\{request\.body\.(\w+(?:\.\w+)*)\}")


def heard(scene: Scene) -> Iterator[tuple[Resource, list[Mapping[str, Any]], bool]]:
    """Each WebSocket API, a message for each route that one can be made up for, and whether it hears of who leaves."""
    for api in scene.of_type(HTTP_API):
        if api.properties.get("ProtocolType") == "WEBSOCKET":
            own = [route for route in scene.of_type(HTTP_ROUTE) if route.properties["ApiId"] == api.physical_id]
            keys = [str(route.properties["RouteKey"]) for route in own]
            selected = _SELECTION.fullmatch(str(api.properties.get("RouteSelectionExpression")))
            messages = [_message(selected, key) for key in keys if selected and not key.startswith("$")]
            yield api, messages + [{} for key in keys if key == "$default"], "$disconnect" in keys


def _message(selected: re.Match[str], key: str) -> Mapping[str, Any]:
    """A message in which the API's selection expression finds this route's key."""
    message: Any = key
    for name in reversed((selected[1] or selected[2]).split(".")):
        message = {name: message}
    found: Mapping[str, Any] = message
    return found
