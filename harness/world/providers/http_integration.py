"""This file decides how an HTTP API's integration comes to stand, and which are refused.

The checks hold for the parts of an OpenAPI document too (``http_api.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import did_you_mean
from harness.world.http_services import SUBTYPES
from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Json, Place, Record, Table, Text, Whole, honoured, inert

_ANSWER_PARTS = ("header.", "statuscode")
_REQUEST_PARTS = ("header.", "querystring.", "path")
_ACTIONS = ("append", "overwrite", "remove")


def check_integration(given: Mapping[str, Any], place: Place) -> None:
    """Refuse an integration that nothing here behaves like; ``given`` has the names of AWS's API.

    Raises:
        ScenarioError: it is of such a type, calls such a service, or maps such parameters.
    """
    kind, uri, subtype = given.get("IntegrationType"), given.get("IntegrationUri"), given.get("IntegrationSubtype")
    if kind is PENDING:
        return
    kind = str(kind).upper()
    if given.get("ConnectionType") == "VPC_LINK":
        raise place.refuse(
            f"The integration of {place.of} goes through a VPC link, and there is no VPC here.",
            "Put an HTTP_PROXY to an address that a stub answers in its place for the rehearsal.",
        )
    if kind not in ("AWS_PROXY", "HTTP_PROXY"):
        raise place.refuse(
            f"The integration of {place.of} is of type {kind}, which nothing here behaves like.",
            "HTTP APIs have AWS_PROXY and HTTP_PROXY; of a WebSocket API's types only AWS_PROXY, a function, is here.",
        )
    if subtype is not None and subtype is not PENDING:
        _check_subtype(str(subtype), given, place)
        return
    _check_mapping(given.get("RequestParameters"), _REQUEST_PARTS, place)
    if kind == "HTTP_PROXY":
        if uri is not PENDING and not str(uri).startswith(("https://", "http://")):
            raise place.refuse(f'The integration of {place.of} calls "{uri}", which is no address of HTTP.')
        if "IntegrationMethod" not in given:
            raise place.refuse(
                f"The integration of {place.of} does not say with which method it calls.",
                "Write IntegrationMethod: ANY (OpenAPI: httpMethod), or one of HTTP's methods.",
            )
    elif uri is not PENDING and ":lambda:" not in str(uri) and "stageVariables" not in str(uri):
        raise place.refuse(f'The integration of {place.of} calls "{uri}", which is no function.')


def _check_subtype(name: str, given: Mapping[str, Any], place: Place) -> None:
    subtype = SUBTYPES.get(name)
    if subtype is None:
        hint = did_you_mean(name, SUBTYPES)
        raise place.refuse(f"The integration of {place.of} is {name}, which nothing here behaves like.", hint)
    if not given.get("CredentialsArn"):
        raise place.refuse(
            f"The integration of {place.of} calls {name} without a role.",
            "Give it CredentialsArn, the ARN of a role that apigateway.amazonaws.com may assume.",
        )
    parameters = given.get("RequestParameters") or {}
    if parameters is PENDING:
        return
    known = (*subtype.required, *subtype.optional)
    for parameter in parameters:
        if parameter not in known:
            raise place.refuse(
                f'The integration of {place.of} gives {name} the parameter "{parameter}", which it does not have.',
                did_you_mean(str(parameter), known) or f"It has {', '.join(known)}.",
            )
    missing = [parameter for parameter in subtype.required if parameter not in parameters]
    if missing:
        raise place.refuse(
            f"The integration of {place.of} gives {name} no {', '.join(missing)}.",
            "Add it to RequestParameters: a fixed text, or a selection like $request.body.name.",
        )


def _check_mapping(mapping: Any, parts: tuple[str, ...], place: Place) -> None:
    for key in mapping if isinstance(mapping, Mapping) else ():
        action, _, part = str(key).partition(":")
        if action not in _ACTIONS or not part.startswith(parts):
            raise place.refuse(
                f'The integration of {place.of} maps "{key}", which is no parameter of an HTTP API\'s.',
                f"Write {'|'.join(_ACTIONS)}:, then {' or '.join(parts)}.",
            )


def answer_mappings(given: Mapping[str, Any] | None, place: Place) -> dict[str, dict[str, str]]:
    """The mappings of answers by status, as boto3 takes them: CloudFormation writes a list, OpenAPI a mapping.

    Raises:
        ScenarioError: one of them maps what answers do not have.
    """
    found = {}
    for status, mapping in (given or {}).items():
        listed = mapping.get("ResponseParameters") if isinstance(mapping, Mapping) else None
        if isinstance(listed, list):
            mapping = {text_of(one.get("Destination")): text_of(one.get("Source", "")) for one in listed}
        _check_mapping(mapping, _ANSWER_PARTS, place)
        found[text_of(status)] = {str(key): text_of(value) for key, value in mapping.items()}
    return found


def _check(request: Request) -> None:
    check_integration(request.properties, request.place)


def _create(request: Request) -> Created:
    settings = dict(request.properties)
    if "ResponseParameters" in settings:
        settings["ResponseParameters"] = answer_mappings(settings["ResponseParameters"], request.place)
    made = request.client("apigatewayv2").create_integration(**settings)
    return Created(made["IntegrationId"], {"IntegrationId": made["IntegrationId"]})


INTEGRATION = Provider(
    type="AWS::ApiGatewayV2::Integration",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "ConnectionType": inert(Text(choices=("INTERNET", "VPC_LINK")), "INTERNET; a VPC_LINK is refused"),
            "CredentialsArn": honoured(Text()),
            "Description": inert(Text(), "a comment"),
            "IntegrationMethod": honoured(Text()),
            "IntegrationSubtype": honoured(Text()),
            "IntegrationType": honoured(Text(), required=True),
            "IntegrationUri": honoured(Text()),
            "PayloadFormatVersion": honoured(Text(choices=("1.0", "2.0"))),
            "RequestParameters": honoured(Table(Text())),
            "ResponseParameters": honoured(Json()),
            "TimeoutInMillis": honoured(Whole(50, 30_000)),
        },
        not_yet=(
            "ConnectionId",
            "ContentHandlingStrategy",
            "PassthroughBehavior",
            "RequestTemplates",
            "TemplateSelectionExpression",
            "TlsConfig",
        ),
    ),
    attributes=("IntegrationId",),
    create=_create,
    check=_check,
)
