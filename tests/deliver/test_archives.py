from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

BUS = "arn:aws:events:us-east-1:123456789012:event-bus/shop"
DAY_S = 86_400


@pytest.fixture
def shop(world):
    return Shop(world)


class Shop:
    """A bus with an archive, and a rule for each queue."""

    def __init__(self, world):
        self.world = world
        self.kernel = world.kernel
        world.buses.create_event_bus(Name="shop")

    def archive(self, name="journal", **options):
        if "EventPattern" in options:
            options["EventPattern"] = json.dumps(options["EventPattern"])
        return self.world.buses.create_archive(ArchiveName=name, EventSourceArn=BUS, **options)["ArchiveArn"]

    def rule(self, name, pattern=None):
        queue = self.world.queue(name)
        pattern = json.dumps(pattern or {"source": ["shop"]})
        arn = self.world.buses.put_rule(Name=name, EventBusName="shop", EventPattern=pattern)["RuleArn"]
        self.world.buses.put_targets(Rule=name, EventBusName="shop", Targets=[{"Id": "t", "Arn": queue.arn}])
        return queue, arn

    def put(self, number, **options):
        entry = {"Source": "shop", "DetailType": "Placed", "Detail": json.dumps({"n": number}), "EventBusName": "shop"}
        self.world.buses.put_events(Entries=[{**entry, **options}])

    def replay(self, archive, *rules, name="again", begin=0, end=None, **options):
        destination = {"Arn": BUS, **({"FilterArns": list(rules)} if rules else {})}
        return self.world.buses.start_replay(
            ReplayName=name,
            EventSourceArn=archive,
            EventStartTime=begin,
            EventEndTime=self.kernel.clock.now_s if end is None else end,
            Destination=destination,
            **options,
        )

    def count(self, name="journal"):
        return self.world.buses.describe_archive(ArchiveName=name)["EventCount"]


def numbers(queue):
    return sorted(json.loads(m.body)["detail"]["n"] for m in queue.contents())


def test_evb_07_a_replayed_event_is_the_same_but_for_its_replay_name(world, shop):
    archive, (queue, _) = shop.archive(), shop.rule("orders")

    def act():
        shop.put(1)
        world.kernel.quiet()
        shop.replay(archive)

    world.run(act)
    first, second = (json.loads(m.body) for m in queue.contents())
    assert second == {**first, "replay-name": "again"}


def test_evb_07_a_replay_goes_only_to_the_rules_it_names(world, shop):
    archive, (one, arn), (two, _) = shop.archive(), shop.rule("one"), shop.rule("two")

    def act():
        shop.put(1)
        world.kernel.quiet()
        shop.replay(archive, arn)

    world.run(act)
    assert (numbers(one), numbers(two)) == ([1, 1], [1])


def test_evb_07_a_rule_that_is_named_must_match_still(world, shop):
    archive, (queue, arn) = shop.archive(), shop.rule("one", {"detail": {"n": [2]}})

    def act():
        shop.put(1)
        shop.put(2)
        world.kernel.quiet()
        shop.replay(archive, arn)

    world.run(act)
    assert numbers(queue) == [2, 2]


def test_evb_07_an_archive_keeps_what_matches_its_pattern_and_nothing_that_was_replayed(world, shop):
    archive = shop.archive(EventPattern={"detail": {"n": [{"numeric": [">", 1]}]}})

    def act():
        for number in (1, 2, 3):
            shop.put(number)
        assert shop.count() == 2
        shop.replay(archive)
        world.kernel.quiet()
        assert shop.count() == 2

    world.run(act)


def test_evb_07_a_replay_goes_by_the_time_in_the_events_minute_by_minute(world, shop):
    archive, (queue, _) = shop.archive(), shop.rule("orders")
    begin = world.kernel.clock.now_s

    def act():
        for number in range(4):
            shop.put(number, Time=begin + 60 * (3 - number))
        world.kernel.quiet()
        world.sqs.purge_queue(QueueUrl=world.sqs.get_queue_url(QueueName="orders")["QueueUrl"])
        shop.replay(archive, begin=begin + 60, end=begin + 120)

    world.run(act)
    assert [json.loads(m.body)["detail"]["n"] for m in queue.contents()] == [2, 1]


@pytest.mark.parametrize(("days", "left"), [(2, 0), (3, 1), (0, 1)])
def test_evb_07_an_archive_forgets_after_its_retention(world, shop, days, left):
    archive, (queue, _) = shop.archive(RetentionDays=days), shop.rule("orders")

    def act():
        shop.put(1)
        world.kernel.sleep(2 * DAY_S)
        assert shop.count() == left
        shop.replay(archive)

    world.run(act)
    assert numbers(queue) == [1] * (1 + left)


def test_evb_07_a_replay_is_no_business_of_who_starts_it_and_says_how_it_goes(world, shop):
    archive, (queue, _) = shop.archive(), shop.rule("orders")
    seen = []

    def act():
        shop.put(1)
        world.kernel.quiet()
        seen.append(shop.replay(archive)["State"])
        seen.append(len(queue.contents()))
        world.kernel.quiet()
        found = world.buses.describe_replay(ReplayName="again")
        seen.append((found["State"], found["EventLastReplayedTime"] == found["EventStartTime"]))
        seen.append([r["ReplayName"] for r in world.buses.list_replays(State="COMPLETED")["Replays"]])

    world.run(act)
    assert seen == ["STARTING", 1, ("COMPLETED", False), ["again"]]
    assert [e.what for e in world.events("deliver") if "replay" in e.what] == ["replay begun", "replay ended"]


def test_evb_07_a_replay_can_be_cancelled_until_it_is_complete(world, shop):
    archive, (queue, _) = shop.archive(), shop.rule("orders")
    begin = world.kernel.clock.now_s

    def act():
        shop.put(1, Time=begin)
        shop.put(2, Time=begin + 60)
        world.kernel.quiet()
        shop.replay(archive, end=begin + 60)
        world.kernel.sleep(0.5)
        world.buses.cancel_replay(ReplayName="again")
        world.kernel.quiet()
        assert world.buses.describe_replay(ReplayName="again")["State"] == "CANCELLED"
        shop.replay(archive, name="third")
        world.kernel.quiet()
        with pytest.raises(ClientError, match="not in a valid state"):
            world.buses.cancel_replay(ReplayName="third")

    world.run(act)
    assert numbers(queue) == [1, 1, 1, 2]


def test_evb_07_a_rule_that_is_not_of_the_bus_is_refused(world, shop):
    archive = shop.archive()
    with pytest.raises(ClientError, match=r"Destination\.FilterArns is not valid"):
        shop.replay(archive, BUS.replace("event-bus", "rule") + "/none")


def test_evb_07_an_archive_itself_delivers_nothing(world, shop):
    shop.archive()
    world.run(lambda: shop.put(1))
    assert world.events("deliver", "dropped") == []
    assert len(world.events("deliver", "archived")) == 1


def test_evb_07_the_rule_that_aws_makes_for_an_archive_is_none_of_the_story(world, shop):
    shop.archive()
    world.run(lambda: shop.put(1))
    (put,) = world.events("deliver", "put on bus")
    assert put.detail["rules"] == []
