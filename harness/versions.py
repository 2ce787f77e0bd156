"""This file decides what is said of which version something has."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

OURS = "pipeline-harness"


def of(distribution: str = OURS) -> str:
    """The version that is installed; "not installed" of what is run from its folder."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
