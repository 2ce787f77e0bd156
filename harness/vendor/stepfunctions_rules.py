"""This file decides Step Functions' own rules: names, sizes, which error a Retry or Catch matches, jitter.

Pure: no moto, no kernel. The seams beside it put these rules in moto's place. It does not decide *when* a rule is
asked. Sizes are counted in bytes of the compact JSON text in UTF-8, as it would go over the wire.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

# SFN-02: what a state, a task, an execution or a callback may take or give.
MAX_DATA_BYTES = 262_144
# SFN-24
MAX_EXPRESS_S = 300
# SFN-22: what one Assign may assign, and all variables that can be seen from one place may have together.
MAX_ASSIGNED_BYTES = 262_144
MAX_VARIABLES_BYTES = 10 * 1024 * 1024
# SFN-16: what AWS takes as "no timeout".
NO_TIMEOUT_S = 99_999_999
# SFN-04: what a Standard execution may write into its history, its end included; and how long it may be open.
MAX_HISTORY_EVENTS = 25_000
MAX_EXECUTION_S = 365 * 86_400
# SFN-19: an inline Map never runs more iterations at once.
MAX_INLINE_ITERATIONS = 40
# SFN-19: nor a distributed one more children.
MAX_DISTRIBUTED_CHILDREN = 10_000
# SFN-06: a closed execution's name can be given again after this.
NAME_KEPT_S = 90 * 86_400
# SFN-25: how long after its end an execution can be redriven.
REDRIVABLE_S = 14 * 86_400
# SFN-10: where in 0..delay a FULL jitter may fall; the plain run waits the whole delay.
JITTER_SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)

# SFN-05: D-SFNQ, "Naming".
_BAD_IN_NAME = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')
_MAX_NAME = 80

_ATOMS = frozenset({str, int, float, bool, type(None)})


def name_is_valid(name: str) -> bool:
    """Whether a state machine or an execution may be called this (SFN-05)."""
    return 1 <= len(name) <= _MAX_NAME and not _BAD_IN_NAME.search(name)


def json_text(value: Any, separators: tuple[str, str] | None = (",", ":")) -> str:
    """``value`` as JSON text, letters as they are; what JSON cannot say is written as ``str`` says it."""
    return json.dumps(value, separators=separators, ensure_ascii=False, default=_other)


def _other(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def iso_time(moment: datetime) -> str:
    """A moment in UTC as the context object writes it, to the millisecond: ``2026-01-02T03:04:05.678Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def text_bytes(text: str) -> int:
    """How many bytes ``text`` has in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def fits(value: Any) -> bool:
    """Whether ``value`` may be passed on: 262,144 bytes do, 262,145 don't (SFN-02)."""
    return text_bytes(json_text(value)) <= MAX_DATA_BYTES


def matches(error: str | None, listed: Sequence[str | None]) -> bool:
    """Whether an ``ErrorEquals`` of ``listed`` names matches ``error`` (SFN-03).

    ``States.Runtime`` is matched by nothing: it always fails the execution. ``States.DataLimitExceeded`` is
    matched by its own name only. ``States.TaskFailed`` stands for any error but a timeout. A missed heartbeat
    is a timeout too.
    """
    if error == "States.Runtime":
        return False
    if error in listed or (error == "States.HeartbeatTimeout" and "States.Timeout" in listed):
        return True
    if error == "States.DataLimitExceeded":
        return False
    if "States.ALL" in listed:
        return True
    return "States.TaskFailed" in listed and error not in ("States.Timeout", "States.HeartbeatTimeout")


def json_copy(value: Any) -> Any:
    """A copy that shares nothing that can change; far faster than ``copy.deepcopy`` on JSON values."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {key: json_copy(item) for key, item in value.items()}
    if kind is list:
        return [json_copy(item) for item in value]
    return copy.deepcopy(value)
