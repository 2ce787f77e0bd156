"""What is said of versions."""

from __future__ import annotations

import importlib.metadata

from harness import versions


def test_what_is_installed_has_its_version_and_what_is_not_says_so() -> None:
    assert versions.of("moto") == importlib.metadata.version("moto")
    assert versions.of("no-such-distribution") == "not installed"
