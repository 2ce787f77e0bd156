"""Message move tasks through boto3, on a kernel's clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs import responses

from harness.kernel.scheduler import Kernel
from harness.vendor import sqs_moves, sqs_queue
from harness.vendor.patches import Patches
from harness.vendor.sqs_engine import QueueEngine
from harness.world.cloud import Cloud

CALLS = ("start_message_move_task", "list_message_move_tasks", "cancel_message_move_task")
ARN = "arn:aws:sqs:us-east-1:123456789012:"


class Bench:
    """Two sources of one dead-letter queue, and a queue of another kind."""

    def __init__(self, kernel: Kernel, cloud: Cloud) -> None:
        self.kernel = kernel
        self.sqs = cloud.client("sqs")
        self.dead = self.make("dead")
        redrive = json.dumps({"deadLetterTargetArn": ARN + "dead", "maxReceiveCount": 1})
        self.jobs = self.make("jobs", RedrivePolicy=redrive, VisibilityTimeout="0")
        self.orders = self.make("orders", RedrivePolicy=redrive, VisibilityTimeout="0")
        self.elsewhere = self.make("elsewhere")

    def make(self, name: str, **attributes: str) -> QueueEngine:
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        found = sqs_queue.find(ARN + name)
        assert found is not None
        return found

    def kill(self, queue: QueueEngine, *bodies: str, **ids: str) -> None:
        """Send messages and have them received once too often."""
        for body in bodies:
            queue.send(body, **({**ids, "deduplication_id": body} if ids else {}))  # type: ignore[arg-type]
            queue.receive(1)
            queue.receive(1)

    def run(self, act: Callable[[], Any]) -> Any:
        def main() -> Any:
            found = act()
            self.kernel.quiet()
            return found

        return self.kernel.run(main)

    def start(self, **arguments: Any) -> str:
        return str(self.sqs.start_message_move_task(**{"SourceArn": ARN + "dead", **arguments})["TaskHandle"])

    def tasks(self, **arguments: Any) -> list[dict[str, Any]]:
        return list(self.sqs.list_message_move_tasks(**{"SourceArn": ARN + "dead", **arguments})["Results"])

    def refused(self, call: str, **arguments: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            getattr(self.sqs, call)(**arguments)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        sqs_queue.apply(cloud.patches, kernel)
        sqs_moves.apply(cloud.patches, kernel)
        yield Bench(kernel, cloud)


def bodies(queue: QueueEngine) -> list[str]:
    return [message.body for message in queue.contents()]


# -- the seam ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_upstream_has_no_message_move_tasks(call: str) -> None:
    assert not hasattr(responses.SQSResponse, call)


def test_the_calls_are_gone_again_after_undo() -> None:
    with Patches() as patches:
        sqs_moves.apply(patches, Kernel())
        assert all(hasattr(responses.SQSResponse, call) for call in CALLS)
    assert not any(hasattr(responses.SQSResponse, call) for call in CALLS)


# -- what a task does -------------------------------------------------------------------------------


def test_sqs_10_messages_go_back_to_where_each_came_from(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b")
    bench.kill(bench.orders, "c")
    bench.run(bench.start)
    assert (bodies(bench.jobs), bodies(bench.orders), bodies(bench.dead)) == (["a", "b"], ["c"], [])


def test_sqs_10_or_all_to_one_other_queue(bench: Bench) -> None:
    bench.kill(bench.jobs, "a")
    bench.dead.send("sent here by hand")
    bench.run(lambda: bench.start(DestinationArn=ARN + "elsewhere"))
    assert (bodies(bench.elsewhere), bodies(bench.dead)) == (["a", "sent here by hand"], [])


def test_sqs_10_a_moved_message_is_new_but_for_what_it_says(bench: Bench) -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}

    def act() -> tuple[Any, Any]:
        sent = bench.jobs.send("a", message_attributes=attributes)
        bench.jobs.receive(1)
        bench.jobs.receive(1)
        bench.kernel.sleep(3600)
        bench.start()
        bench.kernel.settle()
        return sent, bench.jobs.receive(1)[0]

    before, after = bench.run(act)
    assert after.message_id != before.message_id
    assert (after.body, after.message_attributes) == ("a", attributes)
    assert (after.receive_count, after.dead_letter_source_arn) == (1, None)
    assert after.sent_us == after.enqueued_us == before.sent_us + 3_600_000_000, "retention begins anew"


def test_sqs_10_a_moved_message_that_fails_again_dies_again(bench: Bench) -> None:
    bench.kill(bench.jobs, "a")

    def act() -> None:
        bench.start()
        bench.kernel.settle()
        bench.jobs.receive(1)
        assert bench.jobs.receive(1) == []

    bench.run(act)
    assert bodies(bench.dead) == ["a"]


@pytest.mark.parametrize(("rate", "seconds"), [(1, 9), (2, 4.5), (500, 0.018), (None, 0.018)])
def test_sqs_10_no_more_than_so_many_messages_a_second(bench: Bench, rate: int | None, seconds: float) -> None:
    bench.kill(bench.jobs, *"abcdefghij")
    bench.run(lambda: bench.start(**({"MaxNumberOfMessagesPerSecond": rate} if rate else {})))
    assert bench.kernel.clock.elapsed_us == seconds * 1_000_000
    times = [e.at_us for e in bench.kernel.trace.select("queue", "redriven")]
    assert times == [n * 1_000_000 // (rate or 500) for n in range(10)]


def test_sqs_10_the_oldest_goes_first_and_what_is_in_flight_stays(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b", "c")
    bench.dead.receive(1)
    bench.run(bench.start)
    assert (bodies(bench.dead), bodies(bench.jobs)) == (["a"], ["b", "c"])


def test_sqs_10_a_task_moves_what_was_there_when_it_began(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b")

    def act() -> None:
        bench.start(MaxNumberOfMessagesPerSecond=1)
        bench.kernel.settle()
        bench.kill(bench.orders, "late")

    bench.run(act)
    assert bodies(bench.dead) == ["late"]


def test_sqs_10_a_fifo_message_goes_back_into_its_group_and_is_no_duplicate(bench: Bench) -> None:
    fifo = {"FifoQueue": "true"}
    dead = bench.make("dead.fifo", **fifo)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    jobs = bench.make("jobs.fifo", VisibilityTimeout="0", RedrivePolicy=redrive, **fifo)
    bench.kill(jobs, "a", "b", group_id="g")
    first = dead.contents()[0]
    assert first.deduplication_id == first.message_id, "AWS replaces it on the way to the dead-letter queue"
    bench.run(lambda: bench.start(SourceArn=dead.arn))
    assert [(m.body, m.group_id) for m in jobs.contents()] == [("a", "g"), ("b", "g")]


def test_the_trace_leads_from_the_first_send_to_the_second(bench: Bench) -> None:
    def act() -> None:
        bench.kill(bench.jobs, "a")
        bench.start()

    bench.run(act)
    first, second = bench.kernel.trace.select("queue", "sent")
    (redriven,) = bench.kernel.trace.select("queue", "redriven")
    assert (redriven.cause, second.cause) == (first.number, redriven.number)
    begun, ended = (bench.kernel.trace.select("queue", f"redrive {what}")[0] for what in ("begun", "ended"))
    assert (begun.detail["messages"], ended.detail, ended.cause) == (
        1,
        {"status": "COMPLETED", "moved": 1},
        begun.number,
    )


# -- how a task ends --------------------------------------------------------------------------------


def test_sqs_10_a_task_is_described_while_it_runs_and_afterwards(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b", "c")

    def act() -> tuple[Any, Any]:
        handle = bench.start(MaxNumberOfMessagesPerSecond=1, DestinationArn=ARN + "elsewhere")
        bench.kernel.sleep(1.5)
        return handle, bench.tasks()

    handle, (running,) = bench.run(act)
    same = {
        "SourceArn": ARN + "dead",
        "DestinationArn": ARN + "elsewhere",
        "MaxNumberOfMessagesPerSecond": 1,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": bench.kernel.clock.start_us // 1000,
    }
    assert running == same | {"TaskHandle": handle, "Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 2}
    assert bench.tasks() == [same | {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 3}]
    assert json.loads(base64.b64decode(handle))["sourceArn"] == ARN + "dead"


def test_sqs_10_a_cancelled_task_stops_where_it_is(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b", "c")

    def act() -> Any:
        handle = bench.start(MaxNumberOfMessagesPerSecond=1)
        bench.kernel.sleep(1.5)
        moved = bench.sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
        return handle, moved

    handle, moved = bench.run(act)
    assert (moved, bodies(bench.jobs), bodies(bench.dead)) == (2, ["a", "b"], ["c"])
    assert bench.tasks()[0]["Status"] == "CANCELLED"
    assert bench.kernel.clock.elapsed_us == 1_500_000
    assert bench.refused("cancel_message_move_task", TaskHandle=handle)[0].endswith("UnsupportedOperation")


def test_sqs_10_a_message_that_was_sent_to_the_dead_letter_queue_has_nowhere_to_go(bench: Bench) -> None:
    bench.kill(bench.jobs, "a")
    bench.dead.send("by hand")
    bench.kill(bench.jobs, "b")
    bench.run(bench.start)
    (task,) = bench.tasks()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert (bodies(bench.jobs), bodies(bench.dead)) == (["a"], ["by hand", "b"])


@pytest.mark.parametrize("gone", ["jobs", "dead"])
def test_sqs_10_a_queue_that_goes_while_a_task_runs_ends_it(bench: Bench, gone: str) -> None:
    bench.kill(bench.jobs, "a", "b")

    def act() -> Any:
        bench.start(MaxNumberOfMessagesPerSecond=1)
        bench.kernel.settle()
        bench.sqs.delete_queue(QueueUrl=bench.sqs.get_queue_url(QueueName=gone)["QueueUrl"])

    bench.run(act)
    (ended,) = bench.kernel.trace.select("queue", "redrive ended")
    assert ended.detail == {"status": "FAILED", "moved": 1, "reason": "AWS.SimpleQueueService.NonExistentQueue"}


def test_sqs_10_a_message_too_long_for_its_destination_stays(bench: Bench) -> None:
    bench.make("small", MaximumMessageSize="1024")
    bench.kill(bench.jobs, "x" * 2000)
    bench.run(lambda: bench.start(DestinationArn=ARN + "small"))
    assert (bench.tasks()[0]["Status"], len(bodies(bench.dead))) == ("FAILED", 1)


def test_sqs_10_the_latest_task_is_listed_first(bench: Bench) -> None:
    for rate in (1, 2, 3):
        bench.run(lambda rate=rate: bench.start(MaxNumberOfMessagesPerSecond=rate))  # type: ignore[misc]
    assert [task["MaxNumberOfMessagesPerSecond"] for task in bench.tasks(MaxResults=2)] == [3, 2]
    assert len(bench.tasks()) == 1
    code, text = bench.refused("list_message_move_tasks", SourceArn=ARN + "dead", MaxResults=11)
    assert code == "InvalidParameterValue"
    assert text.startswith("Value 11 for parameter MaxResults is invalid.")


# -- what is refused --------------------------------------------------------------------------------

RATE = (
    "Value for parameter MaxNumberOfMessagesPerSecond is invalid. "
    "Reason: You must enter a number that's between 1 and 500."
)
FORM = "You must use this format to specify the {}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
MISSING = "The resource that you specified for the {} parameter doesn't exist."


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"SourceArn": "dead"}, "InvalidParameterValue", FORM.format("SourceArn")),
        ({"SourceArn": ARN + "nobody"}, "ResourceNotFoundException", MISSING.format("SourceArn")),
        (
            {"SourceArn": ARN + "jobs"},
            "InvalidParameterValue",
            "Source queue must be configured as a Dead Letter Queue.",
        ),
        ({"DestinationArn": "jobs"}, "InvalidParameterValue", FORM.format("DestinationArn")),
        ({"DestinationArn": ARN + "nobody"}, "ResourceNotFoundException", MISSING.format("DestinationArn")),
        (
            {"DestinationArn": ARN + "dead"},
            "InvalidParameterValue",
            "Source queue arn and destination queue arn cannot be the same.",
        ),
        (
            {"DestinationArn": ARN + "other.fifo"},
            "InvalidParameterValue",
            "The source queue and destination queue must be of the same queue type.",
        ),
        ({"MaxNumberOfMessagesPerSecond": 0}, "InvalidParameterValue", RATE),
        ({"MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue", RATE),
    ],
)
def test_sqs_10_what_cannot_be_moved_is_refused(bench: Bench, arguments: dict[str, Any], code: str, text: str) -> None:
    bench.make("other.fifo", FifoQueue="true")
    assert bench.refused("start_message_move_task", **{"SourceArn": ARN + "dead", **arguments}) == (code, text)


def test_sqs_10_a_queue_has_one_running_task(bench: Bench) -> None:
    bench.kill(bench.jobs, "a", "b")

    def act() -> tuple[str, str]:
        bench.start(MaxNumberOfMessagesPerSecond=1)
        bench.kernel.settle()
        return bench.refused("start_message_move_task", SourceArn=ARN + "dead")

    code, text = bench.run(act)
    assert code == "InvalidParameterValue"
    assert text == (
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    )


@pytest.mark.parametrize("handle", ["nonsense", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{}").decode()])
def test_sqs_10_garbage_is_no_handle(bench: Bench, handle: str) -> None:
    assert bench.refused("cancel_message_move_task", TaskHandle=handle) == (
        "InvalidParameterValue",
        "Value for parameter TaskHandle is invalid.",
    )


@pytest.mark.parametrize(("queue", "text"), [("dead", "Task does not exist."), ("nobody", MISSING.format("SourceArn"))])
def test_sqs_10_a_handle_of_no_task_is_refused(bench: Bench, queue: str, text: str) -> None:
    handle = base64.b64encode(json.dumps({"taskId": "x", "sourceArn": ARN + queue}).encode()).decode()
    assert bench.refused("cancel_message_move_task", TaskHandle=handle) == ("ResourceNotFoundException", text)
