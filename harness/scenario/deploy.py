"""This file decides what a scenario can say of the deployment itself: that AWS refuses it, and in which words.

It does not deploy. A scenario about a refusal ends there, so it has neither steps nor checks.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.scenario.base import Item
from harness.scenario.matchers import TextMatcher


class Deploy(Item):
    """What must become of the deployment, where that is the point of the scenario."""

    refused: Annotated[
        TextMatcher,
        Field(description="The template must be refused, and the refusal's text must be so."),
    ]
