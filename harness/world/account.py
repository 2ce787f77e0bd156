"""This file decides what a stack finds in the account it is deployed into: parameters, secrets, and others' exports.

It holds the exports itself, since the embedded cloud keeps none; the rest is asked of AWS's API. Rule: what a template
looks up and nobody put there is refused by name, never made up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError


class Account:
    """One account in one region, as long as its world stands."""

    def __init__(self, client: Callable[[str], Any], region: str) -> None:
        self._client = client
        self._region = region
        self._exports: dict[str, tuple[Any, str]] = {}

    def put(self, ssm: Mapping[str, str], secrets: Mapping[str, Any], exports: Mapping[str, str]) -> None:
        """Put there what stands before anything is deployed: a secret that is no text becomes JSON."""
        for name, value in ssm.items():
            self._client("ssm").put_parameter(Name=name, Value=value, Type="String")
        for name, value in secrets.items():
            text = value if isinstance(value, str) else json.dumps(value)
            self._client("secretsmanager").create_secret(Name=name, SecretString=text)
        for name, value in exports.items():
            self.export(name, value, "another stack")

    def zones(self, region: str) -> list[str] | None:
        """The region's availability zones; None for another region than the account's."""
        if region != self._region:
            return None
        answer = self._client("ec2").describe_availability_zones()
        return sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])

    def stored(self, name: str) -> tuple[str, str] | None:
        """Type and value of what Parameter Store holds under a name, or under ``name:version``."""
        try:
            found = self._client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
        except ClientError:
            return None
        return found["Type"], found["Value"]

    def secret(self, name_or_arn: str, stage: str = "", version: str = "", key: str = "") -> str | None:
        """The text of a secret, in which a ``key`` is looked for; None if there is no such secret, stage or version."""
        wanted = {"VersionStage": stage, "VersionId": version}
        try:
            answer = self._client("secretsmanager").get_secret_value(
                SecretId=name_or_arn, **{name: value for name, value in wanted.items() if value}
            )
        except ClientError:
            return None
        text: str | None = answer.get("SecretString")
        return text

    def exported(self, name: str) -> Any:
        """What is exported under this name; None if nothing is."""
        return self._exports.get(name, (None, ""))[0]

    def exports(self) -> Sequence[str]:
        """The names under which something is exported."""
        return list(self._exports)

    def export(self, name: str, value: Any, stack_name: str) -> str | None:
        """Export a value; gives the name of the stack that exports another under this name already, if one does."""
        other = self.exporter(name)
        if other is None:
            self._exports[name] = (value, stack_name)
        return other

    def withdraw(self, stack_name: str) -> dict[str, Any]:
        """Take back all that a stack exports; gives what it was."""
        own = {name: value for name, (value, of) in self._exports.items() if of == stack_name}
        for name in own:
            del self._exports[name]
        return own

    def exporter(self, name: str) -> str | None:
        """The stack that exports something under this name, if one does."""
        return self._exports[name][1] if name in self._exports else None
