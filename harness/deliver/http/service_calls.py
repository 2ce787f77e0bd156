"""This file decides how an API calls another service of AWS: the action in the integration's URI, with what it sends.

SQS and SNS are called with a form, the other services with JSON; each answer comes back as API Gateway gets it. What is
sent and what becomes of the answer is not decided here. A service that is not here is refused when it is deployed
(``SERVICES``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import BotoCoreError, ClientError

from harness.world.http_services import ServiceUri


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service answered: its HTTP status and body."""

    status: int
    body: str


class ServiceCalls:
    """Calls services for APIs; ``client`` gives boto3 clients of the world's cloud."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def call(self, uri: ServiceUri, body: str) -> ServiceAnswer:
        """Call the action that ``uri`` names with ``body``; a refusal is an answer too."""
        form = uri.service in ("sns", "sqs")
        try:
            given = dict(parse_qsl(body, keep_blank_values=True)) if form else json.loads(body or "{}")
        except ValueError as error:
            return _refusal(400, "SerializationException", f"the body is no JSON: {error}")
        action = given.pop("Action", uri.action) if form else uri.action
        if not action:
            return _refusal(400, "MissingAction", "The request must contain the parameter Action.")
        client = self._client(_CLIENTS.get(uri.service, uri.service))
        method = getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower(), None)
        if method is None:
            return _refusal(400, "InvalidAction", f"The action {action} is not valid for this endpoint.")
        parameters = _form(given, uri, client) if form else given
        try:
            answer = method(**parameters)
        except ClientError as error:
            status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 400))
            found = error.response["Error"]
            return _refusal(status, found["Code"], found.get("Message", ""))
        except BotoCoreError as error:
            return _refusal(400, "ValidationException", str(error))
        return ServiceAnswer(200, _written(answer, action, form=form))


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
