"""This file decides how a repository of container images comes to stand: it is there, and holds none.

No container runs here; the repository is what ``cdk bootstrap`` makes for those who have some.
"""

from __future__ import annotations

import json

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import TAGS, Flag, Json, Record, Text, honoured, inert

_NO_IMAGES = "kept out of sight; there are no images here"


def _create(request: Request) -> Created:
    properties, ecr = request.properties, request.client("ecr")
    name = request.name("RepositoryName", 256, lower=True)
    ecr.create_repository(
        repositoryName=name,
        imageTagMutability=properties.get("ImageTagMutability", "MUTABLE"),
        tags=properties.get("Tags", []),
    )
    if "RepositoryPolicyText" in properties:
        ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(properties["RepositoryPolicyText"]))
    uri = f"{request.account_id}.dkr.ecr.{request.region}.amazonaws.com/{name}"
    return Created(name, {"Arn": request.arn("ecr", f"repository/{name}"), "RepositoryUri": uri})


REPOSITORY = Provider(
    type="AWS::ECR::Repository",
    properties=Record(
        {
            "EmptyOnDelete": inert(Flag(), _NO_IMAGES),
            "ImageScanningConfiguration": inert(Record({"ScanOnPush": honoured(Flag())}), _NO_IMAGES),
            "ImageTagMutability": inert(Text(choices=("IMMUTABLE", "MUTABLE")), _NO_IMAGES),
            "LifecyclePolicy": inert(
                Record({"LifecyclePolicyText": honoured(Text()), "RegistryId": honoured(Text())}), _NO_IMAGES
            ),
            "RepositoryName": honoured(Text(longest=256)),
            "RepositoryPolicyText": inert(Json(), "kept and shown by the API; nobody pulls images here"),
            "Tags": inert(TAGS, "kept and shown by the API"),
        },
        not_yet=("EncryptionConfiguration", "ImageTagMutabilityExclusionFilters"),
    ),
    attributes=("Arn", "RepositoryUri"),
    create=_create,
)
