"""This file decides what a scenario can ask over HTTP and WebSockets: requests, connections, messages.

It does not send anything, and it does not know whether an API exists: names are the template's logical ids.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from harness.scenario.base import Choice, Item, Maybe, Part
from harness.scenario.files import FixturePath


class SignIn(Part):
    """Somebody who is signed in."""

    user: Annotated[
        str,
        Field(
            min_length=1,
            description="The user's name. One that the user pool has comes with its attributes and groups; "
            "any other is made up.",
        ),
    ] = "somebody"
    groups: Annotated[tuple[str, ...], Field(strict=False, description="Groups of the user pool.")] = ()
    scopes: Annotated[
        Maybe[tuple[str, ...]],
        Field(strict=False, description="The token's scopes; those that the route asks for unless given."),
    ] = None
    claims: Annotated[
        dict[str, JsonValue], Field(description="Further claims of the token; they win over all others.")
    ] = Field(default_factory=dict)


class Request(Item):
    """Sends an HTTP request to an API or a function URL, and waits for the answer."""

    api: Annotated[
        str,
        Field(
            min_length=1,
            description="The logical id of a REST API, an HTTP API, one's custom domain, a function URL, or a function "
            "that has one. "
            "SAM's own are called ServerlessRestApi and ServerlessHttpApi.",
        ),
    ]
    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], Field(description="The HTTP method.")
    ] = "GET"
    path: Annotated[
        str, Field(pattern=r"^/[^#\s]*$", description="The path without the stage; it may end in ?name=value.")
    ] = "/"
    query: Annotated[
        dict[str, str | int | float | list[str]],
        Field(description="Query parameters; a list is sent as the same name several times."),
    ] = Field(default_factory=dict)
    headers: Annotated[
        dict[str, str | list[str]], Field(description="Headers; a list is sent as the same name several times.")
    ] = Field(default_factory=dict)
    as_: Annotated[
        Maybe[SignIn],
        Field(alias="as", description="Who asks: a token that the route's authorizer takes is sent along."),
    ] = None
    json_: Annotated[
        Maybe[JsonValue], Field(alias="json", description="The body as a value, sent as application/json.")
    ] = None
    body: Annotated[Maybe[str], Field(description="The body as text.")] = None
    file: Annotated[
        Maybe[FixturePath],
        Field(description="The body as a file in fixtures/<pipeline>/, or beside the scenario file."),
    ] = None
    stage: Annotated[
        Maybe[str], Field(min_length=1, description="The stage; needed only where the template has several.")
    ] = None
    name: Annotated[Maybe[str], Field(min_length=1, description="A name by which checks find the answer.")] = None
    wait: Annotated[
        bool, Field(description="false: go on at once, so that several requests are under way together.")
    ] = True

    @model_validator(mode="after")
    def _one_body(self) -> Request:
        given = [
            name for name in ("json", "body", "file") if ("json_" if name == "json" else name) in self.model_fields_set
        ]
        if len(given) > 1:
            raise PydanticCustomError("choice", "several", {"found": given, "choices": ["json", "body", "file"]})
        return self


class Connect(Item):
    """Connects a client to a WebSocket API, and waits until it is let in or not."""

    api: Annotated[str, Field(min_length=1, description="The API's logical id in the template.")]
    name: Annotated[str, Field(min_length=1, description="The client's name, for later steps and checks.")]
    query: Annotated[dict[str, str], Field(description="Query parameters.")] = Field(default_factory=dict)
    headers: Annotated[dict[str, str], Field(description="Headers.")] = Field(default_factory=dict)
    stage: Annotated[
        Maybe[str], Field(min_length=1, description="The stage; needed only where the template has several.")
    ] = None


class Say(Item, Choice):
    """Sends a message over a connection, and waits until the API is done with it."""

    choices = ("json", "text")

    client: Annotated[str, Field(min_length=1, description="The client's name.")]
    json_: Annotated[JsonValue, Field(alias="json", description="The message as a value, sent as JSON.")] = None
    text: Annotated[Maybe[str], Field(description="The message as text.")] = None


class Disconnect(Item):
    """Has a client leave."""

    client: Annotated[str, Field(min_length=1, description="The client's name.")]
