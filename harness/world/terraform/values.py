"""This file decides what an attribute of a plan is worth: a known value, or a reference to another resource.

What is known is taken as it is, but for the addresses (ARNs and URLs) of what the same plan makes: they become
references, since here they will be others. What is not known yet is taken from the references in the configuration,
if the attribute takes an address and exactly one stands there. A plan does not say what stands around a reference, so
any other attribute with one inside (``jsonencode``, variables) is refused while it is not known. Rule: nothing is
guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import ScenarioError
from harness.world.terraform.plan import Instance, Module, Plan, part

KNOW_IT = (
    'A first plan knows no addresses. "harness terraform-state PLAN > made.tfstate" makes them up, and "terraform plan '
    '-refresh=false -state=made.tfstate" knows them then; see the how-to page "Bring a Terraform plan".'
)

Output = Callable[[str, Instance], Any]
"""What an attribute of a resource is in a template, from its logical id and the instance."""


# What takes an address and nothing else: there a reference, if it is the only one, is the whole value.
_TAKES_AN_ADDRESS = (
    "alarm_actions",
    "api_id",
    "arn",
    "bucket",
    "destination",
    "endpoint",
    "event_bus_name",
    "event_source_arn",
    "function_name",
    "function_version",
    "insufficient_data_actions",
    "integration_uri",
    "kms_master_key_id",
    "lambda_function_arn",
    "ok_actions",
    "permissions_boundary",
    "policy_arn",
    "queue_arn",
    "queue_url",
    "role",
    "role_arn",
    "rule",
    "secret_id",
    "source_arn",
    "target_arn",
    "target_key_id",
    "topic_arn",
)


class Values:
    """The attributes of all instances of one plan, as values of a template."""

    def __init__(self, plan: Plan, ids: Mapping[str, str], outputs: Mapping[str, Mapping[str, Output]]) -> None:
        """``outputs`` has the attributes that other resources may ask for, by type."""
        self.plan = plan
        self.ids = ids
        self._outputs = outputs
        self._by_resource: dict[str, list[Instance]] = {}
        for instance in plan.instances:
            self._by_resource.setdefault(instance.resource, []).append(instance)
        self._known = self._known_addresses()

    def at(self, resource: str) -> list[Instance]:
        """The instances of a resource, by its address without an index."""
        return self._by_resource.get(resource, [])

    # ---- attributes -------------------------------------------------------------------------------

    def of(self, instance: Instance, name: str) -> Any:
        """The attribute as a value of a template; None if it has none.

        Raises:
            ScenarioError: it is not known, and no single reference stands for it.
        """
        expression = instance.expressions.get(name)
        return self._value(instance, (name,), instance.values.get(name), instance.unknown.get(name), expression)

    def blocks(self, instance: Instance, name: str) -> list[dict[str, Any]]:
        """The blocks of this name.

        Raises:
            ScenarioError: they are no blocks, or something in them is not known.
        """
        found = self.of(instance, name) or []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self.plan.refuse(
                instance, name, f'"{name}" must be a block; it is {found!r}.', "Write it as a block."
            )
        return found

    def _value(self, instance: Instance, names: tuple[str, ...], known: Any, unknown: Any, expression: Any) -> Any:
        if unknown is True:
            return self._unknown(instance, names, expression)
        if isinstance(known, dict):
            below = unknown if isinstance(unknown, dict) else {}
            inside = expression if isinstance(expression, dict) else {}
            return {
                key: self._value(instance, (*names, key), known.get(key), below.get(key), inside.get(key))
                for key in [*known, *(k for k in below if k not in known and below[k] is True and k in inside)]
            }
        if isinstance(known, list):
            unknowns = unknown if isinstance(unknown, list) else []
            written = expression if isinstance(expression, list) and len(expression) == len(known) else []
            return [
                self._value(
                    instance,
                    names,
                    item,
                    unknowns[n] if n < len(unknowns) else None,
                    written[n] if written else (expression if len(known) == 1 else None),
                )
                for n, item in enumerate(known)
            ]
        target = self._as_known(instance, expression, known) if isinstance(known, str) and known else None
        return self.with_references(known) if target is None else self.output(*target, instance, names[0])

    def _as_known(self, instance: Instance, expression: Any, known: str) -> tuple[Instance, str] | None:
        """The instance and attribute that an expression refers to and that are known to have this very value."""
        prefix = f"{instance.module.address}." if instance.module.address else ""
        for name in whole_references(expression):
            words = re.sub(r"\[[^\]]*\]", "", name).split(".")
            for target in self.at(prefix + ".".join(words[:2])):
                for attribute in self._outputs.get(target.type, {}):
                    if words[2:] in ([], [attribute]) and target.values.get(attribute) == known:
                        return target, attribute
        return None

    def _unknown(self, instance: Instance, names: tuple[str, ...], expression: Any) -> Any:
        if expression is None:
            return None  # the provider will make it up; nobody wrote it
        reference = self.reference(instance, expression) if names[-1] in _TAKES_AN_ADDRESS else None
        if reference is None:
            shown = ".".join(names)
            raise self.plan.refuse(
                instance, names[0], f'"{shown}" is not known in this plan{made_of(expression)}.', KNOW_IT
            )
        return self.output(*reference, instance, names[0])

    def output(self, target: Instance, attribute: str, instance: Instance, name: str) -> Any:
        """What ``instance`` gets for its attribute ``name`` from the attribute of another."""
        outputs = self._outputs.get(target.type, {})
        if attribute not in outputs:
            raise self.plan.refuse(
                instance,
                name,
                f'"{name}" takes "{attribute}" of {target.address}, which has no counterpart here.',
                f"Of this type there are: {', '.join(sorted(outputs)) or 'none'}.",
            )
        return outputs[attribute](self.ids[target.address], target)

    # ---- references -------------------------------------------------------------------------------

    def reference(self, instance: Instance, expression: Any) -> tuple[Instance, str] | None:
        """The only thing that an expression refers to: an instance and its attribute."""
        return self._resolved(instance, instance.module, expression)

    def _resolved(self, instance: Instance, module: Module, expression: Any) -> tuple[Instance, str] | None:
        names = whole_references(expression)
        if len(names) != 1:
            return None
        words = re.sub(r"\[[^\]]*\]", "", names[0]).split(".")
        if words[0] == "var" and module.parent and len(words) == 2:
            given = part(module.call, "expressions").get(words[1])
            return self._resolved(instance, module.parent, given)
        if words[0] == "module" and len(words) == 3:
            child = module.child(words[1])
            output = part(part(child.body, "outputs"), words[2]) if child else {}
            return self._resolved(instance, child, output.get("expression")) if child and output else None
        if len(words) != 3:
            return None
        prefix = f"{module.address}." if module.address else ""
        candidates = self.at(prefix + ".".join(words[:2]))
        wanted = re.search(r"\[([^\]]*)\]", names[0])
        if len(candidates) > 1 and wanted:
            candidates = [c for c in candidates if json.dumps(c.index) == wanted.group(1)]
        if len(candidates) > 1:
            candidates = [c for c in candidates if c.module_words == instance.module_words]
        return (candidates[0], words[2]) if len(candidates) == 1 else None

    # ---- known texts ------------------------------------------------------------------------------

    def with_references(self, value: Any) -> Any:
        """A known value with references where the address of something planned stands."""
        if isinstance(value, dict):
            return {key: self.with_references(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.with_references(item) for item in value]
        if not isinstance(value, str):
            return value
        pieces: list[Any] = [value]
        for pattern, stands_for in self._known:
            pieces = [new for old in pieces for new in (_split(old, pattern, stands_for))]
        if len(pieces) == 1:
            return pieces[0]
        return {"Fn::Join": ["", pieces]}

    def _known_addresses(self) -> list[tuple[re.Pattern[str], Any]]:
        found: dict[str, Any] = {}
        for instance in self.plan.instances:
            for attribute, output in self._outputs.get(instance.type, {}).items():
                known = instance.values.get(attribute)
                if isinstance(known, str) and (known.startswith("arn:") or "://" in known):
                    found.setdefault(known, output(self.ids[instance.address], instance))
        longest_first = sorted(found, key=lambda text: (-len(text), text))
        return [(re.compile(re.escape(text) + r"(?![\w-])(?!\.\w)"), found[text]) for text in longest_first]


def whole_references(expression: Any) -> list[str]:
    """What an expression refers to, without the shorter forms that Terraform lists beside each."""
    listed = expression.get("references") if isinstance(expression, Mapping) else None
    names = [str(n) for n in listed] if isinstance(listed, list) else []
    return [n for n in names if not any(o != n and o.startswith((f"{n}.", f"{n}[")) for o in names)]


def json_text(plan: Plan, instance: Instance, name: str, text: Any) -> Any:
    """What the JSON in an attribute says.

    Raises:
        ScenarioError: it is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _no_json(plan, instance, name, error) from None


def _no_json(plan: Plan, instance: Instance, name: str, error: Exception) -> ScenarioError:
    return plan.refuse(instance, name, f'"{name}" is not JSON: {error}.', "Write it with jsonencode().")


def _split(piece: Any, pattern: re.Pattern[str], stands_for: Any) -> list[Any]:
    if not isinstance(piece, str):
        return [piece]
    texts = pattern.split(piece)
    found: list[Any] = []
    for number, text in enumerate(texts):
        found += ([stands_for] if number else []) + ([text] if text or len(texts) == 1 else [])
    return found


def made_of(expression: Any) -> str:
    """The references in an expression, in words behind a semicolon."""
    names = whole_references(expression)
    return f"; it is made of {', '.join(names)}" if names else ""
