from __future__ import annotations

import re

import pytest

from harness.world.names import physical_name, stack_id, suffix


def test_a_name_is_stack_logical_id_and_twelve_characters() -> None:
    assert re.fullmatch(r"app-MyQueue-[0-9A-Z]{12}", physical_name("app", "MyQueue", 80))


def test_a_bucket_name_is_lower_case() -> None:
    assert re.fullmatch(r"app-raw-[0-9a-z]{12}", physical_name("App", "Raw", 63, lower=True))


def test_an_ending_stays_at_the_end() -> None:
    name = physical_name("s" * 100, "Q" * 100, 80, ending=".fifo")
    assert name.endswith(".fifo") and len(name) == 80


@pytest.mark.parametrize("limit", [63, 64, 80, 256])
def test_a_name_is_never_longer_than_its_limit(limit: int) -> None:
    for stack, logical in [("s" * 128, "L" * 255), ("s", "L" * 255), ("s" * 128, "L"), ("s" * 25, "L" * 24)]:
        name = physical_name(stack, logical, limit)
        assert len(name) <= limit
        assert name.startswith("s") and name.endswith(suffix(stack, logical))


def test_the_same_resource_has_the_same_name_in_every_run() -> None:
    assert suffix("app", "MyQueue") == suffix("app", "MyQueue") == "UYKPOB0SRSRG"
    assert suffix("app", "MyQueue") != suffix("app2", "MyQueue")


def test_a_stack_id_has_awss_shape() -> None:
    assert re.fullmatch(
        r"arn:aws:cloudformation:us-east-1:123456789012:stack/app/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        stack_id("app", "us-east-1", "123456789012"),
    )
