"""This file decides where AWS's published schema of a resource type is found, and what can be read off it at once.

The schemas are those that ``cfn-lint`` carries; its files are read, its code is not loaded (that takes half a second,
and may look into a cache of the user's or on the network). It judges no properties (``published_rules``), and it does
not know what is honoured here (``providers``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.errors import HarnessBug

_REGION = "us-east-1"  # the region in which every type exists


def types() -> Mapping[str, str]:
    """The resource types that AWS has; the value is what their schema is called on disk."""
    found: Mapping[str, str] = _read(f"providers/{_REGION}.json")
    return found


def has_property(resource_type: str, path: tuple[str | int, ...]) -> bool:
    """Whether AWS has a property at this path below the properties of a type."""
    if resource_type not in types():
        return False
    schema = schema_of(resource_type)
    return any(True for _ in _below(schema, schema, path))


def attributes(resource_type: str) -> tuple[str, ...]:
    """The names that ``Fn::GetAtt`` of a type can ask AWS for."""
    if resource_type not in types():
        return ()
    pointers = schema_of(resource_type).get("readOnlyProperties", ())
    return tuple(sorted(pointer.removeprefix("/properties/").replace("/", ".") for pointer in pointers))


@lru_cache(maxsize=256)
def schema_of(resource_type: str) -> Mapping[str, Any]:
    """The schema of a type that AWS has; never to be changed."""
    found: Mapping[str, Any] = _read(f"resources/{types()[resource_type]}.json")
    return found


@lru_cache(maxsize=256)
def _read(name: str) -> Any:
    spec = find_spec("cfnlint")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        file = Path(folder, "data", "schemas", name)
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))
    raise HarnessBug(
        f'The installed cfn-lint has no "data/schemas/{name}", where AWS\'s published schemas are looked for. '
        "Install the version that pyproject.toml asks for."
    )


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Any]:
    """The schemas of what lies at ``path`` below ``node``."""
    if "$ref" in node:
        yield from _below(schema, _resolved(schema, node["$ref"]), path)
    for group in ("allOf", "anyOf", "oneOf"):
        for part in node.get(group, ()):
            yield from _below(schema, part, path)
    if not path:
        if "$ref" not in node:
            yield node
        return
    key, rest = path[0], path[1:]
    inner = node.get("items") if isinstance(key, int) else node.get("properties", {}).get(key)
    if isinstance(inner, dict):
        yield from _below(schema, inner, rest)


def _resolved(schema: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = schema
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found if isinstance(found, dict) else {}
