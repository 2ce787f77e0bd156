"""This file decides what a request to create or change a stack asks for: the template, parameters, tags, capabilities.

It deploys nothing. Errors are in AWS's words where we know them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from harness.errors import ScenarioError
from harness.vendor.cloudformation_api import StackRefused
from harness.world.template import Template, sent_template
from harness.world.values import text_of

_IAM = "AWS::IAM::"
_NAMED = ("GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName")
MOST_BODY_BYTES = 51_200
MOST_S3_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stack is to be; ``parameters`` are the given values, by name."""

    text: str
    template: Template
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[Mapping[str, str]] = ()
    capabilities: Sequence[str] = ()
    role_arn: str = ""
    notification_arns: Sequence[str] = ()


class Reader:
    """Reads requests; what lies in S3 is fetched through ``client``."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def read(self, params: Mapping[str, Any], before: Asked | None, *, change_set: bool = False) -> Asked:
        """What is asked for; what is left out is as it was before.

        Raises:
            StackRefused: it cannot be used.
        """
        name = str(params.get("StackName", "")).rpartition("stack/")[2].partition("/")[0]
        text = before.text if before and params.get("UsePreviousTemplate") else self.text(params)
        template = before.template if before and text == before.text else self.template(text, name)
        asked = Asked(
            text,
            template,
            _parameters(params, template, before),
            list(params.get("Tags", before.tags if before else ())),
            list(params.get("Capabilities", ())),
            params.get("RoleARN", before.role_arn if before else ""),
            list(params.get("NotificationARNs", before.notification_arns if before else ())),
        )
        if not template.body.get("Transform"):
            require(asked, template.body)
        elif not change_set and "CAPABILITY_AUTO_EXPAND" not in asked.capabilities:
            raise _insufficient("CAPABILITY_AUTO_EXPAND")
        return asked

    def text(self, params: Mapping[str, Any]) -> str:
        """The template's text, sent along or in S3."""
        body, url = params.get("TemplateBody"), params.get("TemplateURL")
        if body is not None and url is not None:
            raise invalid("You cannot specify both Template Body and Template URL.")
        if body is not None:
            if len(body.encode()) > MOST_BODY_BYTES:
                raise invalid(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must "
                    f"have length less than or equal to {MOST_BODY_BYTES}"
                )
            return str(body)
        if url is None:
            raise invalid("Either Template URL or Template Body must be specified.")
        try:
            return self.fetch(str(url))
        except LookupError as error:
            raise invalid(str(error.args[0])) from None

    def template(self, text: str, name: str) -> Template:
        """The template in a text."""
        try:
            return sent_template(text, f"{name or 'stack'}.template", self.fetch)
        except ScenarioError as error:
            words = str(error)
            raise invalid(words if "Template format error" in words else f"Template format error: {words}") from None

    def fetch(self, address: str) -> str:
        """The text under an address of S3's.

        Raises:
            LookupError: it is none, or nothing is there; the words say which.
        """
        bucket, key = _place(address)
        if not bucket or not key:
            raise LookupError("S3 error: Domain name specified in the URL is not a valid S3 domain")
        try:
            found = self._client("s3").get_object(Bucket=bucket, Key=key)
            if found["ContentLength"] > MOST_S3_BYTES:
                raise LookupError(f"Template may not exceed {MOST_S3_BYTES} bytes in size.")
            return str(found["Body"].read().decode("utf-8-sig"))
        except ClientError as error:
            raise LookupError(f"S3 error: {error.response['Error'].get('Message', 'Access Denied')}") from None
        except UnicodeDecodeError as error:
            raise LookupError(f"Template format error: it is no UTF-8 text ({error}).") from None


def invalid(words: str) -> StackRefused:
    """CloudFormation's error for what cannot be."""
    return StackRefused("ValidationError", words)


def require(asked: Asked, body: Mapping[str, Any]) -> None:
    """Make sure that who asks for roles and policies says so.

    Raises:
        StackRefused: a capability is missing.
    """
    needed = capabilities(body)
    if needed and not any(one in asked.capabilities for one in ("CAPABILITY_NAMED_IAM", needed[0])):
        raise _insufficient(needed[0])


def capabilities(body: Mapping[str, Any]) -> list[str]:
    """Which of IAM's capabilities a template needs; none or one."""
    kinds = [r for r in (body.get("Resources") or {}).values() if str(r.get("Type", "")).startswith(_IAM)]
    if any(name in (resource.get("Properties") or {}) for resource in kinds for name in _NAMED):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if kinds else []


def _insufficient(capability: str) -> StackRefused:
    return StackRefused("InsufficientCapabilitiesException", f"Requires capabilities : [{capability}]")


def _parameters(params: Mapping[str, Any], template: Template, before: Asked | None) -> dict[str, Any]:
    declared = template.section("Parameters")
    given: dict[str, Any] = {}
    for one in params.get("Parameters", ()):
        key = one["ParameterKey"]
        if one.get("UsePreviousValue"):
            if before is None:
                raise invalid(f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true")
            if key in before.parameters:
                given[key] = before.parameters[key]
        else:
            given[key] = one.get("ParameterValue", "")
    unknown = [key for key in given if key not in declared]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [
        key
        for key, spec in declared.items()
        if key not in given and isinstance(spec, Mapping) and spec.get("Default") is None
    ]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return {key: text_of(value) for key, value in given.items()}


def _place(address: str) -> tuple[str, str]:
    """Bucket and key of an address: ``s3://``, S3's own hosts with the bucket in front or behind, or this server's."""
    parts = urlsplit(address)
    path = unquote(parts.path).lstrip("/")
    if parts.scheme == "s3":
        return parts.netloc, path
    host = parts.hostname or ""
    front, _, rest = host.partition(".s3")
    if rest.startswith((".", "-")) and front:
        return front, path
    bucket, _, key = path.partition("/")
    return bucket, key
