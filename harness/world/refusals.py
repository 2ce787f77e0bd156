"""This file decides how the template's author is told what is refused by AWS's schemas, or for not being here.

It does not decide what is refused, nor say what AWS's API refuses (``api_refusals.py``).
"""

from __future__ import annotations

from typing import Any

from harness.errors import Location, ScenarioError, did_you_mean, nearest
from harness.world import published
from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Provider
from harness.world.providers.shapes import Place, lacks


def unknown_type(logical_id: str, resource_type: str, where: Location) -> ScenarioError:
    """The refusal of a type that AWS does not have, or that nothing here behaves like."""
    if resource_type in published.types() or resource_type.startswith("Custom::"):
        return ScenarioError(
            f'"{logical_id}" is of type {resource_type}, which nothing here behaves like yet.',
            where=where,
            hint="Leave it out of the rehearsal (a Condition can do it); docs/reference/resource-types.md lists what "
            "there is.",
        )
    close = nearest(resource_type, PROVIDERS) or nearest(resource_type, published.types())
    return ScenarioError(
        f'"{logical_id}" is of type {resource_type}, which AWS does not have.',
        where=where,
        hint=f'Did you mean "{close}"?' if close else "Look the type up in AWS's template reference.",
    )


def unknown_attribute(logical_id: str, provider: Provider, attribute: str, where: Location) -> ScenarioError:
    """The refusal of a ``Fn::GetAtt`` that AWS does not answer, or that nothing here does."""
    if attribute in published.attributes(provider.type):
        return ScenarioError(
            f'The attribute "{attribute}" of "{logical_id}" ({provider.type}) is one of AWS\'s that is not known here '
            "yet.",
            where=where,
            hint=f"Known: {', '.join(provider.attributes) or 'none'}.",
        )
    return ScenarioError(
        f'"{logical_id}" ({provider.type}) has no attribute "{attribute}".',
        where=where,
        hint=did_you_mean(attribute, provider.attributes),
    )


def refuse_mistakes(resource_type: str, properties: Any, place: Place) -> None:
    """Add to the place's refusals what AWS's published schema refuses and nobody has said yet."""
    from harness.world.published_rules import mistakes  # late: it brings jsonschema

    said = [(error.where, error.problem) for error in place.refusals.found]
    spoken_for = {where for where, problem in said if where != place.where(place.path)}
    for mistake in mistakes(resource_type, properties):
        at = place
        for key in mistake.path:
            at = at.down(key)
        if mistake.kind == "unknown":
            error = at.refuse(f'{at.of} has no property "{at.name}".', mistake.hint)
        elif mistake.kind == "lacking":
            error = at.refuse(lacks(at, mistake.text), mistake.hint or f"Add {mistake.text} here.")
        else:
            hint = mistake.hint or f"AWS's template reference of {resource_type} says what it takes here."
            error = at.refuse(f"{f'{at.name} of ' if at.name else ''}{at.of} {mistake.text}", hint)
        if error.where not in spoken_for and (error.where, error.problem) not in said:
            place.refusals.found.append(error)
