"""This file decides whether a file has the columns a report needs: each of them, and each of them once."""

from __future__ import annotations

from typing import Any

from common.csvfile import REQUIRED_COLUMNS, column_name
from common.logs import get_logger, record

log = get_logger("validate_schema")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    names = [column_name(name) for name in event["file"]["headers"]]
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    repeated = [name for name in REQUIRED_COLUMNS if names.count(name) > 1]
    problems = []
    if missing:
        problems.append(f"missing columns: {', '.join(missing)}")
    if repeated:
        problems.append(f"columns that occur more than once: {', '.join(repeated)}")
    reason = "; ".join(problems)
    log.info(record("schema checked", job_id=event["job"]["job_id"], valid=not problems, reason=reason))
    return {"valid": not problems, "missing_columns": missing, "repeated_columns": repeated, "reason": reason}
