"""This file decides how an error of AWS looks on the wire, so that an SDK raises the exception it would raise on AWS.

Status and form follow the service's protocol as botocore describes it; a code that the description does not know gets a
status by its name. Whether an error is given at all is ``disturbances.py``'s business.
"""

from __future__ import annotations

import functools
import json
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.utils import EVENT_ALIASES

from harness.vendor.aws_calls import Answer

MESSAGE = "This failure was asked for by the scenario."

# Errors any service may give, and those of S3, which its description leaves out.
_STATUS = {
    "AccessDenied": 403,
    "AllAccessDisabled": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchVersion": 404,
    "NotFound": 404,
    "PreconditionFailed": 412,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SlowDown": 503,
    "Throttling": 400,
    "ThrottlingException": 400,
    "TooManyRequestsException": 429,
}


def same_call(wanted: str, call: str) -> bool:
    """Whether a scenario's ``dynamodb.PutItem`` means this call; ``stepfunctions`` and ``sfn`` are the same."""
    return _canonical(wanted) == call


def _canonical(call: str) -> str:
    service, _, operation = call.partition(".")
    service = service.lower()
    return f"{EVENT_ALIASES.get(service, service)}.{operation}"


def error_answer(call: str, code: str, request_id: str, message: str = MESSAGE, *, status: int | None = None) -> Answer:
    """Status, headers and body of an error ``code`` (AWS's) to a call such as ``s3.GetObject``.

    ``status`` is for a code that says nothing of it.
    """
    model = _model(call.partition(".")[0])
    protocol = model.metadata["protocol"] if model is not None else "json"
    status = status or _status(model, code)
    if protocol in ("rest-xml", "query", "ec2"):
        body = _xml(protocol, code, request_id, escape(message))
        headers = {"content-type": "text/xml", "x-amzn-requestid": request_id, "x-amz-request-id": request_id}
    else:
        body = json.dumps({"__type": code, "message": message})
        sender = "Receiver" if status >= 500 else "Sender"
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amzn-requestid": request_id,
            "x-amzn-errortype": code,
            "x-amzn-query-error": f"{code};{sender}",
        }
    return status, headers, body.encode()


def _xml(protocol: str, code: str, request_id: str, message: str) -> str:
    error = f"<Code>{escape(code)}</Code><Message>{message}</Message>"
    if protocol == "rest-xml":
        return f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    if protocol == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    return f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"


def _status(model: ServiceModel | None, code: str) -> int:
    for shape in model.error_shapes if model is not None else ():
        described = shape.metadata.get("error", {})
        if code in (shape.name, described.get("code")) and "httpStatusCode" in described:
            return int(described["httpStatusCode"])
    return _STATUS.get(code, 500 if "Internal" in code else 400)


@functools.cache
def _model(service_id: str) -> ServiceModel | None:
    """The description of the service whose events carry this name (``sfn``, ``cloudwatch-logs``)."""
    loader = Loader()
    named = [name for name, event_name in sorted(EVENT_ALIASES.items()) if event_name == service_id]
    for name in [service_id, *named]:
        if name in loader.list_available_services("service-2"):
            return ServiceModel(loader.load_service_model(name, "service-2"), name)
    return None
