"""This file decides what ``AddPermission`` accepts, and which statement of the function's policy it makes. LAM-25

Upstream: moto 5.2.5 takes one statement id twice, takes ``$LATEST`` as a qualifier, loses conditions that share an
operator (an organisation and an account), and leaves out those about function URLs. Why that can't stay: a template
that AWS refuses would deploy, and a permission for URLs would let everybody in. What we do: check first, let moto keep
the statement, then write its resource, principal and conditions as AWS does. What it allows is not decided here.
Since: moto 2.x. Not needed any more when: moto refuses a second statement with the same id.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import LambdaBackend

from harness.vendor.patches import Patches

# What the request calls it, the operator and the condition key.
_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)


class _ResourceConflict(LambdaClientError):
    code = 409

    def __init__(self, statement_id: str) -> None:
        super().__init__(
            "ResourceConflictException",
            f"The statement id ({statement_id}) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.",
        )


def apply(patches: Patches) -> None:
    """Check permissions as AWS does, and keep them as AWS writes them."""

    def add_permission(self: LambdaBackend, function_name: str, qualifier: str | None, raw: str) -> dict[str, Any]:
        qualifier = qualifier or _qualifier_in(function_name)
        if qualifier == "$LATEST":
            raise InvalidParameterValueException("We currently do not support adding policies for $LATEST.")
        function = self.get_function(function_name, qualifier)
        asked = json.loads(raw)
        resource = ":".join([*function.function_arn.split(":")[:7], *([qualifier] if qualifier else [])])
        for known in function.policy.statements:
            if (known["Sid"], known["Resource"]) == (asked["StatementId"], resource):
                raise _ResourceConflict(asked["StatementId"])
        statement: dict[str, Any] = original(self, function_name, qualifier, raw)
        _write(statement, asked, resource)
        return statement

    original = patches.put(LambdaBackend, "add_permission", add_permission)


def _qualifier_in(function_name: str) -> str | None:
    """``f:live`` and ``arn:aws:lambda:...:function:f:live`` name a qualifier."""
    pieces = function_name.split(":")
    qualified = len(pieces) == 2 or (pieces[0] == "arn" and len(pieces) == 8)
    return pieces[-1] if qualified else None


def _write(statement: dict[str, Any], asked: dict[str, Any], resource: str) -> None:
    statement["Resource"] = resource
    conditions: dict[str, dict[str, str]] = {}
    for name, operator, key in _CONDITIONS:
        statement.pop(name, None)
        if name in asked:
            value = asked[name]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            conditions.setdefault(operator, {})[key] = text
    statement.pop("Condition", None)
    if conditions:
        statement["Condition"] = conditions
    principal = asked["Principal"]
    if principal.isdecimal():
        statement["Principal"] = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal.startswith("arn:"):
        statement["Principal"] = {"AWS": principal}
