"""This file decides what is known of a function's URL: one for the function, one for each alias (LAM-30).

Upstream: moto 5.2.5 keeps one URL a function, takes no notice of ``Qualifier``, accepts a second URL in place of the
first, and writes the address without its last slash. Why that can't stay: SAM puts the URL on the alias, and a call
through it must reach the alias's version. What we do: keep one configuration for each qualifier, as AWS describes it.
Since: moto 4.0. Not needed any more when: moto's ``create_function_url_config`` takes a qualifier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import GenericResourcNotFound, LambdaClientError
from moto.awslambda.models import FunctionUrlConfig, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend

from harness.vendor.patches import Patches

_CONFIGS = "harness_url_configs"
_Answer = tuple[int, dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """A function's URL: ``function_arn`` has the alias's name behind it if the URL is an alias's."""

    url_id: str
    function_arn: str
    auth_type: str
    cors: Mapping[str, Any] | None


class _ResourceConflict(LambdaClientError):
    code = 409

    def __init__(self, function_arn: str) -> None:
        super().__init__(
            "ResourceConflictException",
            f"Failed to create function url config for [functionArn = {function_arn}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function",
        )


def find(account_id: str, region: str, url_id: str) -> FunctionUrl | None:
    """The URL whose host name begins with ``url_id``; None if there is none now."""
    for function in get_backend(account_id, region).list_functions():
        for qualifier, config in _configs(function).items():
            if _id_of(config) == url_id:
                arn = ":".join([*function.function_arn.split(":")[:7], *([qualifier] if qualifier else [])])
                return FunctionUrl(url_id, arn, config.config.get("AuthType", "NONE"), config.config.get("Cors"))
    return None


def apply(patches: Patches) -> None:
    """Keep a URL for each qualifier."""

    def create(self: LambdaResponse) -> _Answer:
        function, qualifier = _asked(self)
        arn = ":".join([*function.function_arn.split(":")[:7], *([qualifier] if qualifier else [])])
        if qualifier in _configs(function):
            raise _ResourceConflict(arn)
        made = _configs(function)[qualifier] = FunctionUrlConfig(function, json.loads(self.body))
        made.url += "/"
        return 201, {"status": 201}, json.dumps(_shown(made, arn))

    def get(self: LambdaResponse) -> _Answer:
        return 200, {}, json.dumps(_shown(*_known(self)))

    def update(self: LambdaResponse) -> _Answer:
        config, arn = _known(self)
        config.update(json.loads(self.body))
        return 200, {}, json.dumps(_shown(config, arn))

    def delete(self: LambdaResponse) -> _Answer:
        _known(self)
        function, qualifier = _asked(self)
        del _configs(function)[qualifier]
        return 204, {"status": 204}, ""

    for verb, call in (("create", create), ("get", get), ("update", update), ("delete", delete)):
        patches.put(LambdaResponse, f"{verb}_function_url_config", call)


def _asked(response: LambdaResponse) -> tuple[LambdaFunction, str]:
    """The function a request is about, and its qualifier ("" for none)."""
    named = unquote(response.path.split("/functions/")[1].split("/")[0])
    qualifier = response._get_param("Qualifier") or ""
    # The configurations lie with the unpublished function, whichever alias they are for.
    response.backend.get_function(named, qualifier or None)
    return response.backend.get_function(named, None), qualifier


def _known(response: LambdaResponse) -> tuple[FunctionUrlConfig, str]:
    function, qualifier = _asked(response)
    config = _configs(function).get(qualifier)
    if config is None:
        raise GenericResourcNotFound
    return config, ":".join([*function.function_arn.split(":")[:7], *([qualifier] if qualifier else [])])


def _configs(function: LambdaFunction) -> dict[str, FunctionUrlConfig]:
    if _CONFIGS not in vars(function):
        setattr(function, _CONFIGS, {})
    found: dict[str, FunctionUrlConfig] = getattr(function, _CONFIGS)
    return found


def _id_of(config: FunctionUrlConfig) -> str:
    return str(config.url).removeprefix("https://").partition(".")[0]


def _shown(config: FunctionUrlConfig, arn: str) -> dict[str, Any]:
    described: dict[str, Any] = {k: v for k, v in config.to_dict().items() if v is not None}
    described |= {"FunctionArn": arn, "InvokeMode": config.config.get("InvokeMode") or "BUFFERED"}
    return described
