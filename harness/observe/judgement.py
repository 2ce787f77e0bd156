"""This file decides what an alarm's datapoints mean for its state: M out of N, and what is missing. CW-08 to CW-11

It does not fetch datapoints (``queries.py``) nor word anything (``reasons.py``). CloudWatch reads a longer stretch than
it judges, the evaluation range: the newest N points that are there decide; where fewer are there, what is missing is
filled up to N as the alarm says, and as seldom as possible. How long the range is AWS does not say; its published
tables have five points for N = 3, so it is N + 2 here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MORE_THAN_JUDGED = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows, None for "as it was".

    ``real`` are the indexes of the points that were judged, the newest first; ``filled`` is how many missing ones
    were taken for something, ``unknown`` how many stayed missing.
    """

    state: str | None
    real: tuple[int, ...]
    filled: int = 0
    unknown: int = 0


def judge(breaching: Sequence[bool | None], most: int, needed: int, missing: str) -> Verdict:
    """The verdict on the points of the evaluation range, oldest first; None is a missing one.

    ``most`` is N, ``needed`` M; ``missing`` is the alarm's TreatMissingData.
    """
    there = [i for i in range(len(breaching) - 1, -1, -1) if breaching[i] is not None]
    real = tuple(there[:most])
    bad = sum(bool(breaching[i]) for i in real)
    gaps = most - len(real)
    if gaps <= 0:
        return Verdict("ALARM" if bad >= needed else "OK", real)
    if missing in ("breaching", "notBreaching"):
        bad += gaps if missing == "breaching" else 0
        return Verdict("ALARM" if bad >= needed else "OK", real, filled=gaps)
    if bad >= needed:
        return Verdict("ALARM", real, unknown=gaps)
    if bad < len(real):
        return Verdict("OK", real, unknown=gaps)
    if missing == "ignore":
        return Verdict(None, real, unknown=gaps)
    # CW-10: nothing but breaching points, the oldest of them so old that all that were needed could have come since.
    if real and len(breaching) - real[-1] >= needed:
        return Verdict("ALARM", real, unknown=gaps)
    return Verdict("INSUFFICIENT_DATA", real, unknown=gaps)
