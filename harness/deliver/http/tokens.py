"""This file decides which JSON Web Tokens an API's authorizer takes, and makes one for who is signed in (APIG-09).

The signature is checked with moto's one key of all user pools; it stands for the keys of every other issuer too, since
nobody here can ask those. From AWS's pages "Control access to HTTP APIs with JWT authorizers" and "Control access to
REST APIs using Amazon Cognito user pools".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from harness.deliver.http.authorizers import Barred, Kind
from harness.deliver.http.exchange import HttpRequest
from harness.vendor import user_pools
from harness.world.cloud import ACCOUNT_ID, REGION

_POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/([\w-]+)")
_EXPIRES_IN_S = 3600


class BadToken(Barred):
    """The token does not open the way; ``error`` and ``reason`` are what ``www-authenticate`` says of it."""

    def __init__(self, kind: Kind, error: str, reason: str) -> None:
        super().__init__(kind, reason)
        self.error = error


@dataclass(frozen=True, slots=True)
class TokenRule:
    """What an authorizer wants of a token: one of ``issuers``, ``audiences`` and, if there are any, of ``scopes``.

    ``source`` is where the token stands: "header.Authorization". ``of_pool`` is true of a REST API's authorizer, which
    takes ID tokens or, if scopes are wanted, access tokens; ``audience_pattern`` is its validation expression.
    """

    issuers: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    source: str = "header.Authorization"
    of_pool: bool = False
    audience_pattern: str | None = None

    def token_in(self, request: HttpRequest) -> str | None:
        """The request's token, alone or behind "Bearer"; None if it has none."""
        kind, _, name = self.source.partition(".")
        value = request.header(name) if kind == "header" else dict(request.query).get(name)
        return re.sub(r"^[Bb]earer\s+", "", value.strip()) if value else None


def issuer_of(pool_arn: str) -> str:
    """Who signs the tokens of a user pool."""
    parts = pool_arn.split(":")
    return f"https://cognito-idp.{parts[3]}.amazonaws.com/{parts[-1].rpartition('/')[2]}"


@cache
def _key() -> jwk.RSAKey:
    return jwk.RSAKey.import_key(user_pools.signing_key())


def check(rule: TokenRule, request: HttpRequest, now_s: int) -> dict[str, Any]:
    """The claims of the request's token.

    Raises:
        BadToken: it has none, or one that the authorizer does not take.
    """
    token = rule.token_in(request)
    if token is None:
        raise BadToken("unauthorized", "", "the request has no token")
    try:
        claims: dict[str, Any] = dict(jwt.decode(token, _key(), algorithms=["RS256"]).claims)
    except (JoseError, ValueError) as error:
        raise BadToken("unauthorized", "invalid_token", f"the token is none, or not the issuer's: {error}") from None
    _check_issuer(rule, claims)
    _check_times(claims, now_s)
    _check_audience(rule, claims)
    _check_scopes(rule, claims)
    return claims


def _check_issuer(rule: TokenRule, claims: Mapping[str, Any]) -> None:
    if str(claims.get("iss", "")).rstrip("/") not in [issuer.rstrip("/") for issuer in rule.issuers]:
        wanted = " or ".join(rule.issuers)
        raise BadToken("unauthorized", "invalid_token", f"the token's issuer is {claims.get('iss')}, not {wanted}")


def _check_times(claims: Mapping[str, Any], now_s: int) -> None:
    for name in ("exp", "nbf", "iat"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            raise BadToken("unauthorized", "invalid_token", f"the token's {name} is no time")
    if claims.get("exp", 0) <= now_s:
        raise BadToken("expired", "invalid_token", "the token has expired")
    if claims.get("nbf", now_s) > now_s or claims.get("iat", now_s) > now_s:
        raise BadToken("unauthorized", "invalid_token", "the token is not valid yet")


def _check_audience(rule: TokenRule, claims: Mapping[str, Any]) -> None:
    given = claims.get("aud") or claims.get("client_id")
    audiences = [str(one) for one in (given if isinstance(given, list) else [given])]
    if rule.audiences and not set(audiences) & set(rule.audiences):
        raise BadToken("unauthorized", "invalid_token", "the token does not have a valid audience")
    if rule.audience_pattern and not any(re.fullmatch(rule.audience_pattern, one) for one in audiences):
        raise BadToken("unauthorized", "invalid_token", "the token's audience does not fit the validation expression")


def _check_scopes(rule: TokenRule, claims: Mapping[str, Any]) -> None:
    if rule.of_pool and claims.get("token_use") != ("access" if rule.scopes else "id"):
        wanted = "an access token, since the method asks for scopes" if rule.scopes else "an ID token"
        raise BadToken("unauthorized", "invalid_token", f"the token is no {wanted.removeprefix('an ')}")
    if rule.scopes and not set(scopes_in(claims)) & set(rule.scopes):
        kind: Kind = "unauthorized" if rule.of_pool else "not allowed"
        raise BadToken(kind, "insufficient_scope", f"the token has none of the scopes {', '.join(rule.scopes)}")


def scopes_in(claims: Mapping[str, Any]) -> list[str]:
    """The scopes that a token has."""
    given = claims.get("scope") or claims.get("scp") or ()
    return given.split() if isinstance(given, str) else [str(one) for one in given]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in; ``scopes`` None are those that the route asks for, ``claims`` win over all others."""

    user: str
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


def with_token(rule: TokenRule, request: HttpRequest, who: SignedIn, now_s: int) -> HttpRequest:
    """The request with a token of ``who`` where the authorizer looks for it."""
    token = jwt.encode({"alg": "RS256", "kid": user_pools.KEY_ID}, _claims(rule, who, now_s), _key())
    kind, _, name = rule.source.partition(".")
    if kind == "header":
        return replace(request, headers=(*request.headers, (name, f"Bearer {token}")))
    return replace(request, query=(*request.query, (name, token)))


def _claims(rule: TokenRule, who: SignedIn, now_s: int) -> dict[str, Any]:
    issuer = rule.issuers[0]
    pool = _POOL.fullmatch(issuer.rstrip("/"))
    scopes = rule.scopes if who.scopes is None else who.scopes
    audience = rule.audiences[0] if rule.audiences else "client"
    claims: dict[str, Any] = {"iss": issuer, "iat": now_s, "exp": now_s + _EXPIRES_IN_S}
    if pool is None:
        claims |= {"sub": who.user, "aud": audience}
        claims |= {"scope": " ".join(scopes)} if scopes else {}
        return {**claims, **who.claims}
    known = user_pools.find_user(ACCOUNT_ID, REGION, pool[1], who.user)
    user = known or user_pools.PoolUser(who.user, _attributes(issuer, who.user))
    groups = who.groups or user.groups
    claims |= {"sub": user.attributes["sub"], "auth_time": now_s}
    claims |= {"cognito:groups": list(groups)} if groups else {}
    if rule.scopes or scopes:
        claims |= {"token_use": "access", "client_id": audience, "username": user.username, "scope": " ".join(scopes)}
    else:
        claims |= {"token_use": "id", "aud": audience, "cognito:username": user.username, **user.attributes}
    return {**claims, **who.claims}


def _attributes(issuer: str, name: str) -> dict[str, str]:
    """What is made up for a user whom the pool does not have: the same each time."""
    drawn = hashlib.sha256(f"{issuer} {name}".encode()).hexdigest()
    sub = "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:32]))
    return {"sub": sub, **({"email": name} if "@" in name else {})}
