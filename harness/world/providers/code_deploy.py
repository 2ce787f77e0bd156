"""This file decides what a function's ``DeploymentPreference`` becomes: an application and a group of CodeDeploy.

They stand and do nothing. CodeDeploy shifts traffic from one version of a function to the next when a stack is updated;
the first deployment of a stack, which is the only one here, points the alias at the new version at once, on AWS too.
"""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Items, Json, Record, Text, honoured, inert

_UPDATES_ONLY = "kept; it says how an update goes, and a world is deployed once"


def _create_application(request: Request) -> Created:
    name = request.name("ApplicationName", 100)
    request.client("codedeploy").create_application(
        applicationName=name, computePlatform=request.properties.get("ComputePlatform", "Server")
    )
    return Created(name)


def _create_group(request: Request) -> Created:
    name = request.name("DeploymentGroupName", 100)
    request.client("codedeploy").create_deployment_group(
        applicationName=request.properties["ApplicationName"],
        deploymentGroupName=name,
        serviceRoleArn=request.properties["ServiceRoleArn"],
    )
    return Created(name)


APPLICATION = Provider(
    type="AWS::CodeDeploy::Application",
    properties=Record(
        {
            "ApplicationName": honoured(Text(longest=100)),
            # Other platforms deploy to machines, of which there are none here.
            "ComputePlatform": honoured(Text(choices=("Lambda",)), required=True),
            "Tags": inert(TAGS, "kept"),
        }
    ),
    attributes=(),
    create=_create_application,
)

DEPLOYMENT_GROUP = Provider(
    type="AWS::CodeDeploy::DeploymentGroup",
    properties=Record(
        {
            "AlarmConfiguration": inert(Json(), _UPDATES_ONLY),
            "ApplicationName": honoured(Text(), required=True),
            "AutoRollbackConfiguration": inert(
                Record({"Enabled": honoured(Flag()), "Events": honoured(Items(Text()))}), _UPDATES_ONLY
            ),
            "DeploymentConfigName": inert(Text(), _UPDATES_ONLY),
            "DeploymentGroupName": honoured(Text(longest=100)),
            "DeploymentStyle": inert(
                Record({"DeploymentOption": honoured(Text()), "DeploymentType": honoured(Text())}), _UPDATES_ONLY
            ),
            "ServiceRoleArn": honoured(Text(), required=True),
            "TriggerConfigurations": inert(Items(Json()), _UPDATES_ONLY),
        }
    ),
    attributes=(),
    create=_create_group,
)
