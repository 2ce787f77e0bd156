from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.observe.cloudwatch import CloudWatch
from tests.deliver.conftest import World, let_in

OPEN = let_in("cloudwatch.amazonaws.com", "events.amazonaws.com")


class WatchedWorld(World):
    """A cloud with every engine and CloudWatch; ``bell`` is a topic that mails ``team@example.com``."""

    def __enter__(self):
        super().__enter__()
        engines = self.engines
        self.watch = CloudWatch(self.cloud, engines.targets, engines.bus_rules.on_event, engines.polls)
        engines.topic_fanout.on_published = self.watch.services.published
        self.cloudwatch = self.cloud.client("cloudwatch")
        self.bell = self.topic("bell", OPEN)
        self.sns.subscribe(TopicArn=self.bell, Protocol="email", Endpoint="team@example.com")
        return self

    def alarm(self, name="alarm", **settings):
        """Put an alarm: one of one, once a minute, on Orders/Failed, more than nothing, that rings the bell."""
        plain = {
            "Namespace": "Orders",
            "MetricName": "Failed",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [self.bell],
        }
        if "Metrics" in settings:
            plain = {k: v for k, v in plain.items() if k not in ("Namespace", "MetricName", "Statistic", "Period")}
        if "ExtendedStatistic" in settings:
            del plain["Statistic"]
        self.cloudwatch.put_metric_alarm(AlarmName=name, **plain | settings)

    def put(self, value, name="Failed", **more):
        self.cloudwatch.put_metric_data(Namespace="Orders", MetricData=[{"MetricName": name, "Value": value} | more])

    def described(self, name="alarm"):
        answer = self.cloudwatch.describe_alarms(AlarmNames=[name])
        return (answer["MetricAlarms"] + answer["CompositeAlarms"])[0]

    def state(self, name="alarm"):
        return self.described(name)["StateValue"]

    def changes(self, name="alarm"):
        """When an alarm changed, in seconds, and to which state."""
        return [
            (e.at_us / 1e6, e.detail["state"]) for e in self.events("alarm", "changed") if e.who.endswith(f":{name}")
        ]

    def subjects(self):
        return [mail.subject for mail in self.engines.inbox.messages]

    def at(self, seconds):
        return datetime.fromtimestamp(self.kernel.clock.start_us / 1e6 + seconds, UTC)


@pytest.fixture
def world():
    with WatchedWorld() as world:
        yield world
