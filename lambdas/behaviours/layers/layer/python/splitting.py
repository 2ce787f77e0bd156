"""What both this function and others take for a word."""

from __future__ import annotations


def words(text: str) -> list[str]:
    return text.lower().split()
