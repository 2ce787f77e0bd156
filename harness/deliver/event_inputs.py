"""This file decides what a rule's target is sent: the event, a part of it, a constant, or a text made from a template.

It does not decide who is sent something. The rules for templates are those of AWS's page "Amazon EventBridge input
transformation": a variable's text stands in quotes where a value stands, and without them inside of a string; what
is taken from the event is not escaped; a variable whose path finds nothing is left out; JSON is sent without spaces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.vendor.events_bus import BusEvent, Rule

_PATH_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+|\*)\]|\['([^']+)'\]")
_VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+|\$[^<>]*)>")
_NOTHING = object()


def target_input(event: BusEvent, rule: Rule, target: Mapping[str, Any]) -> str:
    """The text that the target is sent."""
    if target.get("Input"):
        return str(target["Input"])
    envelope = event.envelope()
    if target.get("InputPath"):
        value = at_path(envelope, target["InputPath"])
        return compact({} if value is _NOTHING else value)
    transformer = target.get("InputTransformer")
    if not transformer:
        return compact(envelope)
    reserved = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event.ingestion_time,
        "aws.events.event": {key: value for key, value in envelope.items() if key != "detail"},
        "aws.events.event.json": envelope,
    }
    paths = transformer.get("InputPathsMap") or {}
    return _minified(fill(transformer["InputTemplate"], {n: at_path(envelope, p) for n, p in paths.items()} | reserved))


def compact(value: Any) -> str:
    """JSON as AWS writes it: no spaces, readable letters unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def at_path(value: Any, path: str) -> Any:
    """What a path like ``$.detail.items[0].id`` finds, of what ``*`` finds the list; ``_NOTHING`` if nothing."""
    parts = list(_PATH_PART.finditer(path.removeprefix("$")))
    for number, part in enumerate(parts):
        name, index = part[1] or part[3], part[2]
        if "*" in (name, index):
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            rest = "$" + "".join(p[0] for p in parts[number + 1 :])
            return [one for item in inner if (one := at_path(item, rest)) is not _NOTHING]
        if index is not None:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else _NOTHING
        else:
            value = value.get(name, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def text_at(value: Any, path: str) -> str:
    """What a path finds, as a text: nothing is an empty one, what is no text is written as JSON."""
    found = at_path(value, path)
    return "" if found is _NOTHING else found if isinstance(found, str) else compact(found)


def variables(template: str) -> list[str]:
    """The names between angle brackets, paths among them."""
    return [match[1] for match in _VARIABLE.finditer(template)]


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with its variables filled in; ``<name>`` of no variable stays as it is."""
    pieces: list[str] = []
    in_string, at = False, 0
    for match in _VARIABLE.finditer(template):
        pieces.append(template[at : match.start()])
        in_string = _in_string_after(pieces[-1], in_string)
        pieces.append(_shown(values[match[1]], in_string) if match[1] in values else match[0])
        at = match.end()
    return "".join([*pieces, template[at:]])


def _in_string_after(text: str, in_string: bool) -> bool:
    quotes = len(re.findall(r'(?<!\\)(?:\\\\)*"', text))
    return in_string ^ bool(quotes % 2)


def _shown(value: Any, in_string: bool) -> str:
    if value is _NOTHING:
        return "" if in_string else '""'
    if not in_string:
        return compact(value)
    # Not escaped, which AWS says of its own; an object inside of a string loses its quotes.
    return value if isinstance(value, str) else compact(value).replace('"', "")


def _minified(text: str) -> str:
    """JSON without spaces; what is no JSON stays as it is."""
    try:
        return compact(json.loads(text))
    except ValueError:
        return text
