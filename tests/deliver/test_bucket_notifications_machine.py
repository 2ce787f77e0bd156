"""Bucket notifications against a small model: each event is delivered once for each rule that was there then."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.deliver.stepping import SETTINGS, WorldMachine

# By name: kind of target, events, prefix. No two overlap.
RULES = {
    "puts": ("Queue", "s3:ObjectCreated:Put", "a/"),
    "copies": ("Queue", "s3:ObjectCreated:Copy", "a/"),
    "removals": ("Queue", "s3:ObjectRemoved:*", ""),
    "f": ("LambdaFunction", "s3:ObjectCreated:*", "b/"),
}
KEYS = ["a/1", "a/2", "b/1", "c/1"]
Told = tuple[str, str]


class BucketMachine(WorldMachine):
    def options(self) -> dict[str, Any]:
        return {"late": lambda kind, source: self.lateness_s}

    def prepare(self) -> None:
        world = self.world
        self.lateness_s = 0.0
        self.records: list[dict[str, Any]] = []
        self.rules: set[str] = set()
        # By rule: the events of which its target has to be told; by key: how many events there were.
        self.wanted: dict[str, list[Told]] = defaultdict(list)
        self.happened: dict[str, list[str]] = defaultdict(list)
        self.stored: set[str] = set()
        self.queues = {name: world.queue(name) for name, (kind, *_) in RULES.items() if kind == "Queue"}
        self.function = world.function("f", lambda event: self.records.extend(event["Records"]))
        world.s3.create_bucket(Bucket="raw")

    @rule(names=st.sets(st.sampled_from(sorted(RULES))))
    def the_configuration_is_replaced(self, names: set[str]) -> None:
        configuration: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name in sorted(names):
            kind, events, prefix = RULES[name]
            arn = self.function if name == "f" else self.queues[name].arn
            rules = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
            configuration[f"{kind}Configurations"].append({f"{kind}Arn": arn, "Events": [events], "Filter": rules})
        put = self.world.s3.put_bucket_notification_configuration
        self.do(lambda: put(Bucket="raw", NotificationConfiguration=dict(configuration)))
        self.rules = names

    @rule(key=st.sampled_from(KEYS), lateness_s=st.sampled_from([0.0, 0.0, 60.0]))
    def put(self, key: str, lateness_s: float) -> None:
        self.lateness_s = lateness_s
        self.expect("ObjectCreated:Put", key)
        self.stored.add(key)
        self.do(lambda: self.world.s3.put_object(Bucket="raw", Key=key, Body=b"x"))

    @rule(source=st.sampled_from(KEYS), key=st.sampled_from(KEYS))
    def copy(self, source: str, key: str) -> None:
        if source in self.stored and source != key:
            self.expect("ObjectCreated:Copy", key)
            self.stored.add(key)
            where = {"Bucket": "raw", "Key": source}
            self.do(lambda: self.world.s3.copy_object(Bucket="raw", Key=key, CopySource=where))

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: str) -> None:
        if key in self.stored:
            self.expect("ObjectRemoved:Delete", key)
        self.stored.discard(key)
        self.do(lambda: self.world.s3.delete_object(Bucket="raw", Key=key))

    def expect(self, event: str, key: str) -> None:
        self.happened[key].append(event)
        for name in self.rules:
            _, pattern, prefix = RULES[name]
            family = pattern.removeprefix("s3:")
            if key.startswith(prefix) and (event == family or event.startswith(family.removesuffix("*"))):
                self.wanted[name].append((event, key))

    @rule(seconds=st.sampled_from([0.01, 0.02, 1, 60]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    def told(self, name: str) -> list[dict[str, Any]]:
        """The records that have reached a rule's target."""
        if name == "f":
            return self.records
        bodies = [json.loads(message.body) for message in self.queues[name].contents()]
        return [record for body in bodies for record in body.get("Records", [])]

    @invariant()
    def nobody_is_told_of_what_did_not_happen(self) -> None:
        for name in RULES:
            told = Counter((record["eventName"], record["s3"]["object"]["key"]) for record in self.told(name))
            assert told <= Counter(self.wanted[name]), f"{name} was told too much"

    def in_the_end(self) -> None:
        self.do(self.world.kernel.quiet)
        events: dict[str, dict[str, str]] = defaultdict(dict)
        for name in RULES:
            told = [(record["eventName"], record["s3"]["object"]["key"]) for record in self.told(name)]
            assert Counter(told) == Counter(self.wanted[name]), f"{name} was not told of each event once"
            for record in self.told(name):
                about = record["s3"]["object"]
                events[about["key"]][about["sequencer"]] = record["eventName"]
        for key, found in events.items():
            # S3E-02: whatever came when, the sequencers say in which order it happened.
            rest = iter(self.happened[key])
            assert all(found[sequencer] in rest for sequencer in sorted(found)), key


TestBucketNotifications = BucketMachine.TestCase
TestBucketNotifications.settings = SETTINGS
