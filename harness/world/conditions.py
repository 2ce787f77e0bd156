"""This file decides whether a template's conditions hold, and whether its rules do.

It compares values; what they are is asked of ``value``, which knows parameters and mappings and no resources. Rule: a
rule that does not hold refuses the template before anything is created, as on AWS, in the author's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world.values import Undecided, holds_pending, text_of
from harness.world.yaml_lines import Path

CONDITION_FUNCTIONS = ("Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")
_RULE_FUNCTIONS = ("Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn")
_ACCOUNT_FUNCTIONS = ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll")


class Conditions:
    """The conditions of one deployment of one template."""

    def __init__(
        self, written: Mapping[str, Any], value: Callable[[Any, Path], Any], where: Callable[[Path], Location]
    ) -> None:
        self._written = written
        self._value = value
        self._where = where
        self._decided: dict[str, bool] = {}
        self._deciding: list[str] = []

    def holds(self, name: str, path: Path) -> bool:
        """Whether the template's condition ``name`` holds.

        Raises:
            ScenarioError: there is none, it is not made of condition functions, or it depends on itself.
            Undecided: it hangs on a value that is still pending.
        """
        if name in self._decided:
            return self._decided[name]
        if name not in self._written:
            raise self._refuse(path, f'The template has no condition "{name}".', did_you_mean(name, self._written))
        if name in self._deciding:
            circle = [*self._deciding[self._deciding.index(name) :], name]
            raise self._refuse(("Conditions", name), f"Circular condition: {' -> '.join(circle)}.")
        self._deciding.append(name)
        try:
            self._decided[name] = self._true(self._written[name], ("Conditions", name), CONDITION_FUNCTIONS)
        finally:
            self._deciding.pop()
        return self._decided[name]

    def check_rules(self, rules: Mapping[str, Any]) -> None:
        """Refuse the template if one of its ``rules`` does not hold.

        Raises:
            ScenarioError: it does not, or it is not made of rule functions.
        """
        for name, rule in rules.items():
            path: Path = ("Rules", name)
            self._known_parts(rule, path, ("Assertions", "RuleCondition"), "Assertions")
            functions = (*CONDITION_FUNCTIONS[1:], *_RULE_FUNCTIONS)
            condition = rule.get("RuleCondition")
            if condition is not None and not self._true(condition, (*path, "RuleCondition"), functions):
                continue
            assertions = rule["Assertions"]
            if not isinstance(assertions, list):
                raise self._refuse((*path, "Assertions"), f'The Assertions of the rule "{name}" must be a list.')
            for i, assertion in enumerate(assertions):
                inner = (*path, "Assertions", i)
                self._known_parts(assertion, inner, ("Assert", "AssertDescription"), "Assert")
                if not self._true(assertion["Assert"], (*inner, "Assert"), functions):
                    said = text_of(assertion.get("AssertDescription")) or "it gives no AssertDescription"
                    raise self._refuse(
                        inner,
                        f'The rule "{name}" does not hold for these parameters: {said}.'.replace("..", "."),
                        "AWS does not create the stack either. Give other parameters.",
                    )

    def _known_parts(self, value: Any, path: Path, known: tuple[str, ...], required: str) -> None:
        if not isinstance(value, dict) or required not in value:
            raise self._refuse(path, f"Here must stand a mapping with {required}.")
        for part in value:
            if part not in known:
                raise self._refuse((*path, part), f'A rule has no "{part}".', did_you_mean(part, known))

    def _true(self, raw: Any, path: Path, functions: tuple[str, ...]) -> bool:
        name = next(iter(raw)) if isinstance(raw, dict) and len(raw) == 1 else None
        if name in _ACCOUNT_FUNCTIONS:
            raise self._refuse((*path, name), f"{name} asks what the account holds, which nothing here answers.")
        if name not in functions:
            raise self._refuse(path, f"A condition is made of one of these: {', '.join(functions)}.")
        argument, inner = raw[name], (*path, name)
        if name == "Condition":
            if isinstance(argument, list | dict) or argument is None:
                raise self._refuse(inner, "Here must stand the name of a condition.")
            return self.holds(text_of(argument), inner)
        if name == "Fn::Not":
            (one,) = self._list(argument, inner, 1, "one condition")
            return not self._true(one, (*inner, 0), functions)
        if name in ("Fn::And", "Fn::Or"):
            if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
                raise self._refuse(inner, f"{name} takes a list of 2 to 10 conditions.")
            results = [self._true(item, (*inner, i), functions) for i, item in enumerate(argument)]
            return all(results) if name == "Fn::And" else any(results)
        left, right = self._list(argument, inner, 2, "two values to compare")
        return self._compared(str(name), self._side(left, (*inner, 0)), self._side(right, (*inner, 1)), inner)

    def _compared(self, name: str, left: Any, right: Any, path: Path) -> bool:
        if name == "Fn::Equals":
            return bool(left == right)
        if not isinstance(left, list):
            raise self._refuse((*path, 0), f"The first part of {name} must be a list.")
        if name == "Fn::Contains":
            return right in left
        if name == "Fn::EachMemberEquals":
            return all(item == right for item in left)
        if not isinstance(right, list):
            raise self._refuse((*path, 1), f"The second part of {name} must be a list.")
        return all(item in right for item in left)

    def _side(self, raw: Any, path: Path) -> Any:
        value = self._value(raw, path)
        if holds_pending(value):
            raise Undecided
        if isinstance(value, list):
            return [item if isinstance(item, list | dict) else text_of(item) for item in value]
        return value if isinstance(value, dict) else text_of(value)

    def _list(self, value: Any, path: Path, length: int, meaning: str) -> list[Any]:
        if not isinstance(value, list) or len(value) != length:
            raise self._refuse(path, f"{path[-1]} takes {meaning}.")
        return value

    def _refuse(self, path: Path, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self._where(path), hint=hint)
