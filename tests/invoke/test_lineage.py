"""The header that tells a chain of calls from a loop."""

from __future__ import annotations

import re

import pytest

from harness.invoke.lineage import joined, next_header, runs_before
from harness.kernel.clock import Clock

F, G = ("arn:aws:lambda:us-east-1:123456789012:function:" + name for name in "fg")
DRAWN = "0123456789abcdef" * 3


def after(header: str | None, *functions: str) -> str | None:
    for function in functions:
        header = next_header(header, function, Clock(), DRAWN)
    return header


def test_xr_03_the_header_has_awss_shape() -> None:
    header = after(None, F)
    assert header is not None
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1", header)


def test_lam_24_each_function_is_counted_for_itself() -> None:
    header = after(None, F, G, F)
    assert [runs_before(header, f) for f in (F, G)] == [2, 1]
    assert runs_before(None, F) == 0


def test_xr_03_one_root_goes_all_the_way() -> None:
    roots = {(after(None, *chain) or "").partition(";")[0] for chain in ([F], [F, G], [F, G, F])}
    assert len(roots) == 1


def test_xr_03_a_batch_begins_a_trace_of_its_own_and_keeps_the_longest_chains() -> None:
    together = joined([after(None, F, F), None, after(None, F, G)])
    assert together is not None and together.startswith("Lineage=")
    assert [runs_before(together, f) for f in (F, G)] == [2, 1]
    assert joined([None, "Root=1-0-0"]) is None


@pytest.mark.parametrize(
    "header", ["", "Root=1", "Lineage=", "Lineage=x", "Lineage=32767:3c5d6c7e:0", ";;=;", "Lineage=a:b|c"]
)
def test_a_header_of_somebody_elses_counts_nothing(header: str) -> None:
    assert runs_before(header, F) == 0
    assert runs_before(after(header, F), F) == 1
