"""What `harness check` believes to be counted is what is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.advise.metrics import COUNTED_HERE, SERVICES
from harness.observe import queue_levels, service_metrics

# Kinesis counts for itself, in moto.
OURS = sorted(set(COUNTED_HERE) - {"AWS/Kinesis"})
WORDS = {
    word
    for module in (queue_levels, service_metrics)
    for word in re.findall(r'"(\w+)"', Path(str(module.__file__)).read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("namespace", OURS)
def test_the_metrics_named_where_they_are_counted_are_those_that_check_knows(namespace: str) -> None:
    counted = set(COUNTED_HERE[namespace])
    assert counted - WORDS == set(), "nothing counts these"
    published = set(SERVICES[namespace][2]) if namespace in SERVICES else set()
    others = {name for other in OURS if other != namespace for name in COUNTED_HERE[other]}
    assert (WORDS & published) - counted - others == set(), "these are counted too"
