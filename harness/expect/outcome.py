"""This file decides what is known of a check once it was looked at.

It does not decide whether the check held; the modules beside it do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check of ``then``, looked at.

    ``check`` is the scenario's item, ``sentence`` what must be true in words, ``seen`` what was seen
    instead (empty when it held), ``at_us`` when it was looked at, counted from the start of the run, and
    ``related`` the logical ids and object keys whose events tell the story of a failure.
    """

    check: Any
    held: bool
    sentence: str
    seen: str = ""
    at_us: int = 0
    related: tuple[str, ...] = ()
