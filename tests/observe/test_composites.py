"""Composite alarms: when they change, and when their actions are held back."""

from __future__ import annotations

import json

import pytest

MINUTE = 60


def composite(world, rule, **settings):
    world.cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule=rule, AlarmActions=[world.bell], OKActions=[world.bell], **settings
    )


def set_state(world, name, state):
    world.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="set")


@pytest.fixture
def pair(world):
    """Two alarms that tell nobody, in OK."""
    for name in ("a", "b"):
        world.alarm(name, MetricName=name, AlarmActions=[], TreatMissingData="ignore")
        set_state(world, name, "OK")
    return world


def test_cw_23_a_composite_alarm_changes_with_the_alarms_in_its_rule(pair):
    composite(pair, 'ALARM("a") AND ALARM(b)')

    def act():
        pair.put(1, "a")
        pair.kernel.quiet()
        assert pair.state("both") == "OK"
        pair.put(1, "b")

    pair.run(act)
    assert pair.changes("both") == [(0, "OK"), (120, "ALARM")]
    mail = pair.engines.inbox.messages[-1]
    body = json.loads(mail.body)
    prefix = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
    assert body["NewStateReason"] == f"{prefix}b transitioned to ALARM at Tuesday 15 January, 2030 09:02:00 UTC"
    assert (body["AlarmRule"], body["OldStateValue"]) == ('ALARM("a") AND ALARM(b)', "OK")
    state = {"Value": "ALARM", "Timestamp": "2030-01-15T09:02:00.000+0000"}
    assert body["TriggeringChildren"] == [{"Arn": f"{prefix}b", "State": state}]
    assert "Trigger" not in body


def test_cw_23_a_new_composite_alarm_is_looked_at_at_once(pair):
    set_state(pair, "a", "ALARM")
    composite(pair, "ALARM(a)")
    assert pair.state("both") == "INSUFFICIENT_DATA"
    pair.run()
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:both"
    assert pair.described("both")["StateReason"] == f"{arn} was created and its alarm rule evaluates to ALARM"


def test_composite_alarms_look_at_composite_alarms(pair):
    composite(pair, "ALARM(a)")
    pair.cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(both)")
    pair.run(lambda: pair.put(1, "a"))
    assert pair.state("top") == "ALARM"


def test_cw_23_while_the_suppressor_is_in_alarm_nobody_is_told(pair):
    composite(
        pair, "ALARM(a)", ActionsSuppressor="b", ActionsSuppressorWaitPeriod=0, ActionsSuppressorExtensionPeriod=0
    )

    def act():
        pair.kernel.settle()
        pair.kernel.sleep(1)
        before = len(pair.subjects())
        set_state(pair, "b", "ALARM")
        set_state(pair, "a", "ALARM")
        pair.kernel.quiet()
        assert (pair.state("both"), len(pair.subjects())) == ("ALARM", before)
        assert pair.described("both")["ActionsSuppressedBy"] == "Alarm"
        set_state(pair, "b", "OK")

    pair.run(act)
    assert pair.subjects()[-1].startswith('ALARM: "both"')
    assert "ActionsSuppressedBy" not in pair.described("both")


def test_cw_23_it_waits_for_its_suppressor_and_then_acts(pair):
    composite(
        pair, "ALARM(a)", ActionsSuppressor="b", ActionsSuppressorWaitPeriod=120, ActionsSuppressorExtensionPeriod=60
    )

    def act():
        pair.kernel.sleep(300)
        set_state(pair, "a", "ALARM")

    pair.run(act)
    (told,) = [e for e in pair.events("deliver", "alarm told") if e.detail["state"] == "ALARM"]
    assert told.at_us / 1e6 == 420


def test_cw_23_a_suppressor_that_comes_while_it_waits_holds_it_back_until_the_extension_is_over(pair):
    composite(
        pair, "ALARM(a)", ActionsSuppressor="b", ActionsSuppressorWaitPeriod=120, ActionsSuppressorExtensionPeriod=60
    )

    def act():
        pair.kernel.sleep(300)
        set_state(pair, "a", "ALARM")
        pair.kernel.sleep(30)
        set_state(pair, "b", "ALARM")
        pair.kernel.sleep(600)
        set_state(pair, "b", "OK")

    pair.run(act)
    (told,) = [e for e in pair.events("deliver", "alarm told") if e.detail["state"] == "ALARM"]
    assert told.at_us / 1e6 == 300 + 30 + 600 + 60


def test_a_composite_alarm_that_is_deleted_looks_no_more(pair):
    composite(pair, "ALARM(a)")

    def act():
        pair.kernel.sleep(1)
        pair.cloudwatch.delete_alarms(AlarmNames=["both"])
        pair.put(1, "a")

    pair.run(act)
    assert pair.changes("both") == [(0, "OK")]
