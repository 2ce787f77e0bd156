"""Answers that a scenario cannot write down beforehand."""

from __future__ import annotations

from typing import Any


def one_line_a_receipt(request: dict[str, Any]) -> dict[str, Any]:
    """Textract's answer for a receipt whose only line is its own name."""
    return {"Blocks": [{"BlockType": "LINE", "Text": request["Document"]["S3Object"]["Name"]}]}
