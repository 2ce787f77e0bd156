"""This file decides how an examination reads: as text for a person, as JSON for a program.

It finds nothing itself, and it does not decide the exit code.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from harness.advise.examination import Examination
from harness.advise.findings import Severity
from harness.errors import Location, shown_path
from harness.world.assumed import Assumed

_HEADINGS: dict[Severity, str] = {
    "fails": "fails in AWS",
    "surprises": "surprises in AWS",
    "advice": "advice",
}


def as_text(examination: Examination) -> str:
    """The whole of it, most important last, as it stays on the screen."""
    return "\n".join(_lines(examination))


def _lines(examination: Examination) -> Iterator[str]:
    yield f"{shown_path(examination.path)}: {_count(len(examination.emulated), 'resource')} emulated"
    by_type: dict[str, list[str]] = {}
    for resource in examination.emulated:
        by_type.setdefault(resource.type, []).append(resource.logical_id)
    for kind in sorted(by_type):
        yield from _wrapped(f"{kind}: {', '.join(by_type[kind])}")
    if examination.inert:
        yield "\naccepted, and makes no difference here"
        by_reason: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for inert in examination.inert:
            kind, _, name = inert.name.partition(".")
            by_reason.setdefault((kind, inert.why, inert.logical_ids), []).append(name)
        for (kind, why, logical_ids), names in by_reason.items():
            yield from _wrapped(f"{', '.join(names)} of {', '.join(logical_ids)} ({kind}): {why}")
    yield from _assumed(examination.assumed)
    for severity, heading in _HEADINGS.items():
        found = [f for f in examination.findings if f.severity == severity]
        if found:
            yield f"\n{heading}"
        for finding in found:
            row = f" ({finding.row})" if finding.row else ""
            yield from _told(finding.where, finding.problem + row, finding.hint)
    if examination.refusals:
        yield "\nrefused"
        for error in examination.refusals:
            yield from _told(error.where, error.problem, error.hint)
    if examination.unseen:
        yield from ("", f"not looked at, for needing something that is refused: {', '.join(examination.unseen)}")
    yield f"\n{_summary(examination)}"


def _assumed(assumed: Assumed) -> Iterator[str]:
    """What was made up, each as whoever writes a scenario would say it."""
    account = assumed.account
    parts = {"parameters": assumed.parameters, **{f"account.{name}": part for name, part in account.items()}}
    lines = [f"{name}: {json.dumps(part)}" for name, part in parts.items() if part]
    if lines:
        yield "\nexpected from outside, and made up to look at the template; a scenario says it"
    for line in lines:
        yield from _wrapped(line)


def _told(where: Location | None, problem: str, hint: str | None) -> Iterator[str]:
    yield f"  {where}" if where else "  (no line)"
    yield from (f"    {line}" for line in textwrap.wrap(problem, 112, break_long_words=False, break_on_hyphens=False))
    for i, line in enumerate(textwrap.wrap(hint or "", 109, break_long_words=False, break_on_hyphens=False)):
        yield f"    {'   ' if i else '-> '}{line}"


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, 116, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _summary(examination: Examination) -> str:
    counts = [_count(len(examination.refusals), "refusal")] if examination.refusals else []
    for severity, heading in _HEADINGS.items():
        found = sum(f.severity == severity for f in examination.findings)
        if found:
            counts.append(f"{found} {heading}" if severity != "advice" else f"{found} of advice")
    return ", ".join(counts) or "Nothing found."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(examination: Examination) -> dict[str, Any]:
    """The same for programs."""
    return {
        "template": shown_path(examination.path),
        "emulated": [{"logical_id": r.logical_id, "type": r.type, "line": r.line} for r in examination.emulated],
        "inert": [{"property": i.name, "logical_ids": list(i.logical_ids), "why": i.why} for i in examination.inert],
        "refusals": [_place(e.where) | {"problem": e.problem, "hint": e.hint} for e in examination.refusals],
        "assumed": {"parameters": examination.assumed.parameters, "account": examination.assumed.account},
        "unseen": list(examination.unseen),
        "findings": [
            {"severity": f.severity} | _place(f.where) | {"problem": f.problem, "hint": f.hint, "row": f.row or None}
            for f in examination.findings
        ],
    }


def _place(where: Location | None) -> dict[str, Any]:
    if where is None:
        return {"file": None, "line": None, "path": None}
    return {"file": where.path, "line": where.line, "path": ".".join(str(key) for key in where.key_path)}
