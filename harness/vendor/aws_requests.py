"""This file decides how a request of AWS's that came over HTTP, to an address of this machine, reaches moto.

Upstream: moto 5.2.5's server makes one Flask application a service, finds the service by the signature, the target or
the path, and answers what its services raise with pages of HTML. Its other door, the one that boto3 in this process
goes through, wants AWS's own addresses. Why that can't stay: two doors behave in two ways, and ours are at the second
one (``aws_calls.py``). What we do: find the service as moto's server does, write AWS's address in the place of ours,
and go in by the second door. Since: moto 4.0 (``infer_service_region_host``). Not needed any more when: moto's server
hands its requests to ``BotocoreStubber``.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.utils import EVENT_ALIASES
from botocore.validate import ParamValidator
from moto import backend_index, backends
from moto.core.base_backend import BackendDict
from moto.core.model import OperationModel
from moto.core.models import botocore_stubber
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.exceptions import HTTPException

from harness.vendor import aws_calls
from harness.vendor.aws_calls import Answer, CallRefused

# What moto's server calls by a name where its other door wants an address.
_HOSTS = {
    "dynamodb": "dynamodb.{region}.amazonaws.com",
    "dynamodb_v20111205": "dynamodb.{region}.amazonaws.com",
    "dynamodbstreams": "streams.dynamodb.{region}.amazonaws.com",
    "s3control": "s3-control.{region}.amazonaws.com",
    "sesv2": "email.{region}.amazonaws.com",
}

# Kept as it is outside of a world: ``aws_routes.py`` shortens the list for the search that is under way.
_PATTERNS = tuple(backend_index.backend_url_patterns)


class NoService(Exception):
    """Nothing says which service a request is for."""


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A request to one of AWS's own addresses."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The header's last value; empty if it was not sent."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: the service as boto3 has it, and its operation; None for what nobody knows.

    ``described`` says whether AWS has such an operation, as far as botocore knows.
    """

    service: str | None
    operation: str | None
    described: bool

    @property
    def call(self) -> str:
        """Both, as the door has it."""
        service = self.service or "unknown"
        return f"{EVENT_ALIASES.get(service, service)}.{self.operation or 'Unknown'}"

    @property
    def protocol(self) -> str:
        """How the service speaks; JSON if nobody knows."""
        return "json" if self.service is None else str(get_service_model(self.service).protocol)


def host_of(request: AwsRequest, region: str) -> str:
    """AWS's host name for a request that came to an address of this machine.

    Raises:
        NoService: it is signed for no service, has no target, and its path says nothing.
    """
    parts = urlsplit(request.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": io.BytesIO(request.body),
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    try:
        host = _dispatcher().infer_service_region_host(environ, parts.path)
    except (KeyError, IndexError, ValueError) as error:
        raise NoService from error
    if host is None:
        raise NoService
    return _HOSTS.get(host, host).format(region=region)


def asked(request: AwsRequest) -> Asked:
    """What a request asks of which service."""
    service = _service_at(urlsplit(request.url).netloc)
    if service is None:
        return Asked(None, None, False)
    named = _named(request)
    operations = get_service_model(service).operation_names
    if named is None:
        routed = _routed(service, request)
        return Asked(service, routed, routed is not None)
    return Asked(service, named, named in operations)


def problem(service: str, operation: str, request: AwsRequest) -> str | None:
    """What is wrong with an operation's parameters, as botocore would say it; None if nothing is."""
    model = get_service_model(service)
    operation_model: OperationModel = model.operation_model(operation)
    if operation_model.input_shape is None:
        return None
    made = _as_moto(request)
    try:
        protocol = determine_request_protocol(model, made.content_type)
        parser = PROTOCOL_PARSERS[protocol](operation_model, map_type=dict)
        uri = get_service_router(service).match(made)[1] if protocol.startswith("rest") else {}
        parsed = parser.parse(
            {
                "method": made.method,
                "values": made.values,
                "headers": made.headers,
                "body": made.data,
                "url_path": made.path,
                "url_params": uri,
            }
        )
    except (HTTPException, NotImplementedError, ValueError, KeyError, TypeError) as error:
        return str(error)
    report = ParamValidator().validate(parsed, operation_model.input_shape)
    return str(report.generate_report()) if report.has_errors() else None


def digest(request: AwsRequest) -> str:
    """See ``aws_calls.digest``."""
    return aws_calls.digest(AWSPreparedRequest(request.method, request.url, {}, request.body, stream_output=False))


def answer(call: str, request: AwsRequest) -> Answer:
    """What the cloud answers; ``call`` is the request's name for the door.

    Raises:
        CallRefused: nothing here answers it.
    """
    given = HTTPHeaders()
    for name, value in request.headers:
        given[name] = value
    prepared = AWSPreparedRequest(request.method, request.url, given, request.body, stream_output=False)
    found = botocore_stubber(f"before-send.{call}", prepared)
    if found is None:
        raise CallRefused(text=f"Nothing here answers {request.url}.")
    content: bytes = found.raw.getvalue()
    return found.status_code, {str(name): str(value) for name, value in found.headers.items()}, content


def services() -> list[str]:
    """The names of all services that moto has."""
    return sorted({name.replace("awslambda", "lambda") for name in backends.list_of_moto_modules()})


@functools.cache
def _dispatcher() -> DomainDispatcherApplication:
    def nothing(service: Any) -> Any:
        raise AssertionError("no application of moto's is made here")

    return DomainDispatcherApplication(nothing)


@functools.lru_cache(maxsize=1024)
def _service_at(host: str) -> str | None:
    """boto3's name of the service at one of AWS's hosts."""
    for name, pattern in _PATTERNS:
        if not pattern.match(f"http://{host}/"):
            continue
        backend_dict: Any = backends.get_backend(name)  # type: ignore[call-overload]
        if isinstance(backend_dict, BackendDict):
            regions = backend_dict["123456789012"]
            backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
        else:
            backend = backend_dict["global"]
        classes = [getattr(handler, "__self__", None) for handler in backend.urls.values()]
        for found in classes:
            if isinstance(found, type) and _is_described(named := found().boto3_service_name):
                return str(named)
        return name if _is_described(name) else None
    return None


def _is_described(service: str) -> bool:
    try:
        get_service_model(service)
    except (UnknownServiceError, DataNotFoundError, ValueError):
        return False
    return True


def _named(request: AwsRequest) -> str | None:
    """The operation that a header, the query or a form names."""
    target = request.header("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    named = parse_qs(urlsplit(request.url).query).get("Action")
    if named is None and request.header("content-type").startswith("application/x-www-form-urlencoded"):
        named = parse_qs(request.body.decode(errors="replace")).get("Action")
    return named[0] if named else None


def _routed(service: str, request: AwsRequest) -> str | None:
    try:
        return str(get_service_router(service).match(_as_moto(request))[0].name)
    except (HTTPException, NotImplementedError, ValueError):
        return None  # a ValueError: moto cannot make the routes of this service


def _as_moto(request: AwsRequest) -> Request:
    return Request.from_primitives(request.method, request.url, dict(request.headers), request.body)
