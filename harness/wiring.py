"""This file decides how the stations of one world are put together.

It holds no behaviour: the seams in ``harness/vendor`` call upwards only through what they are given here, and the
engines know one another only by what they are given here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from harness.act.requests import url_id
from harness.deliver.engines import Engines
from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.deliver.http.tokens import SignedIn
from harness.deliver.http.websockets import WebSockets
from harness.deliver.inbox import Inbox
from harness.disturb.disturbances import Disturbances
from harness.errors import HarnessBug
from harness.invoke.call import Invoker
from harness.invoke.result import InvocationResult
from harness.invoke.runner import Runner
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S
from harness.kernel.tasks import Carrier
from harness.observe.cloudwatch import CloudWatch
from harness.outside.outside import Outside
from harness.processes import programs
from harness.processes.packages import Packages
from harness.scenario.model import Disturbance
from harness.vendor import (
    lambda_code,
    lambda_functions,
    lambda_invoke,
    lambda_states,
    lambda_versions,
    s3_copy_conditions,
    sqs_moves,
    sqs_queue,
    stepfunctions_engine,
)
from harness.vendor.aws_calls import Answer
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_message import Message
from harness.world.cloud import Cloud
from harness.world.functions import Functions
from harness.world.stack import Resource, Stack

# A version or alias has its function's name already; a stage's or model's name is a word like any other.
_NAMELESS = (
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
)


class Wiring:
    """The engines of one world, wired to its cloud; a context manager that must be open while the kernel runs.

    ``functions`` fills while the template is deployed, ``inbox`` holds the e-mail of the run, ``outside`` answers for
    what is not in the pipeline. ``burn_limit_s`` is how long, on the machine's clock, one call of a function may
    compute in this process. With ``processes``, functions run as processes, and those that clients upload run too.
    """

    def __init__(
        self, cloud: Cloud, *, burn_limit_s: float = DEFAULT_BURN_LIMIT_S, processes: Runner | None = None
    ) -> None:
        self._cloud = cloud
        self.functions = Functions()
        self.invoker = Invoker(cloud.kernel, self.functions, cloud, burn_limit_s=burn_limit_s, runner=processes)
        self._packages = Packages(self.functions)
        self._uploads_run = processes is not None
        if self._uploads_run:
            self.functions.why_not = programs.why_not
        self.outside = Outside(cloud.kernel, cloud)
        self._disturbances: Disturbances | None = None

    @property
    def inbox(self) -> Inbox:
        """All e-mail of the run."""
        return self._engines.inbox

    def __enter__(self) -> Wiring:
        kernel, patches = self._cloud.kernel, self._cloud.patches
        sqs_queue.apply(patches, kernel, overtakes=self._overtakes)
        sqs_moves.apply(patches, kernel)
        s3_copy_conditions.apply(patches)
        self._engines = Engines(
            self._cloud,
            self.invoker,
            self.functions,
            repeats=self._repeats,
            late=self._late,
            out_of_order=self._out_of_order,
            ask_outside=self.outside.on_delivery,
        )
        engines = self._engines
        cloudwatch = CloudWatch(self._cloud, engines.targets, engines.bus_rules.on_event, engines.polls)
        engines.topic_fanout.on_published = cloudwatch.services.published
        lambda_functions.apply(
            patches, on_changed=self._changed, on_reserved=self.functions.reserve, on_deleted=self.functions.remove
        )
        lambda_code.apply(patches, taker=self._packages if self._uploads_run else None)
        lambda_versions.apply(patches, on_version=self._published, on_alias=self._aliased)
        lambda_invoke.apply(patches, on_invoke=self._invoke, on_event=self._submit)
        lambda_states.apply(patches, kernel.clock, deployed=self._deployed)
        told = self._engines.service_events.on_status
        stepfunctions_engine.apply(patches, kernel, on_invoke_function=self._invoke_as_task, on_status=told)
        self.outside.own = self._engines.addresses.find
        self._cloud.on_unanswered = self.outside.on_unanswered
        self._cloud.on_request = self.outside.on_request
        self._cloud.on_connection = self.outside.on_connection
        self.invoker.__enter__()
        # A fault is put in the way of a call before anybody answers it.
        self._cloud.on_call += [self._call_fault, self.outside.on_call]
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.invoker.__exit__(exc_type, exc, traceback)
        self._packages.close()

    # -- what the seams ask for ---------------------------------------------------------------------

    def _invoke(self, function_arn: str, payload: bytes, client_context: bytes | None) -> InvocationResult:
        return self.invoker.invoke(function_arn, payload, client_context=client_context)

    def _submit(self, function_arn: str, payload: bytes) -> None:
        self._engines.async_events.submit(function_arn, payload, None)

    def _changed(self, function_arn: str, fields: dict[str, Any]) -> None:
        if "layer_arns" in fields:
            fields |= self._packages.layered(fields.pop("layer_arns"))
        self.functions.change(function_arn, **fields)

    def _deployed(self, function_arn: str) -> bool:
        spec = self.functions.find(function_arn)
        return spec is not None and not spec.by_client

    def _published(self, function_arn: str, version: str) -> None:
        self.functions.publish(function_arn, version)
        self._name(function_arn, version)

    def _aliased(self, function_arn: str, alias: str, version: str | None, weights: Mapping[str, float]) -> None:
        if version is None:
            self.functions.drop_alias(function_arn, alias)
            return
        self.functions.point(function_arn, alias, version, weights)
        self._name(function_arn, alias)

    def _name(self, function_arn: str, qualifier: str) -> None:
        """In the trace, what happens to a version or alias happens to its function."""
        names = self._cloud.kernel.trace.names
        names[f"{function_arn}:{qualifier}"] = names.get(function_arn, function_arn)

    def _invoke_as_task(self, function_arn: str, payload: bytes, cause: int | None) -> InvocationResult | None:
        if self.functions.find(function_arn) is None:
            return None
        return self.invoker.invoke(function_arn, payload, cause=cause)

    def _repeats(self, kind: str, source: str) -> int:
        return self._disturbances.repeats(kind, source) if self._disturbances is not None else 1

    def _call_fault(self, carrier: Carrier | None, call: str, request: AWSPreparedRequest) -> Answer | None:
        return self._disturbances.on_call(carrier, call, request) if self._disturbances is not None else None

    def _late(self, kind: str, source: str) -> float:
        return self._disturbances.late_s(kind, source) if self._disturbances is not None else 0

    def _out_of_order(self, kind: str, target: str) -> bool:
        return self._disturbances is not None and self._disturbances.out_of_order(kind, target)

    def _overtakes(self, queue_arn: str, visible: int) -> int:
        return self._disturbances.overtakes(queue_arn, visible) if self._disturbances is not None else 0

    # -- while the world is built -------------------------------------------------------------------

    def name(self, resource: Resource) -> None:
        """In the trace, a resource has the template's name for it."""
        names = self._cloud.kernel.trace.names
        if resource.type == "AWS::Lambda::Url":
            names[url_id(resource)] = resource.logical_id
        elif resource.type not in _NAMELESS:
            names[resource.physical_id] = names[resource.arn] = resource.logical_id

    # -- what the scenario asks for -----------------------------------------------------------------

    def disturb(self, stack: Stack, faults: Sequence[Disturbance]) -> None:
        """Put the scenario's faults in the way, now that the resources they name stand.

        Raises:
            ScenarioError: one of them names a resource that does not.
        """
        self._disturbances = Disturbances(self._cloud.kernel, stack, faults)
        self.invoker.before.append(self._disturbances.before_call)

    def peek_queue(self, queue_arn: str) -> list[Message]:
        """The messages that nobody holds, without receiving them."""
        return self._queue(queue_arn).peek()

    def redeliver_message(self, queue_arn: str) -> bool:
        """Have the queue's last deleted message delivered once more; False if there is none."""
        return self._queue(queue_arn).redeliver()

    def redeliver_object(self, bucket: str, key: str) -> bool:
        """Have the object's last event delivered once more; False if there was none."""
        return self._engines.bucket_notifications.redeliver(bucket, key) > 0

    def express_executions(self, state_machine_arn: str) -> list[dict[str, Any]]:
        """The executions of an Express state machine, which no API of AWS's describes."""
        return stepfunctions_engine.express_executions(state_machine_arn)

    def http_request(self, target: str, stage: str, request: HttpRequest) -> HttpResponse:
        """The answer of an API or function URL to a request, when it comes."""
        return self._engines.http.request(target, stage, request)

    def http_sign_in(self, target: str, stage: str, request: HttpRequest, who: SignedIn) -> HttpRequest | None:
        """The request with a token of ``who``; None if what it asks for takes no tokens."""
        return self._engines.http.sign_in(target, stage, request, who)

    @property
    def sockets(self) -> WebSockets:
        """The connections of WebSocket APIs."""
        return self._engines.http.sockets

    def aws_event(self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        """Put an event on the default bus as one of AWS's own services."""
        self._engines.service_events.put(source, detail_type, detail, resources)

    def _queue(self, queue_arn: str) -> QueueEngine:
        queue = sqs_queue.find(queue_arn)
        if queue is None:
            raise HarnessBug(f'"{queue_arn}" was deployed as a queue, and is none.')
        return queue
