"""This file decides what plain CloudFormation a SAM template stands for, and which line each part came from.

Includes and loops come first (``includes``, ``loops``). SAM's transform itself is ``aws-sam-translator``'s, run
offline. It loses lines, so the way back is kept here: a resource that the transform added is traced to the SAM resource
whose logical id it starts with. Rule: a SAM type or property that would not survive is refused by name before the
translator sees it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from harness.errors import Location, Refusals, ScenarioError, did_you_mean
from harness.vendor.spared_imports import MODELS, when_asked
from harness.world.includes import INCLUDE, with_includes
from harness.world.intrinsics import LANGUAGE_EXTENSIONS, Intrinsics
from harness.world.local_code import LocalCode, take_local_code
from harness.world.loops import unfolded
from harness.world.template import SAM_TRANSFORM, Template
from harness.world.values import PENDING
from harness.world.yaml_lines import Path

_EVENT_TYPES = (
    "AlexaSkill",
    "Api",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "EventBridgeRule",
    "HttpApi",
    "IoTRule",
    "Kinesis",
    "MQ",
    "MSK",
    "S3",
    "SNS",
    "SQS",
    "Schedule",
    "ScheduleV2",
    "SelfManagedKafka",
)
_NOWHERE = logging.NullHandler()

# In the translator's own words.
_POLICY = re.compile(r"Policy at index (?P<index>\d+) in the 'Policies' property is not valid")
_EVENT = re.compile(r"Event with id \[(?P<name>[^\]]+)\] is invalid\.(?:.*Event Type is: (?P<type>\w+))?")

# Where the translator renames a property: the plain name, and the SAM name its line is found under.
_SAM_NAME = {
    "Code": "CodeUri",
    "Content": "ContentUri",
    "DeadLetterConfig": "DeadLetterQueue",
    "DefinitionS3Location": "DefinitionUri",
    "DefinitionString": "Definition",
    "LoggingConfiguration": "Logging",
    "ManagedPolicyArns": "Policies",
    "Policies": "Policies",
    "RoleArn": "Role",
    "KeySchema": "PrimaryKey",
    "AttributeDefinitions": "PrimaryKey",
    "StateMachineName": "Name",
    "StateMachineType": "Type",
    "TemplateURL": "Location",
    "TracingConfig": "Tracing",
    "TracingConfiguration": "Tracing",
}


@dataclass(frozen=True, slots=True)
class Transformed:
    """A template as plain CloudFormation; ``body`` is never to be changed.

    ``extended`` is true of a template that asks for AWS::LanguageExtensions.
    """

    template: Template
    body: Mapping[str, Any]
    code: LocalCode
    extended: bool = False

    def where(self, path: Path) -> Location:
        """The author's line for a way down from the root of ``body``."""
        if len(path) < 2 or path[0] != "Resources" or self.template.knows(path):
            return self.template.where(path)
        return self.template.where(self._written_as(str(path[1]), path[2:]))

    def _written_as(self, logical_id: str, rest: Path) -> Path:
        known = self.template.knows
        resources = self.template.resources
        if logical_id in resources:
            origin, added = logical_id, ""
        else:
            origins = [i for i in resources if logical_id.startswith(i) and _makes_others(resources[i])]
            if not origins:
                return self._implicit_api(logical_id)
            origin = max(origins, key=len)
            added = logical_id[len(origin) :]
        base: Path = ("Resources", origin)
        if added and (event := self._event(origin, added)):
            return (*base, "Properties", "Events", event)
        if len(rest) > 1 and rest[0] == "Properties" and _is_sam(resources[origin]):
            name = _SAM_NAME.get(str(rest[1]), rest[1])
            kind = str(resources[origin]["Type"]).rsplit("::", 1)[1]
            for path in ((*base, "Properties", name, *rest[2:]), ("Globals", kind, name, *rest[2:])):
                if known(path[:4] if path[0] == "Resources" else path[:3]):
                    return path
        return (*base, *rest) if not added else base

    def _implicit_api(self, logical_id: str) -> Path:
        """The first event for which SAM makes an API by itself; the section Resources for anything else."""
        for prefix, kind in (("ServerlessRestApi", "Api"), ("ServerlessHttpApi", "HttpApi")):
            for origin, resource in self.template.resources.items() if logical_id.startswith(prefix) else ():
                events = (resource.get("Properties") or {}).get("Events")
                for name, event in events.items() if isinstance(events, dict) else ():
                    if isinstance(event, dict) and event.get("Type") == kind:
                        return ("Resources", origin, "Properties", "Events", name)
        return ("Resources",)

    def _event(self, origin: str, added: str) -> str | None:
        properties = self.template.resources[origin].get("Properties") or {}
        events = properties.get("Events")
        names = [name for name in events if added.startswith(name)] if isinstance(events, dict) else []
        return max(names, key=len) if names else None


def transform(template: Template, parameters: Mapping[str, Any], region: str) -> Transformed:
    """``template`` as plain CloudFormation, with the places of its code on disk.

    ``parameters`` are the parameters' values; what is PENDING among them the translator does not see.

    Raises:
        ScenarioError: a transform, type or property is unknown, code is missing, or the translator refuses.
        Undecided: a loop goes over values that are still pending.
    """
    _transforms(template)
    template = with_includes(template, dict(parameters))
    transforms = _transforms(template)
    extended = LANGUAGE_EXTENSIONS in transforms
    if extended:
        named = {**parameters, "AWS::Region": region, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
        intrinsics = Intrinsics(template.body, named, template.where, extended=True)
        template = unfolded(template, lambda raw, path: intrinsics.value(raw, path, None))
    body: dict[str, Any] = json.loads(json.dumps(template.body))
    uses_sam = SAM_TRANSFORM in transforms
    if not uses_sam and "Globals" in body:
        raise ScenarioError(
            "The section Globals belongs to SAM, and this template does not ask for the SAM transform.",
            where=template.where(("Globals",)),
            hint=f"Add the line: Transform: {SAM_TRANSFORM}",
        )
    refusals = Refusals()
    for logical_id, resource in template.resources.items():
        if logical_id.startswith("Fn::"):
            raise ScenarioError(
                f"{logical_id} belongs to {LANGUAGE_EXTENSIONS}, and the template does not ask for that transform.",
                where=template.where(("Resources", logical_id)),
                hint=f"Add it to Transform: [{LANGUAGE_EXTENSIONS}, ...], before SAM.",
            )
        with refusals.gathered():
            _check_sam_resource(template, logical_id, resource, uses_sam)
    refusals.raise_if_any()
    code = take_local_code(template, body)
    if uses_sam:
        body["Transform"] = SAM_TRANSFORM
        values = {n: ",".join(v) if isinstance(v, list) else v for n, v in parameters.items() if v is not PENDING}
        outcome = _translate(json.dumps(body), tuple(sorted(values.items())), region)
        if isinstance(outcome, _Refusal):
            raise _translator_refused(template, outcome)
        body = outcome
    return Transformed(template, body, code, extended)


def _transforms(template: Template) -> list[str]:
    """The transforms that the template asks for, includes aside."""
    asked = template.body.get("Transform") or []
    found = []
    for name in asked if isinstance(asked, list) else [asked]:
        if isinstance(name, dict) and name.get("Name") == INCLUDE:
            continue
        if name not in (SAM_TRANSFORM, LANGUAGE_EXTENSIONS):
            raise ScenarioError(
                f"The transform {json.dumps(name)} is not carried out here.",
                where=template.where(("Transform",)),
                hint=f'Only "{SAM_TRANSFORM}", "{LANGUAGE_EXTENSIONS}" and "{INCLUDE}" are. Apply the other one first '
                "and use its result.",
            )
        found.append(name)
    return found


def _is_sam(resource: Mapping[str, Any]) -> bool:
    return str(resource["Type"]).startswith("AWS::Serverless::")


def _makes_others(resource: Mapping[str, Any]) -> bool:
    return _is_sam(resource) or "Connectors" in resource


def _check_sam_resource(template: Template, logical_id: str, resource: Mapping[str, Any], uses_sam: bool) -> None:
    if "Connectors" in resource and not uses_sam:
        raise ScenarioError(
            f'The Connectors of "{logical_id}" belong to SAM, and the template does not ask for the SAM transform.',
            where=template.where(("Resources", logical_id, "Connectors")),
            hint=f"Add the line: Transform: {SAM_TRANSFORM}",
        )
    if not _is_sam(resource):
        return
    where = template.where(("Resources", logical_id, "Type"))
    kind = resource["Type"]
    if kind not in _sam_types():
        raise ScenarioError(
            f'"{logical_id}" is of type {kind}, which SAM does not have.',
            where=where,
            hint=did_you_mean(kind, _sam_types()),
        )
    if not uses_sam:
        raise ScenarioError(
            f'"{logical_id}" is of type {kind}, and the template does not ask for the SAM transform.',
            where=where,
            hint=f"Add the line: Transform: {SAM_TRANSFORM}",
        )
    known = _sam_types()[kind]
    for name in resource.get("Properties") or {}:
        if name not in known:
            raise ScenarioError(
                f'"{logical_id}" ({kind}) has no property "{name}".',
                where=template.where(("Resources", logical_id, "Properties", name)),
                hint=did_you_mean(name, known),
            )


@lru_cache(maxsize=1)
def _sam_types() -> Mapping[str, tuple[str, ...]]:
    """The properties of each type of SAM's, by its name."""
    when_asked(MODELS)
    from samtranslator.model import sam_resources  # imported late: it costs 0.1 s

    classes: list[Any] = [c for c in vars(sam_resources).values() if isinstance(c, type)]
    types = [(str(getattr(c, "resource_type", "")), c) for c in classes]
    return {name: tuple(sorted(c.property_types)) for name, c in types if name.startswith("AWS::Serverless::")}


@lru_cache(maxsize=1)
def _policy_templates() -> tuple[str, ...]:
    from samtranslator import policy_templates_data

    file = FilePath(policy_templates_data.POLICY_TEMPLATES_FILE)
    return tuple(json.loads(file.read_text(encoding="utf-8"))["Templates"])


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What the translator said, and of which resources."""

    messages: tuple[str, ...]
    logical_ids: tuple[str | None, ...]


class _Session:
    """Stands for the boto3 session that the translator asks for its region, and for nothing else."""

    def __init__(self, region_name: str) -> None:
        self.region_name = region_name


@lru_cache(maxsize=64)
def _translate(body_json: str, parameters: tuple[tuple[str, str], ...], region: str) -> Any:
    """The translated body, shared by every deployment of the same content and parameters."""
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import (
        to_py27_compatible_template,
        undo_mark_unicode_str_in_template,
    )

    # It warns of features of AWS's that it cannot know offline; unheard, that would end on the user's terminal.
    logging.getLogger("samtranslator").addHandler(_NOWHERE)
    body, values = json.loads(body_json), dict(parameters)
    translator = Translator(None, Parser(), boto_session=_Session(region))
    try:
        to_py27_compatible_template(body, values)
        translated = translator.translate(body, parameter_values=values, get_managed_policy_map=dict)
        return json.loads(json.dumps(undo_mark_unicode_str_in_template(translated)))
    except InvalidDocumentException as error:
        causes = list(error.causes) or [error]
        return _Refusal(
            tuple(cause.message for cause in causes),
            tuple(getattr(cause, "_logical_id", None) for cause in causes),
        )
    except Exception as error:
        # The translator meets a malformed template with whatever Python raises where it trips.
        return _Refusal((f"{type(error).__name__}: {error}",), (None,))
    finally:
        translator.metrics.publish()  # to nobody; unpublished ones end as a warning on the user's terminal


def _translator_refused(template: Template, refusal: _Refusal) -> ScenarioError:
    origin = next((i for i in refusal.logical_ids if i in template.resources), None)
    path: Path = ("Resources", origin) if origin else ()
    event = _EVENT.search(" ".join(refusal.messages))
    if origin and event:
        path = (*path, "Properties", "Events", event["name"])
        if event["type"]:
            return ScenarioError(
                f'The event "{event["name"]}" of "{origin}" is of type {event["type"]}, which SAM does not have.',
                where=template.where((*path, "Type")),
                hint=did_you_mean(event["type"], _EVENT_TYPES),
            )
    policy = _POLICY.search(" ".join(refusal.messages))
    if origin and policy:
        path = (*path, "Properties", "Policies", int(policy["index"]))
        written = template.resources[origin]["Properties"]["Policies"]
        asked = written[int(policy["index"])] if isinstance(written, list) else written
        name = next(iter(asked), "") if isinstance(asked, dict) else str(asked)
        return ScenarioError(
            f'SAM has no policy template "{name}", which "{origin}" asks for.',
            where=template.where(path),
            hint=did_you_mean(name, _policy_templates()),
        )
    return ScenarioError(
        f"The SAM transform refuses this template: {' '.join(refusal.messages)}",
        where=template.where(path),
        hint="The text is aws-sam-translator's own; AWS would answer the same.",
    )
