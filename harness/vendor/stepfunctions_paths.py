"""This file decides whether a JSONPath gives one value or a list of values.

Upstream: moto 5.2.5 gives a list whenever what it found stands in a list: ``$.Records[0].eventName`` is
``["ObjectCreated:Put"]``. Why that can't stay: AWS gives one value for a path that can only lead to one place, and a
list, of one item too, for a path with a wildcard, a filter, a slice or ``..``; many pipelines read a first record.
Since: moto 5.0.12 (the vendored interpreter). Not needed any more when: the contract test says moto agrees.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from moto.stepfunctions.parser.asl.utils import json_path

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_modules import put_everywhere
from harness.vendor.stepfunctions_parsing import parsed_path

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_MANY = re.compile(r"\.\.|\*|\[\?|\[[^\]]*[:,]")


def apply(patches: Patches) -> None:
    """Give one value where the path leads to one place."""
    original = json_path.extract_json

    def extract(path: str, data: Any) -> Any:
        if leads_to_many(path):
            matches = parsed_path(path).find(data)
            return [match.value for match in matches] if matches else original(path, data)
        matches = parsed_path(path).find(data)
        if not matches:
            raise json_path.NoSuchJsonPathError(json_path=path, data=data)
        return matches[0].value

    put_everywhere(patches, "extract_json", original, extract)


@functools.lru_cache(maxsize=4096)
def leads_to_many(path: str) -> bool:
    """Whether the path may lead to more than one place, whatever it finds."""
    return _MANY.search(_QUOTED.sub("''", path)) is not None
