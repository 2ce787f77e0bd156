"""This file decides how the functions log: one JSON object a line, so that CloudWatch can search by field."""

from __future__ import annotations

import json
import logging
import os
from typing import Any


def get_logger(name: str) -> logging.Logger:
    """The logger of one function, at the level that ``LOG_LEVEL`` names (INFO unless told)."""
    logger = logging.getLogger(f"csv_report.{name}")
    logger.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    return logger


def record(what: str, **fields: Any) -> str:
    """One log line: what happened, and the fields to search for it by."""
    return json.dumps({"message": what, **fields}, ensure_ascii=False, default=str)
