"""Whatever happens, no record of a stream is lost without a trace, and each lane keeps its order.

Each example is one run: a mapping with drawn settings, and a drawn story of writes, poisoned keys, throttles, pauses
and switches. In the end every record must have been processed, or told of in the on-failure destination, or have
expired.
"""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.invoke.result import InvocationResult
from tests.deliver.conftest import World

KEYS = "abcd"
FAILED = InvocationResult("failed", b'{"errorMessage": "boom", "errorType": "ValueError"}', "req")

mappings = st.fixed_dictionaries(
    {
        "BatchSize": st.sampled_from([6, 3, 1]),
        "MaximumBatchingWindowInSeconds": st.sampled_from([0, 0, 7]),
        "MaximumRetryAttempts": st.sampled_from([1, 0, 3, -1]),
        "MaximumRecordAgeInSeconds": st.sampled_from([-1, 60, 90_000]),
        "BisectBatchOnFunctionError": st.booleans(),
        "ParallelizationFactor": st.sampled_from([1, 1, 1, 2, 10]),
        "FunctionResponseTypes": st.sampled_from([["ReportBatchItemFailures"], []]),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.text(KEYS, min_size=4, max_size=10)),
        st.tuples(st.just("poison"), st.sampled_from(KEYS)),
        st.tuples(st.just("heal"), st.sampled_from(KEYS)),
        st.tuples(st.just("pause"), st.sampled_from([0, 1, 5, 61, 3600])),
        st.tuples(st.just("throttle"), st.integers(1, 4)),
        st.tuples(st.just("switch"), st.booleans()),
    ),
    min_size=2,
    max_size=20,
)


class Consumer:
    """The function: it fails for poisoned keys, as an exception or as a report, and remembers what it has done."""

    def __init__(self, reports):
        self.reports = reports
        self.poisoned = set()
        self.throttles = 0
        self.done = []

    def __call__(self, event):
        if self.throttles:
            self.throttles -= 1
            return World.THROTTLED
        records = [(key_of(r), int(r["dynamodb"]["SequenceNumber"])) for r in event["Records"]]
        bad = [number for key, number in records if key in self.poisoned]
        if bad and not self.reports:
            return FAILED
        self.done += [number for _, number in records if not bad or number < bad[0]]
        return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in bad]}


def key_of(record):
    return record["dynamodb"]["Keys"]["id"]["S"]


class Story:
    """One run, and what must be true of it."""

    def __init__(self, world, options):
        self.world = world
        self.consumer = Consumer(bool(options["FunctionResponseTypes"]))
        made = world.dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        self.failures = world.queue("failures")
        world.function("f", self.consumer)
        self.uuid = world.functions_api.create_event_source_mapping(
            EventSourceArn=made["TableDescription"]["LatestStreamArn"],
            FunctionName="f",
            StartingPosition="TRIM_HORIZON",
            DestinationConfig={"OnFailure": {"Destination": self.failures.arn}},
            **options,
        )["UUID"]
        self.lanes = options["ParallelizationFactor"]
        self.keys = []

    def tell(self, what, value):
        if what == "write":
            for key in value:
                self.keys.append(key)
                item = {"id": {"S": key}, "n": {"N": str(len(self.keys))}}
                self.world.dynamodb.put_item(TableName="orders", Item=item)
        elif what == "poison":
            self.consumer.poisoned.add(value)
        elif what == "heal":
            self.consumer.poisoned.discard(value)
        elif what == "pause":
            self.world.kernel.sleep(value)
        elif what == "throttle":
            self.consumer.throttles += value
        else:
            self.world.functions_api.update_event_source_mapping(UUID=self.uuid, Enabled=value)

    def check(self):
        numbers = [100_000_000_000_000_000_001 + 100 * n for n in range(len(self.keys))]
        given_up = [int(r) for e in self.world.events("deliver", "gave up") for r in e.detail["records"]]
        expired = [int(r) for e in self.world.events("deliver", "expired") for r in e.detail["records"]]
        done = self.consumer.done
        told = 0
        for message in self.failures.contents():
            told += json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"]
        assert told == len(given_up)
        assert sorted({*done, *given_up, *expired}) == numbers
        if self.lanes == 1:
            # Each of them once, and in order. (With lanes, a mapping that is switched off and on repeats some.)
            assert sorted([*done, *given_up, *expired]) == numbers
            assert done == sorted(done)
        for key in KEYS:
            of_key = [number for number in dict.fromkeys(done) if self.keys[numbers.index(number)] == key]
            assert of_key == sorted(of_key)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(options=mappings, poisoned=st.sampled_from(["b", "", "a", "bd"]), told=steps)
def test_every_record_is_processed_or_told_of_or_expired_and_order_is_kept(options, poisoned, told):
    with World() as world:
        story = Story(world, options)

        story.consumer.poisoned.update(poisoned)

        def act():
            for what, value in told:
                story.tell(what, value)
            story.tell("switch", True)

        world.run(act)
        story.check()
