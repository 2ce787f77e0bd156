"""This file decides what a reference from one resource to another gives: before anything stands, and after.

It does not carry out functions (``intrinsics``). Rule: an attribute that the other resource does not have is refused
with the line of whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world.providers.provider import Provider
from harness.world.refusals import unknown_attribute
from harness.world.stack import Resource
from harness.world.values import PENDING
from harness.world.yaml_lines import Path


class Reading:
    """References while nothing stands yet: noted as needs, checked by name, answered with PENDING."""

    def __init__(
        self, providers: Mapping[str, Provider], refused: Collection[str], where: Callable[[Path], Location]
    ) -> None:
        """``refused`` are resources that have no provider, so that nothing is known of their attributes."""
        self._providers = providers
        self._refused = refused
        self._where = where
        self.needs: dict[str, None] = {}

    def names(self) -> Sequence[str]:
        """The resources of the template."""
        return [*self._providers, *self._refused]

    def ref(self, logical_id: str, path: Path) -> Any:
        """PENDING; None if there is no such resource."""
        if logical_id not in self._providers and logical_id not in self._refused:
            return None
        self.needs[logical_id] = None
        return PENDING

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        """PENDING, if the type has such an attribute."""
        provider = self._providers.get(logical_id)
        if provider is not None and not any(fnmatchcase(attribute, known) for known in provider.attributes):
            raise unknown_attribute(logical_id, provider, attribute, self._where(path))
        self.needs[logical_id] = None
        return PENDING


class Standing:
    """References to what has been created."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        created: Mapping[str, Resource],
        where: Callable[[Path], Location],
    ) -> None:
        self._providers = providers
        self._created = created
        self._where = where

    def names(self) -> Sequence[str]:
        """The resources of the template."""
        return list(self._providers)

    def ref(self, logical_id: str, path: Path) -> Any:
        """What ``Ref`` gives; None if there is no such resource."""
        found = self._created.get(logical_id)
        return None if found is None else found.physical_id

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        """What ``Fn::GetAtt`` gives."""
        found = self._created[logical_id].attributes
        if attribute not in found:
            raise ScenarioError(
                f'"{logical_id}" ({self._providers[logical_id].type}) has no attribute "{attribute}".',
                where=self._where(path),
                hint=did_you_mean(attribute, found),
            )
        return found[attribute]
