"""This file decides where the users of a Cognito user pool, and the key that signs its tokens, are found.

Upstream: moto 5.2.5 signs the tokens of all pools with one key that it ships. What we do: read it, so that tokens can
be checked, and be made for users whose sign-in no scenario plays. It changes nothing in moto. Since: moto 1.3.
Not needed any more when: moto's pools make a token for a user without a sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.cognitoidp.models import CognitoIdpUserPool, cognitoidp_backends
from moto.utilities.utils import load_resource

KEY_ID = "dummy"
"""The key's name, as moto's tokens and its published keys have it."""


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user as the pool knows them; ``attributes`` have ``sub``."""

    username: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()


def signing_key() -> dict[str, Any]:
    """The private key that signs the tokens of every pool, as a JSON Web Key."""
    key: dict[str, Any] = load_resource("cognitoidp/resources/jwks-private.json")
    return key


def find_user(account_id: str, region: str, pool_id: str, username: str) -> PoolUser | None:
    """The pool's user with this name, or with this e-mail address if it signs in by that."""
    pool: CognitoIdpUserPool | None = cognitoidp_backends[account_id][region].user_pools.get(pool_id)
    found = None if pool is None else pool._get_user(username)
    if found is None:
        return None
    attributes = {str(one["Name"]): str(one.get("Value", "")) for one in found.attributes}
    groups = sorted(str(group.group_name) for group in found.groups)
    return PoolUser(str(found.username), {**attributes, "sub": str(found.id)}, tuple(groups))
