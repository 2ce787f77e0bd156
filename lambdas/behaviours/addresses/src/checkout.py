"""Adds up what an order costs. Prices come from the shop's API; the price list is taken if it comes within a second."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event.get("patience"):
        return _list(event["patience"])
    found, unknown = 0, []
    for item in event["items"]:
        try:
            with urllib.request.urlopen(f"{os.environ['API']}/prices/{item}", timeout=5) as answer:
                found += json.load(answer)["price"]
        except urllib.error.HTTPError as error:
            unknown.append(json.load(error)["unknown"])
    return {"sum": found, "unknown": unknown}


def _list(patience_s: float) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(os.environ["SLOW"], timeout=patience_s) as answer:
            return json.load(answer)
    except TimeoutError:
        return {"prices": None}
