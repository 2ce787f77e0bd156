"""This file decides what can be put in the way of a call: the joint at which ``disturb`` takes hold of invocations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.world.functions import FunctionSpec


@dataclass(frozen=True, slots=True)
class InvocationFault:
    """One disturbance of one call.

    ``kind``: "fails" (no code runs), "fails after" (the code runs, then the call fails all the same), "killed" (the
    code runs, then its environment dies before it answers), "delayed" (by ``delay_s`` of virtual time before it
    begins), "throttled" (LAM-17). ``error_type`` and ``message`` are what the caller of a failed one sees.
    """

    kind: Literal["fails", "fails after", "killed", "delayed", "throttled"]
    delay_s: float = 0
    error_type: str = "Disturbed"
    message: str = "made to fail by the scenario"


# Asked before each call, with its function, payload and request id.
BeforeCall = Callable[[FunctionSpec, bytes, str], InvocationFault | None]
