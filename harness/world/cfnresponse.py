"""This file decides how inline code answers the request of a custom resource: it is put beside code that imports it.

On AWS a module of this name and with this function comes with code in ``ZipFile`` that has the line ``import
cfnresponse``, and with no other
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html).
It runs inside the function, so it imports nothing of ours.
"""

from __future__ import annotations

import json
from typing import Any

import urllib3

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803 - AWS's names
    responseData: dict[str, Any] | None,  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Tell CloudFormation how it went; without a physical id the log stream's name is taken."""
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "NoEcho": noEcho,
        "Data": responseData,
    }
    try:
        told = urllib3.PoolManager().request("PUT", event["ResponseURL"], body=json.dumps(answer).encode())
        print("Status code:", told.status)
    except Exception as error:
        print("send(..) failed executing http.request(..):", error)
