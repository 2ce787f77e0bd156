"""The parameters of an AWS call are known while it is on its way."""

from __future__ import annotations

import inspect
from typing import Any

from botocore.client import BaseClient

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier
from harness.vendor.call_parameters import CallParameters
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(BaseClient._make_api_call).parameters) == ["self", "operation_name", "api_params"]


def test_upstream_has_them_no_more_where_the_request_is_sent() -> None:
    from botocore.awsrequest import AWSPreparedRequest

    assert not hasattr(AWSPreparedRequest("GET", "https://a", {}, b"", False), "params")


def test_a_hook_sees_the_parameters_of_its_own_call_and_none_before_or_after() -> None:
    kernel = Kernel()
    seen: list[Any] = []

    with Cloud(kernel) as cloud:

        def hook(carrier: Carrier | None, call: str, request: Any) -> None:
            seen.append((call, cloud.parameters.current()))
            if call == "s3.CreateBucket":
                cloud.client("sqs").create_queue(QueueName="inner")
                seen.append((call, cloud.parameters.current()))

        def main() -> None:
            seen.append(cloud.parameters.current())
            cloud.client("s3").create_bucket(Bucket="outer")
            seen.append(cloud.parameters.current())

        cloud.on_call.append(hook)
        kernel.run(main)
    outer, inner = {"Bucket": "outer"}, {"QueueName": "inner"}
    assert seen == [{}, ("s3.CreateBucket", outer), ("sqs.CreateQueue", inner), ("s3.CreateBucket", outer), {}]


def test_undo_restores_the_very_same_object() -> None:
    before = BaseClient._make_api_call
    with Patches() as patches:
        CallParameters(Kernel()).apply(patches)
        assert BaseClient._make_api_call is not before
    assert BaseClient._make_api_call is before
