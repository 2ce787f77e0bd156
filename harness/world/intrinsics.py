"""This file decides what the intrinsic functions of a template give: Ref, GetAtt, Sub, If and the rest.

It does not know resources: what a reference to one gives is asked of a ``Lookup``. A lookup may answer
``PENDING`` (the resource is not there yet), and then whatever is built from it is pending too; that is how
a template is read through before anything is created. Functions of values alone are in ``value_functions``. Rule: a
function that is not here is refused by name, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world.conditions import Conditions
from harness.world.value_functions import VALUE_FUNCTIONS, Misuse, arguments, joined, text
from harness.world.values import NO_VALUE, PENDING, Undecided
from harness.world.yaml_lines import Path

__all__ = ["NO_VALUE", "PENDING", "Account", "Intrinsics", "Lookup"]

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"

_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString")
_CONDITIONS_ONLY = ("Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or")
_RULES_ONLY = (
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::RefAll",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
)
# AWS takes no function for these.
_LITERAL_DELIMITER = ("Fn::Join", "Fn::Split")
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")


class Lookup(Protocol):
    """What a reference to a resource gives."""

    def ref(self, logical_id: str, path: Path) -> Any:
        """The value of ``Ref``; None if there is no such resource."""

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        """The value of ``Fn::GetAtt``."""

    def names(self) -> Sequence[str]:
        """The logical ids that exist, for hints."""


class Account(Protocol):
    """What a template asks of the account it is deployed into."""

    def zones(self, region: str) -> list[str] | None:
        """The region's availability zones; None if nothing is known about that region."""

    def exported(self, name: str) -> Any:
        """What a stack exports under this name; None if none does."""

    def exports(self) -> Sequence[str]:
        """The names that stacks export, for hints."""


class Intrinsics:
    """The intrinsic functions of one deployment of one template."""

    def __init__(
        self,
        body: Mapping[str, Any],
        named_values: Mapping[str, Any],
        where: Callable[[Path], Location],
        account: Account | None = None,
        *,
        extended: bool = False,
    ) -> None:
        """``named_values`` holds what ``Ref`` gives for parameters and pseudo-parameters.

        ``extended`` is true of a template that asks for AWS::LanguageExtensions.
        """
        self._mappings: Mapping[str, Any] = body.get("Mappings") or {}
        self._named = named_values
        self._where = where
        self._account = account
        self._extended = extended
        self.conditions = Conditions(body.get("Conditions") or {}, lambda raw, path: self.value(raw, path, None), where)
        self._functions: dict[str, Callable[[Any, Path, Lookup | None], Any]] = {
            "Ref": self._ref,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": self._get_azs,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Sub": self._sub,
        }

    def value(self, raw: Any, path: Path, lookup: Lookup | None) -> Any:
        """``raw`` with every function carried out.

        Raises:
            ScenarioError: a function is unknown, used wrongly, or refers to something that is not there.
            Undecided: a condition hangs on a value that is still pending.
        """
        if isinstance(raw, list):
            items = [self.value(item, (*path, i), lookup) for i, item in enumerate(raw)]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(raw, dict):
            return raw
        name = self._function_name(raw, path)
        if name is not None:
            return self._carried_out(name, raw[name], (*path, name), lookup)
        entries = {key: self.value(item, (*path, key), lookup) for key, item in raw.items()}
        return {key: item for key, item in entries.items() if item is not NO_VALUE}

    def condition(self, name: str, path: Path) -> bool:
        """Whether the template's condition ``name`` holds; see ``Conditions.holds``."""
        return self.conditions.holds(name, path)

    def _carried_out(self, name: str, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        try:
            if name in VALUE_FUNCTIONS:
                if name in _LITERAL_DELIMITER and isinstance(argument, list) and argument:
                    text(argument[0], "a delimiter", 0)
                return VALUE_FUNCTIONS[name](self.value(argument, path, lookup))
            return self._functions[name](argument, path, lookup)
        except Misuse as error:
            part = path if error.part is None else (*path, error.part)
            raise self._refuse(part, error.problem) from None

    # ---- references -------------------------------------------------------------------------------

    def _ref(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        if self._extended and isinstance(argument, dict):
            argument = self.value(argument, path, None)
        return self._named_value(text(argument, "the name of a parameter or resource"), path, lookup)

    def _named_value(self, name: str, path: Path, lookup: Lookup | None) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._named:
            return self._named[name]
        found = lookup.ref(name, path) if lookup else None
        if found is not None:
            return found
        if lookup is None:
            raise self._refuse(
                path,
                f'"{name}" is not a parameter; a condition can only refer to parameters.',
                did_you_mean(name, self._named),
            )
        raise self._refuse(
            path,
            f"Template format error: Unresolved resource dependencies [{name}] in the template",
            did_you_mean(name, [*self._named, *lookup.names()]),
        )

    def _get_att(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        logical_id, attribute = arguments(parts, 2, "Fn::GetAtt", "a logical id and an attribute, as in Queue.Arn")
        if self._extended:
            logical_id = self.value(logical_id, (*path, 0), None)
        logical_id = text(logical_id, "a logical id")
        attribute = text(self.value(attribute, path, None), "the name of an attribute")
        if lookup is None:
            raise self._refuse(path, "A condition cannot ask for the attribute of a resource.")
        return self._attribute(logical_id, attribute, path, lookup)

    def _attribute(self, logical_id: str, attribute: str, path: Path, lookup: Lookup) -> Any:
        if logical_id not in lookup.names():
            raise self._refuse(
                path,
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the template",
                did_you_mean(logical_id, lookup.names()),
            )
        return lookup.get_att(logical_id, attribute, path)

    def _sub(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        own: dict[str, Any] = {}
        if isinstance(argument, list):
            written, raw_own = arguments(argument, 2, "Fn::Sub", "a text and a mapping of its variables")
            if not isinstance(raw_own, dict):
                raise Misuse("The second part of Fn::Sub must be a mapping.", 1)
            own = {k: self.value(v, (*path, 1, k), lookup) for k, v in raw_own.items()}
        else:
            written = argument
        if self._extended and isinstance(written, dict):
            written = self.value(written, path, None)
        written = text(written, "a text")
        pieces: list[Any] = []
        end = 0
        for match in _PLACEHOLDER.finditer(written):
            pieces.append(written[end : match.start()])
            pieces.append(self._placeholder(match.group(1), own, path, lookup))
            end = match.end()
        pieces.append(written[end:])
        return joined("", pieces)

    def _placeholder(self, name: str, own: Mapping[str, Any], path: Path, lookup: Lookup | None) -> Any:
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        if name in own:
            return own[name]
        if "." in name and lookup is not None:
            logical_id, attribute = name.split(".", 1)
            return self._attribute(logical_id, attribute, path, lookup)
        return self._named_value(name, path, lookup)

    # ---- choices ----------------------------------------------------------------------------------

    def _if(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        name, _, _ = arguments(argument, 3, "Fn::If", "the name of a condition and two values")
        holds = self.condition(text(name, "the name of a condition", 0), (*path, 0))
        chosen = 1 if holds else 2
        return self.value(argument[chosen], (*path, chosen), lookup)

    def _find_in_map(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        has_default = isinstance(argument, list) and len(argument) == 4
        if has_default:
            self._needs_extensions("DefaultValue of Fn::FindInMap", (*path, 3))
            if not (isinstance(argument[3], dict) and list(argument[3]) == ["DefaultValue"]):
                raise Misuse("The fourth part of Fn::FindInMap must be a mapping with DefaultValue alone.", 3)
        keys = argument[:3] if has_default else argument
        arguments(keys, 3, "Fn::FindInMap", "the name of a mapping and two keys")
        found: Any = self._mappings
        for i, raw in enumerate(keys):
            value = self.value(raw, (*path, i), None)
            if value is PENDING:
                raise Undecided
            key = text(value, "a name", i)
            if not isinstance(found, dict) or key not in found:
                if has_default:
                    return self.value(argument[3]["DefaultValue"], (*path, 3, "DefaultValue"), lookup)
                raise self._refuse(
                    (*path, i),
                    f'Fn::FindInMap finds no "{key}" in the mappings.',
                    did_you_mean(key, found if isinstance(found, dict) else ()),
                )
            found = found[key]
        return found

    # ---- of the account ---------------------------------------------------------------------------

    def _get_azs(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        region = self.value(argument, path, None)
        region = text(region, "a region") or str(self._named["AWS::Region"])
        zones = self._account.zones(region) if self._account else None
        if zones is None:
            raise Misuse(
                f'Fn::GetAZs asks for the zones of "{region}"; this stack stands in {self._named["AWS::Region"]}, and '
                "only its zones are known here."
            )
        return zones

    def _import_value(self, argument: Any, path: Path, lookup: Lookup | None) -> Any:
        name = self.value(argument, path, lookup)
        if name is PENDING:
            return PENDING
        name = text(name, "the name of an export")
        found = self._account.exported(name) if self._account else None
        if found is None:
            raise self._refuse(
                path,
                f"No export named {name} found.",
                did_you_mean(name, self._account.exports() if self._account else ())
                + ' A scenario says what other stacks export: "account: {exports: {'
                + name
                + ': ...}}".',
            )
        return found

    # ---- forms ------------------------------------------------------------------------------------

    def _function_name(self, raw: Mapping[Any, Any], path: Path) -> str | None:
        names = [k for k in raw if k == "Ref" or k.startswith("Fn::")]
        if not names:
            return None
        name: str = names[0]
        inner = (*path, name)
        if name in _CONDITIONS_ONLY:
            raise self._refuse(inner, f"{name} can only stand in the Conditions section.", "Use Fn::If here.")
        if name in _RULES_ONLY:
            raise self._refuse(inner, f"{name} can only stand in the Rules section.", "Use Fn::If here.")
        if name.startswith("Fn::ForEach::"):
            self._needs_extensions(name, inner)
        if name not in self._functions and name not in VALUE_FUNCTIONS:
            known = [*self._functions, *VALUE_FUNCTIONS]
            raise self._refuse(inner, f'There is no function "{name}".', did_you_mean(name, known))
        if name in _EXTENSIONS:
            self._needs_extensions(name, inner)
        if len(raw) > 1:
            others = ", ".join(f'"{k}"' for k in raw if k != name)
            raise self._refuse(inner, f"{name} must stand alone; beside it stands {others}.")
        return name

    def _needs_extensions(self, what: str, path: Path) -> None:
        if not self._extended:
            raise self._refuse(
                path,
                f"{what} belongs to {LANGUAGE_EXTENSIONS}, and the template does not ask for that transform.",
                f"Add it to Transform: [{LANGUAGE_EXTENSIONS}, ...], before SAM.",
            )

    def _refuse(self, path: Path, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self._where(path), hint=hint)
