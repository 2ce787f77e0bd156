"""What public templates ask for most, property by property: it can be seen through AWS's API, or it is refused by name.

``demands/*.yaml`` has the forty types that are asked for most, each with the properties that templates give it. Of an
example, ``has`` are the properties of the resource ``It``, ``beside`` what it needs around it, and then each property
is in one of these:

- ``shown``: a JMESPath into the answers to ``look`` (``json.`` in front reads texts as JSON) gives the value that the
  template has, or what ``is`` says. ``${Name}`` and ``${Name.Attribute}`` are the resource's, as in ``Fn::Sub``.
- ``accepted``: the provider says why it makes no difference, and no API here shows it.
- ``elsewhere``: the test that sees it at work.
- ``refused``: with the value that is.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import jmespath
import pytest

from harness.kernel.scheduler import Kernel
from harness.wiring import Wiring
from harness.world import yaml_lines
from harness.world.cloud import Cloud
from harness.world.deploy import deploy
from harness.world.providers import PROVIDERS
from harness.world.stack import Stack
from tests.named_tests import exists
from tests.world.conftest import Deployment, Folder

Example = dict[str, Any]
DEMANDS: dict[str, list[Example]] = {}
for _file in sorted(Path(__file__).with_name("demands").glob("*.yaml")):
    DEMANDS |= yaml_lines.read(_file.read_text(encoding="utf-8"), str(_file))[0]

WAYS = ("shown", "accepted", "elsewhere", "refused")


class Refused(NamedTuple):
    type: str
    property: str
    value: Any


EXAMPLES = [(f"{t}-{n}", t, example) for t, examples in DEMANDS.items() for n, example in enumerate(examples)]
REFUSED = [Refused(t, name, v) for _, t, example in EXAMPLES for name, v in example.get("refused", {}).items()]
ELSEWHERE = [(f"{t}.{name}", test) for _, t, ex in EXAMPLES for name, test in ex.get("elsewhere", {}).items()]


def template(resource_type: str, example: Example, **more: Any) -> str:
    it = {"Type": resource_type, "Properties": example["has"] | more, "DependsOn": example.get("depends_on", [])}
    return json.dumps({"Resources": {**example.get("beside", {}), "It": it}}, indent=1)


def layer_beside(folder: Folder) -> None:
    """What the examples with a layer name as its content."""
    folder.add("layer/python/shared.py", "VALUE = 1\n")


def written(value: Any, stack: Stack) -> Any:
    """``value`` with the names in ``${...}`` replaced by what stands."""

    def replace(match: re.Match[str]) -> str:
        logical_id, _, attribute = match.group(1).partition(".")
        resource = stack.resource(logical_id)
        return str(resource.attributes[attribute] if attribute else resource.physical_id)

    if isinstance(value, str):
        return re.sub(r"\$\{([A-Za-z0-9.]+)\}", replace, value)
    if isinstance(value, list):
        return [written(item, stack) for item in value]
    if isinstance(value, dict):
        return {written(key, stack): written(item, stack) for key, item in value.items()}
    return value


def parsed(value: Any) -> Any:
    """``value`` with each text that is a JSON object read."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        with suppress(ValueError):
            return json.loads(value)
    if isinstance(value, list):
        return [parsed(item) for item in value]
    return {key: parsed(item) for key, item in value.items()} if isinstance(value, dict) else value


def looked_at(folder: Folder, type_: str, example: Example) -> tuple[Stack, dict[str, Any]]:
    """The example deployed into a whole world, and what its ``look`` is answered there."""
    layer_beside(folder)
    kernel = Kernel()
    with Cloud(kernel) as cloud, Wiring(cloud) as wiring:

        def story() -> tuple[Stack, dict[str, Any]]:
            stack = deploy(folder.template(template(type_, example)), cloud.client, wiring.functions)
            kernel.settle()
            return stack, {
                name: getattr(cloud.client(service), operation)(**written(parameters, stack))
                for name, (service, operation, parameters) in example.get("look", {}).items()
            }

        return kernel.run(story)


@pytest.mark.parametrize(("type_", "example"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES])
def test_what_a_template_gives_a_resource_is_what_aws_says_of_it(folder: Folder, type_: str, example: Example) -> None:
    stack, answers = looked_at(folder, type_, example)
    answers["json"] = parsed(answers)
    seen, expected = {}, {}
    for name, said in example.get("shown", {}).items():
        look = said if isinstance(said, dict) else {"see": said}
        seen[name] = jmespath.search(look["see"], answers)
        resolved = stack.resource("It").properties[name]
        expected[name] = written(look["is"], stack) if "is" in look else resolved
    assert seen == expected


@pytest.mark.parametrize("type_", DEMANDS)
def test_each_property_of_a_type_is_seen_or_said_why_not(type_: str) -> None:
    told = {name for example in DEMANDS[type_] for way in WAYS for name in example.get(way, {})}
    assert {name for example in DEMANDS[type_] for name in example["has"]} - told == set()
    properties = PROVIDERS[type_].properties.properties
    assert [n for example in DEMANDS[type_] for n in example.get("accepted", []) if not properties[n].inert] == []


@pytest.mark.parametrize(("_", "test"), ELSEWHERE, ids=[name for name, _ in ELSEWHERE])
def test_what_is_seen_elsewhere_is(_: str, test: str) -> None:
    assert exists(test)


@pytest.mark.parametrize("asked", REFUSED, ids=lambda asked: f"{asked.type}.{asked.property}")
def test_what_is_not_honoured_is_refused_with_its_line_and_what_to_do(deployed: Deployment, asked: Refused) -> None:
    layer_beside(deployed.folder)
    text = template(asked.type, DEMANDS[asked.type][0], **{asked.property: asked.value})
    error = deployed.refused(text)
    refusals = [error, *error.others]
    (said,) = [e for e in refusals if asked.property in e.problem or f"Properties.{asked.property}" in str(e.where)]
    assert '"It"' in said.problem and asked.type in said.problem
    assert said.hint
