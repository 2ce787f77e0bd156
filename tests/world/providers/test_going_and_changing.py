"""Each resource type that can be created can be taken away, and says what of it can be changed."""

from __future__ import annotations

from harness.world.providers import PROVIDERS, removal, updates

# A stack within a stack, and what a function answers for, go by other ways than a call of AWS's API.
OTHERWISE = ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack")


def test_every_type_can_be_taken_away() -> None:
    assert sorted((*removal.REMOVED, *OTHERWISE)) == sorted(PROVIDERS)


def test_what_is_said_to_change_are_properties_that_the_type_has() -> None:
    wrong = []
    for kind, changes in updates._CHANGES.items():
        known = PROVIDERS[kind].properties.properties
        wrong += [f"{kind}.{name}" for name in changes.properties or () if name not in known]
        wrong += [f"{kind}.{name}: create-only" for name in changes.properties or () if updates.replaces(kind, [name])]
    assert wrong == []
