"""This file decides how a layer's version comes to stand, and which of its folders a function's Python looks into.

The content stays where it is on disk. On AWS the layers of a function are unpacked into ``/opt`` one over the other,
in the order in which the function names them, and Python looks into ``/opt/python/lib/python3.x/site-packages`` and
``/opt/python`` after the function's own folder
(https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html). So here the last layer comes first.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Items, Record, Text, honoured, inert
from harness.world.requirements import check_requirements
from harness.world.values import PENDING

_ARN = re.compile(r"arn:aws:lambda:[a-z0-9-]+:(\d{12}):layer:([A-Za-z0-9_-]+):\d+")

# Layers of others that hold a package and nothing else: the account, how the name begins, and the package.
_PUBLISHED = (
    ("017000801446", "AWSLambdaPowertoolsPython", "aws-lambda-powertools"),
    ("336392948345", "AWSSDKPandas-Python", "awswrangler"),
)


def check_layers(request: Request) -> None:
    """Refuse layers of other accounts whose content is not here."""
    for number, arn in enumerate(request.properties.get("Layers") or []):
        if arn is not PENDING and arn not in request.functions.layers:
            _check_published(request, number, arn)


def _check_published(request: Request, number: int, arn: str) -> None:
    place = request.place.down("Layers").down(number)
    found = _ARN.fullmatch(arn)
    account, name = found.groups() if found is not None else ("", "")
    package = next((p for of, begins, p in _PUBLISHED if account == of and name.startswith(begins)), None)
    if package is None:
        raise place.refuse(
            f'The layer "{arn}" of {place.of} is not part of this template, and its content is not on this disk.',
            "Unpack it into a folder beside the template and declare it as AWS::Serverless::LayerVersion.",
        )
    if next(iter(distributions(name=package)), None) is None:
        raise place.refuse(
            f"{place.of} takes {package} from the layer {name}, and it is not installed in this Python.",
            f"To bring it: python -m pip install {package}",
        )


def python_folders(request: Request) -> tuple[Path, ...]:
    """The folders of the function's layers, the first that Python looks into first."""
    layers = request.properties.get("Layers") or []
    return tuple(folder for arn in reversed(layers) for folder in request.functions.layers.get(arn, ()))


def mounts(request: Request) -> tuple[tuple[str, Path], ...]:
    """Which folder on disk is which path on AWS, the layer first that is over the others."""
    layers = request.properties.get("Layers") or []
    return tuple(request.functions.mounts[arn] for arn in reversed(layers) if arn in request.functions.mounts)


def _check(request: Request) -> None:
    content = request.properties["Content"]
    built = request.code.built_layers.get(content["S3Key"])
    if built is not None:
        check_requirements(built, request.place.down("Content"))


def _create(request: Request) -> Created:
    properties = request.properties
    name = request.name("LayerName", 140)
    passed_on = ("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo")
    content, code = properties["Content"], request.code
    key = content["S3Key"]
    on_disk = key in code.layers or key in code.built_layers
    answer = request.client("lambda").publish_layer_version(
        LayerName=name,
        Content={"ZipFile": _placeholder_archive()} if on_disk else content,
        **{key: properties[key] for key in passed_on if key in properties},
    )
    arn = answer["LayerVersionArn"]
    if on_disk:  # what was uploaded is known to those who unpacked it
        request.functions.layers[arn] = _folders(request, key)
        built = code.built_layers.get(key)
        request.functions.mounts[arn] = ("/opt/python", built) if built is not None else ("/opt", code.layers[key])
    return Created(arn, {"LayerVersionArn": arn})


def _folders(request: Request, key: str) -> tuple[Path, ...]:
    built = request.code.built_layers.get(key)
    if built is not None:
        return (built,)
    python = request.code.layers[key] / "python"
    inside = sorted(python.glob("lib/python3.*/site-packages")) if python.is_dir() else []
    return tuple(folder for folder in (*inside, python) if folder.is_dir())


@lru_cache(maxsize=1)
def _placeholder_archive() -> bytes:
    """An archive with one fixed file: the API wants content, and the content is on disk."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("content_is_on_disk.txt"), "")
    return buffer.getvalue()


def _permit(request: Request) -> Created:
    return Created(f"{request.properties['LayerVersionArn']}#{request.logical_id}")


_CONTENT: Any = Record(
    {"S3Bucket": honoured(Text()), "S3Key": honoured(Text(), required=True), "S3ObjectVersion": honoured(Text())}
)

LAYER_VERSION = Provider(
    type="AWS::Lambda::LayerVersion",
    properties=Record(
        {
            "CompatibleArchitectures": inert(Items(Text(choices=("arm64", "x86_64"))), "kept and shown by the API"),
            "CompatibleRuntimes": inert(Items(Text()), "kept and shown by the API"),
            "Content": honoured(_CONTENT, required=True),
            "Description": inert(Text(), "a comment"),
            "LayerName": honoured(Text(longest=140)),
            "LicenseInfo": inert(Text(), "a comment"),
        }
    ),
    attributes=("LayerVersionArn",),
    create=_create,
    check=_check,
)

LAYER_PERMISSION = Provider(
    type="AWS::Lambda::LayerVersionPermission",
    properties=Record(
        {
            "Action": inert(Text(), "other accounts do not exist here"),
            "LayerVersionArn": honoured(Text(), required=True),
            "OrganizationId": inert(Text(), "other accounts do not exist here"),
            "Principal": inert(Text(), "other accounts do not exist here"),
        }
    ),
    attributes=(),
    create=_permit,
)
