"""This file decides who in the world answers a request: one of AWS's services, an API, a function's URL, or ourselves.

It runs in a task of the world. What a request's address means is ``addresses.py``'s; how AWS's services answer,
``aws.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.serve.addresses import ToApi, ToAws, ToBucket, ToFunction, ToUs, read
from harness.serve.admin import Admin
from harness.serve.aws import Aws
from harness.serve.requests import Answer, Request
from harness.vendor import http_apis
from harness.world.cloud import ACCOUNT_ID, REGION

# Given an API's id or that of a function's URL, the stage, and the request.
HttpAnswers = Callable[[str, str, HttpRequest], HttpResponse]


class Dispatch:
    """Answers the requests of one world."""

    def __init__(self, aws: Aws, admin: Admin, http: HttpAnswers) -> None:
        self._aws = aws
        self._admin = admin
        self._http = http

    def serve(self, request: Request) -> Answer:
        """The answer to a request, when it comes."""
        try:
            return self._served(request)
        except Exception as error:
            return self._aws.fault("unknown.Unknown", error)

    def _served(self, request: Request) -> Answer:
        address = read(request.url)
        if isinstance(address, ToUs):
            return self._admin.answer(request, address.path)
        if isinstance(address, ToApi):
            stage, path = (address.stage, address.path) if address.stage else _staged(address)
            return self._asked(address.api_id, stage, path, request)
        if isinstance(address, ToFunction):
            return self._asked(address.url_id, "", address.path, request)
        if isinstance(address, ToBucket):
            return self._aws.answer(request, address)
        assert isinstance(address, ToAws)
        return self._aws.answer(request, None, address.perhaps_bucket)

    def _asked(self, target: str, stage: str, path: str, request: Request) -> Answer:
        query = tuple(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        found = self._http(target, stage, HttpRequest(request.method, path, query, request.headers, request.body))
        return Answer(found.status, found.headers, found.body)


def _staged(address: ToApi) -> tuple[str, str]:
    """The stage that an API's path begins with, and the rest of the path."""
    first, _, rest = address.path[1:].partition("/")
    stages = http_apis.stages(ACCOUNT_ID, REGION, address.api_id)
    if "$default" in stages and first not in stages:
        return "$default", address.path
    return (first, f"/{rest}") if first else ("$default", address.path)
