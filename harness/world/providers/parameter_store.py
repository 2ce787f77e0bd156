"""This file decides how a parameter of Parameter Store comes to stand."""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Record, Table, Text, honoured, inert


def _create(request: Request) -> Created:
    properties = request.properties
    # CloudFormation names it so, without the stack's name.
    name = properties.get("Name") or request.name("Name", 2048).replace(request.stack_name, "CFN", 1)
    passed_on = {
        k: properties[k] for k in ("AllowedPattern", "DataType", "Description", "Type", "Value") if k in properties
    }
    tags = [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()]
    tier = {"Tier": properties["Tier"]} if "Tier" in properties else {}
    request.client("ssm").put_parameter(Name=name, Tags=tags, **passed_on, **tier)
    return Created(name, {"Type": properties["Type"], "Value": properties["Value"]})


PARAMETER = Provider(
    type="AWS::SSM::Parameter",
    properties=Record(
        {
            "AllowedPattern": honoured(Text(longest=1024)),
            "DataType": honoured(Text(choices=("aws:ec2:image", "text"))),
            "Description": honoured(Text(longest=1024)),
            "Name": honoured(Text(longest=2048)),
            "Tags": inert(Table(Text()), "kept and shown by the API"),
            "Tier": inert(
                Text(choices=("Advanced", "Intelligent-Tiering", "Standard")), "kept; nothing is billed here"
            ),
            # CloudFormation makes no SecureString.
            "Type": honoured(Text(choices=("String", "StringList")), required=True),
            "Value": honoured(Text(), required=True),
        },
        not_yet=("Policies",),
    ),
    attributes=("Type", "Value"),
    create=_create,
)
