"""This file decides what the URI of an API's integration names: a function, or an action of another service.

``arn:aws:apigateway:REGION:SERVICE:action/NAME`` and ``...:SERVICE:path/PLACE``. It calls nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SERVICES = ("dynamodb", "events", "sns", "sqs", "states")
"""The services that an integration of type AWS can call here, beside Lambda."""

_URI = re.compile(r"arn:aws[\w-]*:apigateway:[\w-]+:(?P<service>[\w.-]+):(?P<kind>action|path)/(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class ServiceUri:
    """What a URI names: ``action`` is empty if the body says it, ``queue`` the last part of a path."""

    service: str
    action: str
    queue: str


def service_uri(uri: str) -> ServiceUri | None:
    """What the URI of an integration of type AWS names; None if it has not that form."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    rest = found["rest"]
    if found["kind"] == "action":
        return ServiceUri(found["service"], rest.partition("&")[0], "")
    return ServiceUri(found["service"], "", rest.rstrip("/").rpartition("/")[2])
