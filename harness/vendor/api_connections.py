"""This file decides that a WebSocket API's management API reaches the connections of this world.

Upstream: moto 5.2.5 makes up a connection for every id that it is asked about, and keeps what is posted to it in one
piece. Why that can't stay: a handler that posts to a client who has left must get ``GoneException``, and what it posts
must arrive. What we do: hand the three operations up. Since: moto 4.2. Not needed any more when: moto's API Gateway
answers WebSocket connections itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.apigatewaymanagementapi.models import ApiGatewayManagementApiBackend
from moto.core.exceptions import JsonRESTError

from harness.vendor.patches import Patches


class _Gone(JsonRESTError):
    code = 410

    def __init__(self) -> None:
        super().__init__("GoneException", "Gone")


class _Shown:
    """A connection as upstream's answer asks for it."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._described = described

    def to_dict(self) -> dict[str, Any]:
        return self._described


def apply(
    patches: Patches,
    *,
    on_post: Callable[[str, bytes], bool],
    on_get: Callable[[str], dict[str, Any] | None],
    on_delete: Callable[[str], bool],
) -> None:
    """Ask ``on_post``, ``on_get`` and ``on_delete``, which say False or None of a connection that is not there."""

    def post_to_connection(self: ApiGatewayManagementApiBackend, data: bytes, connection_id: str) -> None:
        if not on_post(_plain(connection_id), data):
            raise _Gone

    def get_connection(self: ApiGatewayManagementApiBackend, connection_id: str) -> _Shown:
        found = on_get(_plain(connection_id))
        if found is None:
            raise _Gone
        return _Shown(found)

    def delete_connection(self: ApiGatewayManagementApiBackend, connection_id: str) -> None:
        if not on_delete(_plain(connection_id)):
            raise _Gone

    patches.put(ApiGatewayManagementApiBackend, "post_to_connection", post_to_connection)
    patches.put(ApiGatewayManagementApiBackend, "get_connection", get_connection)
    patches.put(ApiGatewayManagementApiBackend, "delete_connection", delete_connection)


def _plain(connection_id: str) -> str:
    """The id as it was given out: it ends in a sign that addresses write otherwise."""
    return connection_id.replace("%3D", "=").replace("%3d", "=")
