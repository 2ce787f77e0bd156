"""This file decides what stands for values that a template expects of its author and its account, and nobody gave.

It is for looking at a template (``examine``) and for a first scenario, which writes every such value down to be
replaced; a run makes nothing up. What is made up goes by the name that it is expected under, and fits what the template
says of it (a parameter's type and limits). Rule: whatever is made up is noted in ``assumed``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.world.account import Account
from harness.world.template import Template
from harness.world.values import text_of

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = re.compile(
    "age|attempts|capacity|concurrency|count|days|delay|hours|interval|limit|max|memory|min|minutes|number|percent|port|"
    "price|rate|receives|retention|retries|seconds|size|threshold|timeout|ttl"
)
_FLAG = re.compile("(en|dis)abled?")
# By the word before "arn": the service and what follows the account.
_ARNS = {
    "topic": ("sns", "example"),
    "queue": ("sqs", "example"),
    "function": ("lambda", "function:example"),
    "lambda": ("lambda", "function:example"),
    "machine": ("states", "stateMachine:example"),
    "key": ("kms", "key/00000000-0000-0000-0000-000000000000"),
    "secret": ("secretsmanager", "secret:example"),
    "table": ("dynamodb", "table/example"),
    "bus": ("events", "event-bus/example"),
}
_GLOBAL_ARNS = {"bucket": "arn:aws:s3:::example", "role": "arn:aws:iam::{account}:role/example"}


@dataclass
class Assumed:
    """What was made up, by name: values of parameters, and what the account holds; a secret's value may have keys."""

    parameters: dict[str, str] = field(default_factory=dict)
    ssm: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str | dict[str, str]] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> dict[str, Any]:
        """The part of it that a scenario says under ``account``."""
        parts: dict[str, Any] = {"ssm": self.ssm, "secrets": self.secrets, "exports": self.exports}
        return {name: part for name, part in parts.items() if part}


class AssumedAccount(Account):
    """An account in which there is whatever a template looks up, made up where nobody put it there."""

    def __init__(self, client: Callable[[str], Any], region: str, account_id: str, assumed: Assumed) -> None:
        super().__init__(client, region)
        self._made_up = _MadeUp(region, account_id)
        self.assumed = assumed

    def parameters(self, template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
        """The ``given`` values, and one for each of the template's parameters that has neither that nor a default."""
        found = dict(given)
        for name, spec in template.section("Parameters").items():
            if name not in given and isinstance(spec, dict) and spec.get("Default") is None:
                found[name] = self.assumed.parameters[name] = self._made_up.parameter(name, spec)
        return found

    def stored(self, name: str) -> tuple[str, str] | None:
        """What Parameter Store holds, or might hold, under a name, in its first version."""
        held = super().stored(name)
        plain, _, version = name.partition(":")
        if held is None and version in ("", "1"):
            self.assumed.ssm.setdefault(plain, self._made_up.value(plain))
            return "String", self.assumed.ssm[plain]
        return held

    def secret(self, name_or_arn: str, stage: str = "", version: str = "", key: str = "") -> str | None:
        """What a secret holds, or might hold: a JSON object if it is asked for a ``key`` of it, else a text."""
        held = super().secret(name_or_arn, stage, version, key)
        if held is not None or version or stage not in ("", "AWSCURRENT") or name_or_arn.startswith("arn:"):
            return held
        noted = self.assumed.secrets.get(name_or_arn)
        if key:
            noted = {**(noted if isinstance(noted, dict) else {}), key: self._made_up.value(key)}
        noted = self.assumed.secrets[name_or_arn] = noted or self._made_up.value(name_or_arn)
        return noted if isinstance(noted, str) else json.dumps(noted)

    def exported(self, name: str) -> Any:
        """What is, or might be, exported under this name."""
        held = super().exported(name)
        if held is None:
            held = self.assumed.exports.setdefault(name, self._made_up.value(name))
        return held


class _MadeUp:
    """Values that look like what their names say."""

    def __init__(self, region: str, account_id: str) -> None:
        self._region = region
        self._account_id = account_id

    def value(self, name: str) -> str:
        """A value for something of this name."""
        words = [word.lower() for word in _WORD.findall(name)]
        if "arn" in words:
            return self._arn(words[: words.index("arn")])
        if "email" in words or words[-1:] == ["mail"]:
            return "you@example.com"
        if words[-1:] in (["url"], ["uri"], ["endpoint"], ["webhook"]):
            return "https://example.com"
        if words and (_NUMBER.fullmatch(words[-1]) or words[0] in ("max", "min")):
            return "1"
        return "true" if any(_FLAG.fullmatch(word) for word in words) else "example"

    def _arn(self, words: list[str]) -> str:
        for word in reversed(words):
            if word in _GLOBAL_ARNS:
                return _GLOBAL_ARNS[word].format(account=self._account_id)
            if word in _ARNS:
                service, rest = _ARNS[word]
                return f"arn:aws:{service}:{self._region}:{self._account_id}:{rest}"
        return f"arn:aws:sns:{self._region}:{self._account_id}:example"

    def parameter(self, name: str, spec: Mapping[str, Any]) -> str:
        """A value for a template's parameter, within its limits."""
        allowed = spec.get("AllowedValues")
        if isinstance(allowed, list) and allowed:
            return text_of(allowed[0])
        kind = text_of(spec.get("Type"))
        if kind.startswith("AWS::SSM::Parameter"):
            return f"/example/{name}"
        if "Number" in kind:
            return text_of(spec.get("MinValue", min(1, spec["MaxValue"]) if _is_number(spec.get("MaxValue")) else 1))
        value = self.value(name)
        least, most = spec.get("MinLength"), spec.get("MaxLength")
        if _is_number(least):
            value = value.ljust(int(text_of(least)), "x")
        return value[: int(text_of(most))] if _is_number(most) else value


def _is_number(value: Any) -> bool:
    return text_of(value).isdigit()
