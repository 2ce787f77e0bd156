"""No property that AWS has is dropped in silence: each is declared by its type's provider, or refused by name."""

from __future__ import annotations

import json

import pytest

from harness.errors import ScenarioError
from harness.world import published
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.providers import PROVIDERS
from tests.world.conftest import Folder


def settable(resource_type: str) -> list[str]:
    schema = published.schema_of(resource_type)
    told = {pointer.removeprefix("/properties/") for pointer in schema.get("readOnlyProperties", ())}
    return sorted(set(schema["properties"]) - told)


def undeclared(resource_type: str) -> list[str]:
    return [name for name in settable(resource_type) if name not in PROVIDERS[resource_type].properties.properties]


def nobody(service: str) -> None:
    raise AssertionError(f"{service} was asked for something although the template is refused")


@pytest.mark.parametrize("resource_type", sorted(set(PROVIDERS) & set(published.types())))
def test_what_no_provider_declares_is_refused_with_file_line_resource_property_and_what_to_do(
    folder: Folder, resource_type: str
) -> None:
    for name in undeclared(resource_type):
        error, line = refusal(folder, resource_type, name)
        assert error.where is not None and error.where.path == str(folder.file) and error.where.line == line
        assert '"It"' in error.problem and name in str(error)
        assert error.hint


def refusal(folder: Folder, resource_type: str, name: str) -> tuple[ScenarioError, int]:
    """What is said of a property, among all that is refused of a resource that has nothing else; and its line."""
    # A function's code is looked for before anything else.
    rest = {"Code": {"ZipFile": "x"}} if resource_type == "AWS::Lambda::Function" else {}
    body = {"Resources": {"It": {"Type": resource_type, "Properties": {**rest, name: "x"}}}}
    template = folder.template(json.dumps(body, indent=1))
    line = folder.line(f'    "{name}": "x"')
    with pytest.raises(ScenarioError) as caught:
        deploy(template, nobody, Functions())
    found = [e for e in (caught.value, *caught.value.others) if e.where is not None and e.where.line == line]
    assert found, f"nothing is said of {name}"
    return found[0], line


@pytest.mark.parametrize("resource_type", sorted(set(PROVIDERS) & set(published.types())))
def test_what_a_provider_declares_is_what_aws_has(resource_type: str) -> None:
    record = PROVIDERS[resource_type].properties
    assert sorted({*record.properties, *record.not_yet} - set(published.schema_of(resource_type)["properties"])) == []
