"""This file decides how an API destination and its connection are found. EVB-09

Upstream: moto 5.2.5 keeps both and calls nobody. Why that can't stay: it can; nothing of it is changed. What we do:
look up what a destination is, with its connection's secrets, which no API tells.
Since: moto 3.0 (``Destination``, ``Connection``). Not needed any more when: moto calls out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.events.models import events_backends


@dataclass(frozen=True, slots=True)
class Destination:
    """One API destination: ``authorization`` is API_KEY, BASIC or OAUTH_CLIENT_CREDENTIALS, ``parameters`` the
    connection's AuthParameters in the API's form.
    """

    arn: str
    method: str
    endpoint: str
    authorization: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def find(arn: str) -> Destination | None:
    """The destination as it stands now; None if it or its connection is gone."""
    _, _, _, region, account_id, _ = arn.split(":", 5)
    backend = events_backends[account_id][region]
    found = next((one for one in backend.destinations.values() if one.arn == arn), None)
    if found is None:
        return None
    by = next((one for one in backend.connections.values() if one.arn == found.connection_arn), None)
    if by is None:
        return None
    return Destination(
        arn, found.http_method, found.invocation_endpoint, by.authorization_type, by.auth_parameters or {}
    )
