"""This file decides how a state machine comes to stand, and what its definition is once substituted.

The definition comes as an object, as text, or from a file on disk (what ``sam package`` would upload);
``${Name}`` in it is replaced by the template's ``DefinitionSubstitutions``. Rule: a ``${Name}`` that nothing
replaces is refused with its line; AWS would run with the literal text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world import yaml_lines
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Items, Json, Record, Table, Text, honoured, inert
from harness.world.values import PENDING, holds_pending

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_SOURCES = ("Definition", "DefinitionS3Location", "DefinitionString")


def definition_of(request: Request) -> str | Any:
    """The definition as JSON text; PENDING if it holds references to resources that are not there yet.

    Raises:
        ScenarioError: there is none, a substitution is missing, or the text is neither JSON nor YAML.
    """
    named = [name for name in _SOURCES if name in request.properties]
    if len(named) != 1:
        found = f"has {len(named)} of them" if named else "has none"
        raise request.place.refuse(
            f"{request.place.of} must have one definition and {found}.",
            f"Give it one of: {', '.join(_SOURCES)} (in SAM: Definition or DefinitionUri).",
        )
    text, shown, first_line = _text(request, named[0])
    if text is PENDING:
        return PENDING
    text = _substituted(request, text, shown, first_line)
    return json.dumps(_parsed(text, shown))


def _text(request: Request, name: str) -> tuple[Any, Location, bool]:
    """The raw text, the place to name for it, and whether lines of the text are lines of that file."""
    value = request.properties[name]
    here = request.place.down(name).where(request.place.down(name).path)
    if name == "DefinitionS3Location":
        if request.logical_id not in request.code.definitions:
            return (PENDING if holds_pending(value) else _uploaded(request, value)), here, False
        file = request.code.definitions[request.logical_id]
        return file.read_text(encoding="utf-8-sig"), Location(str(file)), True
    if value is PENDING or name == "DefinitionString":
        return value, here, False
    if holds_pending(value):
        return PENDING, here, False
    return json.dumps(value), here, False


def _uploaded(request: Request, address: Any) -> str:
    """The text of a definition that was uploaded."""
    version = {"VersionId": address["Version"]} if "Version" in address else {}
    try:
        found = request.client("s3").get_object(Bucket=address["Bucket"], Key=address["Key"], **version)
        return str(found["Body"].read().decode("utf-8-sig"))
    except (ClientError, UnicodeDecodeError, KeyError) as error:
        place = request.place.down("DefinitionS3Location")
        raise place.refuse(f"{place.name} of {place.of} cannot be read: {error}") from None


def _substituted(request: Request, text: str, shown: Location, in_file: bool) -> str:
    values = request.properties.get("DefinitionSubstitutions", {})

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            line = text.count("\n", 0, match.start()) + 1 if in_file else shown.line
            raise ScenarioError(
                f'The definition of {request.place.of} uses "${{{name}}}", which DefinitionSubstitutions '
                "does not have.",
                where=Location(shown.path, line, shown.key_path),
                hint=did_you_mean(name, values),
            )
        return "pending" if values[name] is PENDING else str(values[name])

    return _SUBSTITUTION.sub(replace, text)


def _parsed(text: str, shown: Location) -> Any:
    try:
        parsed, _ = yaml_lines.read(text, shown.path)
    except ScenarioError as error:
        if shown.line is None:
            raise
        raise ScenarioError(f"The definition cannot be read: {error.problem}", where=shown) from None
    if not isinstance(parsed, dict):
        raise ScenarioError("A state machine's definition is a mapping with StartAt and States.", where=shown)
    return parsed


def _check(request: Request) -> None:
    definition_of(request)


def _create(request: Request) -> Created:
    properties = request.properties
    name = request.name("StateMachineName", 80)
    arn = request.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition_of(request),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])],
        **optional_settings(properties),
    )["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


def optional_settings(properties: Any) -> dict[str, Any]:
    """What a state machine logs and traces, as the API takes it."""
    optional: dict[str, Any] = {}
    if "LoggingConfiguration" in properties:
        optional["loggingConfiguration"] = _logging(properties["LoggingConfiguration"])
    if "TracingConfiguration" in properties:
        optional["tracingConfiguration"] = {"enabled": properties["TracingConfiguration"].get("Enabled", False)}
    return optional


def _logging(configuration: Any) -> dict[str, Any]:
    return {
        "level": configuration.get("Level", "OFF"),
        "includeExecutionData": configuration.get("IncludeExecutionData", False),
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": entry["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
            for entry in configuration.get("Destinations", [])
        ],
    }


_LOGGING = Record(
    {
        "Destinations": honoured(
            Items(
                Record(
                    {
                        "CloudWatchLogsLogGroup": honoured(
                            Record({"LogGroupArn": honoured(Text(), required=True)}), required=True
                        )
                    }
                )
            )
        ),
        "IncludeExecutionData": honoured(Flag()),
        "Level": honoured(Text(choices=("ALL", "ERROR", "FATAL", "OFF"))),
    }
)

STATE_MACHINE = Provider(
    type="AWS::StepFunctions::StateMachine",
    properties=Record(
        {
            "Definition": honoured(Json()),
            "DefinitionS3Location": honoured(
                Record({"Bucket": honoured(Text()), "Key": honoured(Text()), "Version": honoured(Text())})
            ),
            "DefinitionString": honoured(Text()),
            "DefinitionSubstitutions": honoured(Table(Text())),
            "LoggingConfiguration": honoured(_LOGGING),
            "RoleArn": honoured(Text(), required=True),
            "StateMachineName": honoured(Text(longest=80)),
            "StateMachineType": honoured(Text(choices=("EXPRESS", "STANDARD"))),
            "Tags": inert(TAGS, "kept and shown by the API"),
            "TracingConfiguration": inert(
                Record({"Enabled": honoured(Flag())}), "kept; there is no X-Ray here, the trace shows the way"
            ),
        },
        not_yet=("EncryptionConfiguration",),
    ),
    attributes=("Arn", "Name"),
    create=_create,
    check=_check,
)
