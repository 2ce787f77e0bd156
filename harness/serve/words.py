"""This file decides what ``harness up`` says: what stands, how clients find it, and a line for what happens.

It decides nothing about what stands. The sentences are the trace's, as in a failure's story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from harness.kernel.trace import TraceEvent
from harness.processes.programs import why_not
from harness.report.sentences import line
from harness.serve.addresses import api_url, function_url, localised
from harness.vendor import http_apis, rest_apis
from harness.world.cloud import ACCOUNT_ID, REGION
from harness.world.stack import Resource, Stack

VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION")

# What a client has just done itself, and what is not worth a line of its own.
_SILENT = (("act", "*"), ("invoke", "called"), ("queue", "sent"), ("queue", "received"), ("queue", "deleted"))

_ARN = re.compile(r"\barn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:(?:(?:event-bus|function|rule|stateMachine|table)[:/])?")


def environment(base: str) -> dict[str, str]:
    """What a client's variables must be."""
    return dict(zip(VARIABLES, (base, "test", "test", REGION, REGION), strict=True))


def exports(base: str, shell: str) -> str:
    """The lines that set a client's variables in a shell: "sh", "fish" or "powershell"."""
    form = {"sh": "export {0}={1}", "fish": "set -gx {0} {1};", "powershell": "$env:{0} = '{1}'"}[shell]
    return "\n".join(form.format(name, value) for name, value in environment(base).items())


def banner(base: str, stacks: Sequence[Stack], speed: float) -> list[str]:
    """What stands and where, once everything does."""
    lines: list[str] = []
    for stack in stacks:
        lines += [f"Stack {stack.name}"]
        rows = [(r.logical_id, r.type, _way_to(r, base)) for r in stack.resources.values()]
        shown = [row for row in rows if row[2]]
        widths = [max((len(row[i]) for row in shown), default=0) for i in (0, 1)]
        lines += [f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  {way}" for name, kind, way in shown]
        more = len(rows) - len(shown)
        lines += [f"  and {more} more resource{'' if more == 1 else 's'}"] if more else []
        lines += [f"  Output {name} = {localised(str(value), base)}" for name, value in stack.outputs.items()]
        lines += [""]
    if not stacks:
        lines += ["An empty account: nothing was deployed.", ""]
    pace = "" if speed == 1 else f", {speed:g} virtual seconds to the real one"
    lines += [f"Region {REGION}, account {ACCOUNT_ID}{pace}. In another terminal:", ""]
    lines += [f"  {text}" for text in exports(base, "sh").splitlines()]
    missing = why_not("python3")
    lines += ["", missing] if missing else []
    port = urlsplit(base).port
    lines += ["", f'or  eval "$(harness env --port {port})"', "", f"Ready on {base} (Ctrl-C ends it)"]
    return lines


def teller(say: Callable[[str], None]) -> Callable[[TraceEvent], None]:
    """What is told of every event, and says a line for those that somebody would want to see."""

    def tell(event: TraceEvent) -> None:
        if (event.station, event.what) not in _SILENT and (event.station, "*") not in _SILENT:
            # What a client made has no template's name: the last part of its ARN stands for it.
            say(_ARN.sub("", line(event)))

    return tell


def _way_to(resource: Resource, base: str) -> str:
    """How a client names or finds a resource; empty for what none asks for."""
    kind, physical = resource.type, resource.physical_id
    if kind == "AWS::ApiGateway::RestApi":
        return "  ".join(f"{api_url(base, physical)}/{stage}" for stage in _stages(physical)) or physical
    if kind == "AWS::ApiGatewayV2::Api":
        return api_url(base, physical)
    if kind == "AWS::Lambda::Url":
        host = urlsplit(str(resource.attributes.get("FunctionUrl", ""))).hostname or ""
        return function_url(base, host.partition(".")[0])
    return physical if kind in _NAMED else ""


def _stages(api_id: str) -> Iterator[str]:
    yield from rest_apis.stages(ACCOUNT_ID, REGION, api_id)
    yield from http_apis.stages(ACCOUNT_ID, REGION, api_id)


_NAMED = (
    "AWS::CloudWatch::Alarm",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
)
