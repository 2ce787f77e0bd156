"""This file decides what a property's value may look like, and turns it into what AWS's API takes.

A shape reads a value whose intrinsics are resolved: CloudFormation's looseness (``"30"`` for a number,
``true`` for a text) ends here. It knows no resource type. Rule: whatever a shape does not name is refused
by name; a value that is still ``PENDING`` passes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from harness.errors import Location, Refusals, ScenarioError, did_you_mean
from harness.world.intrinsics import PENDING
from harness.world.parameters import text_of
from harness.world.yaml_lines import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: of which resource (``of``, in words), and on which line.

    ``aws_has`` says whether AWS has a property at a path, ``refusals`` takes what is refused below it.
    """

    of: str
    path: Path
    where: Callable[[Path], Location]
    aws_has: Callable[[Path], bool] = lambda path: False
    refusals: Refusals = field(default_factory=Refusals)

    def down(self, key: str | int) -> Place:
        """The place of a part of this value."""
        return replace(self, path=(*self.path, key))

    def refuse(self, problem: str, hint: str | None = None) -> ScenarioError:
        """The error that says so, with the author's line."""
        return ScenarioError(problem, where=self.where(self.path), hint=hint)

    @property
    def name(self) -> str:
        """The property in words: its path below Properties."""
        inside = self.path[self.path.index("Properties") + 1 :] if "Properties" in self.path else self.path
        return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in inside).lstrip(".")


class Shape(Protocol):
    """What one value may look like."""

    def read(self, value: Any, place: Place) -> Any:
        """The value as AWS's API takes it; without the parts that are refused, which are in ``place.refusals``.

        Raises:
            ScenarioError: the whole of it does not have this shape.
        """


@dataclass(frozen=True, slots=True)
class Text:
    """A text, one of ``choices`` if there are any, at most ``longest`` characters."""

    choices: tuple[str, ...] = ()
    longest: int | None = None

    def read(self, value: Any, place: Place) -> Any:
        """The text; numbers and true/false as CloudFormation writes them."""
        if value is PENDING:
            return value
        if isinstance(value, list | dict) or value is None:
            raise _wrong(place, value, "a text")
        text = text_of(value)
        if self.choices and text not in self.choices:
            raise place.refuse(f'{place.name} of {place.of} cannot be "{text}" here.', did_you_mean(text, self.choices))
        if self.longest is not None and len(text) > self.longest:
            raise place.refuse(
                f"{place.name} of {place.of} has {len(text)} characters; AWS allows {self.longest}.", "Shorten it."
            )
        return text


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between ``least`` and ``most``, or one of ``choices``."""

    least: int | None = None
    most: int | None = None
    choices: tuple[int, ...] = ()

    def read(self, value: Any, place: Place) -> Any:
        """The number, also if it is written as a text."""
        if value is PENDING:
            return value
        if isinstance(value, bool | list | dict):
            raise _wrong(place, value, "a whole number")
        text = text_of(value)
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
            raise _wrong(place, value, "a whole number")
        number = int(text)
        low, high = self.least, self.most
        if (low is not None and number < low) or (high is not None and number > high):
            raise place.refuse(
                f"{place.name} of {place.of} is {number}; AWS allows {'any' if low is None else low} to "
                f"{'any' if high is None else high}.",
                "Write a number that AWS would take.",
            )
        if self.choices and number not in self.choices:
            raise place.refuse(
                f"{place.name} of {place.of} is {number}, which AWS does not allow.",
                f"Allowed: {', '.join(str(c) for c in self.choices)}.",
            )
        return number


@dataclass(frozen=True, slots=True)
class Fraction:
    """A number from 0 to 1."""

    def read(self, value: Any, place: Place) -> Any:
        """The number, also if it is written as a text."""
        if value is PENDING:
            return value
        try:
            number = float(text_of(value)) if not isinstance(value, bool | list | dict) else -1.0
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise _wrong(place, value, "a number from 0 to 1")
        return number


@dataclass(frozen=True, slots=True)
class Number:
    """Any number."""

    def read(self, value: Any, place: Place) -> Any:
        """The number, also if it is written as a text."""
        if value is PENDING:
            return value
        try:
            if isinstance(value, bool | list | dict):
                raise ValueError
            return float(text_of(value))
        except ValueError:
            raise _wrong(place, value, "a number") from None


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: Any, place: Place) -> Any:
        """The truth value, also if it is written as a text."""
        if value is PENDING or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise _wrong(place, value, "true or false")


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON object that AWS itself reads (a policy, a pattern); given as a mapping or as JSON text."""

    def read(self, value: Any, place: Place) -> Any:
        """The object."""
        if value is PENDING:
            return value
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as error:
                hint = "Write it as a mapping in the template's own language, or mend the text."
                raise place.refuse(f"{place.name} of {place.of} is not JSON: {error}.", hint) from None
        if not isinstance(value, dict):
            raise _wrong(place, value, "a mapping")
        return value


@dataclass(frozen=True, slots=True)
class Items:
    """A list of one shape."""

    shape: Shape

    def read(self, value: Any, place: Place) -> Any:
        """The list, every item read."""
        if value is PENDING:
            return value
        if not isinstance(value, list):
            raise _wrong(place, value, "a list")
        return list(_parts(((i, self.shape, item) for i, item in enumerate(value)), place).values())


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping whose keys are the author's own."""

    shape: Shape

    def read(self, value: Any, place: Place) -> Any:
        """The mapping, every value read."""
        if value is PENDING:
            return value
        if not isinstance(value, dict):
            raise _wrong(place, value, "a mapping")
        return _parts(((key, self.shape, item) for key, item in value.items()), place)


@dataclass(frozen=True, slots=True)
class Property:
    """One named part of a record.

    ``inert`` says why the property is accepted although nothing here behaves differently for it; empty
    for a property that is honoured.
    """

    shape: Shape
    required: bool = False
    inert: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys. ``not_yet`` are those that AWS has and nothing here behaves like."""

    properties: Mapping[str, Property]
    not_yet: tuple[str, ...] = field(default=())

    def read(self, value: Any, place: Place) -> Any:
        """The mapping, every part read; inert parts are kept."""
        if value is PENDING:
            return value
        if not isinstance(value, dict):
            raise _wrong(place, value, "a mapping")
        for name in value:
            if name not in self.properties:
                place.refusals.found.append(self._unknown(name, place.down(name)))
        for name, prop in self.properties.items():
            if prop.required and value.get(name) is None:
                place.refusals.found.append(place.refuse(lacks(place, name), f"Add {name} here."))
        known = {name: item for name, item in value.items() if name in self.properties and item is not None}
        return _parts(((name, self.properties[name].shape, item) for name, item in known.items()), place)

    def _unknown(self, name: str, place: Place) -> ScenarioError:
        if name in self.not_yet or place.aws_has(place.path):
            return place.refuse(
                f'{place.of} asks for "{place.name}", which AWS has and nothing here behaves like yet.',
                "Leave it out of the rehearsal (a Condition can do it): accepted and ignored, it would make "
                "this run say something AWS does not.",
            )
        return place.refuse(f'{place.of} has no property "{place.name}".', did_you_mean(name, self.properties))


def _parts(parts: Iterable[tuple[Any, Shape, Any]], place: Place) -> dict[Any, Any]:
    read: dict[Any, Any] = {}
    for key, shape, item in parts:
        with place.refusals.gathered():
            read[key] = shape.read(item, place.down(key))
    return read


def honoured(shape: Shape, *, required: bool = False) -> Property:
    """A property that makes a difference here, as on AWS."""
    return Property(shape, required)


def inert(shape: Shape, why: str) -> Property:
    """A property that is accepted although it makes no difference here; ``why`` goes into the reference."""
    return Property(shape, inert=why)


TAGS = Items(Record({"Key": honoured(Text(), required=True), "Value": honoured(Text(), required=True)}))


def tag_table(tags: list[Mapping[str, str]] | None) -> dict[str, str]:
    """CloudFormation's list of tags as the mapping that some APIs take."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def lacks(place: Place, name: str) -> str:
    """The sentence for a required property that is not there."""
    return f"{place.of} lacks {place.down(name).name}, which AWS requires."


def shown(value: Any) -> str:
    """A value as an author recognises it, cut where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _wrong(place: Place, value: Any, expected: str) -> ScenarioError:
    return place.refuse(
        f"{place.name} of {place.of} must be {expected}; it is {shown(value)}.", f"Write {expected} in its place."
    )
