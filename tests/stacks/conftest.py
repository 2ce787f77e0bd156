"""CloudFormation's API in front of an empty embedded cloud, as a client meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.kernel.scheduler import Kernel
from harness.stacks.api import Api
from harness.stacks.asked import Reader
from harness.stacks.engine import Engine
from harness.vendor import cloudformation_api
from harness.world.account import Account
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.functions import Functions

QUEUE = {"Type": "AWS::SQS::Queue"}


class Client:
    """One client of the cloud; what it deploys has ended when a call returns."""

    def __init__(self, cloud: Cloud) -> None:
        self.kernel = cloud.kernel
        self.aws = cloud.client
        self.api = cloud.client("cloudformation")

    def create(self, resources: dict[str, Any], name: str = "s", **options: Any) -> str:
        """Create a stack; how that ended."""
        self.api.create_stack(StackName=name, TemplateBody=body(resources, options), **options)
        return self.ended(name)

    def update(self, resources: dict[str, Any], name: str = "s", **options: Any) -> str:
        """Update a stack; how that ended."""
        self.api.update_stack(StackName=name, TemplateBody=body(resources, options), **options)
        return self.ended(name)

    def delete(self, name: str = "s", **options: Any) -> str:
        """Delete a stack; how that ended."""
        identity = self.stack(name)["StackId"]
        self.api.delete_stack(StackName=name, **options)
        return self.ended(identity)

    def ended(self, name: str) -> str:
        self.kernel.settle()
        return str(self.stack(name)["StackStatus"])

    def stack(self, name: str = "s") -> Any:
        return self.api.describe_stacks(StackName=name)["Stacks"][0]

    def outputs(self, name: str = "s") -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(name)["Outputs"]}

    def physical(self, logical_id: str, name: str = "s") -> str:
        found = self.api.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def events(self, name: str = "s") -> list[tuple[str, str]]:
        """What happened, the oldest first."""
        found = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(found)]

    def refused(self, operation: str, **parameters: Any) -> tuple[str, str]:
        """The error that an operation answers: its code and its words."""
        with pytest.raises(ClientError) as caught:
            getattr(self.api, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


def body(resources: dict[str, Any], options: dict[str, Any] | None = None) -> str:
    """A template; ``sections`` among the options are its other sections."""
    return json.dumps({"Resources": resources, **((options or {}).pop("sections", {}))})


@pytest.fixture
def run() -> Callable[[Callable[[Client], Any]], Any]:
    """Runs a story in a world of its own."""

    def begin(story: Callable[[Client], Any]) -> Any:
        kernel = Kernel()
        with Cloud(kernel) as cloud:
            engine = Engine(
                kernel,
                cloud.client,
                Functions(),
                Account(cloud.client, REGION),
                region=REGION,
                account_id=ACCOUNT_ID,
                on_created=lambda resource: None,
                responses=lambda: None,  # type: ignore[arg-type,return-value]
            )
            cloudformation_api.apply(cloud.patches, answers=Api(engine, Reader(cloud.client)).answer)
            return kernel.run(lambda: story(Client(cloud)))

    return begin
