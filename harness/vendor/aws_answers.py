"""This file decides how an answer of AWS looks on the wire, so that an SDK reads it as it would on AWS.

It uses moto 5.2.5's serializers, which follow botocore's description of each protocol; moto has them for its own
services, and they know all others as well. An error's form is the business of ``harness/disturb/error_answers.py``.
"""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from harness.vendor.aws_calls import Answer


def answer(operation: OperationModel, result: Any, request_id: str) -> Answer:
    """Status, headers and body of what ``operation`` answers with ``result``, a value as boto3 gives it."""
    service = get_service_model(operation.service_model.service_name)
    serializer = get_serializer_class(service.service_name, service.resolved_protocol)
    context = SerializationContext(request_id)
    given = serializer(service.operation_model(operation.name), context).serialize(result)
    body = given["body"].encode() if isinstance(given["body"], str) else given["body"]
    headers = {name: str(value) for name, value in given["headers"].items()}
    headers |= {"x-amzn-requestid": request_id, "x-amz-request-id": request_id, "content-length": str(len(body))}
    return given["status_code"], headers, body
