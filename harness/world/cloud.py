"""This file decides what "the cloud" is: moto in this process, on the kernel's clock and seed.

It holds what every world needs: the embedded AWS with nothing in it, the wall clock, moto's identifiers, and the
door for AWS calls. The engines put their own seams on ``patches``. Leaving restores all of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from moto import mock_aws
from moto.core.config import DefaultConfig

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier
from harness.vendor import (
    aws_calls,
    aws_managed_policies,
    aws_routes,
    botocore_events,
    botocore_loading,
    default_session,
    dynamodb_streams_urls,
    logs_events,
    model_instances,
    moto_ids,
    moto_requests,
    put_bodies,
    queue_urls,
    repeated_answers,
    requests_library,
    s3_objects,
    service_urls,
    signatures,
    wall_clock,
)
from harness.vendor.call_parameters import CallParameters
from harness.vendor.http_exchange import Awaited, HttpAnswer, HttpRequest
from harness.vendor.patches import Patches

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"

_CONFIG: DefaultConfig = {
    "lambda": {"use_docker": False},
    "stepfunctions": {"execute_state_machine": True},
    # Handlers and clients keep their sessions: a new one reads the service models again.
    "core": {"reset_boto3_session": False},
}


@functools.cache
def _client(service: str) -> Any:
    # Made once a process: a client has no state of the cloud's, and making one costs more than most runs.
    return default_session.session().client(
        service,
        region_name=REGION,
        aws_access_key_id="harness",
        aws_secret_access_key="harness",
        # Whoever starts "harness up" may have led his own clients there before.
        config=Config(retries={"max_attempts": 0}, ignore_configured_endpoint_urls=True),
    )


class Cloud:
    """The embedded AWS, empty on entering.

    ``patches`` takes the engines' seams. ``on_call`` holds hooks that see each AWS call made in a task; the
    first to give an answer stands in for the cloud. ``on_unanswered`` gives the words for a call that nothing answers,
    ``parameters`` has those of the calls that are on their way. ``on_request`` and ``on_connection`` answer the HTTP
    requests of functions and refuse their other connections. ``public_url`` is where clients outside of this process
    find it, if they do.
    """

    def __init__(self, kernel: Kernel, *, public_url: str | None = None) -> None:
        self.kernel = kernel
        self.public_url = public_url
        self.patches = Patches()
        self.on_call: list[aws_calls.OnCall] = []
        self.on_unanswered: aws_calls.OnUnanswered = lambda caller, call: f"Nothing here answers {call}."
        self.parameters = CallParameters(kernel)
        self.on_request: Callable[[Carrier | None, HttpRequest], HttpAnswer | Awaited] = lambda carrier, request: (
            HttpAnswer(404)
        )
        self.on_connection: Callable[[Carrier | None, str, int, bytes], str] = lambda carrier, host, port, sent: (
            f"Nothing here answers {host}:{port}."
        )
        self._stack = ExitStack()

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded cloud, with nobody's role and no retries of its own."""
        return _client(service)

    def _ask(self, caller: Carrier | None, call: str, request: AWSPreparedRequest) -> aws_calls.Answer | None:
        for hook in self.on_call:
            answer = hook(caller, call, request)
            if answer is not None:
                return answer
        return None

    def __enter__(self) -> Cloud:
        stack = self._stack
        try:
            stack.enter_context(model_instances.forgotten())
            stack.enter_context(mock_aws(config=_CONFIG))
            stack.enter_context(wall_clock.follow(self.kernel.clock))
            stack.enter_context(moto_ids.seeded(self.kernel.decisions.seed))
            stack.enter_context(self.patches)
            default_session.apply(self.patches)
            botocore_loading.apply(self.patches)
            botocore_events.apply(self.patches)
            aws_managed_policies.apply(self.patches)
            s3_objects.apply(self.patches)
            logs_events.apply(self.patches)
            moto_requests.apply(self.patches)
            repeated_answers.apply(self.patches)
            signatures.apply(self.patches)
            requests_library.apply(self.patches)
            service_urls.apply(self.patches)
            dynamodb_streams_urls.apply(self.patches)
            aws_routes.apply(self.patches)
            put_bodies.apply(self.patches)
            if self.public_url is not None:
                queue_urls.apply(self.patches, self.public_url)
            aws_calls.apply(
                self.patches,
                self.kernel,
                on_call=self._ask,
                on_unanswered=lambda caller, call: self.on_unanswered(caller, call),
            )
            self.parameters.apply(self.patches)
        except BaseException:
            stack.close()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
