"""Never runs: what is shown here ends before anything is deployed."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    print(event)
