"""This file decides that the descriptions of AWS's services are read from disk once a process.

Upstream: each boto3 session has a loader of its own, which parses the JSON of every service it makes a client for
(botocore 1.40 to 1.44). Why that can't stay: each cold start of a function has a session of its own, as on Lambda, and
would spend some 50 ms a client on reading what was read before. What we do: loaders made in a world share what was
parsed. Sessions, loaders and clients are still made anew.
Not needed any more when: botocore caches what it parsed across sessions.
"""

from __future__ import annotations

from typing import Any

from botocore.loaders import JSONFileLoader

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
        return _parsed[file_path]

    patches.put(JSONFileLoader, "load_file", load_file)
