"""This file decides how the reference page of the scenario language reads: it is written from the schema.

``python -m harness.scenario.reference > docs/reference/scenario-language.md`` writes it anew; a test checks
that the page in the repository is current. Nothing is said here that the schema could say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from harness.scenario.schema import scenario_schema

_INTRODUCTION = """\
# The scenario language

<!-- Written by `python -m harness.scenario.reference`; change the models in harness/scenario/, not this page. -->

A scenario file is YAML. It holds one scenario, or several as documents between lines of `---`. Every key is
listed here; any other is refused, with its line and the nearest valid one. `harness schema` prints the same as
JSON Schema, for editors. Resources are named by the template's logical ids.

```yaml
pipeline: lambdas/csv_report
name: a poison message ends in the dead-letter queue
when:
  - send: {queue: MainQueue, body: "not json"}
then:
  - queue: {name: DeadLetterQueue, messages: 1, body: "not json"}
  - function: {name: CsvProcessor, invocations: 3, errors: 3}
```

- **One verb per item.** Each item of `when`, `then` and `disturb` is a mapping with exactly one verb.
- **Durations** carry their unit: `250ms`, `30s`, `5m`, `2h`, `1d`, `1m30s`.
- **Sizes** too: `1MB` is 1000 × 1000 bytes, `1MiB` is 1024 × 1024; a plain number is bytes.
- **YAML, but less of it**: `no`, `on`, `1:30`, `2030-01-15` and `007` are texts. A key may not stand twice;
  tags that make objects and merge keys (`<<`) are refused. Anchors and aliases work.
- **Bold** keys must be given.
"""

_PARTS = [
    ("A scenario", None),
    ("Steps (`when`)", "StepItem"),
    ("Checks (`then`)", "CheckItem"),
    ("Faults (`disturb`)", "DisturbItem"),
]
_MATCHERS = ["Matcher", "TextMatcher", "CountMatcher", "SizeMatcher", "DurationMatcher"]
_COMMON = {
    "within": "Every check may carry `within` (a duration): ",
    "because": "Every check may carry `because` (a text): ",
}


def reference_page() -> str:
    """The page as Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    schema = scenario_schema()
    definitions: dict[str, Any] = schema["$defs"]
    yield _INTRODUCTION
    for title, name in _PARTS:
        part = schema if name is None else definitions[name]
        yield f'## <a id="{str(name).lower()}"></a>{title}\n' if name else f"## {title}\n"
        if name is None:
            yield from _exactly_one(part)
            yield from _table(part)
            continue
        if name == "CheckItem":
            yield "A check is looked at once nothing is left to happen, or inside its window.\n"
            for key, words in _COMMON.items():
                yield f"- {words}{definitions['ObjectCheck']['properties'][key]['description']}"
            yield "\n`elapsed` has no `within`.\n"
        for verb, one in part["properties"].items():
            yield from _verb(verb, one, definitions)
    yield "## Parts of the above\n"
    for name in _other_parts(definitions):
        yield f'### <a id="{name.lower()}"></a>{name}\n\n{definitions[name]["description"]}\n'
        yield from _table(definitions[name])
    yield "## Matchers\n"
    yield "A plain value means equals. A mapping of operators means that each of them holds.\n"
    for name in _MATCHERS:
        yield f'### <a id="{name.lower()}"></a>{name}\n\n{definitions[name]["description"]}\n'
        yield from _table(definitions[name])


def _verb(verb: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    target = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    yield f"### `{verb}`\n\n{target['description']}\n"
    yield from _exactly_one(target)
    if "properties" in _mapping(target):
        if "anyOf" in target:
            yield f"Either {_kind(target['anyOf'][0])}, or a mapping:\n"
        yield from _table(target)
    else:
        yield f"Value: {_kind(target)}.\n"


def _exactly_one(schema: dict[str, Any]) -> Iterator[str]:
    if "oneOf" in schema:
        choices = [f"`{one['required'][0]}`" for one in schema["oneOf"]]
        yield f"Exactly one of {', '.join(choices)}.\n"


def _other_parts(definitions: dict[str, Any]) -> list[str]:
    verbs = {
        one["$ref"].rpartition("/")[2]
        for _, name in _PARTS
        if name
        for one in definitions[name]["properties"].values()
        if "$ref" in one
    }
    known = {*verbs, *_MATCHERS, *(name for _, name in _PARTS if name), "JsonValue"}
    return [name for name in sorted(definitions) if name not in known]


def _mapping(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of the mapping form where there is also a plain one."""
    return next((one for one in schema.get("anyOf", ()) if "properties" in one), schema)


def _table(schema: dict[str, Any]) -> Iterator[str]:
    mapping = _mapping(schema)
    yield "| key | value | meaning |\n| --- | --- | --- |"
    for key, one in mapping["properties"].items():
        if key in _COMMON and "time" not in mapping["properties"] and "not" not in mapping["properties"]:
            continue
        name = f"**`{key}`**" if key in mapping.get("required", ()) else f"`{key}`"
        default = f" Default: `{json.dumps(one['default'])}`." if _has_default(one) else ""
        yield f"| {name} | {_kind(one)} | {_cell(one.get('description', ''))}{default} |"
    yield ""


def _has_default(schema: dict[str, Any]) -> bool:
    return "default" in schema and schema["default"] not in ("", [], {})


def _cell(text: str) -> str:
    for special, written in (("|", "\\|"), ("*", "\\*"), ("<", "&lt;")):
        text = text.replace(special, written)
    return text


def _kind(schema: dict[str, Any]) -> str:
    """What may stand there, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "any value" if name == "JsonValue" else f"[{name}](#{name.lower()})"
    if "enum" in schema or "const" in schema:
        options = schema.get("enum", [schema.get("const")])
        return " or ".join(f"`{one if isinstance(one, str) else json.dumps(one)}`" for one in options)
    if "anyOf" in schema:
        kinds = list(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
        return "size" if "1MB" in schema.get("examples", ()) else " or ".join(kinds)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("type") == "object":
        return f"mapping to {_kind(schema.get('additionalProperties', {}))}"
    if "30s" in schema.get("examples", ()):
        return "duration"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    if schema.get("format") == "date-time":
        return "date and time with zone"
    return words.get(schema.get("type", ""), "any value")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(reference_page())
