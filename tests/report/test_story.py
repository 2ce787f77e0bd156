from __future__ import annotations

from harness.report.story import LONGEST, story
from tests.report.runs import Recorder, poison_events


def test_what_touched_nothing_in_question_is_left_out() -> None:
    r = Recorder()
    r.record("act", "uploaded", "Raw", key="a.csv", size=1)
    r.record("act", "uploaded", "Other", key="b.csv", size=1)
    assert story(r.trace.events, ["Raw"]) == ["00:00:00.000  act      upload a.csv to Raw  (1 byte)"]


def test_what_led_to_an_event_is_told_with_it() -> None:
    r = Recorder()
    act = r.record("act", "uploaded", "Raw", key="a.csv", size=1)
    r.at(1).record("deliver", "notified", "Validator", act, **{"from": "Raw"}, key="a.csv")
    r.record("act", "uploaded", "Raw", key="b.csv", size=1)
    assert [line[14:] for line in story(r.trace.events, ["Validator"])] == [
        "act      upload a.csv to Raw  (1 byte)",
        "deliver  Raw -> Validator  a.csv",
    ]


def test_what_went_wrong_is_told_even_if_nobody_asked() -> None:
    r = Recorder()
    r.record("invoke", "timed out", "Validator", error="Sandbox.Timedout")
    r.record("inbox", "received", "ops@example.com", subject="Done")
    assert [line[14:] for line in story(r.trace.events, ["ops@example.com"])] == [
        "invoke   Validator  timed out: Sandbox.Timedout",
        'inbox    ops@example.com  received "Done"',
    ]


def test_a_resource_nothing_touched_gets_the_whole_story() -> None:
    assert len(story(poison_events(), ["Nowhere"])) == 8


def test_an_object_key_among_the_related_picks_its_events() -> None:
    r = Recorder()
    for n in range(50):
        r.record("act", "uploaded", "Raw", key=f"{n}.csv", size=1)
    assert story(r.trace.events, ["7.csv"]) == ["00:00:00.000  act      upload 7.csv to Raw  (1 byte)"]


def test_a_long_story_keeps_what_went_wrong_and_both_ends() -> None:
    r = Recorder()
    for n in range(1000):
        act = r.record("act", "uploaded", "Raw", key=f"{n}.csv", size=1)
        if n == 500:
            r.record("invoke", "failed", "Validator", act, error="KeyError", message="x")
    told = story(r.trace.events, ["Raw"])
    assert sum(not line.startswith("...") for line in told) == LONGEST
    assert told[0].endswith("upload 0.csv to Raw  (1 byte)")
    assert told[-1].endswith("upload 999.csv to Raw  (1 byte)")
    at = next(i for i, line in enumerate(told) if "failed: KeyError: x" in line)
    assert told[at - 1].endswith("upload 500.csv to Raw  (1 byte)")
    assert told[at - 2] == "... 489 more events ..."


def test_no_events_are_no_story() -> None:
    assert story([], ["Raw"]) == []
