"""This file decides which of this world's doors an address belongs to: an API's, a function URL's, a bucket's.

What no door here has is nobody's here: it is the outside (``harness/outside``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import ClientError

from harness.deliver.http.entrance import HttpEntrance
from harness.deliver.http.exchange import HttpRequest
from harness.kernel.scheduler import Kernel
from harness.vendor import function_urls, http_apis, http_exchange, rest_apis, s3_requests
from harness.vendor.http_exchange import HttpAnswer
from harness.world.cloud import ACCOUNT_ID, REGION

_API = re.compile(rf"(?P<id>[a-z0-9]+)\.execute-api\.{REGION}\.amazonaws\.com")
_TOPICS = f"sns.{REGION}.amazonaws.com"
_URL = re.compile(rf"(?P<id>[a-z0-9]+)\.lambda-url\.{REGION}\.on\.aws")
# Of a request, what belongs to the connection and not to the message.
_OF_THE_CONNECTION = ("connection", "keep-alive", "transfer-encoding")


class Addresses:
    """The addresses of one world."""

    def __init__(self, kernel: Kernel, entrance: HttpEntrance, client: Callable[[str], Any]) -> None:
        self._kernel = kernel
        self._client = client
        self._entrance = entrance

    def find(self, request: http_exchange.HttpRequest) -> Callable[[], HttpAnswer] | None:
        """What answers the request, in a task of its own; None if the address is nobody's here."""
        host = urlsplit(request.url).hostname or ""
        url, api = _URL.fullmatch(host), _API.fullmatch(host)
        if url is not None and function_urls.find(ACCOUNT_ID, REGION, url["id"]) is not None:
            return lambda: self._enter(url["id"], "", _path(request), request)
        if api is not None:
            return self._api(api["id"], request)
        if host == _TOPICS:
            return self._confirmation(request)
        bucket = s3_requests.bucket_of(request.url)
        return None if bucket is None else lambda: self._bucket(bucket, request)

    def _api(self, api_id: str, request: http_exchange.HttpRequest) -> Callable[[], HttpAnswer] | None:
        rest = rest_apis.stages(ACCOUNT_ID, REGION, api_id)
        http = http_apis.stages(ACCOUNT_ID, REGION, api_id)
        if not rest and not http:
            return None
        path = _path(request)
        _, first, *rest_of_path = path.split("/", 2)
        if first not in http and "$default" in http:
            return lambda: self._enter(api_id, "$default", path, request)
        below = "/" + "".join(rest_of_path)
        return lambda: self._enter(api_id, first, below, request)

    def _enter(self, target: str, stage: str, path: str, request: http_exchange.HttpRequest) -> HttpAnswer:
        query = tuple(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        headers = tuple(pair for pair in request.headers if pair[0].lower() not in _OF_THE_CONNECTION)
        answer = self._entrance.request(target, stage, HttpRequest(request.method, path, query, headers, request.body))
        return HttpAnswer(answer.status, answer.headers, answer.body)

    def _confirmation(self, request: http_exchange.HttpRequest) -> Callable[[], HttpAnswer] | None:
        """What a SubscribeURL does when it is visited. SNS-13"""
        asked = dict(parse_qsl(urlsplit(request.url).query))
        if asked.get("Action") != "ConfirmSubscription":
            return None

        def confirm() -> HttpAnswer:
            try:
                parameters = {name: asked.get(name, "") for name in ("TopicArn", "Token")}
                arn = self._client("sns").confirm_subscription(**parameters)["SubscriptionArn"]
            except ClientError as error:
                said = error.response["Error"]
                text = f"<ErrorResponse><Error><Code>{said['Code']}</Code></Error></ErrorResponse>"
                return HttpAnswer(400, (("content-type", "text/xml"),), text.encode())
            result = f"<ConfirmSubscriptionResult><SubscriptionArn>{arn}</SubscriptionArn></ConfirmSubscriptionResult>"
            text = f"<ConfirmSubscriptionResponse>{result}</ConfirmSubscriptionResponse>"
            return HttpAnswer(200, (("content-type", "text/xml"),), text.encode())

        return confirm

    def _bucket(self, bucket: str, request: http_exchange.HttpRequest) -> HttpAnswer:
        kernel, path = self._kernel, urlsplit(request.url).path
        task = kernel.require_current()
        task.cause = kernel.emit("http", "received", bucket, method=request.method, path=path)
        answer = s3_requests.answer(request, kernel.clock)
        task.cause = kernel.emit("http", "answered", bucket, method=request.method, path=path, status=answer.status)
        return answer


def _path(request: http_exchange.HttpRequest) -> str:
    return urlsplit(request.url).path or "/"
