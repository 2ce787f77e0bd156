"""This file decides how an API calls another service of AWS: an action, with what it sends, as the integration's role.

A REST API sends a form to SQS and SNS and JSON to the other services (``call``), an HTTP API's subtypes name their
parameters (``perform``); each answer comes back as API Gateway gets it. The role must be allowed to do it. What is sent
and what becomes of the answer is not decided here. A service that is not here is refused when it is deployed
(``SERVICES``, ``SUBTYPES``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from harness.deliver.http.service_parameters import sqs_document, typed_parameters
from harness.guard import role_doors
from harness.world.cloud import ACCOUNT_ID, REGION
from harness.world.http_services import ServiceUri, Subtype


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service answered: its HTTP status and body."""

    status: int
    body: str
    media_type: str = "application/json"


class ServiceCalls:
    """Calls services for APIs; ``client`` gives boto3 clients of the world's cloud."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def call(self, uri: ServiceUri, body: str, role: str) -> ServiceAnswer:
        """Call the action that ``uri`` names with ``body``, as ``role``; a refusal is an answer too."""
        form = uri.service in ("sns", "sqs")
        try:
            given = dict(parse_qsl(body, keep_blank_values=True)) if form else json.loads(body or "{}")
        except ValueError as error:
            return _refusal(400, "SerializationException", f"the body is no JSON: {error}")
        if not isinstance(given, dict):
            return _refusal(400, "SerializationException", "the body is no JSON object")
        action = given.pop("Action", uri.action) if form else uri.action
        client = self._client(_CLIENTS.get(uri.service, uri.service))
        if action not in client.meta.service_model.operation_names:
            return _refusal(400, "InvalidAction", f"The action {action} is not valid for this endpoint.")
        parameters = _form(given, uri, client) if form else given
        return _denied(uri.service, action, parameters, role) or _called(client, action, parameters, form=form)

    def perform(self, subtype: Subtype, given: Mapping[str, str], role: str) -> ServiceAnswer:
        """Do what a subtype of an HTTP API's integrations does, with its parameters as texts, as ``role``."""
        client = self._client(_CLIENTS.get(subtype.service, subtype.service))
        try:
            parameters = typed_parameters(subtype, given, client.meta.service_model.operation_model(subtype.action))
        except ValueError as error:
            return _refusal(400, "SerializationException", str(error))
        denied = _denied(subtype.service, subtype.action, parameters, role)
        if denied is not None:
            return denied
        answer, refusal = _asked(client, subtype.action, parameters)
        if refusal is not None:
            return refusal
        if subtype.service == "sqs":
            return ServiceAnswer(200, sqs_document(subtype.action, answer), "text/xml")
        return ServiceAnswer(200, _written(answer, subtype.action, form=False))


def _denied(service: str, action: str, parameters: Mapping[str, Any], role: str) -> ServiceAnswer | None:
    """The refusal if the role may not do it."""
    wanted, resource = f"{service}:{action}", _resource(service, parameters)
    if role_doors.may(role, wanted, resource).allowed:
        return None
    assumed = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    return _refusal(
        403,
        "AccessDeniedException",
        f"User: {assumed}/BackplaneAssumeRoleSession is not authorized to perform: {wanted} on resource: {resource} "
        f"because no identity-based policy allows the {wanted} action",
    )


def _resource(service: str, parameters: Mapping[str, Any]) -> str:
    """The ARN of what a call is about; of everything the service has if the call does not say."""
    for name in ("stateMachineArn", "executionArn", "TopicArn"):
        if name in parameters:
            return str(parameters[name])
    rest = "*"
    if "QueueUrl" in parameters:
        rest = str(parameters["QueueUrl"]).rpartition("/")[2]
    elif "TableName" in parameters:
        rest = f"table/{parameters['TableName']}"
    elif "StreamName" in parameters:
        rest = f"stream/{parameters['StreamName']}"
    elif service == "events":
        entries = parameters.get("Entries") or [{}]
        bus = str(entries[0].get("EventBusName") or "default")
        return bus if bus.startswith("arn:") else f"arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/{bus}"
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{rest}"


def _called(client: Any, action: str, parameters: Mapping[str, Any], *, form: bool) -> ServiceAnswer:
    answer, refusal = _asked(client, action, parameters)
    return refusal or ServiceAnswer(200, _written(answer, action, form=form))


def _asked(client: Any, action: str, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], ServiceAnswer | None]:
    """What the service answers, or its refusal."""
    try:
        return getattr(client, xform_name(action))(**parameters), None
    except ClientError as error:
        status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 400))
        found = error.response["Error"]
        return {}, _refusal(status, found["Code"], found.get("Message", ""))
    except BotoCoreError as error:
        return {}, _refusal(400, "ValidationException", str(error))


_CLIENTS = {"states": "stepfunctions"}


def _refusal(status: int, code: str, message: str) -> ServiceAnswer:
    return ServiceAnswer(status, json.dumps({"__type": code, "message": message}))


def _form(given: Mapping[str, str], uri: ServiceUri, client: Any) -> dict[str, Any]:
    """A form's fields as boto3 takes them: ``MessageAttribute.1.Name`` and its like become mappings."""
    parameters: dict[str, Any] = {}
    attributes: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        found = re.fullmatch(r"MessageAttributes?(?:\.entry)?\.(\d+)\.(Name|Value\.(?:DataType|StringValue))", name)
        if found:
            attributes.setdefault(found[1], {})[found[2].rpartition(".")[2]] = value
        elif name != "Version":
            parameters[name] = int(value) if name == "DelaySeconds" and value.isdigit() else value
    if attributes:
        parameters["MessageAttributes"] = {
            a["Name"]: {"DataType": a.get("DataType", "String"), "StringValue": a.get("StringValue", "")}
            for a in attributes.values()
            if "Name" in a
        }
    if uri.service == "sqs" and "QueueUrl" not in parameters and uri.queue:
        parameters["QueueUrl"] = client.get_queue_url(QueueName=uri.queue)["QueueUrl"]
    return parameters


def _written(answer: Mapping[str, Any], action: str, *, form: bool) -> str:
    plain = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    if form:
        # As API Gateway asks for it: the XML's elements as JSON.
        request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
        response = {f"{action}Result": plain, "ResponseMetadata": {"RequestId": request_id}}
        plain = {f"{action}Response": response}
    return json.dumps(plain, default=_moment, ensure_ascii=False, separators=(",", ":"))


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return str(value)
