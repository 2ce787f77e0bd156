"""This file decides how a point in time that a template writes as a text is read. It knows no resource type."""

from __future__ import annotations

from datetime import datetime

from harness.world.providers.shapes import Place


def moment(text: str, place: Place) -> datetime:
    """The point in time.

    Raises:
        ScenarioError: the text is none.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise place.refuse(
            f'{place.name} of {place.of} is "{text}", which is no time.', "Write it as 2030-01-31T09:30:00Z."
        ) from None
