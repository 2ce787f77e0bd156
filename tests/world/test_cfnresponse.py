"""Inline code that imports cfnresponse has it, and no other code does."""

from __future__ import annotations

import pytest

from harness.world import made_folders


@pytest.mark.parametrize(
    ("code", "there"),
    [
        ("import cfnresponse\n", True),
        ("import json\n\nimport cfnresponse\n", True),
        ("def handler(e, c):\n    import cfnresponse\n", True),
        # AWS: "Use this exact import statement."
        ("from cfnresponse import send\n", False),
        ("import json, cfnresponse\n", False),
        ("# import cfnresponse\n", False),
        ("import json\n", False),
    ],
)
def test_the_exact_import_brings_it(code: str, there: bool) -> None:
    assert (made_folders.of_inline(code) / "cfnresponse.py").exists() is there
