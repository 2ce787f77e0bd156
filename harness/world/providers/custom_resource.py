"""This file decides how a custom resource comes to stand: its provider is asked, and its answer is taken.

As CloudFormation does it: the function behind ``ServiceToken`` is called asynchronously with the request (or the
request is published to a topic), and puts its answer to ``ResponseURL``; scalars in the properties are texts.
``FAILED``, an answer that is none, and no answer within ``ServiceTimeout`` end the deployment, in AWS's words where we
know them (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html). An update and the end of a
stack ask with ``Update`` and ``Delete``, which only stacks made through CloudFormation's API meet. Where nothing runs
(``harness check``) nobody is asked.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from harness.errors import ScenarioError
from harness.world.names import stack_id
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Place, Record, Text, Whole, honoured
from harness.world.stack import Resource
from harness.world.values import NO_VALUE, PENDING, text_of

TYPE = "AWS::CloudFormation::CustomResource"
PREFIX = "Custom::"
DEFAULT_TIMEOUT_S = 3600
MOST_ANSWER_BYTES = 4096
_ECHOED = ("StackId", "RequestId", "LogicalResourceId")


@dataclass(frozen=True, slots=True)
class OpenRecord(Record):
    """A mapping with some known keys, and any others as they are."""

    def read(self, value: Any, place: Place) -> Any:
        """The mapping; only the known parts are looked at."""
        if not isinstance(value, dict):
            return Record.read(self, value, place)
        known = Record.read(self, {name: one for name, one in value.items() if name in self.properties}, place)
        return {name: one for name, one in value.items() if one is not NO_VALUE} | known


class _NotAsked(dict[str, Any]):
    """Stands for the data of an answer that nobody was asked for: each attribute is there and is its own name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return name


def _create(request: Request) -> Created:
    return _answer(request, "Create", {})


def update(request: Request, before: Resource) -> Created:
    """Have the resource changed; if its provider then names another one, the old one is to be deleted."""
    old = {"PhysicalResourceId": before.physical_id, "OldResourceProperties": _as_texts(before.properties)}
    return _answer(request, "Update", old)


def remove(request: Request, before: Resource) -> None:
    """Have the resource deleted."""
    _answer(request, "Delete", {"PhysicalResourceId": before.physical_id})


def _answer(request: Request, kind: str, besides: dict[str, Any]) -> Created:
    responses = request.responses
    if responses is None:
        return Created(request.full_id, _NotAsked())
    properties = request.properties
    stack = stack_id(request.stack_name, request.region, request.account_id)
    request_id = _request_id(stack, request.logical_id, kind, json.dumps([besides, _as_texts(properties)]))
    url = responses.open(stack, request.logical_id, request_id)
    question = {
        "RequestType": kind,
        "ServiceToken": properties["ServiceToken"],
        "ResponseURL": url,
        "StackId": stack,
        "RequestId": request_id,
        "LogicalResourceId": request.logical_id,
        "ResourceType": request.type,
        "ResourceProperties": _as_texts(properties),
        **besides,
    }
    _ask(request, question)
    timeout_s = int(properties.get("ServiceTimeout", DEFAULT_TIMEOUT_S))
    body = responses.wait(url, timeout_s)
    if body is None:
        raise _refuse(
            request,
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for "
            f"requestId [{request_id}]. (It waited for {timeout_s} s.)",
        )
    return _taken(request, question, body)


def _ask(request: Request, question: dict[str, Any]) -> None:
    token = str(question["ServiceToken"])
    text = json.dumps(question)
    if token.startswith("arn:aws:sns:"):
        request.client("sns").publish(
            TopicArn=token, Subject="AWS CloudFormation custom resource request", Message=text
        )
    elif request.functions.find(token) is None:
        raise request.place.down("ServiceToken").refuse(
            f'ServiceToken of {request.place.of} is "{token}", and no function or topic of this template has that ARN.',
            "A function of another stack cannot be asked here: leave the resource out of the rehearsal by a Condition.",
        )
    else:
        request.client("lambda").invoke(FunctionName=token, InvocationType="Event", Payload=text)


def _taken(request: Request, question: dict[str, Any], body: bytes) -> Created:
    """What the provider's answer makes of the resource."""
    if len(body) > MOST_ANSWER_BYTES:
        raise _refuse(request, f"Response object is too long: {len(body)} bytes, and {MOST_ANSWER_BYTES} are allowed.")
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or answer.get("Status") not in ("SUCCESS", "FAILED"):
        raise _refuse(request, "Invalid response object: it is no JSON object with a Status of SUCCESS or FAILED.")
    if answer["Status"] == "FAILED":
        raise _refuse(
            request,
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{answer.get('Reason', '')} (RequestId: {question['RequestId']})",
        )
    for name in _ECHOED:
        if answer.get(name) != question[name]:
            raise _refuse(request, f"Invalid response object: its {name} is not that of the request.")
    physical_id = answer.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not physical_id:
        raise _refuse(request, "Invalid PhysicalResourceId: a response must name the resource it made.")
    data = answer.get("Data") or {}
    if not isinstance(data, dict):
        raise _refuse(request, "Invalid response object: its Data is no mapping.")
    return Created(physical_id, data)


def _refuse(request: Request, words: str) -> ScenarioError:
    trouble = request.responses.trouble() if request.responses is not None else ""
    return request.place.refuse(f"{request.place.of} cannot be created: {words}", trouble or None)


def _as_texts(value: Any) -> Any:
    """As CloudFormation sends properties: every scalar a text."""
    if isinstance(value, dict):
        return {name: _as_texts(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_texts(one) for one in value]
    return None if value is None or value is PENDING else text_of(value)


def _request_id(stack: str, logical_id: str, kind: str, asked: str) -> str:
    """Always the same for what is asked of a resource, so that runs can be compared."""
    of = f"{stack} {logical_id}" if kind == "Create" else f"{stack} {logical_id} {kind} {asked}"
    digits = hashlib.sha256(of.encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


CUSTOM_RESOURCE = Provider(
    type=TYPE,
    properties=OpenRecord(
        {
            "ServiceTimeout": honoured(Whole(1, 3600)),
            "ServiceToken": honoured(Text(), required=True),
        }
    ),
    attributes=("*",),
    create=_create,
)
