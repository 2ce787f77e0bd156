"""This file decides where the library ``requests`` sends its requests: to a socket, as every other library does.

Upstream: while it mocks, moto 5.2.5 puts the library ``responses`` in the place of ``HTTPAdapter.send``, and answers
every address of amazonaws.com by itself. Why that can't stay: a handler's request to an API or a presigned address
would be answered past everything that is in this world, with ``requests`` only. What we do: let it send; a function's
sockets end in this process (``outside_sockets.py``). boto3 does not use ``requests``.
Since: moto 1.0. Not needed any more when: moto leaves ``HTTPAdapter.send`` alone.
"""

from __future__ import annotations

import responses
from requests.adapters import HTTPAdapter

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Put the library's own method back."""
    patches.put(HTTPAdapter, "send", responses._real_send)
