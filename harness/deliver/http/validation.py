"""This file decides whether a request fits what its method asks for: parameters that must be there, a body's model.

APIG-07: BAD_REQUEST_PARAMETERS and BAD_REQUEST_BODY, in AWS's words. Models are JSON Schema, draft 4; one may refer to
another by its address in the API.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError, ValidationError

from harness.deliver.http.exchange import HttpRequest
from harness.deliver.http.gateway_answers import Refused
from harness.vendor.rest_apis import DeployedApi


def check(method: Mapping[str, Any], request: HttpRequest, path: Mapping[str, str], api: DeployedApi) -> None:
    """Let a request pass that fits.

    Raises:
        Refused: it does not.
    """
    validator = api.validators.get(str(method.get("requestValidatorId")))
    if validator is None:
        return
    if validator.get("validateRequestParameters"):
        missing = _missing(method.get("requestParameters") or {}, request, path)
        if missing:
            raise Refused("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
    if validator.get("validateRequestBody"):
        _check_body(method.get("requestModels") or {}, request, api)


def _missing(parameters: Mapping[str, Any], request: HttpRequest, path: Mapping[str, str]) -> list[str]:
    missing = []
    for name, required in parameters.items():
        _, _, kind, plain = name.split(".", 3)
        if str(required).lower() != "true":
            continue
        if kind == "header":
            there = bool(request.header(plain))
        elif kind == "querystring":
            there = any(n == plain and v for n, v in request.query)
        else:
            there = plain in path
        if not there:
            missing.append(plain)
    return missing


def _check_body(models: Mapping[str, str], request: HttpRequest, api: DeployedApi) -> None:
    kind = (request.header("Content-Type") or "application/json").partition(";")[0].strip().lower()
    name = models.get(kind) or models.get("$default")
    if name is None or name not in api.models:
        return
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refused("BAD_REQUEST_BODY", reason=f"the body is no JSON: {error}") from None
    try:
        first = next(iter(Draft4Validator(_schema(name, api)).iter_errors(body)), None)
    except SchemaError as error:
        raise Refused("API_CONFIGURATION_ERROR", reason=f'the model "{name}" is no schema: {error.message}') from None
    if first is not None:
        raise Refused("BAD_REQUEST_BODY", reason=f"the model {name}: {_said(first)}")


def _said(error: ValidationError) -> str:
    """What the validator says; the most usual one in AWS's words, which templates can show."""
    if error.validator == "required":
        wanted: Any = error.validator_value
        there: Any = error.instance
        missing = [name for name in wanted if name not in there]
        return f"[object has missing required properties ({json.dumps(missing, separators=(',', ':'))})]"
    return f"[{error.message}]"


def _schema(name: str, api: DeployedApi) -> dict[str, Any]:
    """The model's schema, with every model it may refer to inside it."""
    all_models = {other: _local(json.loads(text or "{}")) for other, text in api.models.items()}
    schema = dict(all_models[name])
    schema["definitions"] = {**all_models, **schema.get("definitions", {})}
    return schema


def _local(value: Any) -> Any:
    """References to models of the API (``https://apigateway.amazonaws.com/restapis/ID/models/Name``) made local."""
    if isinstance(value, list):
        return [_local(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _local(item) for key, item in value.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#/definitions/"):
        found["$ref"] = f"#/definitions/{reference.rsplit('/', 1)[-1]}"
    return found
