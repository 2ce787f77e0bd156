"""This file decides how large a function's code may be when it comes as an archive through Lambda's API. LAM-27

Upstream: moto 5.2.5 takes archives of any size. Why that can't stay: a package that AWS refuses must not be taken.
What we do: measure the archive, as it is and unpacked, before moto has it. Code in S3 is not measured, nor is what an
account stores altogether. A template's functions are folders on disk; ``world/local_code.py`` measures those.
Since: moto 1.x. Not needed any more when: the test ``test_upstream_...`` fails.
"""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction

from harness.vendor.patches import Patches

MAXIMUM_ZIPPED_BYTES = 52_428_800
MAXIMUM_UNZIPPED_BYTES = 262_144_000


def apply(patches: Patches) -> None:
    """Refuse archives that are too large."""

    def create(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        _check(spec.get("Code") or {})
        made: LambdaFunction = original_create(self, spec)
        return made

    def update(self: LambdaBackend, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check(body)
        return original_update(self, function_name, qualifier, body)

    original_create = patches.put(LambdaBackend, "create_function", create)
    original_update = patches.put(LambdaBackend, "update_function_code", update)


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
