"""This file decides how one method of a REST API comes to stand, and what of it is refused.

It is the same for a method out of an OpenAPI document and for ``AWS::ApiGateway::Method``. It talks to boto3 only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import did_you_mean
from harness.world.http_services import SERVICES, service_uri
from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.providers.shapes import Place

TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")


def check_integration(kind: Any, uri: Any, credentials: Any, place: Place) -> None:
    """Refuse an integration that nothing here behaves like.

    Raises:
        ScenarioError: it is of such a type, or calls such a service.
    """
    if kind is PENDING:
        return
    if kind not in TYPES:
        hint = did_you_mean(str(kind), TYPES)
        raise place.refuse(f"The integration of {place.of} is of type {kind}, which nothing here behaves like.", hint)
    if kind == "MOCK" or uri is PENDING:
        return
    if kind in ("HTTP", "HTTP_PROXY"):
        if not str(uri).startswith(("https://", "http://")):
            raise place.refuse(f'The integration of {place.of} calls "{uri}", which is no address of HTTP.')
        return
    found = service_uri(str(uri))
    if found is None:
        if "stageVariables" not in str(uri):
            raise place.refuse(
                f'The integration of {place.of} calls "{uri}", which is no address of API Gateway\'s.',
                "Write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations, or "
                "arn:aws:apigateway:REGION:SERVICE:action/ACTION.",
            )
        return
    if found.service == "lambda":
        return
    if found.service not in SERVICES or kind == "AWS_PROXY":
        raise place.refuse(
            f"The integration of {place.of} calls {found.service} as {kind}, which nothing here behaves like.",
            f"With type AWS these can be called: lambda, {', '.join(SERVICES)}.",
        )
    if not credentials:
        raise place.refuse(
            f"The integration of {place.of} calls {found.service} without a role: Role ARN must be specified for AWS "
            "integrations.",
            "Give it Credentials (OpenAPI: credentials), the ARN of a role that apigateway.amazonaws.com may assume.",
        )


def check_parameters(kind: Any, parameters: Any, place: Place) -> None:
    """Refuse what an integration would fill in and nothing here does.

    Raises:
        ScenarioError: a parameter of type AWS is neither a fixed query parameter nor the Content-Type; one of an
            address is filled in from something that a request does not have.
    """
    if kind in ("HTTP", "HTTP_PROXY") and isinstance(parameters, Mapping):
        _check_sources(parameters, place)
    if kind != "AWS" or not isinstance(parameters, Mapping):
        return  # AWS_PROXY and MOCK take none, and addresses are done
    for name, value in parameters.items():
        fixed = str(name).startswith("integration.request.querystring.") and str(value)[:1] == "'"
        if not fixed and str(name).lower() != "integration.request.header.content-type":
            raise place.refuse(
                f'The integration of {place.of} fills in "{name}", which nothing here does yet.',
                "Fixed query parameters in single quotes are; write what comes from the request into a "
                "request template.",
            )


def _check_sources(parameters: Mapping[str, Any], place: Place) -> None:
    for name, source in parameters.items():
        known = source is PENDING or str(source).startswith(_SOURCES)
        if not known or not str(name).startswith(_TARGETS):
            raise place.refuse(
                f'The integration of {place.of} fills in "{name}" from "{source}", which nothing here does.',
                f"Fill in {', '.join(_TARGETS)} from {', '.join(_SOURCES)} or a text in single quotes.",
            )


_SOURCES = (
    "method.request.header.",
    "method.request.path.",
    "method.request.querystring.",
    "context.",
    "stageVariables.",
    "'",
)
_TARGETS = ("integration.request.header.", "integration.request.path.", "integration.request.querystring.")


def put_integration(
    api: Any,
    rest_api_id: str,
    resource_id: str,
    method: str,
    settings: Mapping[str, Any],
    responses: list[dict[str, Any]],
) -> None:
    """Give a method its integration; both are in boto3's form."""
    where = {"restApiId": rest_api_id, "resourceId": resource_id, "httpMethod": method}
    api.put_integration(**where, **settings)
    for response in responses:
        api.put_integration_response(**where, **response)


def texts(values: Any) -> dict[str, str]:
    """A mapping whose values are texts, as AWS's API takes it."""
    return {str(k): "" if v is None else text_of(v) for k, v in (values or {}).items()}
