from __future__ import annotations

from pathlib import Path

import pytest

from harness.world.providers import PROVIDERS
from harness.world.providers.reference import reference
from harness.world.providers.shapes import Record

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "resource-types.md"


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: python -m harness.world.providers.reference > docs/reference/resource-types.md"
    )


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_property_is_either_taken_or_refused(name: str) -> None:
    record: Record = PROVIDERS[name].properties
    assert set(record.properties).isdisjoint(record.not_yet)
