from __future__ import annotations

import json

from harness.deliver.queue_poller import allowed_batches
from harness.kernel.clock import to_us

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def with_dead_letters(world, **attributes):
    dead = world.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    return world.queue("jobs", RedrivePolicy=policy, **attributes), dead


def bodies(call):
    return [r["body"] for r in call.event["Records"]]


def test_esm_11_a_poison_message_is_received_at_0_30_and_60_seconds_and_is_dead_at_90(world):
    queue, dead = with_dead_letters(world)
    world.mapping(queue, world.function("f", world.FAILS))
    assert world.run(lambda: queue.send("not json")) == 90
    assert world.invoker.times("f") == [0, 30, 60]
    (moved,) = world.events("queue", "moved")
    assert moved.at_us == 90_000_000
    assert [m.body for m in dead.contents()] == ["not json"]
    counts = [c.event["Records"][0]["attributes"]["ApproximateReceiveCount"] for c in world.invoker.calls]
    assert counts == ["1", "2", "3"]


def test_esm_11_a_success_deletes_the_whole_batch_and_time_stands_still(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"))
    assert world.run(lambda: [queue.send(str(n)) for n in range(7)]) == 0
    assert queue.contents() == []
    assert [bodies(c) for c in world.invoker.calls] == [[str(n) for n in range(7)]]


def test_an_idle_poller_leaves_nothing_to_wait_for(world):
    world.mapping(world.queue("jobs"), world.function("f"))
    assert world.run() == 0


def test_a_delayed_message_is_delivered_when_its_delay_ends(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"))

    def act():
        world.kernel.settle()
        queue.send("late", delay_s=20)

    assert world.run(act) == 20
    assert world.invoker.times("f") == [20]


def test_esm_08_messages_from_before_the_mapping_are_processed(world):
    queue = world.queue("jobs")
    queue.send("early")
    world.mapping(queue, world.function("f"))
    world.run()
    assert [bodies(c) for c in world.invoker.calls] == [["early"]]


def test_esm_13_a_batch_is_one_event_of_at_most_the_batch_size(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"), BatchSize=3)
    world.run(lambda: [queue.send(str(n)) for n in range(7)])
    assert [len(bodies(c)) for c in world.invoker.calls] == [3, 3, 1]


def test_esm_02_a_window_counts_from_the_first_message(world):
    queue = world.queue("jobs", VisibilityTimeout=60)
    world.mapping(queue, world.function("f"), BatchSize=5, MaximumBatchingWindowInSeconds=10)

    def act():
        world.kernel.sleep(3)
        queue.send("a")
        world.kernel.sleep(4)
        queue.send("b")

    world.run(act)
    assert world.invoker.times("f") == [13]
    assert bodies(world.invoker.calls[0]) == ["a", "b"]


def test_esm_02_a_full_batch_does_not_wait_for_its_window(world):
    queue = world.queue("jobs", VisibilityTimeout=60)
    world.mapping(queue, world.function("f"), BatchSize=2, MaximumBatchingWindowInSeconds=10)
    world.run(lambda: [queue.send(str(n)) for n in range(3)])
    assert world.invoker.times("f") == [0, 10]


def test_esm_02_a_batch_ends_at_six_megabytes(world):
    queue = world.queue("jobs", VisibilityTimeout=60)
    world.mapping(queue, world.function("f"), BatchSize=100, MaximumBatchingWindowInSeconds=1)
    world.run(lambda: [queue.send("x" * 1_000_000) for _ in range(8)])
    assert [len(bodies(c)) for c in world.invoker.calls] == [6, 2]
    assert queue.contents() == []


def test_esm_09_how_many_batches_may_run_at_once():
    assert allowed_batches(0, None) == 5
    assert allowed_batches(to_us(59), None) == 5
    assert allowed_batches(to_us(60), None) == 305
    assert allowed_batches(to_us(3600), None) == 1250
    assert allowed_batches(to_us(60), 2) == 2


def test_esm_10_provisioned_pollers_begin_with_ten_batches_each():
    assert allowed_batches(0, None, (2, 200)) == 20
    assert allowed_batches(to_us(60), None, (2, 200)) == 1020
    assert allowed_batches(to_us(60), None, (3, 5)) == 50


def test_esm_10_provisioned_pollers_run_more_batches_at_once(world):
    queue = world.queue("jobs", VisibilityTimeout=300)
    arn = world.function("f", lambda _: world.kernel.sleep(10))
    pollers = {"MinimumPollers": 2, "MaximumPollers": 2}
    world.mapping(queue, arn, BatchSize=1, ProvisionedPollerConfig=pollers)
    world.run(lambda: [queue.send(str(n)) for n in range(21)])
    assert world.invoker.times("f") == [0] * 20 + [10]


def test_esm_09_an_error_lets_a_mapping_begin_small_again(world):
    queue = world.queue("jobs", VisibilityTimeout=300)
    world.invoker.answers["f"] = [lambda _: world.kernel.sleep(50)] * 5 + [
        world.FAILS,
        lambda _: world.kernel.sleep(50),
    ]
    world.mapping(queue, world.function("f", timeout_s=200), BatchSize=1)
    world.run(lambda: [queue.send(str(n)) for n in range(20)])
    times = world.invoker.times("f")
    # The sixth fails at 50 s: what would have been more at 60 s is so at 110 s.
    assert [times.count(t) for t in (0, 50, 60, 100, 110)] == [5, 6, 0, 5, 4]


def test_esm_09_five_batches_run_at_first_and_more_after_a_minute(world):
    queue = world.queue("jobs", VisibilityTimeout=300)
    world.mapping(queue, world.function("f", lambda _: world.kernel.sleep(100), timeout_s=200), BatchSize=1)
    world.run(lambda: [queue.send(str(n)) for n in range(20)])
    times = world.invoker.times("f")
    assert (times.count(0), times.count(60), len(times)) == (5, 15, 20)


def test_esm_09_maximum_concurrency_is_a_cap(world):
    queue = world.queue("jobs", VisibilityTimeout=300)
    arn = world.function("f", lambda _: world.kernel.sleep(10))
    world.mapping(queue, arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    world.run(lambda: [queue.send(str(n)) for n in range(5)])
    assert world.invoker.times("f") == [0, 0, 10, 10, 20]


def test_esm_14_reported_failures_are_ignored_unless_asked_for(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f", _fail_all))
    world.run(lambda: queue.send("a"))
    assert queue.contents() == []


def _fail_all(event):
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]]}


def test_esm_14_only_the_reported_message_comes_back(world):
    queue, dead = with_dead_letters(world)

    def one_bad(event):
        bad = [r for r in event["Records"] if r["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in bad]}

    world.mapping(queue, world.function("f", one_bad), BatchSize=5, **REPORTS)
    world.run(lambda: [queue.send(b) for b in ("a", "b", "bad", "c", "d")])
    assert [bodies(c) for c in world.invoker.calls] == [["a", "b", "bad", "c", "d"], ["bad"], ["bad"]]
    assert [m.body for m in dead.contents()] == ["bad"]


def test_esm_15_an_answer_that_cannot_be_understood_fails_the_batch(world):
    queue, dead = with_dead_letters(world)
    world.mapping(queue, world.function("f", {"batchItemFailures": [{"id": "x"}]}), **REPORTS)
    world.run(lambda: [queue.send(b) for b in "ab"])
    assert world.invoker.times("f") == [0, 30, 60]
    assert len(dead.contents()) == 2


def test_esm_12_a_throttled_batch_is_retried_and_can_die_without_the_function_having_run(world):
    queue, dead = with_dead_letters(world)
    world.mapping(queue, world.function("f", world.THROTTLED))
    assert world.run(lambda: queue.send("a")) == 90
    assert world.invoker.times("f")[:5] == [0, 1, 3, 7, 15]
    assert [m.body for m in dead.contents()] == ["a"]


def test_esm_12_a_throttled_batch_runs_when_there_is_room_again(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f", world.THROTTLED, "ok"))
    world.run(lambda: queue.send("a"))
    assert world.invoker.times("f") == [0, 1]
    assert queue.contents() == []


def test_esm_17_filtered_messages_are_deleted_and_never_seen(world):
    queue = world.queue("jobs")
    pattern = json.dumps({"body": {"kind": ["order"]}})
    world.mapping(queue, world.function("f"), FilterCriteria={"Filters": [{"Pattern": pattern}]})
    world.run(lambda: [queue.send(b) for b in ('{"kind": "order"}', '{"kind": "other"}', "plain")])
    assert [bodies(c) for c in world.invoker.calls] == [['{"kind": "order"}']]
    assert queue.contents() == []


def test_esm_20_a_deleted_mapping_stops_polling(world):
    queue = world.queue("jobs")
    uuid = world.mapping(queue, world.function("f"))["UUID"]

    def act():
        queue.send("a")
        world.kernel.settle()
        world.functions_api.delete_event_source_mapping(UUID=uuid)
        queue.send("b")

    world.run(act)
    assert [bodies(c) for c in world.invoker.calls] == [["a"]]
    assert [m.body for m in queue.contents()] == ["b"]


def test_esm_20_a_disabled_mapping_waits_until_it_is_enabled_and_running_batches_finish(world):
    queue = world.queue("jobs")
    uuid = world.mapping(queue, world.function("f", lambda _: world.kernel.sleep(5)), BatchSize=1)["UUID"]

    def act():
        queue.send("a")
        world.kernel.settle()
        world.functions_api.update_event_source_mapping(UUID=uuid, Enabled=False)
        queue.send("b")
        world.kernel.sleep(100)
        assert [m.body for m in queue.contents()] == ["b"]
        world.functions_api.update_event_source_mapping(UUID=uuid, Enabled=True)

    world.run(act)
    assert world.invoker.times("f") == [0, 100]


def test_a_deleted_queue_ends_its_poller(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"))
    url = world.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    world.run(lambda: (world.kernel.settle(), world.sqs.delete_queue(QueueUrl=url)))


def test_esm_16_a_failed_fifo_batch_blocks_its_group_only(world):
    queue = world.queue("jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    world.mapping(queue, world.function("f", world.FAILS, "ok"), BatchSize=1)

    def act():
        for group, body in (("g", "g1"), ("g", "g2"), ("h", "h1")):
            queue.send(body, group_id=group)

    world.run(act)
    seen = [(c.at_s, *bodies(c)) for c in world.invoker.calls]
    assert seen == [(0, "g1"), (0, "h1"), (30, "g1"), (30, "g2")]


def test_esm_19_a_message_may_be_delivered_twice_though_nothing_went_wrong(new_world):
    with new_world(repeats=lambda kind, source: 2 if kind == "queue" else 1) as world:
        queue = world.queue("jobs")
        world.mapping(queue, world.function("f"))
        world.run(lambda: queue.send("a"))
        assert len(world.invoker.calls) == 2
        assert world.invoker.calls[0].event == world.invoker.calls[1].event
        assert queue.contents() == []


def test_the_trace_says_what_was_polled(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"))
    message = []
    world.run(lambda: message.append(queue.send("a")))
    (sent,), (polled,) = world.events("queue", "sent"), world.events("deliver", "polled")
    assert polled.cause == sent.number
    assert polled.detail == {"queue": queue.arn, "messages": [message[0].message_id], "receive_counts": [1]}


def test_a_burst_of_2000_messages_is_all_delivered(world):
    queue = world.queue("jobs")
    world.mapping(queue, world.function("f"), BatchSize=5)
    world.run(lambda: [queue.send(str(n)) for n in range(2000)])
    assert sorted(int(b) for c in world.invoker.calls for b in bodies(c)) == list(range(2000))
