"""This file decides the physical name of a resource whose template gives it none.

The shape is CloudFormation's: stack name, logical id and twelve characters, cut to what the service allows.
The twelve characters are derived from the other two, so a template deploys under the same names in every run.
"""

from __future__ import annotations

import hashlib

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SUFFIX_LENGTH = 12
# When a name is too long, CloudFormation keeps this much of the logical id and cuts the stack name.
_KEPT_OF_LOGICAL_ID = 24


def physical_name(
    stack_name: str, logical_id: str, limit: int, *, ending: str = "", lower: bool = False, own: str = ""
) -> str:
    """``<stack>-<logical id>-<12 characters><ending>``, at most ``limit`` characters long.

    The twelve are ``own``, or those that stand for this resource of this stack.
    """
    room = limit - len(ending) - _SUFFIX_LENGTH - 2
    stack_part, id_part = stack_name, logical_id
    if len(stack_part) + len(id_part) > room:
        id_part = id_part[:_KEPT_OF_LOGICAL_ID]
        stack_part = stack_part[: room - len(id_part)]
    name = f"{stack_part}-{id_part}-{own or suffix(stack_name, logical_id)}{ending}"
    return name.lower() if lower else name


def suffix(stack_name: str, logical_id: str) -> str:
    """Twelve capitals and digits that stand for this resource of this stack."""
    number = int.from_bytes(hashlib.sha256(f"{stack_name}/{logical_id}".encode()).digest()[:16], "big")
    return "".join(_ALPHABET[number // 36**i % 36] for i in range(_SUFFIX_LENGTH))


def stack_id(stack_name: str, region: str, account_id: str) -> str:
    """The ARN that ``AWS::StackId`` gives."""
    digest = hashlib.sha256(stack_name.encode()).hexdigest()
    unique = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    return f"arn:aws:cloudformation:{region}:{account_id}:stack/{stack_name}/{unique}"
