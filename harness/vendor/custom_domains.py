"""This file decides which API answers at a path of a custom domain.

Upstream: moto 5.2.5 keeps domains and mappings and answers no request. What we do: read them, those of REST APIs and
those of HTTP APIs alike. It changes nothing in moto. Since: moto 2.0. Not needed any more when: moto has one place to
ask for the API behind an address.
"""

from __future__ import annotations

from dataclasses import dataclass

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends


@dataclass(frozen=True, slots=True)
class Mapping:
    """An API's stage at a base path: ``key`` has no slash around it and is empty for the domain's root."""

    key: str
    api_id: str
    stage: str


def is_domain(account_id: str, region: str, name: str) -> bool:
    """Whether there is a custom domain of this name."""
    rest, http = apigateway_backends[account_id][region], apigatewayv2_backends[account_id][region]
    return name in rest.domain_names or name in http.domain_names


def find(account_id: str, region: str, domain: str, path: str) -> Mapping | None:
    """The mapping that a path falls under, the longest that fits; None if none does."""
    rest, http = apigateway_backends[account_id][region], apigatewayv2_backends[account_id][region]
    found = [
        Mapping("" if key == "(none)" else key, one.rest_api_id, str(one.stage or ""))
        for key, one in rest.base_path_mappings.get(domain, {}).items()
    ]
    found += [
        Mapping(one.api_mapping_key or "", one.api_id, one.stage)
        for one in http.api_mappings.values()
        if one.domain_name == domain
    ]
    fitting = [one for one in found if not one.key or f"{path}/".startswith(f"/{one.key}/")]
    return max(fitting, key=lambda one: len(one.key), default=None)
