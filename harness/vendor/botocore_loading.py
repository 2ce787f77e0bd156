"""This file decides that the descriptions of AWS's services are read from disk once a process.

Upstream: each boto3 session has a loader of its own, which parses the JSON of every service it makes a client for, and
looks into the folder of every service that there is (botocore 1.40 to 1.44). Why that can't stay: each cold start of a
function has a session of its own, as on Lambda, and would spend some 70 ms a client on reading what was read before.
What we do: loaders made in a world share what was parsed, and what the folders hold that botocore, boto3 and moto bring
along. Sessions, loaders and clients are still made anew. botocore changes the paths of S3's operations as it calls
them: those are not shared, or moto would no longer find the operation that a path is for.
Not needed any more when: botocore caches what it parsed across sessions.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import moto
from botocore.loaders import JSONFileLoader, Loader

from harness.vendor.patches import Patches

# By path without ending. A service's description is 0.1 to 20 MB in memory, and a pipeline uses a handful.
_parsed: dict[str, Any] = {}


def apply(patches: Patches) -> None:
    """Have loaders share what they have read."""
    upstream = JSONFileLoader.load_file

    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        if file_path not in _parsed:
            read = upstream(self, file_path)
            # None: there is no such file, which another search path may have later.
            if read is None:
                return None
            _parsed[file_path] = read
        return _with_paths_of_its_own(_parsed[file_path])

    patches.put(JSONFileLoader, "load_file", load_file)

    def list_available_services(self: Loader, type_name: str) -> list[str]:
        folders = tuple(self._potential_locations())
        # Other folders are the author's, who may change them.
        if not _OWN.issuperset(folders):
            return list(look(self, type_name))
        return list(_services(folders, type_name))

    look = patches.put(Loader, "list_available_services", list_available_services)


def _with_paths_of_its_own(parsed: Any) -> Any:
    """The same description, but for the dictionaries with the operations' paths, if it is a service's."""
    operations = parsed.get("operations") if isinstance(parsed, dict) else None
    if not isinstance(operations, dict):
        return parsed
    own = {name: {**o, "http": dict(o["http"])} if "http" in o else o for name, o in operations.items()}
    return {**parsed, "operations": own}


@cache
def _services(folders: tuple[str, ...], type_name: str) -> list[str]:
    return sorted({service for folder in folders for service, types in _held(folder).items() if type_name in types})


@cache
def _held(folder: str) -> dict[str, frozenset[str]]:
    """The services that a folder describes, each with the types of its descriptions, in any version of its API."""
    return {
        service.name: frozenset(
            file.name.removesuffix(ending)
            for version in os.scandir(service)
            if version.is_dir()
            for file in os.scandir(version)
            for ending in _ENDINGS
            if file.name.endswith(ending)
        )
        for service in os.scandir(folder)
        if service.is_dir()
    }


# Those that botocore reads.
_ENDINGS = (".json", ".json.gz")
# What botocore, boto3 and moto bring along.
_OWN = frozenset({Loader.BUILTIN_DATA_PATH, str(Path(boto3.__file__).parent / "data"), str(Path(moto.__file__).parent)})
