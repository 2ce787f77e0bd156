"""This file decides what the functions give that compute from values alone: Join, Split, Select, Cidr and their like.

They know neither resources nor parameters: their arguments come resolved. Rule: an argument that holds ``PENDING``
where the result needs it makes the result pending too; whatever AWS would refuse is a ``Misuse``.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Callable, Sequence
from typing import Any

from harness.world.values import NO_VALUE, PENDING, holds_pending, is_marker, text_of


class Misuse(Exception):
    """A function cannot do anything with its argument; ``part`` is which of a list of arguments, if one is at fault."""

    def __init__(self, problem: str, part: int | None = None) -> None:
        self.problem = problem
        self.part = part
        super().__init__(problem)


def arguments(value: Any, length: int, name: str, meaning: str) -> list[Any]:
    """The arguments of a function that takes a list of ``length``.

    Raises:
        Misuse: there are more or fewer, or it is no list.
    """
    if not isinstance(value, list) or len(value) != length:
        raise Misuse(f"{name} takes {meaning}.")
    return value


def text(value: Any, meaning: str, part: int | None = None) -> str:
    """A scalar as text.

    Raises:
        Misuse: it is none.
    """
    if isinstance(value, list | dict) or value is None or is_marker(value):
        raise Misuse(f"Here must stand {meaning}.", part)
    return text_of(value)


def joined(delimiter: str, pieces: Sequence[Any]) -> Any:
    """The pieces in one text."""
    if any(isinstance(piece, list | dict) or piece is NO_VALUE for piece in pieces):
        raise Misuse("Only texts and numbers can be put together; this is a list or a mapping.")
    if any(piece is PENDING for piece in pieces):
        return PENDING
    return delimiter.join(text_of(piece) for piece in pieces)


def _join(argument: Any) -> Any:
    delimiter, items = arguments(argument, 2, "Fn::Join", "a delimiter and a list")
    if items is PENDING:
        return PENDING
    if not isinstance(items, list):
        raise Misuse("The second part of Fn::Join must be a list.", 1)
    return joined(text(delimiter, "a delimiter", 0), items)


def _split(argument: Any) -> Any:
    delimiter, source = arguments(argument, 2, "Fn::Split", "a delimiter and a text")
    if source is PENDING:
        return PENDING
    delimiter = text(delimiter, "a delimiter", 0)
    if not delimiter:
        raise Misuse("The delimiter of Fn::Split must not be empty.")
    return text(source, "a text to split", 1).split(delimiter)


def _select(argument: Any) -> Any:
    raw_index, items = arguments(argument, 2, "Fn::Select", "an index and a list")
    if items is PENDING or raw_index is PENDING:
        return PENDING
    if not isinstance(items, list):
        raise Misuse("The second part of Fn::Select must be a list.", 1)
    index = "" if isinstance(raw_index, list | dict) else text_of(raw_index)
    if not (index.isascii() and index.isdigit() and int(index) < len(items)):
        raise Misuse(f"Fn::Select cannot select item {index} of a list of {len(items)}.")
    return items[int(index)]


def _base64(argument: Any) -> Any:
    if argument is PENDING:
        return PENDING
    return base64.b64encode(text(argument, "a text").encode()).decode()


def _length(argument: Any) -> Any:
    if argument is PENDING:
        return PENDING
    if not isinstance(argument, list):
        raise Misuse("Fn::Length takes a list.")
    return len(argument)


def _to_json_string(argument: Any) -> Any:
    if not isinstance(argument, list | dict) and argument is not PENDING:
        raise Misuse("Fn::ToJsonString takes a list or a mapping.")
    if holds_pending(argument):
        return PENDING
    return json.dumps(argument, separators=(",", ":"), ensure_ascii=False)


def _cidr(argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise Misuse("Fn::Cidr takes an address block, a count and the bits of each smaller block.")
    if holds_pending(argument):
        return PENDING
    block = text(argument[0], "an address block, such as 10.0.0.0/16", 0)
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError as error:
        raise Misuse(f"Fn::Cidr cannot read the address block: {error}.", 0) from None
    count = _whole(argument[1], 1, 256, "the count", 1)
    most = network.max_prefixlen
    bits = _whole(argument[2], 1, most, "the number of bits", 2) if len(argument) == 3 else None
    if bits is None:
        raise Misuse("Fn::Cidr needs the number of bits of each smaller block as its third part.")
    prefix = most - bits
    if prefix < network.prefixlen or count > 2 ** (prefix - network.prefixlen):
        raise Misuse(f"Fn::Cidr cannot cut {count} blocks of {bits} bits out of {block}.")
    smaller = network.subnets(new_prefix=prefix)
    return [str(next(smaller)) for _ in range(count)]


def _whole(value: Any, least: int, most: int, what: str, part: int) -> int:
    written = text(value, f"{what} of Fn::Cidr", part)
    if not (written.isascii() and written.isdigit() and least <= int(written[:6]) <= most):
        raise Misuse(f'Fn::Cidr cannot use "{written}" for {what}: it must be a number from {least} to {most}.', part)
    return int(written)


VALUE_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": _to_json_string,
}
"""By their names: the resolved argument goes in, the value comes out."""
