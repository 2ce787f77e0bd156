"""Ways to break the template language, for the scenarios of ``template_language.yaml``."""

from __future__ import annotations

from typing import Any

import pytest

from harness.world import account, conditions, dynamic_references, intrinsics, loops, parameters

Patch = pytest.MonkeyPatch


def loops_stop_after_their_first_round(patch: Patch) -> None:
    items = loops._Unfolding._items
    patch.setattr(loops._Unfolding, "_items", lambda self, raw, written: items(self, raw, written)[:1])


def loops_go_over_the_default(patch: Patch) -> None:
    patch.setattr(loops._Unfolding, "_items", lambda self, raw, written: ["eu", "us"])


def stored_parameters_are_their_own_names(patch: Patch) -> None:
    patch.setattr(parameters._Parameter, "_held", lambda self, name: name)


def parameters_keep_their_defaults(patch: Patch) -> None:
    value = parameters._Parameter.value
    patch.setattr(parameters._Parameter, "value", lambda self, given: value(self, {}))


def keys_of_secrets_are_not_looked_for(patch: Patch) -> None:
    patch.setattr(dynamic_references, "_of_key", lambda text, key, refuse: text)


def anything_is_exported(patch: Patch) -> None:
    patch.setattr(account.Account, "exported", lambda self, name: name)


def rules_are_not_looked_at(patch: Patch) -> None:
    patch.setattr(conditions.Conditions, "check_rules", lambda self, rules: None)


def mappings_give_their_default(patch: Patch) -> None:
    found = intrinsics.Intrinsics._find_in_map

    def default(self: Any, argument: Any, path: Any, lookup: Any) -> Any:
        return argument[3]["DefaultValue"] if len(argument) == 4 else found(self, argument, path, lookup)

    patch.setattr(intrinsics.Intrinsics, "_find_in_map", default)
