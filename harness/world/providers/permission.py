"""This file decides how a function's permission comes to stand: one statement of its policy."""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Record, Text, honoured


def _create(request: Request) -> Created:
    statement_id = request.name("", 100)
    request.client("lambda").add_permission(StatementId=statement_id, **request.properties)
    return Created(statement_id, {"Id": statement_id})


PERMISSION = Provider(
    type="AWS::Lambda::Permission",
    properties=Record(
        {
            "Action": honoured(Text(), required=True),
            "EventSourceToken": honoured(Text()),
            "FunctionName": honoured(Text(), required=True),
            "FunctionUrlAuthType": honoured(Text(choices=("AWS_IAM", "NONE"))),
            "InvokedViaFunctionUrl": honoured(Flag()),
            "Principal": honoured(Text(), required=True),
            "PrincipalOrgID": honoured(Text()),
            "SourceAccount": honoured(Text()),
            "SourceArn": honoured(Text()),
        }
    ),
    attributes=("Id",),
    create=_create,
    lets_in=True,
)
