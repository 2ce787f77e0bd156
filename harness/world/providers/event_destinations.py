"""This file decides how a connection to the outside and an API destination come to stand. EVB-09"""

from __future__ import annotations

from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Items, Record, Table, Text, Whole, honoured, inert

HTTP_PARAMETERS = Record(
    {
        "HeaderParameters": honoured(Table(Text())),
        "PathParameterValues": honoured(Items(Text())),
        "QueryStringParameters": honoured(Table(Text())),
    }
)
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PAIR = Record(
    {
        "IsValueSecret": inert(Flag(), "nothing is hidden here"),
        "Key": honoured(Text(longest=512), required=True),
        "Value": honoured(Text(), required=True),
    }
)
_MORE = honoured(
    Record(
        {
            "BodyParameters": honoured(Items(_PAIR)),
            "HeaderParameters": honoured(Items(_PAIR)),
            "QueryStringParameters": honoured(Items(_PAIR)),
        }
    )
)
# What each way of authorizing needs.
_NEEDS = {
    "API_KEY": "ApiKeyAuthParameters",
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}


def _create_connection(request: Request) -> Created:
    properties = request.properties
    needed = _NEEDS[properties["AuthorizationType"]]
    if needed not in properties["AuthParameters"]:
        raise request.place.down("AuthParameters").refuse(
            f"AuthParameters of {request.place.of} has no {needed}, "
            f"which AuthorizationType {properties['AuthorizationType']} needs."
        )
    name = request.name("Name", 64)
    events = request.client("events")
    optional = {"Description": properties["Description"]} if properties.get("Description") else {}
    arn = events.create_connection(
        Name=name,
        AuthorizationType=properties["AuthorizationType"],
        AuthParameters=properties["AuthParameters"],
        **optional,
    )["ConnectionArn"]
    secret = events.describe_connection(Name=name)["SecretArn"]
    return Created(name, {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0], "SecretArn": secret})


def _create_destination(request: Request) -> Created:
    properties: dict[str, Any] = dict(request.properties)
    name = request.name("Name", 64)
    arn = request.client("events").create_api_destination(**{**properties, "Name": name})["ApiDestinationArn"]
    return Created(name, {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]})


CONNECTION = Provider(
    type="AWS::Events::Connection",
    properties=Record(
        {
            "AuthParameters": honoured(
                Record(
                    {
                        "ApiKeyAuthParameters": honoured(
                            Record(
                                {
                                    "ApiKeyName": honoured(Text(longest=512), required=True),
                                    "ApiKeyValue": honoured(Text(longest=512), required=True),
                                }
                            )
                        ),
                        "BasicAuthParameters": honoured(
                            Record(
                                {
                                    "Password": honoured(Text(longest=512), required=True),
                                    "Username": honoured(Text(longest=512), required=True),
                                }
                            )
                        ),
                        "InvocationHttpParameters": _MORE,
                        "OAuthParameters": honoured(
                            Record(
                                {
                                    "AuthorizationEndpoint": honoured(Text(longest=2048), required=True),
                                    "ClientParameters": honoured(
                                        Record(
                                            {
                                                "ClientID": honoured(Text(longest=512), required=True),
                                                "ClientSecret": honoured(Text(longest=512), required=True),
                                            }
                                        ),
                                        required=True,
                                    ),
                                    "HttpMethod": honoured(Text(choices=("GET", "POST", "PUT")), required=True),
                                    "OAuthHttpParameters": _MORE,
                                }
                            )
                        ),
                    },
                    not_yet=("ConnectivityParameters",),
                ),
                required=True,
            ),
            "AuthorizationType": honoured(Text(choices=tuple(_NEEDS)), required=True),
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "KmsKeyIdentifier": inert(Text(), "nothing is encrypted here"),
            "Name": honoured(Text(longest=64)),
        },
        not_yet=("InvocationConnectivityParameters",),
    ),
    attributes=("Arn", "ArnForPolicy", "SecretArn"),
    create=_create_connection,
)

API_DESTINATION = Provider(
    type="AWS::Events::ApiDestination",
    properties=Record(
        {
            "ConnectionArn": honoured(Text(), required=True),
            "Description": inert(Text(longest=512), "kept and shown by the API"),
            "HttpMethod": honoured(Text(choices=_METHODS), required=True),
            "InvocationEndpoint": honoured(Text(longest=2048), required=True),
            "InvocationRateLimitPerSecond": inert(Whole(1), "nothing is held back here"),
            "Name": honoured(Text(longest=64)),
        },
    ),
    attributes=("Arn", "ArnForPolicy"),
    create=_create_destination,
)
