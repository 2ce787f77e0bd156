"""This file decides how an API's custom domains, and what is mapped to them, come to stand.

Nobody asks a name server here: a request that names the domain is answered by what is mapped to it.
"""

from __future__ import annotations

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Items, Json, Record, Table, Text, honoured, inert

_NO_TLS = "kept; requests enter in process, so there is no certificate to show"


def _create_rest_domain(request: Request) -> Created:
    name = request.properties["DomainName"]
    made = request.client("apigateway").create_domain_name(domainName=name)
    return Created(
        name,
        {
            "DistributionDomainName": made["distributionDomainName"],
            "DistributionHostedZoneId": made["distributionHostedZoneId"],
            "RegionalDomainName": made["regionalDomainName"],
            "RegionalHostedZoneId": made["regionalHostedZoneId"],
        },
    )


def _create_base_path(request: Request) -> Created:
    properties = request.properties
    optional = {"basePath": properties.get("BasePath"), "stage": properties.get("Stage")}
    request.client("apigateway").create_base_path_mapping(
        domainName=properties["DomainName"],
        restApiId=properties["RestApiId"],
        **{name: value for name, value in optional.items() if value},
    )
    return Created(f"{properties['DomainName']}|{properties.get('BasePath') or ''}")


def _create_http_domain(request: Request) -> Created:
    name = request.properties["DomainName"]
    configurations = request.properties.get("DomainNameConfigurations") or [{}]
    request.client("apigatewayv2").create_domain_name(DomainName=name, DomainNameConfigurations=configurations)
    # AWS makes up a name to point one's own at; nothing here is reached by it.
    regional = {"RegionalDomainName": f"d-{name.replace('.', '-')}.execute-api.{request.region}.amazonaws.com"}
    return Created(name, {**regional, "RegionalHostedZoneId": "Z1UJRXOUMOOFQ8"})


def _create_mapping(request: Request) -> Created:
    made = request.client("apigatewayv2").create_api_mapping(**{"ApiMappingKey": "", **request.properties})
    return Created(made["ApiMappingId"], {"ApiMappingId": made["ApiMappingId"]})


REST_DOMAIN = Provider(
    type="AWS::ApiGateway::DomainName",
    properties=Record(
        {
            "CertificateArn": inert(Text(), _NO_TLS),
            "DomainName": honoured(Text(), required=True),
            "EndpointConfiguration": inert(Json(), _NO_TLS),
            "RegionalCertificateArn": inert(Text(), _NO_TLS),
            "SecurityPolicy": inert(Text(), _NO_TLS),
            "Tags": inert(TAGS, "a comment"),
        },
        not_yet=("EndpointAccessMode", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "RoutingMode"),
    ),
    attributes=(
        "DistributionDomainName",
        "DistributionHostedZoneId",
        "RegionalDomainName",
        "RegionalHostedZoneId",
    ),
    create=_create_rest_domain,
)

BASE_PATH = Provider(
    type="AWS::ApiGateway::BasePathMapping",
    properties=Record(
        {
            "BasePath": honoured(Text()),
            "DomainName": honoured(Text(), required=True),
            "RestApiId": honoured(Text(), required=True),
            "Stage": honoured(Text(), required=True),
        },
    ),
    attributes=(),
    create=_create_base_path,
)

HTTP_DOMAIN = Provider(
    type="AWS::ApiGatewayV2::DomainName",
    properties=Record(
        {
            "DomainName": honoured(Text(), required=True),
            "DomainNameConfigurations": inert(
                Items(
                    Record(
                        {
                            "CertificateArn": inert(Text(), _NO_TLS),
                            "CertificateName": inert(Text(), _NO_TLS),
                            "EndpointType": inert(Text(), _NO_TLS),
                            "IpAddressType": inert(Text(), _NO_TLS),
                            "OwnershipVerificationCertificateArn": inert(Text(), _NO_TLS),
                            "SecurityPolicy": inert(Text(), _NO_TLS),
                        }
                    )
                ),
                _NO_TLS,
            ),
            "Tags": inert(Table(Text()), "a comment"),
        },
        not_yet=("MutualTlsAuthentication", "RoutingMode"),
    ),
    attributes=("RegionalDomainName", "RegionalHostedZoneId"),
    create=_create_http_domain,
)

API_MAPPING = Provider(
    type="AWS::ApiGatewayV2::ApiMapping",
    properties=Record(
        {
            "ApiId": honoured(Text(), required=True),
            "ApiMappingKey": honoured(Text()),
            "DomainName": honoured(Text(), required=True),
            "Stage": honoured(Text(), required=True),
        }
    ),
    attributes=("ApiMappingId",),
    create=_create_mapping,
)
