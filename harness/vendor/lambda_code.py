"""This file decides which code Lambda's API takes, and hands it to whoever runs functions.

Upstream: moto 5.2.5 takes archives of any size (LAM-27), whatever is in them, keeps them, and runs none; of code in S3
it takes the newest version whichever is asked for. Why that can't stay: a package that AWS refuses must not be taken,
and what a client uploads must run where functions run as processes. What we do: measure the archive, as it is and
unpacked, before moto has it, and call upwards. What an account stores altogether is not counted. A template's functions
are folders on disk; ``world/local_code.py`` measures those. Since: moto 1.x. Not needed any more when: the tests
``test_upstream_...`` fail; the calls upwards: never.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, Protocol

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction, LayerVersion
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from harness.vendor.patches import Patches

MAXIMUM_ZIPPED_BYTES = 52_428_800
MAXIMUM_UNZIPPED_BYTES = 262_144_000


class CodeRefused(Exception):
    """What is asked for does not run here; the text is for the client."""


class CodeTaker(Protocol):
    """Who runs what clients upload. The first two may raise ``CodeRefused``; the others hear of what has been kept."""

    def check(self, spec: dict[str, Any]) -> None:
        """A function is to be created as ``spec`` says."""

    def take(self, archive: bytes) -> Path:
        """The folder that the archive becomes."""

    def created(self, arn: str, spec: dict[str, Any], folder: Path, version: str | None) -> None:
        """A function stands; ``version`` is the one that has been published with it."""

    def changed(self, arn: str, folder: Path) -> None:
        """A function has other code."""

    def layer_published(self, arn: str, folder: Path) -> None:
        """A version of a layer stands."""


def apply(patches: Patches, *, taker: CodeTaker | None = None) -> None:
    """Refuse archives that are too large; with a ``taker``, have it run what is uploaded."""

    def create(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        code = spec.get("Code") or {}
        _check(code)
        folder = None
        if taker is not None:
            archive = _archive(self, code)
            with _refusing():
                taker.check(spec)
                folder = taker.take(archive)
        made: LambdaFunction = original_create(self, spec)
        if taker is not None and folder is not None:
            for kept in (made, self.get_function(spec["FunctionName"])):
                _keep(kept, archive)
            arn = ":".join(made.function_arn.split(":")[:7])
            taker.created(arn, spec, folder, str(made.version) if spec.get("Publish") else None)
        return made

    def update(self: LambdaBackend, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check(body)
        if taker is None or body.get("DryRun"):
            return original_update(self, function_name, qualifier, body)
        archive = _archive(self, body)
        with _refusing():
            if "ImageUri" in body:
                taker.check({"Code": body})
            folder = taker.take(archive)
        # Published once the new code is known.
        original_update(self, function_name, qualifier, {**body, "Publish": False})
        function = self.get_function(function_name)
        _keep(function, archive)
        taker.changed(function.function_arn, folder)
        version = self.publish_version(function_name) if body.get("Publish") else None
        return (version or function).get_configuration()

    def publish_layer(self: LambdaBackend, spec: dict[str, Any]) -> LayerVersion:
        _check(spec.get("Content") or {})
        if taker is None:
            plain: LayerVersion = original_layer(self, spec)
            return plain
        archive = _archive(self, spec.get("Content") or {})
        with _refusing():
            folder = taker.take(archive)
        made: LayerVersion = original_layer(self, spec)
        _keep(made, archive)
        taker.layer_published(made.arn, folder)
        return made

    original_create = patches.put(LambdaBackend, "create_function", create)
    original_update = patches.put(LambdaBackend, "update_function_code", update)
    original_layer = patches.put(LambdaBackend, "publish_layer_version", publish_layer)


class _refusing:  # noqa: N801 - reads as a phrase where it is used
    """Inside the block a refusal becomes the error that Lambda has for bad parameters."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, CodeRefused):
            raise InvalidParameterValueException(str(error)) from None


def _archive(backend: LambdaBackend, code: dict[str, Any]) -> bytes:
    """The bytes of the archive, from the request or from S3; none if there are none."""
    if code.get("ZipFile"):
        try:
            return base64.b64decode(code["ZipFile"])
        except binascii.Error:
            return b""
    if not code.get("S3Bucket"):
        return b""
    storage = s3_backends[backend.account_id][get_partition(backend.region_name)]
    key = None
    reason = "NoSuchKey. S3 Error Message: The specified key does not exist."
    try:
        key = storage.get_object(code["S3Bucket"], code.get("S3Key", ""), version_id=code.get("S3ObjectVersion"))
    except S3ClientError:
        reason = "NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    if key is None or not hasattr(key, "value"):
        raise InvalidParameterValueException(f"Error occurred while GetObject. S3 Error Code: {reason}")
    return bytes(key.value)


def _keep(kept: LambdaFunction | LayerVersion, archive: bytes) -> None:
    """What moto shows of the code is of the version that was asked for."""
    kept.code_bytes, kept.code_size = archive, len(archive)
    kept.code_sha_256 = base64.b64encode(hashlib.sha256(archive).digest()).decode()


def _check(code: dict[str, Any]) -> None:
    text = code.get("ZipFile")
    if not text:
        return
    try:
        archive = base64.b64decode(text)
    except binascii.Error:
        return  # what is no archive is for moto to refuse
    if len(archive) > MAXIMUM_ZIPPED_BYTES:
        raise InvalidParameterValueException(f"Zipped size must be smaller than {MAXIMUM_ZIPPED_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            unzipped = sum(part.file_size for part in opened.infolist())
    except zipfile.BadZipFile:
        return
    if unzipped > MAXIMUM_UNZIPPED_BYTES:
        raise InvalidParameterValueException(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
