"""This file decides what a scenario can say of the account that a template is deployed into: what is there already.

It puts nothing there. What a template creates itself does not belong here.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.scenario.base import Part


class AccountContents(Part):
    """What stands in the account before the template is deployed."""

    ssm: Annotated[
        dict[str, str],
        Field(
            description="What Parameter Store holds, by name: for parameters of type AWS::SSM::Parameter::Value and "
            '"{{resolve:ssm:...}}".'
        ),
    ] = Field(default_factory=dict)
    secrets: Annotated[
        dict[str, str | dict[str, str | int | float | bool]],
        Field(
            description="What Secrets Manager holds, by name: a text, or a mapping that is kept as JSON. For "
            '"{{resolve:secretsmanager:...}}".'
        ),
    ] = Field(default_factory=dict)
    exports: Annotated[
        dict[str, str],
        Field(description="What other stacks export, by the export's name: for Fn::ImportValue."),
    ] = Field(default_factory=dict)
