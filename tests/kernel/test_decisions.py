"""Who decides, and what is recorded of it."""

from __future__ import annotations

import pytest

from harness.errors import ReplayDiverged
from harness.kernel.decisions import Decision, First, Replayed, Seeded


def test_first_takes_the_first_option_and_records_nothing() -> None:
    decisions = First()
    assert decisions.choose("delay", [0.02, 60.0]) == 0.02
    assert decisions.taken == []


def test_seeded_draws_all_options_and_records_each() -> None:
    decisions = Seeded(1)
    drawn = {decisions.choose("delay", "abc") for _ in range(50)}
    assert drawn == {"a", "b", "c"}
    assert decisions.taken[0] == Decision("delay", 3, "abc".index("abc"[decisions.taken[0].chosen]))
    assert len(decisions.taken) == 50


def test_a_single_option_is_no_decision() -> None:
    decisions = Seeded(1)
    assert decisions.choose("only", ["x"]) == "x"
    assert decisions.taken == []


def test_replayed_follows_the_list_and_then_takes_the_plain_option() -> None:
    decisions = Replayed([Decision("a", 3, 2), Decision("b", 2, 1)])
    assert [decisions.pick("a", 3), decisions.pick("b", 2), decisions.pick("c", 9)] == [2, 1, 0]


def test_a_replay_that_goes_elsewhere_says_what_was_recorded_and_what_is_asked() -> None:
    decisions = Replayed([Decision("which ready task runs", 3, 2)])
    with pytest.raises(
        ReplayDiverged, match='"which ready task runs" with 3 options; this run asks for "delay" with 2'
    ):
        decisions.pick("delay", 2)


def test_identifiers_depend_on_seed_label_and_count_alone() -> None:
    one, two = First(), First()
    ids = [one.hex("message id", 32) for _ in range(3)]
    two.hex("something else", 8)
    assert [two.hex("message id", 32) for _ in range(3)] == ids
    assert len(set(ids)) == 3
    assert First(seed=1).hex("message id", 32) not in ids


def test_a_uuid_has_the_form_of_version_4() -> None:
    text = First().uuid("request")
    assert len(text) == 36
    assert text[14] == "4"
    assert text[19] in "89ab"


def test_a_seeded_world_that_never_ends_draws_the_same_and_records_nothing() -> None:
    recorded, forgotten = Seeded(7), Seeded(7, recorded=False)
    assert [recorded.pick("x", 10) for _ in range(50)] == [forgotten.pick("x", 10) for _ in range(50)]
    assert (len(recorded.taken), forgotten.taken) == (50, [])
