"""This file decides what is known of a function's asynchronous settings: retries, age, dead-letter queue, destinations.

Upstream: moto 5.2.5 drops ``DeadLetterConfig`` (LAM-14), keeps each ``PutFunctionEventInvokeConfig`` behind the first,
so that a second one has no effect, takes no notice of the qualifier, updates by replacing, and accepts destinations
that AWS refuses (LAM-15). Why that can't stay: all of it says what becomes of a failed event. What we do: keep the
dead-letter target with moto's function and show it, and one configuration for each qualifier, checked as AWS checks it.
Since: moto 1.x. Not needed any more when: moto stores ``DeadLetterConfig`` and configurations by qualifier.
Not checked: whether the function's role may send to the target (LAM-15).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import InvalidParameterValueException, UnknownEventConfig, UnknownFunctionException
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend

from harness.vendor.patches import Patches

_DEAD_LETTER = "harness_dead_letter_arn"
_CONFIGS = "harness_event_invoke_configs"
_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    """How a function's asynchronous events are retried, and where those go that are done or given up."""

    maximum_retry_attempts: int = 2
    maximum_event_age_s: int = 21_600
    dead_letter_arn: str | None = None
    on_success_arn: str | None = None
    on_failure_arn: str | None = None


def find(function_arn: str) -> AsyncConfig:
    """What is configured now for the function as its ARN names it; AWS's defaults for one that is not known."""
    pieces = function_arn.split(":")
    backend = get_backend(pieces[4], pieces[3])
    qualifier = pieces[7] if len(pieces) > 7 else "$LATEST"
    try:
        function = backend.get_function(pieces[6], qualifier)
    except UnknownFunctionException:
        return AsyncConfig()
    found = _configs(backend, pieces[6]).get(qualifier)
    given: dict[str, Any] = {} if found is None else found.config
    destinations = given.get("DestinationConfig") or {}
    retries, age_s = given.get("MaximumRetryAttempts"), given.get("MaximumEventAgeInSeconds")
    return AsyncConfig(
        maximum_retry_attempts=2 if retries is None else int(retries),
        maximum_event_age_s=21_600 if age_s is None else int(age_s),
        dead_letter_arn=getattr(function, _DEAD_LETTER, None),
        on_success_arn=(destinations.get("OnSuccess") or {}).get("Destination"),
        on_failure_arn=(destinations.get("OnFailure") or {}).get("Destination"),
    )


def apply(patches: Patches) -> None:
    """Have moto keep what it drops."""

    def create_function(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        created: LambdaFunction = original_create(self, spec)
        _keep(self.get_function(spec["FunctionName"]), spec)
        if spec.get("Publish"):
            _keep(self.get_function(spec["FunctionName"], str(created.version)), spec)
        return created

    def update_function_configuration(
        self: LambdaBackend, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> Any:
        _keep(self.get_function(function_name, qualifier), body)
        return original_update(self, function_name, qualifier, body)

    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = original_configuration(self, on_create)
        target = getattr(self, _DEAD_LETTER, None)
        return shown if target is None else {**shown, "DeadLetterConfig": {"TargetArn": target}}

    original_create = patches.put(LambdaBackend, "create_function", create_function)
    original_configuration = patches.put(LambdaFunction, "get_configuration", get_configuration)
    original_update = patches.put(LambdaBackend, "update_function_configuration", update_function_configuration)
    for verb, call in (("put", _put), ("update", _update), ("get", _get), ("delete", _delete)):
        patches.put(LambdaResponse, f"{verb}_function_event_invoke_config", _answering(call))
    patches.put(LambdaResponse, "list_function_event_invoke_configs", _list)


def _keep(function: LambdaFunction, spec: dict[str, Any]) -> None:
    if "DeadLetterConfig" in spec:
        target = (spec["DeadLetterConfig"] or {}).get("TargetArn") or None
        setattr(function, _DEAD_LETTER, target)


# -- one configuration for each qualifier ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose configuration a request is about."""

    backend: LambdaBackend
    name: str
    qualifier: str
    arn: str

    @property
    def all(self) -> dict[str, EventInvokeConfig]:
        return _configs(self.backend, self.name)

    def known(self) -> EventInvokeConfig:
        found = self.all.get(self.qualifier)
        if found is None:
            raise UnknownEventConfig(self.arn)
        return found


def _configs(backend: LambdaBackend, name: str) -> dict[str, EventInvokeConfig]:
    function = backend.get_function(name, "$LATEST")
    if _CONFIGS not in vars(function):
        setattr(function, _CONFIGS, {})
    found: dict[str, EventInvokeConfig] = getattr(function, _CONFIGS)
    return found


def _asked(response: LambdaResponse) -> _Asked:
    named = unquote(response.path.split("/functions/")[1].split("/")[0])
    qualifier = response._get_param("Qualifier")
    parts = named.split(":") if named.startswith("arn:") else [*[""] * 6, *named.split(":")]
    qualifier = qualifier or (parts[7] if len(parts) > 7 else "$LATEST")
    function = response.backend.get_function(parts[6], qualifier)
    arn = ":".join([*function.function_arn.split(":")[:7], qualifier])
    return _Asked(response.backend, function.function_name, qualifier, arn)


def _answering(call: Callable[[_Asked, Any], Any]) -> Callable[[LambdaResponse], Any]:
    def answer(self: LambdaResponse) -> Any:
        found = call(_asked(self), json.loads(self.body) if self.body else {})
        return (204, {"status": 204}, "") if found is None else (200, {}, json.dumps(found.response()))

    return answer


def _put(asked: _Asked, body: dict[str, Any]) -> EventInvokeConfig:
    config = {name: body[name] for name in _SETTINGS if body.get(name) is not None}
    if not config:
        raise InvalidParameterValueException("You must specify at least one of error handling or destination setting.")
    made = EventInvokeConfig(asked.arn, asked.backend.get_function(asked.name).last_modified, config)
    _check_destinations(asked, config.get("DestinationConfig") or {})
    asked.all[asked.qualifier] = made
    return made


def _update(asked: _Asked, body: dict[str, Any]) -> EventInvokeConfig:
    return _put(asked, {**asked.known().config, **{k: v for k, v in body.items() if v is not None}})


def _get(asked: _Asked, body: object) -> EventInvokeConfig:
    return asked.known()


def _delete(asked: _Asked, body: object) -> None:
    asked.known()
    del asked.all[asked.qualifier]


def _list(self: LambdaResponse) -> Any:
    return 200, {}, json.dumps({"FunctionEventInvokeConfigs": [c.response() for c in _asked(self).all.values()]})


def _check_destinations(asked: _Asked, destinations: dict[str, Any]) -> None:
    # LAM-15
    for side in ("OnSuccess", "OnFailure"):
        arn = (destinations.get(side) or {}).get("Destination")
        if not arn:
            continue
        pieces = arn.split(":")
        refused = InvalidParameterValueException(f"The destination ARN {arn} is invalid.")
        if pieces[2] == "lambda":
            try:
                target = asked.backend.get_function(pieces[6], pieces[7] if len(pieces) > 7 else None)
            except UnknownFunctionException:
                raise refused from None
            if target.function_name == asked.name:
                raise InvalidParameterValueException("You can't specify the function as a destination for itself.")
        elif pieces[2] not in ("sqs", "sns", "events", "s3") or arn.endswith(".fifo"):
            raise refused
