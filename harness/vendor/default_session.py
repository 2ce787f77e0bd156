"""This file decides which session ``boto3.client`` and ``boto3.resource`` use inside a world: one that moto answers.

Upstream: boto3 makes one session for a process, at its first use, and moto reaches only sessions that are made after
its import. Why that can't stay: whoever has used boto3 before (a ``conftest.py``, say) has a session that asks the real
AWS. What we do: a session of our own is the default inside a world, the same one in each, since a session reads the
services' descriptions again; outside of worlds stands what stood there.
Since: boto3 1.0. Not needed any more when: moto reaches sessions that are there already.
"""

from __future__ import annotations

import functools

import boto3
import moto.core.models  # noqa: F401 - a session has moto's handler only if this was imported before

from harness.vendor.patches import Patches


@functools.cache
def session() -> boto3.session.Session:
    """The process's session for worlds."""
    return boto3.session.Session()


def apply(patches: Patches) -> None:
    """Make it the default."""
    patches.put(boto3, "DEFAULT_SESSION", session())
