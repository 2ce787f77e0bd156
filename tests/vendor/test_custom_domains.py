"""The contract between custom domains and moto's API Gateways, which are read and not changed."""

from __future__ import annotations

import pytest

from harness.kernel.scheduler import Kernel
from harness.vendor import custom_domains
from harness.vendor.custom_domains import Mapping
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")


@pytest.fixture
def mapped():
    """A REST API at the root of one domain, and an HTTP API at two paths of another; gives their ids."""
    with Cloud(Kernel()) as cloud:
        rest, http = cloud.client("apigateway"), cloud.client("apigatewayv2")
        made = rest.create_rest_api(name="a")
        where = {"restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "GET"}
        rest.put_method(**where, authorizationType="NONE")
        rest.put_integration(**where, type="MOCK")
        rest.create_deployment(restApiId=made["id"], stageName="live")
        rest.create_domain_name(domainName="a.example")
        rest.create_base_path_mapping(domainName="a.example", restApiId=made["id"], stage="live")
        api = http.create_api(Name="b", ProtocolType="HTTP")["ApiId"]
        http.create_stage(ApiId=api, StageName="live")
        http.create_domain_name(DomainName="b.example", DomainNameConfigurations=[{}])
        for key in ("v1", "v1/new"):
            http.create_api_mapping(ApiId=api, DomainName="b.example", Stage="live", ApiMappingKey=key)
        yield made["id"], api


def test_the_longest_mapping_that_fits_is_found(mapped):
    rest, http = mapped
    assert custom_domains.find(*HERE, "a.example", "/x") == Mapping("", rest, "live")
    assert custom_domains.find(*HERE, "b.example", "/v1/x") == Mapping("v1", http, "live")
    assert custom_domains.find(*HERE, "b.example", "/v1/new/x") == Mapping("v1/new", http, "live")
    assert custom_domains.find(*HERE, "b.example", "/v1") == Mapping("v1", http, "live")
    for domain, path in (("b.example", "/v10"), ("b.example", "/"), ("c.example", "/v1")):
        assert custom_domains.find(*HERE, domain, path) is None


def test_a_domain_is_known_by_its_name(mapped):
    assert custom_domains.is_domain(*HERE, "a.example")
    assert custom_domains.is_domain(*HERE, "b.example")
    assert not custom_domains.is_domain(*HERE, "c.example")
