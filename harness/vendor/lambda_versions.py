"""This file decides which aliases Lambda accepts, and says when a version or alias comes, changes or goes (LAM-28).

Upstream: moto 5.2.5 stores versions and aliases, gives a second alias of one name another error than AWS, and does
not look at an alias's weights. Why that can't stay: the next call through an alias must run what the alias names.
What we do: check, and call upwards. Since: moto 3.x (aliases). Not needed any more when: never; this is how the
engine hears of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaAlias, LambdaBackend, LambdaFunction

from harness.vendor.lambda_mappings import ResourceConflict
from harness.vendor.patches import Patches

# Given the function's ARN and the number of the version.
OnVersion = Callable[[str, str], None]
# Given the function's ARN, the alias, its version and the shares of other versions; no version if the alias is gone.
OnAlias = Callable[[str, str, "str | None", Mapping[str, float]], None]


def apply(patches: Patches, *, on_version: OnVersion, on_alias: OnAlias) -> None:
    """Check aliases as AWS does, and tell of what comes and goes."""

    def publish(self: LambdaBackend, function_name: str, description: str = "") -> LambdaFunction | None:
        made: LambdaFunction | None = original_publish(self, function_name, description)
        if made is not None:
            on_version(self.get_function(function_name).function_arn, str(made.version))
        return made

    def create(
        self: LambdaBackend,
        name: str,
        function_name: str,
        function_version: str,
        description: str,
        routing_config: Any,
    ) -> LambdaAlias:
        for known in self.list_aliases(function_name):
            if known.name == name:
                raise ResourceConflict(f"Alias already exists: {known.arn}")
        _check(self, function_name, function_version, routing_config)
        made: LambdaAlias = original_create(self, name, function_name, function_version, description, routing_config)
        tell(self, function_name, made)
        return made

    def update(
        self: LambdaBackend,
        name: str,
        function_name: str,
        function_version: str | None,
        description: str,
        routing_config: Any,
    ) -> LambdaAlias:
        alias = self.get_alias(name, function_name)
        _check(
            self,
            function_name,
            function_version or alias.function_version,
            alias.routing_config if routing_config is None else routing_config,
        )
        changed: LambdaAlias = original_update(
            self, name, function_name, function_version or alias.function_version, description, routing_config
        )
        tell(self, function_name, changed)
        return changed

    def delete(self: LambdaBackend, name: str, function_name: str) -> None:
        original_delete(self, name, function_name)
        on_alias(self.get_function(function_name).function_arn, name, None, {})

    def tell(backend: LambdaBackend, function_name: str, alias: LambdaAlias) -> None:
        arn = backend.get_function(function_name).function_arn
        on_alias(arn, alias.name, alias.function_version, _weights(alias.routing_config))

    original_publish = patches.put(LambdaBackend, "publish_version", publish)
    original_create = patches.put(LambdaBackend, "create_alias", create)
    original_update = patches.put(LambdaBackend, "update_alias", update)
    original_delete = patches.put(LambdaBackend, "delete_alias", delete)


def _weights(routing_config: Any) -> Mapping[str, float]:
    found: Mapping[str, float] = (routing_config or {}).get("AdditionalVersionWeights") or {}
    return found


def _check(backend: LambdaBackend, function_name: str, version: str, routing_config: Any) -> None:
    weights = _weights(routing_config)
    if len(weights) > 1:
        raise InvalidParameterValueException("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for other, weight in weights.items():
        if "$LATEST" in (version, other):
            raise InvalidParameterValueException(
                "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        if other == version:
            raise InvalidParameterValueException(
                f"Invalid function version {version}. "
                f"Function version {version} is already included in routing configuration."
            )
        if not 0 <= weight <= 1:
            raise InvalidParameterValueException("Weight must be between 0.0 and 1.0.")
        backend.get_function(function_name, other)
