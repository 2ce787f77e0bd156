"""The cycle collector looks at a run's own objects only."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from harness.run import run
from harness.scenario.load import load_file
from harness.vendor import collector


class Knot:
    """Refers to itself, so only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_a_collection_does_not_walk_what_was_there_before() -> None:
    before = len(gc.get_objects())
    with collector.sparing_what_is_there():
        assert len(gc.get_objects()) < before / 2


def test_cycles_made_during_the_run_are_freed_by_a_collection() -> None:
    with collector.sparing_what_is_there():
        gc.collect()
        knot = weakref.ref(Knot())
        gc.collect()
        assert knot() is None


def test_what_a_run_leaves_behind_is_not_walked_for_ever() -> None:
    left: list[list[int]] = []
    with collector.sparing_what_is_there():
        walked = []
        for _ in range(10):
            left += [[] for _ in range(1000)]
            gc.collect()
            walked.append(len(gc.get_objects()))
    assert max(walked) < 1000
    assert len(gc.get_objects()) > len(left)


def test_cycles_of_what_was_set_aside_are_freed_when_the_run_has_ended() -> None:
    with collector.sparing_what_is_there():
        held = Knot()
        gc.collect()
        assert gc.get_freeze_count() > 0
        knot = weakref.ref(held)
        del held
        gc.collect()
        assert knot() is not None
    gc.collect()
    assert knot() is None


def test_collections_are_rarer_during_the_run_and_nobody_is_told_of_them_afterwards() -> None:
    before = list(gc.callbacks), gc.get_threshold()
    with collector.sparing_what_is_there():
        assert len(gc.callbacks) == len(before[0]) + 1
        assert gc.get_threshold()[0] > before[1][0]
    assert (gc.callbacks, gc.get_threshold()) == before


def test_older_cycles_are_freed_when_the_run_has_ended() -> None:
    gc.disable()
    try:
        knot = weakref.ref(Knot())
        with collector.sparing_what_is_there():
            gc.collect()
            assert knot() is not None
        gc.collect()
        assert knot() is None
    finally:
        gc.enable()


def test_nothing_is_collected_at_rest_and_afterwards_as_before() -> None:
    assert gc.isenabled()
    with collector.at_rest():
        assert not gc.isenabled()
        with collector.at_rest():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_everything_is_given_back_even_if_the_run_fails() -> None:
    with pytest.raises(ZeroDivisionError), collector.sparing_what_is_there():
        raise ZeroDivisionError
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_has_set_aside_stays_aside() -> None:
    gc.freeze()
    try:
        with collector.sparing_what_is_there():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_a_scenario_leaves_nothing_aside(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}")
    (tmp_path / "s.yaml").write_text(
        "pipeline: template.yaml\nname: one\nwhen: [{settle: true}]\nthen: [{queue: {name: Jobs, messages: 0}}]\n"
    )
    (scenario,) = load_file(tmp_path / "s.yaml")
    assert run(scenario).outcome == "passed"
    assert gc.get_freeze_count() == 0


def test_a_process_ends_without_a_walk_over_everything() -> None:
    program = """
import atexit, gc
from harness.vendor import collector
atexit.register(lambda: print(gc.get_freeze_count() > 1000))
collector.end_without()
collector.end_without()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"


def test_what_was_made_at_rest_is_not_looked_at_as_new() -> None:
    with collector.at_rest():
        made = [[] for _ in range(10)]  # type: ignore[var-annotated]
    assert not [one for one in gc.get_objects(generation=0) if any(one is m for m in made)]
    assert [one for one in gc.get_objects(generation=2) if one is made[0]]
