"""This file decides how a stack within a stack comes to stand, and what a wait condition's handle is.

What becomes of the nested template is the deployer's (``Request.nested``). Rule: as in AWS, the nested stack is
deployed when its turn comes, with its parameters known; it gives its outputs and nothing else.
"""

from __future__ import annotations

from harness.world.names import physical_name, stack_id, suffix
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Items, Record, Table, Text, Whole, honoured, inert
from harness.world.stack import Stack


def _check(request: Request) -> None:
    request.nested.read(request)


def _create(request: Request) -> Created:
    return _created(request, request.nested.create(request))


def _created(request: Request, stack: Stack) -> Created:
    name = physical_name(request.stack_name, request.logical_id, 128)
    outputs = {f"Outputs.{output}": value for output, value in stack.outputs.items()}
    return Created(stack_id(name, request.region, request.account_id), outputs)


def update(request: Request) -> Created:
    """Make the nested stack what its template and parameters say now."""
    return _created(request, request.nested.update(request))


def _create_handle(request: Request) -> Created:
    key = suffix(request.stack_name, request.logical_id)
    return Created(f"https://cloudformation-waitcondition-{request.region}.s3.amazonaws.com/{key}")


NESTED_STACK = Provider(
    type="AWS::CloudFormation::Stack",
    properties=Record(
        {
            "NotificationARNs": inert(Items(Text()), "nobody is told of a deployment here"),
            "Parameters": honoured(Table(Text())),
            "Tags": inert(TAGS, "the stack itself is nothing that could carry them"),
            "TemplateURL": honoured(Text(), required=True),
            "TimeoutInMinutes": inert(Whole(1), "deploying takes no virtual time"),
        }
    ),
    attributes=("Outputs.*",),
    create=_create,
    check=_check,
)

WAIT_CONDITION_HANDLE = Provider(
    type="AWS::CloudFormation::WaitConditionHandle",
    properties=Record({}),
    attributes=(),
    create=_create_handle,
)
