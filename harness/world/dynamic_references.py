"""This file decides what ``{{resolve:...}}`` in a resource's property stands for.

It reads Parameter Store and Secrets Manager when the resource is created, as CloudFormation does, so what the template
itself creates before can be referred to. Rule: a reference that cannot be resolved is refused; none stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness.errors import ScenarioError
from harness.world.account import Account
from harness.world.providers.shapes import Place
from harness.world.values import PENDING, text_of

_REFERENCE = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
_SERVICES = ("ssm", "ssm-secure", "secretsmanager")


def resolved(value: Any, place: Place, account: Account | None, resource_type: str) -> Any:
    """``value`` with every reference resolved; without an ``account``, a text that holds one is PENDING.

    Raises:
        ScenarioError: a reference is malformed, not allowed here, or to something that is not there.
    """
    if isinstance(value, dict):
        return {k: resolved(item, place.down(k), account, resource_type) for k, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, place.down(i), account, resource_type) for i, item in enumerate(value)]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    references = [_Reference(match[1], place, resource_type) for match in _REFERENCE.finditer(value)]
    if account is None:
        return PENDING if references else value
    found = iter([reference.value(account) for reference in references])
    return _REFERENCE.sub(lambda _: next(found), value)


class _Reference:
    """One reference: which service, and what in it."""

    def __init__(self, text: str, place: Place, resource_type: str) -> None:
        self._text = text
        self._place = place
        self._service, _, self._rest = text.partition(":")
        if self._service not in _SERVICES:
            raise self._refuse(f'no service is called "{self._service}"', f"Known are: {', '.join(_SERVICES)}.")
        if self._service == "ssm-secure":
            # The few properties that AWS lists for it are of types that are not here (a database's password, ...).
            where = "/".join([resource_type, "Properties", *self._place.name.replace("[", ".[").split(".")])
            raise self._place.refuse(
                f"SSM Secure reference is not supported in: [{where}]",
                "Let the function read the parameter when it runs, or keep the value in Secrets Manager.",
            )
        if self._service == "ssm":
            self._check_parameter()

    def value(self, account: Account) -> str:
        """What it stands for."""
        return self._parameter(account) if self._service == "ssm" else self._secret(account)

    def _check_parameter(self) -> None:
        name, _, version = self._rest.partition(":")
        if not _NAME.fullmatch(name) or (":" in self._rest and not version.isdigit()):
            raise self._place.refuse(
                f"Incorrect format is used in the following SSM reference: [{{{{resolve:{self._text}}}}}]",
                'It is "{{resolve:ssm:name}}" or "{{resolve:ssm:name:version}}", the version a number.',
            )

    def _parameter(self, account: Account) -> str:
        held = account.stored(self._rest)
        if held is None:
            raise self._refuse(
                "Parameter Store holds no such parameter or version",
                f'Create it before (DependsOn), or say what it holds: "account: {{ssm: {{{self._rest}: ...}}}}".',
            )
        kind, value = held
        if kind == "SecureString":
            raise self._refuse("that is a SecureString", "AWS resolves only plain parameters with ssm.")
        return value

    def _secret(self, account: Account) -> str:
        parts = self._rest.split(":")
        count = 7 if self._rest.startswith("arn:") else 1
        name, options = ":".join(parts[:count]), [*parts[count:], "", "", "", ""]
        part, key, stage, version = options[:4]
        if not name or part not in ("", "SecretString") or len(parts) - count > 4 or (stage and version):
            raise self._refuse(
                "it is malformed",
                'It is "{{resolve:secretsmanager:secret:SecretString:key:stage:version}}"; all but the secret may be '
                "left out, and of stage and version one must be.",
            )
        text = account.secret(name, stage, version, key)
        if text is None:
            raise self._refuse(
                "Secrets Manager can't find the specified secret",
                f'Create it before, or say what it holds: "account: {{secrets: {{{name}: ...}}}}".',
            )
        return _of_key(text, key, self._refuse) if key else text

    def _refuse(self, why: str, hint: str | None = None) -> ScenarioError:
        return self._place.refuse(
            f"{self._place.name} of {self._place.of} refers to {{{{resolve:{self._text}}}}}: {why}.", hint
        )


def _of_key(text: str, key: str, refuse: Any) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        raise refuse("the secret is not JSON, so it has no keys", "Leave the key out of the reference.") from None
    if not isinstance(content, dict) or key not in content:
        raise refuse(
            f'Could not find a value associated with JSONKey "{key}" in SecretString',
            f"It has: {', '.join(content)}." if isinstance(content, dict) else "It is no JSON object.",
        )
    return text_of(content[key])
