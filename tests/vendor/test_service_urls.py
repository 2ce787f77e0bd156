"""A service's table of addresses is made once a world."""

from __future__ import annotations

import moto.s3.urls
import pytest
from moto.backends import get_backend
from moto.core.base_backend import BaseBackend
from moto.core.model_instances import reset_model_data

from harness.vendor import service_urls
from harness.vendor.patches import Patches

SERVICES = ("s3", "sqs", "sns", "stepfunctions", "lambda", "dynamodb", "events", "iam", "logs")


def backend(service: str) -> BaseBackend:
    region = {"s3": "aws", "iam": "aws"}.get(service, "us-east-1")
    found: BaseBackend = get_backend(service)["123456789012"][region]  # type: ignore[call-overload]
    return found


def test_the_target_is_a_property_that_reads_only_the_backend() -> None:
    assert isinstance(vars(BaseBackend)["urls"], property)


def test_upstream_still_makes_the_table_again_and_reloads_it_for_s3() -> None:
    assert backend("sqs").urls is not backend("sqs").urls
    before = moto.s3.urls.url_paths
    assert backend("s3").urls
    assert moto.s3.urls.url_paths is not before


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_is_the_same_as_upstreams_in_the_same_order(service: str) -> None:
    upstream = list(backend(service).urls.items())
    with Patches() as patches:
        service_urls.apply(patches)
        assert list(backend(service).urls.items()) == upstream


@pytest.mark.parametrize("service", SERVICES)
def test_backends_of_a_service_share_one_table_even_when_moto_has_been_reset(service: str) -> None:
    with Patches() as patches:
        service_urls.apply(patches)
        first = backend(service).urls
        reset_model_data()
        assert backend(service).urls is first


def test_another_world_makes_its_own_table() -> None:
    tables = []
    for _ in range(2):
        with Patches() as patches:
            service_urls.apply(patches)
            tables.append(backend("sqs").urls)
    assert tables[0] is not tables[1]


def test_undo_restores_the_very_same_object() -> None:
    before = vars(BaseBackend)["urls"]
    with Patches() as patches:
        service_urls.apply(patches)
        assert vars(BaseBackend)["urls"] is not before
    assert vars(BaseBackend)["urls"] is before
