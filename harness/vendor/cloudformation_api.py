"""This file decides who answers CloudFormation's API where stacks are deployed through it.

Upstream: moto 5.2.5 makes the resource types that it knows, with those of their properties that it knows, leaves the
rest out without a word, and calls the stack CREATE_COMPLETE. Why that can't stay: a pipeline deployed so would behave
otherwise than it says. What we do: hand the operations on stacks and change sets upwards, parameters and answers in the
shapes that boto3 has; stack sets and the rest stay moto's. Since: moto 0.4. Not needed any more when: moto refuses by
name what it does not honour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.vendor.patches import Patches

OPERATIONS = (
    "CreateChangeSet",
    "CreateStack",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetStackPolicy",
    "GetTemplate",
    "GetTemplateSummary",
    "ListChangeSets",
    "ListExports",
    "ListImports",
    "ListStackResources",
    "ListStacks",
    "UpdateStack",
    "UpdateTerminationProtection",
    "ValidateTemplate",
)

# Given an operation's name and its parameters; its answer.
Answers = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class StackRefused(Exception):
    """What is asked for is refused, with one of CloudFormation's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def apply(patches: Patches, *, answers: Answers) -> None:
    """Have ``answers`` give what CloudFormation answers."""
    # moto's CloudFormation loads every service that it can make something of: a third of a second, 80 MB.
    from moto.cloudformation.exceptions import CloudFormationError
    from moto.cloudformation.responses import CloudFormationResponse
    from moto.core.responses import ActionResult

    def call_action(self: CloudFormationResponse) -> Any:
        action = self._get_action()
        if action not in OPERATIONS:
            return original(self)
        result: Any
        try:
            result = answers(action, dict(self.params))
        except StackRefused as refused:
            result = CloudFormationError(str(refused))
            result.code = refused.code
        return self.serialized(ActionResult(result))

    original = patches.put(CloudFormationResponse, "call_action", call_action)
    # They make what boto3 has of what moto's own objects hold.
    patches.put(CloudFormationResponse, "RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
