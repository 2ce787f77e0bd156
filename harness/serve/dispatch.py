"""This file decides who in the world answers a request: one of AWS's services, an API, a function's URL, or ourselves.

It runs in a task of the world. Where a request goes is read from its address (``addresses.py``); which of AWS's
services it is for, from its signature, its target or its path (``vendor/aws_requests.py``).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.serve.requests import Answer, Request
from harness.vendor import aws_requests
from harness.world.cloud import REGION


class Dispatch:
    """Answers the requests of one world."""

    def serve(self, request: Request) -> Answer:
        """The answer to a request, when it comes."""
        try:
            host = aws_requests.host_of(request.method, request.url, request.headers, request.body, REGION)
        except aws_requests.NoService:
            host = f"s3.{REGION}.amazonaws.com"
        parts = urlsplit(request.url)
        url = f"http://{host}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        status, headers, body = aws_requests.answer("http.Request", request.method, url, request.headers, request.body)
        return Answer(status, tuple(headers.items()), body)
