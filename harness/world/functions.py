"""This file decides what the harness knows of a function: where its code lies, how it is to be run, and what a
qualifier behind its ARN stands for (LAM-28).

It runs nothing and counts nothing. A version keeps the configuration it was published with; an alias names a version,
or two of them with a weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import Location

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One Lambda function as deployed, or one version of it.

    ``arn`` never has a qualifier. ``code_dir`` is the ``CodeUri`` folder on disk, ``handler`` AWS's
    ``module.function`` string, ``timeout_s`` and ``memory_mb`` the configured limits, ``environment`` the template's
    variables. ``layers`` are the folders of layers that Python looks into behind the code's, in that order.
    ``mounts`` say which folder on disk a layer has for which path on AWS, the last layer first.
    ``reserved_concurrency`` is what it is deployed with; ``Functions.reserved`` knows what holds now.
    ``where`` is the line of the template that names the handler. ``opt`` is the folder that stands for ``/opt``, if
    the function's layers have been unpacked into one. ``by_client`` says that no template, but a client's call has made
    the function.
    """

    logical_id: str
    name: str
    arn: str
    handler: str
    code_dir: Path
    runtime: str
    role_arn: str
    timeout_s: int = 3
    memory_mb: int = 128
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    mounts: tuple[tuple[str, Path], ...] = ()
    reserved_concurrency: int | None = None
    where: Location | None = None
    version: str = LATEST
    may_recurse: bool = False
    opt: Path | None = None
    by_client: bool = False

    @property
    def opts(self) -> tuple[Path, ...]:
        """The folders that stand for ``/opt`` together: where layers were unpacked, or each layer's of a template."""
        return (self.opt,) if self.opt is not None else tuple(folder for at, folder in self.mounts if at == "/opt")


@dataclass(frozen=True, slots=True)
class _Alias:
    version: str
    weights: Mapping[str, float]


class Functions:
    """The functions that stand, by ARN and by name, with their versions, aliases and reservations."""

    def __init__(self) -> None:
        self._by_arn: dict[str, FunctionSpec] = {}
        self._versions: dict[tuple[str, str], FunctionSpec] = {}
        self._aliases: dict[tuple[str, str], _Alias] = {}
        self._reserved: dict[str, int] = {}
        # Why functions of a runtime do not run here; None for those that do.
        self.why_not: Callable[[str], str | None] = _python_alone
        # By a layer version's ARN: the folders that Python looks into.
        self.layers: dict[str, tuple[Path, ...]] = {}
        # By the same: which folder on disk is which path on AWS.
        self.mounts: dict[str, tuple[str, Path]] = {}

    # -- looking up -------------------------------------------------------------------------------

    def find(self, name_or_arn: str) -> FunctionSpec | None:
        """The function with this name or ARN, as its qualifier says; an alias gives its first version."""
        return next(iter(self.behind(name_or_arn)), None)

    def behind(self, name_or_arn: str) -> tuple[FunctionSpec, ...]:
        """The versions among which a call to this name or ARN goes, the alias's own one first; none if unknown."""
        arn, qualifier = self._split(name_or_arn)
        alias = self._aliases.get((arn, qualifier))
        if alias is None:
            return self._version(arn, qualifier)
        others = [v for v, weight in alias.weights.items() if weight > 0]
        alone = [v for v, weight in alias.weights.items() if weight >= 1]
        wanted = alone or [alias.version, *others]
        return tuple(spec for version in wanted for spec in self._version(arn, version))

    def _version(self, arn: str, version: str) -> tuple[FunctionSpec, ...]:
        found = self._by_arn.get(arn) if version == LATEST else self._versions.get((arn, version))
        return () if found is None else (found,)

    def _split(self, name_or_arn: str) -> tuple[str, str]:
        if name_or_arn.startswith("arn:"):
            parts = name_or_arn.split(":")
            return ":".join(parts[:7]), parts[7] if len(parts) > 7 else LATEST
        name, _, qualifier = name_or_arn.partition(":")
        arn = next((s.arn for s in self._by_arn.values() if s.name == name), "")
        return arn, qualifier or LATEST

    def __iter__(self) -> Iterator[FunctionSpec]:
        return iter(self._by_arn.values())

    # -- what comes, changes and goes -------------------------------------------------------------

    def register(self, spec: FunctionSpec) -> None:
        """Add a function, or replace the one with the same ARN."""
        self._by_arn[spec.arn] = spec
        self.reserve(spec.arn, spec.reserved_concurrency)

    def change(self, arn: str, **fields: Any) -> None:
        """Give an unpublished function other fields; its warm environments serve no call any more."""
        spec = self._by_arn.get(arn)
        if spec is not None:
            self._by_arn[arn] = replace(spec, **fields)

    def remove(self, arn: str, version: str | None = None) -> None:
        """Forget a function with all that belongs to it, or one version of it."""
        if version is not None:
            self._versions.pop((arn, version), None)
            return
        self._by_arn.pop(arn, None)
        self._reserved.pop(arn, None)
        for table in (self._versions, self._aliases):
            for key in [k for k in table if k[0] == arn]:
                del table[key]

    def publish(self, arn: str, version: str) -> None:
        """Keep the function as it is now under a version's number; one that is there stays as it is."""
        spec = self._by_arn.get(arn)
        if spec is not None:
            self._versions.setdefault((arn, version), replace(spec, version=version))

    def point(self, arn: str, alias: str, version: str, weights: Mapping[str, float]) -> None:
        """Let an alias name a version; ``weights`` are the shares of other versions."""
        self._aliases[arn, alias] = _Alias(version, dict(weights))

    def drop_alias(self, arn: str, alias: str) -> None:
        """Forget an alias."""
        self._aliases.pop((arn, alias), None)

    # -- reservations -----------------------------------------------------------------------------

    def reserve(self, arn: str, calls: int | None) -> None:
        """Set a function's reserved concurrency; None takes it away."""
        if calls is None:
            self._reserved.pop(arn, None)
        else:
            self._reserved[arn] = calls

    def reserved(self, name_or_arn: str) -> int | None:
        """The function's reserved concurrency, which its versions share; None if it has none."""
        return self._reserved.get(self._split(name_or_arn)[0])

    @property
    def all_reserved(self) -> int:
        """What all functions have reserved together."""
        return sum(self._reserved.values())


def _python_alone(runtime: str) -> str | None:
    return None if runtime.startswith("python3.") else "only Python functions run here."


def unqualified(arn: str) -> str:
    """A function's ARN without version or alias."""
    return ":".join(arn.split(":")[:7])
