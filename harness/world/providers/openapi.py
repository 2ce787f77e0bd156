"""This file decides what an OpenAPI document says of a REST or HTTP API: its methods, authorizers, models, validators.

It reads Swagger 2 and OpenAPI 3 with API Gateway's extensions, and creates nothing. Rule: an extension that is not
honoured here is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import did_you_mean
from harness.world.intrinsics import PENDING
from harness.world.providers.openapi_form import check_form
from harness.world.providers.shapes import Place

METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_OPERATION = (_INTEGRATION, "x-amazon-apigateway-request-validator", "x-amazon-apigateway-auth")
_REST_ROOT = (
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-binary-media-types",
    "x-amazon-apigateway-gateway-responses",
    "x-amazon-apigateway-minimum-compression-size",
    "x-amazon-apigateway-policy",
    "x-amazon-apigateway-request-validator",
    "x-amazon-apigateway-request-validators",
)
_HTTP_ROOT = ("x-amazon-apigateway-cors", "x-amazon-apigateway-importexport-version")
# What only names and describes things.
_COMMENTS = (
    "x-amazon-apigateway-documentation",
    "x-amazon-apigateway-endpoint-configuration",
    "x-amazon-apigateway-importexport-version",
    "x-amazon-apigateway-tag-value",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: ``method`` is AWS's name ("ANY" too), ``body`` the document's part, ``place`` where."""

    path: str
    method: str
    body: Mapping[str, Any]
    place: Place

    @property
    def integration(self) -> Mapping[str, Any] | None:
        """What answers; None if nothing does."""
        found: Mapping[str, Any] | None = self.body.get(_INTEGRATION)
        return found


def operations(document: Mapping[str, Any], place: Place, *, rest: bool) -> list[Operation]:
    """Every method of the document, in its order.

    Raises:
        ScenarioError: the document has not the form, or uses an extension that is not honoured here.
    """
    check_form(document, place)
    _check_extensions(document, (*(_REST_ROOT if rest else _HTTP_ROOT), *_COMMENTS), place)
    paths = document.get("paths") or {}
    return [
        one
        for path, item in paths.items()
        for one in _of_path(str(path), item or {}, place.down("paths").down(path), rest)
    ]


def _of_path(path: str, item: Any, place: Place, rest: bool) -> Iterator[Operation]:
    for name, body in item.items():
        here = place.down(name)
        if name not in (*METHODS, ANY):
            if name in ("description", "parameters", "servers", "summary"):
                continue
            raise here.refuse(
                f'"{name}" under "{path}" of {place.of} is no method.', did_you_mean(str(name), (*METHODS, ANY))
            )
        if body is None:
            raise here.refuse(f'"{name}" under "{path}" of {place.of} must be a mapping.', "It says what is done.")
        _check_extensions(body, (*_OPERATION, *_COMMENTS), here)
        if not rest and path.lstrip("/") == "$default":
            yield Operation("$default", "", body, here)
        else:
            yield Operation(path, "ANY" if name == ANY else str(name).upper(), body, here)


def _check_extensions(part: Mapping[str, Any], known: tuple[str, ...], place: Place) -> None:
    for name in part:
        if str(name).startswith("x-amazon-apigateway-") and name not in known:
            raise place.down(name).refuse(
                f'The API of {place.of} uses "{name}", which nothing here behaves like yet.',
                "Leave it out of the rehearsal: ignored, it would make this run say something AWS does not.",
            )


# -- who may call -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Security:
    """Who may call an operation: AWS's authorization type, the scheme of its authorizer, whether a key is wanted."""

    kind: str = "NONE"
    scheme: str | None = None
    scopes: tuple[str, ...] = ()
    api_key: bool = False


def schemes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document's security schemes by name."""
    found: Mapping[str, Any] = document.get("securityDefinitions") or {}
    components = document.get("components") or {}
    return {**found, **(components.get("securitySchemes") or {})}


def security_of(document: Mapping[str, Any], operation: Operation) -> Security:
    """Who may call an operation.

    Raises:
        ScenarioError: it names a scheme that the document does not have.
    """
    if (operation.body.get("x-amazon-apigateway-auth") or {}).get("type") == "AWS_IAM":
        return Security("AWS_IAM")
    known = schemes(document)
    kind, chosen, scopes, api_key = "NONE", None, (), False
    for item in operation.body.get("security", document.get("security")) or []:
        for name, wanted in item.items():
            if name == "NONE":
                continue
            scheme = known.get(name)
            if scheme is None:
                raise operation.place.refuse(
                    f'{operation.method} {operation.path} of {operation.place.of} wants the security scheme "{name}", '
                    "which the document does not have.",
                    did_you_mean(name, known),
                )
            authorizer = scheme.get("x-amazon-apigateway-authorizer")
            if authorizer is not None:
                chosen, scopes = name, tuple(wanted or ())
                of_type = str(authorizer.get("type")).upper()
                kind = of_type if of_type in ("COGNITO_USER_POOLS", "JWT") else "CUSTOM"
            elif str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
                kind = "AWS_IAM"
            elif scheme.get("type") == "apiKey":
                api_key = True
    return Security(kind, chosen, scopes, api_key)


# -- what a method asks for --------------------------------------------------------------------------


def request_parameters(operation: Operation) -> dict[str, bool]:
    """AWS's names of the operation's parameters, and whether each must be there."""
    kinds = {"header": "header", "path": "path", "query": "querystring"}
    return {
        f"method.request.{kinds[p['in']]}.{p['name']}": bool(p.get("required"))
        for p in operation.body.get("parameters") or []
        if isinstance(p, Mapping) and p.get("in") in kinds and "name" in p
    }


def request_models(operation: Operation) -> dict[str, str]:
    """The model of the body for each media type."""
    found = {}
    for parameter in operation.body.get("parameters") or []:
        if isinstance(parameter, Mapping) and parameter.get("in") == "body":
            name = _referred(parameter.get("schema"))
            if name:
                found["application/json"] = name
    content = (operation.body.get("requestBody") or {}).get("content") or {}
    for media_type, part in content.items():
        name = _referred((part or {}).get("schema"))
        if name:
            found[media_type] = name
    return found


def _referred(schema: Any) -> str | None:
    reference = schema.get("$ref") if isinstance(schema, Mapping) else None
    return reference.rsplit("/", 1)[-1] if isinstance(reference, str) else None


def models(document: Mapping[str, Any]) -> dict[str, str]:
    """The document's models as JSON Schema, by name; they refer to one another as definitions."""
    found = {**(document.get("definitions") or {}), **((document.get("components") or {}).get("schemas") or {})}
    return {
        name: json.dumps(schema).replace("#/components/schemas/", "#/definitions/") for name, schema in found.items()
    }


def holds_pending(value: Any) -> bool:
    """Whether something in it is known only once other resources stand."""
    if isinstance(value, Mapping):
        return any(holds_pending(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_pending(item) for item in value)
    return value is PENDING
