"""This file decides how a request for one of AWS's services is answered, and what is said of one that cannot be.

The embedded cloud answers it, through the door of all AWS calls. What that cannot do is refused as AWS would refuse
it, in the service's own form, or, if AWS would not, with a 501 that says what the harness does not emulate. A 500 is a
fault of ours: its traceback goes to ``on_fault``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

from botocore.exceptions import ClientError

from harness.disturb.error_answers import error_answer
from harness.errors import HarnessError
from harness.invoke.runner import Call
from harness.kernel.scheduler import Kernel
from harness.serve.addresses import ToBucket
from harness.serve.requests import Answer, Request
from harness.vendor import aws_requests
from harness.vendor.aws_calls import CallRefused
from harness.vendor.aws_requests import Asked, AwsRequest, NoService
from harness.world.cloud import REGION

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "te", "upgrade", "expect")
_FORM = "application/x-www-form-urlencoded"
# More than any action of AWS's takes.
_MOST_PARAMETERS = 10_000
# How the embedded cloud's XML parser refuses entities, of which a few lines can make gigabytes.
_DISABLED = "entities are disabled"
_SUPPORTED = "AWS4-HMAC-SHA256"
# The embedded cloud would deploy their stacks without most of their behaviour, and say nothing.
_STACK_SETS = ("CreateStackSet", "UpdateStackSet", "CreateStackInstances")
_STACKS_INSTEAD = "The harness has one account and one region, and no stack sets. Deploy the template as a stack."


class Aws:
    """AWS's services in one world. ``on_fault`` is told of errors that are ours, with the id of the request.

    ``caller`` says which function's call has a number, if it runs.
    """

    def __init__(
        self,
        kernel: Kernel,
        on_fault: Callable[[str, BaseException], None],
        caller: Callable[[int | None], Call | None] = lambda call_id: None,
    ) -> None:
        self._kernel = kernel
        self._on_fault = on_fault
        self._caller = caller

    def answer(self, request: Request, bucket: ToBucket | None = None, perhaps_bucket: str = "") -> Answer:
        """The answer, when it comes; ``bucket`` is one that the request's host names, ``perhaps_bucket`` one it may."""
        headers = tuple((n, v) for n, v in request.headers if n.lower() not in _HOP_BY_HOP)
        plain = AwsRequest(request.method, request.url, headers, request.body)
        unfit = self._unsigned(plain) or self._unreadable(plain)
        if unfit is not None:
            return unfit
        try:
            aws_request = _addressed(plain, bucket, perhaps_bucket)
        except NoService:
            return self._error("unknown.Unknown", "UnknownOperationException", "", 400)
        asked = aws_requests.asked(aws_request)
        if asked.service == "cloudformation" and asked.operation in _STACK_SETS:
            return self._error(asked.call, "NotImplemented", _STACKS_INSTEAD, 501)
        task = self._kernel.require_current()
        by = self._caller(request.call)
        if by is None:
            task.cause = self._kernel.emit("act", "called", asked.call)
        else:
            # What a function sets off follows from its call, as if its code ran here.
            task.cause, task.trace_header = by.number, by.trace_header
            self._kernel.emit("invoke", "called", by.spec.arn, call=asked.call, digest=aws_requests.digest(aws_request))
        try:
            status, found, body = aws_requests.answer(asked.call, aws_request)
        except CallRefused:
            return self._not_here(asked, aws_request)
        except Exception as error:
            return self._failed(asked, aws_request, error)
        if status == 404 and not body and asked.operation is None and request.method != "HEAD":
            return self._not_here(asked, aws_request)
        if status == 403 and not body and asked.service == "s3" and request.method != "HEAD":
            return self._error(asked.call, "AccessDenied", "Access Denied", 403)
        return Answer(status, tuple(_typed(found, body).items()), body)

    # -- what cannot be answered ------------------------------------------------------------------

    def _unreadable(self, request: AwsRequest) -> Answer | None:
        """What AWS says of parameters that are no JSON object where they have to be one, or of too many of them."""
        if request.header("content-type").startswith(_FORM) and request.body.count(b"&") > _MOST_PARAMETERS:
            # They are read in a time that grows with their square.
            text = f"The request has more than {_MOST_PARAMETERS} parameters."
            return self._error("sns.Unknown", "MalformedQueryString", text, 400)
        if not request.header("x-amz-target"):
            return None
        try:
            if isinstance(json.loads(request.body or b"{}"), dict):
                return None
        except (ValueError, RecursionError):
            pass
        text = "The body of the request is no JSON object."
        return self._error("unknown.Unknown", "SerializationException", text, 400)

    def _unsigned(self, request: AwsRequest) -> Answer | None:
        """What AWS says of a signature that is none, before it looks at anything else."""
        signature = request.header("authorization")
        if not signature:
            return None
        if signature.startswith("AWS "):
            text = f"The authorization mechanism you have provided is not supported. Please use {_SUPPORTED}."
            return self._error("s3.Unknown", "InvalidRequest", text, 400)
        if not signature.startswith("AWS"):
            return None  # a bearer's token, or the like
        scope = _scope(signature)
        if not signature.startswith(_SUPPORTED) or (len(scope) >= 5 and all(scope[-4:])):
            return None  # the other mechanism, SigV4A, names no region
        if request.header("x-amz-target"):
            missing = [part for part in ("Credential", "Signature", "SignedHeaders") if f"{part}=" not in signature]
            text = " ".join(f"Authorization header requires '{part}' parameter." for part in missing)
            text = text or "Credential must have at least 5 slash-delimited elements."
            return self._error(
                "unknown.Unknown", "IncompleteSignatureException", f"{text} Authorization={signature}", 400
            )
        text = (
            "The authorization header is malformed; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
        return self._error("s3.Unknown", "AuthorizationHeaderMalformed", text, 400)

    def _not_here(self, asked: Asked, request: AwsRequest) -> Answer:
        if asked.service is None:
            name = urlsplit(request.url).netloc.partition(".")[0]
            return self._error(asked.call, "NotImplemented", f'The harness does not emulate the service "{name}".', 501)
        if asked.described:
            text = f"The harness does not emulate {asked.operation} of {asked.service}."
            return self._error(asked.call, "NotImplemented", text, 501)
        if asked.protocol in ("query", "ec2"):
            if asked.operation is None:
                return self._error(asked.call, "MissingAction", "The request must contain the parameter Action.", 400)
            text = f"The action {asked.operation} is not valid for this web service."
            return self._error(asked.call, "InvalidAction", text, 400)
        if asked.service == "s3":
            text = "The specified method is not allowed against this resource."
            return self._error(asked.call, "MethodNotAllowed", text, 405)
        status = 400 if asked.protocol == "json" else 404
        return self._error(asked.call, "UnknownOperationException", "", status)

    def _failed(self, asked: Asked, request: AwsRequest, error: Exception) -> Answer:
        if isinstance(error, HarnessError):
            return self._error(asked.call, "NotImplemented", str(error), 501)
        if isinstance(error, ClientError):
            said = error.response["Error"]
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return self._error(asked.call, said.get("Code", "ClientError"), said.get("Message", ""), status)
        if asked.protocol == "rest-json" and not _is_json(request.body):
            return self._error(asked.call, "SerializationException", "The body of the request is not valid JSON.", 400)
        if isinstance(error, RecursionError) and asked.service != "s3":
            text = "The parameters of the request lie too deep in one another."
            return self._error(asked.call, "SerializationException", text, 400)
        if isinstance(error, ExpatError | RecursionError) or _DISABLED in str(error):
            text = "The XML you provided was not well-formed or did not validate against our published schema"
            return self._error(asked.call, "MalformedXML", text, 400)
        if isinstance(error, OverflowError):
            text = f"A number in the request is out of range: {error}."
            return self._error(asked.call, "ValidationException", text, 400)
        if asked.service == "s3" and asked.described and isinstance(error, ValueError):
            return self._error(asked.call, "InvalidArgument", f"Invalid Argument: {error}.", 400)
        if not asked.described and asked.service is not None and (asked.service != "s3" or request.method == "POST"):
            return self._not_here(asked, request)
        if asked.service is not None and asked.operation is not None and asked.described:
            problem = aws_requests.problem(asked.service, asked.operation, request)
            if problem is not None:
                code = "ValidationError" if asked.protocol in ("query", "ec2") else "ValidationException"
                return self._error(asked.call, code, problem, 400)
        return self.fault(asked.call, error)

    def fault(self, call: str, error: BaseException) -> Answer:
        """What is answered when the harness itself is at fault."""
        request_id = self._kernel.decisions.uuid("id of a refused request")
        self._on_fault(request_id, error)
        text = f"A fault of the harness, not of your request ({type(error).__name__}). Its log has it as {request_id}."
        return _as_answer(error_answer(call, "InternalFailure", request_id, text, status=500))

    def _error(self, call: str, code: str, message: str, status: int) -> Answer:
        request_id = self._kernel.decisions.uuid("id of a refused request")
        return _as_answer(error_answer(call, code, request_id, message, status=status))


def _addressed(request: AwsRequest, bucket: ToBucket | None, perhaps_bucket: str) -> AwsRequest:
    """The request with AWS's address in the place of ours.

    Raises:
        NoService: it is for one, but not for any operation.
    """
    parts = urlsplit(request.url)
    path = bucket.path if bucket is not None else parts.path or "/"
    host = f"s3.{REGION}.amazonaws.com"
    if bucket is None:
        try:
            host = aws_requests.host_of(request, REGION)
        except NoService:
            # S3 answers those who say nothing; who names another service has left out what he wants of it.
            if request.header("x-amz-target") or _scope(request.header("authorization"))[-2:-1] not in ([], ["s3"]):
                raise
    if host.startswith("s3."):
        name = bucket.bucket if bucket is not None else perhaps_bucket
        host = f"{name}.{host}" if name else host
        # S3 finds the bucket in this header, all others tell their clients where they were found.
        headers = (*((n, v) for n, v in request.headers if n.lower() != "host"), ("Host", host))
        request = replace(request, headers=headers)
    return replace(request, url=f"http://{host}{path}" + (f"?{parts.query}" if parts.query else ""))


def access_key_id(request: Request) -> str:
    """Whose signature a request bears; empty if nobody's."""
    return _scope(request.header("authorization") or "")[0]


def _scope(signature: str) -> list[str]:
    """What a signature is good for: a key, a date, a region, a service, and ``aws4_request``."""
    return signature.partition("Credential=")[2].partition(",")[0].strip().split("/")


def _typed(headers: dict[str, str], body: bytes) -> dict[str, str]:
    """The headers, with the type of the body if the cloud left it out."""
    if not body or any(name.lower() == "content-type" for name in headers):
        return headers
    kind = {b"{": "application/json", b"[": "application/json", b"<": "text/xml"}.get(body[:1])
    return headers if kind is None else {**headers, "content-type": kind}


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return False
    return True


def _as_answer(given: tuple[int, dict[str, str], bytes]) -> Answer:
    status, headers, body = given
    return Answer(status, tuple(headers.items()), body)
