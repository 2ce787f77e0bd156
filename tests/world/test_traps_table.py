"""Each trap of moto's CloudFormation, and each of the forty types asked for most, has what holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.named_tests import exists
from tests.world.test_demands import DEMANDS, WAYS

TRAPS = yaml.safe_load(Path(__file__).with_name("traps.yaml").read_text(encoding="utf-8"))
HELD = [(row["trap"], held) for row in TRAPS for held in row["held"]]


def demanded(named: str) -> bool:
    resource_type, _, name = named.partition(".")
    return any(name in example.get(way, {}) for example in DEMANDS.get(resource_type, []) for way in WAYS)


@pytest.mark.parametrize(("trap", "held"), HELD)
def test_what_is_said_to_hold_a_trap_is_there(trap: str, held: str) -> None:
    assert exists(held) if "::test_" in held else demanded(held)


def test_no_trap_is_left_without_anything_that_holds_it() -> None:
    assert [row["trap"] for row in TRAPS if not row["held"]] == []
    assert len(DEMANDS) == 40


@pytest.mark.parametrize("named", ["tests/world/test_traps.py::test_nobody_wrote", "tests/nowhere.py::test_it"])
def test_a_test_that_is_not_there_is_noticed(named: str) -> None:
    assert not exists(named)


@pytest.mark.parametrize("named", ["AWS::SQS::Queue.Colour", "AWS::SQS::Quay.DelaySeconds"])
def test_a_property_that_no_example_has_is_noticed(named: str) -> None:
    assert not demanded(named)
