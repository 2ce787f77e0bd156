"""The seam: moto's SQS API on our engine, through boto3, on a kernel's clock."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core import errors as moto_errors
from moto.sqs import models, responses

from harness.kernel.scheduler import Kernel
from harness.vendor import sqs_queue
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud

DAY_S = 86_400


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def cloud(kernel: Kernel) -> Iterator[Cloud]:
    with Cloud(kernel) as cloud:
        sqs_queue.apply(cloud.patches, kernel)
        yield cloud


@pytest.fixture
def sqs(cloud: Cloud) -> Any:
    return cloud.client("sqs")


def make(sqs: Any, name: str = "jobs", **attributes: Any) -> str:
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def arn_of(sqs: Any, url: str) -> str:
    return str(attributes_of(sqs, url, "QueueArn")["QueueArn"])


def attributes_of(sqs: Any, url: str, *names: str) -> dict[str, str]:
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"]).get("Attributes", {}))


def counts(sqs: Any, url: str) -> tuple[str, str, str]:
    found = attributes_of(sqs, url)
    prefix = "ApproximateNumberOfMessages"
    return found[prefix], found[f"{prefix}NotVisible"], found[f"{prefix}Delayed"]


def receive(sqs: Any, url: str, **arguments: Any) -> list[dict[str, Any]]:
    return list(sqs.receive_message(QueueUrl=url, **arguments).get("Messages", []))


def refused(do: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        do()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def redrive_to(sqs: Any, url: str, count: Any) -> str:
    return json.dumps({"deadLetterTargetArn": arn_of(sqs, url), "maxReceiveCount": count})


def events(kernel: Kernel) -> list[tuple[int, str]]:
    return [(e.at_us, e.what) for e in kernel.trace.select("queue")]


# -- the contract of the seam ---------------------------------------------------------------------


def test_the_targets_exist_with_these_signatures() -> None:
    from harness.vendor import sqs_calls

    for name in sqs_queue._BACKEND_CALLS:
        theirs = list(inspect.signature(getattr(models.SQSBackend, name)).parameters)
        assert theirs == list(inspect.signature(getattr(sqs_calls, name)).parameters), name
    for name in ("create_queue", "set_queue_attributes", "delete_queue"):
        theirs = list(inspect.signature(getattr(models.SQSBackend, name)).parameters)
        assert theirs == list(inspect.signature(getattr(sqs_queue, name)).parameters), name
    assert list(inspect.signature(models.Queue.__init__).parameters)[1:] == ["name", "region", "account_id", "kwargs"]
    assert list(inspect.signature(models.Queue._set_attributes).parameters) == ["self", "attributes", "now"]
    assert list(inspect.signature(models.Queue._setup_dlq).parameters) == ["self", "policy"]
    assert list(inspect.signature(models._filter_message_attributes).parameters) == [
        "message",
        "input_message_attributes",
    ]
    assert list(inspect.signature(responses.SQSResponse.receive_message).parameters) == ["self"]
    assert "MissingParameter" not in moto_errors.COMMON_ERROR_CODES


def test_upstream_walks_a_list_for_every_call_and_runs_functions_inside_a_send() -> None:
    assert "for message in queue.messages" in inspect.getsource(models.SQSBackend.receive_message)
    assert "send_sqs_batch" in inspect.getsource(models.Queue.add_message)
    assert "unix_time()" in inspect.getsource(models.SQSBackend.receive_message)


def test_upstream_takes_an_old_handle_and_a_body_counted_in_characters(kernel: Kernel) -> None:
    with Cloud(kernel) as cloud:
        sqs = cloud.client("sqs")
        url = make(sqs, VisibilityTimeout="0")
        sqs.send_message(QueueUrl=url, MessageBody="é" * 1_000_000)
        old = receive(sqs, url)[0]["ReceiptHandle"]
        assert receive(sqs, url)[0]["ReceiptHandle"] != old
        sqs.delete_message(QueueUrl=url, ReceiptHandle=old)
        assert counts(sqs, url)[0] == "0"


def test_undo_restores_the_very_same_objects(kernel: Kernel) -> None:
    def stored() -> list[Any]:
        backend, response = vars(models.SQSBackend), vars(responses.SQSResponse)
        names = [*sqs_queue._BACKEND_CALLS, "create_queue", "set_queue_attributes", "delete_queue"]
        return [
            models.Queue,
            responses.validate_message_attributes,
            moto_errors.COMMON_ERROR_CODES,
            response["receive_message"],
            response["_get_validated_visibility_timeout"],
            *(backend[name] for name in names),
        ]

    before = stored()
    with Patches() as patches:
        sqs_queue.apply(patches, kernel)
        assert not any(now is then for now, then in zip(stored(), before, strict=True))
    assert all(now is then for now, then in zip(stored(), before, strict=True))


# -- time -----------------------------------------------------------------------------------------


def test_sqs_04_a_poison_message_is_in_the_dead_letter_queue_at_90_seconds(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        dead = make(sqs, "dead")
        url = make(sqs, VisibilityTimeout="30", RedrivePolicy=redrive_to(sqs, dead, 3))
        sqs.send_message(QueueUrl=url, MessageBody="poison")
        for _ in range(4):
            receive(sqs, url, WaitTimeSeconds=20)
            kernel.sleep(30 - kernel.clock.elapsed_us / 1e6 % 30)
        assert counts(sqs, dead) == ("1", "0", "0")

    kernel.run(main)
    assert events(kernel) == [
        (0, "sent"),
        (0, "received"),
        (30_000_000, "returned"),
        (30_000_000, "received"),
        (60_000_000, "returned"),
        (60_000_000, "received"),
        (90_000_000, "returned"),
        (90_000_000, "moved"),
    ]


def test_what_happens_to_a_message_follows_from_its_being_sent(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs)
        task = kernel.current
        assert task is not None
        task.cause = kernel.emit("act", "sent", "jobs")
        sqs.send_message(QueueUrl=url, MessageBody="x" * 300)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=receive(sqs, url)[0]["ReceiptHandle"])

    kernel.run(main)
    sent, received, deleted = kernel.trace.select("queue")
    assert (sent.cause, received.cause, deleted.cause) == (1, sent.number, sent.number)
    assert sent.detail["body"] == "x" * 200
    assert received.detail == {"message_id": sent.detail["message_id"], "receive_count": 1}


def test_sqs_12_a_long_poll_ends_when_a_message_comes_or_after_its_time(kernel: Kernel, sqs: Any) -> None:
    seen: list[tuple[float, int]] = []

    def main() -> None:
        url = make(sqs)

        def consume() -> None:
            for _ in range(2):
                found = receive(sqs, url, WaitTimeSeconds=20)
                seen.append((kernel.clock.elapsed_us / 1e6, len(found)))

        consumer = kernel.spawn(consume, name="consumer")
        kernel.sleep(7)
        sqs.send_message(QueueUrl=url, MessageBody="a")
        consumer.join()

    kernel.run(main)
    assert seen == [(7.0, 1), (27.0, 0)]


def test_sqs_12_a_long_poll_sees_a_delay_and_a_visibility_timeout_end(kernel: Kernel, sqs: Any) -> None:
    def main() -> list[float]:
        url = make(sqs, VisibilityTimeout="6", ReceiveMessageWaitTimeSeconds="20")
        sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=5)
        seen = []
        for _ in range(2):
            assert receive(sqs, url)
            seen.append(kernel.clock.elapsed_us / 1e6)
        return seen

    assert kernel.run(main) == [5.0, 11.0]


def test_sqs_12_a_call_from_outside_the_run_does_not_wait(kernel: Kernel, sqs: Any) -> None:
    assert receive(sqs, make(sqs), WaitTimeSeconds=20) == []
    assert kernel.clock.elapsed_us == 0


def test_sqs_12_values_out_of_range_are_refused_in_awss_words(sqs: Any) -> None:
    url = make(sqs)
    assert refused(lambda: receive(sqs, url, WaitTimeSeconds=21)) == (
        "InvalidParameterValue",
        "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
    )
    assert refused(lambda: receive(sqs, url, MaxNumberOfMessages=11)) == (
        "InvalidParameterValue",
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
    )


def test_a_queue_nobody_looks_at_keeps_no_time_going(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs)
        sqs.send_message(QueueUrl=url, MessageBody="a")
        sqs.send_message(QueueUrl=url, MessageBody="b", DelaySeconds=900)
        receive(sqs, url)
        assert kernel.quiet()

    kernel.run(main)
    assert kernel.clock.elapsed_us == 0


def test_sqs_08_a_message_is_noted_as_expired_at_the_very_moment(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs, MessageRetentionPeriod="60")
        sqs.send_message(QueueUrl=url, MessageBody="a")
        kernel.sleep(DAY_S)
        assert counts(sqs, url) == ("0", "0", "0")

    kernel.run(main)
    assert events(kernel) == [(0, "sent"), (60_000_000, "expired")]


def test_a_shortened_visibility_timeout_is_noted_at_its_end(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs)
        sqs.send_message(QueueUrl=url, MessageBody="a")
        handle = receive(sqs, url)[0]["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=4)
        kernel.sleep(100)

    kernel.run(main)
    assert events(kernel)[-1] == (4_000_000, "returned")


def test_each_message_is_noted_as_returned_at_its_own_time(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs, VisibilityTimeout="30")
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": n, "MessageBody": n} for n in "abc"])
        for timeout_s in (30, 10, 20):
            assert len(receive(sqs, url, VisibilityTimeout=timeout_s)) == 1
        kernel.sleep(100)

    kernel.run(main)
    returned = [at_us for at_us, what in events(kernel) if what == "returned"]
    assert returned == [10_000_000, 20_000_000, 30_000_000]


# -- messages through the API ---------------------------------------------------------------------


def test_a_message_comes_back_as_it_was_sent(sqs: Any) -> None:
    url = make(sqs)
    attributes = {
        "job_type": {"DataType": "String", "StringValue": "csv"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="ไทย 🎉",
        MessageAttributes=attributes,
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
    )
    arguments = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"], "VisibilityTimeout": 0}
    message = receive(sqs, url, **arguments)[0]
    assert message["Body"] == "ไทย 🎉"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"] == {
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1894698000000",
        "AWSTraceHeader": "Root=1",
        "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
        "SentTimestamp": "1894698000000",
    }
    plain = receive(sqs, url, VisibilityTimeout=0)[0]
    assert set(plain) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    some = receive(sqs, url, MessageAttributeNames=["job_*", "job_type"], AttributeNames=["ApproximateReceiveCount"])
    assert list(some[0]["MessageAttributes"]) == ["job_type"]
    assert some[0]["Attributes"] == {"ApproximateReceiveCount": "3"}


def test_sqs_06_receive_message_gives_the_dead_letter_source(sqs: Any) -> None:
    dead = make(sqs, "dead")
    url = make(sqs, VisibilityTimeout="0", RedrivePolicy=redrive_to(sqs, dead, 1))
    sqs.send_message(QueueUrl=url, MessageBody="a")
    assert len(receive(sqs, url)) == 1
    assert receive(sqs, url) == []
    moved = receive(sqs, dead, MessageSystemAttributeNames=["DeadLetterQueueSourceArn"])[0]
    assert moved["Attributes"] == {"DeadLetterQueueSourceArn": arn_of(sqs, url)}
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def test_sqs_13_sqs_14_sqs_15_bad_messages_are_refused_through_the_api(sqs: Any) -> None:
    url = make(sqs)
    assert refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="é" * 524_289)) == (
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    )
    assert refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="")) == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )
    assert refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="\x00"))[0] == "InvalidMessageContents"
    attributes = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    assert "[11]" in refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes))[1]


def test_sqs_16_a_batch_is_refused_as_a_whole_or_a_bad_entry_alone(sqs: Any) -> None:
    url = make(sqs, MaximumMessageSize="1024")

    def send(*entries: dict[str, Any]) -> Any:
        return sqs.send_message_batch(QueueUrl=url, Entries=list(entries))

    prefix = "AWS.SimpleQueueService."
    many = [{"Id": str(n), "MessageBody": "a"} for n in range(20)]
    assert refused(lambda: send(*many)) == (
        f"{prefix}TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 20.",
    )
    assert refused(lambda: send(many[0], many[0])) == (f"{prefix}BatchEntryIdsNotDistinct", "Id 0 repeated.")
    assert refused(lambda: send({"Id": "a b", "MessageBody": "a"}))[0] == f"{prefix}InvalidBatchEntryId"
    assert refused(lambda: send())[0] == f"{prefix}EmptyBatchRequest"
    half = {"Id": "1", "MessageBody": "é" * 262_144}
    over = {"Id": "2", "MessageBody": "é" * 262_144 + "a"}
    assert refused(lambda: send(half, over)) == (
        f"{prefix}BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    )
    answer = send(
        {"Id": "good", "MessageBody": "a" * 1024},
        {"Id": "big", "MessageBody": "a" * 1025},
        {"Id": "late", "MessageBody": "a", "DelaySeconds": 901},
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [
        ("big", "InvalidParameterValue"),
        ("late", "InvalidParameterValue"),
    ]
    assert answer["Failed"][0]["Message"] == (
        "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."
    )
    assert counts(sqs, url)[0] == "1"


def test_sqs_21_sqs_22_batches_of_deletes_and_visibility_changes_fail_entry_by_entry(sqs: Any) -> None:
    url = make(sqs)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": n, "MessageBody": n} for n in "ab"])
    a, b = (message["ReceiptHandle"] for message in receive(sqs, url, MaxNumberOfMessages=10))
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "b", "ReceiptHandle": b, "VisibilityTimeout": 0},
            {"Id": "c", "ReceiptHandle": "garbage", "VisibilityTimeout": 0},
            {"Id": "d", "ReceiptHandle": a, "VisibilityTimeout": 43_201},
        ],
    )
    assert [entry["Id"] for entry in changed["Successful"]] == ["b"]
    assert [(entry["Id"], entry["Code"]) for entry in changed["Failed"]] == [
        ("c", "ReceiptHandleIsInvalid"),
        ("d", "InvalidParameterValue"),
    ]
    assert counts(sqs, url) == ("1", "1", "0")
    deleted = sqs.delete_message_batch(
        QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": a}, {"Id": "x", "ReceiptHandle": "garbage"}]
    )
    assert [entry["Id"] for entry in deleted["Successful"]] == ["a"]
    assert deleted["Failed"][0]["Message"] == ('The input receipt handle "garbage" is not a valid receipt handle.')
    assert counts(sqs, url) == ("1", "0", "0")


def test_sqs_02_a_visibility_timeout_out_of_range_is_refused_in_awss_words(sqs: Any) -> None:
    url = make(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    change = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 43_201}
    code, text = refused(lambda: sqs.change_message_visibility(**change))
    assert code == "InvalidParameterValue"
    assert text.startswith("Value 43201 for parameter VisibilityTimeout is invalid.")


def test_sqs_18_sqs_19_a_duplicate_gets_the_first_answer_again(sqs: Any) -> None:
    url = make(sqs, "jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    answers = [sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g") for _ in range(2)]
    assert answers[0]["MessageId"] == answers[1]["MessageId"]
    assert answers[0]["SequenceNumber"] == answers[1]["SequenceNumber"]
    assert counts(sqs, url)[0] == "1"
    attributes = receive(sqs, url, AttributeNames=["All"])[0]["Attributes"]
    assert attributes["MessageGroupId"] == "g"
    assert attributes["SequenceNumber"] == answers[0]["SequenceNumber"]


def test_sqs_18_a_fifo_batch_without_a_group_sends_nothing(sqs: Any) -> None:
    url = make(sqs, "jobs.fifo", FifoQueue="true")
    entries = [
        {"Id": "a", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"Id": "b", "MessageBody": "b", "MessageDeduplicationId": "2"},
    ]
    assert refused(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))[0] == "MissingParameter"
    assert counts(sqs, url)[0] == "0"


def test_sqs_24_purge_empties_the_queue_once_a_minute(sqs: Any) -> None:
    url = make(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.purge_queue(QueueUrl=url)
    assert counts(sqs, url) == ("0", "0", "0")
    assert refused(lambda: sqs.purge_queue(QueueUrl=url)) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on jobs is allowed every 60 seconds.",
    )


def test_ids_are_the_same_in_every_run_with_one_seed() -> None:
    def ids() -> list[str]:
        kernel = Kernel()
        with Cloud(kernel) as cloud:
            sqs_queue.apply(cloud.patches, kernel)
            url = make(cloud.client("sqs"))
            cloud.client("sqs").send_message(QueueUrl=url, MessageBody="a")
            message = receive(cloud.client("sqs"), url)[0]
            return [message["MessageId"], message["ReceiptHandle"]]

    assert ids() == ids()


# -- queues and their attributes ------------------------------------------------------------------


def test_sqs_05_a_redrive_policy_names_an_existing_queue_of_the_same_type_and_a_possible_count(sqs: Any) -> None:
    dead, dead_fifo = make(sqs, "dead"), make(sqs, "dead.fifo", FifoQueue="true")
    url = make(sqs)

    def set_policy(policy: str) -> str:
        attributes = {"RedrivePolicy": policy, "DelaySeconds": "9"}
        code, text = refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes))
        assert code == "InvalidParameterValue"
        return text

    for count in (0, 1001, "many"):
        assert f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000" in set_policy(
            redrive_to(sqs, dead, count)
        )
    assert "same type of queue" in set_policy(redrive_to(sqs, dead_fifo, 3))
    assert "Dead letter target does not exist." in set_policy(
        '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:nope", "maxReceiveCount": 3}'
    )
    assert "deadLetterTargetArn" in set_policy('{"maxReceiveCount": 3}')
    set_policy("not json")
    assert attributes_of(sqs, url)["DelaySeconds"] == "0", "a refused call changes nothing"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive_to(sqs, dead, "1000")})
    found = json.loads(attributes_of(sqs, url)["RedrivePolicy"])
    assert found == {"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1000}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes_of(sqs, url)


def test_sqs_09_a_redrive_allow_policy_is_kept_and_enforced(sqs: Any) -> None:
    url, other = make(sqs, "jobs"), make(sqs, "other")
    policy = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn_of(sqs, url)]})
    dead = make(sqs, "dead", RedriveAllowPolicy=policy)
    assert attributes_of(sqs, dead, "RedriveAllowPolicy") == {"RedriveAllowPolicy": policy}
    wanted = {"RedrivePolicy": redrive_to(sqs, dead, 3)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    code, _ = refused(lambda: sqs.set_queue_attributes(QueueUrl=other, Attributes=wanted))
    assert code == "InvalidParameterValue"
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'})
    assert refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted))[0] == "InvalidParameterValue"
    bad = {"RedriveAllowPolicy": '{"redrivePermission": "byQueue"}'}
    assert refused(lambda: sqs.set_queue_attributes(QueueUrl=dead, Attributes=bad))[0] == "InvalidParameterValue"


def test_sqs_25_a_name_is_free_again_after_a_minute(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs)
        sqs.delete_queue(QueueUrl=url)
        code, text = refused(lambda: make(sqs))
        assert code == "AWS.SimpleQueueService.QueueDeletedRecently"
        assert text == (
            "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        )
        kernel.sleep(60)
        assert make(sqs) == url

    kernel.run(main)


def test_sqs_25_a_deleted_queue_is_not_found_and_ends_long_polls(kernel: Kernel, sqs: Any) -> None:
    def main() -> None:
        url = make(sqs)
        arn = arn_of(sqs, url)
        assert sqs_queue.find(arn) is not None
        found: list[tuple[str, str]] = []
        kernel.spawn(lambda: found.append(refused(lambda: receive(sqs, url, WaitTimeSeconds=20))), name="consumer")
        kernel.sleep(1)
        sqs.delete_queue(QueueUrl=url)
        kernel.settle()
        assert found[0][0] == "AWS.SimpleQueueService.NonExistentQueue"
        assert sqs_queue.find(arn) is None

    kernel.run(main)


def test_sqs_26_creating_a_queue_again_gives_it_back_or_says_what_differs(sqs: Any) -> None:
    dead = make(sqs, "dead")
    wanted = {"DelaySeconds": "5", "RedrivePolicy": redrive_to(sqs, dead, 3)}
    url = make(sqs, **wanted)
    sqs.send_message(QueueUrl=url, MessageBody="kept", DelaySeconds=0)
    swapped = json.dumps({"maxReceiveCount": "3", "deadLetterTargetArn": arn_of(sqs, dead)})
    assert make(sqs) == make(sqs, **wanted) == make(sqs, **{**wanted, "RedrivePolicy": swapped}) == url
    assert counts(sqs, url)[0] == "1"
    assert refused(lambda: make(sqs, DelaySeconds="6")) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    )


def test_sqs_27_name_and_type_of_a_queue_go_together(sqs: Any) -> None:
    assert "must end with .fifo suffix" in refused(lambda: make(sqs, "jobs", FifoQueue="true"))[1]
    assert refused(lambda: make(sqs, "jobs.fifo"))[0] == "InvalidParameterValue"
    assert refused(lambda: make(sqs, "a b"))[0] == "InvalidParameterValue"
    for name in ("FifoQueue", "ContentBasedDeduplication"):
        assert refused(lambda n=name: make(sqs, "jobs", **{n: "false"})) == (
            "InvalidAttributeName",
            f"Unknown Attribute {name}.",
        )
    url = make(sqs, "jobs.fifo", FifoQueue="true")
    change = {"FifoQueue": "false"}
    assert refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes=change))[0] == "InvalidAttributeValue"


def test_sqs_28_setting_an_attribute_leaves_the_others_alone(sqs: Any) -> None:
    dead = make(sqs, "dead")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "s3", "Effect": "Allow"}]})
    url = make(sqs, Policy=policy, RedrivePolicy=redrive_to(sqs, dead, 3), DelaySeconds="7")
    before = attributes_of(sqs, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99"})
    assert attributes_of(sqs, url) == {**before, "VisibilityTimeout": "99"}
    assert json.loads(before["Policy"]) == json.loads(policy)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in attributes_of(sqs, url)


def test_sqs_28_new_settings_reach_the_messages(sqs: Any) -> None:
    url = make(sqs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5", "MaximumMessageSize": "1024"})
    sqs.send_message(QueueUrl=url, MessageBody="a")
    assert counts(sqs, url) == ("0", "0", "1")
    assert "1024" in refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="a" * 1025))[1]


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("DelaySeconds", ["-1", "901", "x"], ["0", "900"]),
        ("MaximumMessageSize", ["1023", "1048577"], ["1024", "1048576"]),
        ("MessageRetentionPeriod", ["59", "1209601"], ["60", "1209600"]),
        ("ReceiveMessageWaitTimeSeconds", ["21"], ["0", "20"]),
        ("VisibilityTimeout", ["43201", ""], ["0", "43200"]),
        ("SqsManagedSseEnabled", ["maybe"], ["true", "false"]),
        ("Policy", ["{", "[]"], ["{}"]),
    ],
)
def test_sqs_29_an_attributes_value_is_in_its_range(sqs: Any, name: str, bad: list[str], good: list[str]) -> None:
    url = make(sqs, "there")
    for value in bad:
        assert refused(lambda v=value: sqs.set_queue_attributes(QueueUrl=url, Attributes={name: v})) == (
            "InvalidAttributeValue",
            f"Invalid value for the parameter {name}.",
        )
        assert refused(lambda v=value: make(sqs, "new", **{name: v}))[0] == "InvalidAttributeValue"
    for value in good:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})


def test_sqs_29_unknown_attribute_names_are_refused(sqs: Any) -> None:
    url = make(sqs)
    for name in ("VisibilityTimeOut", "QueueArn", "ApproximateNumberOfMessages"):
        attributes = {name: "1"}
        for call in (
            lambda a=attributes: sqs.set_queue_attributes(QueueUrl=url, Attributes=a),
            lambda a=attributes: make(sqs, "new", **a),
        ):
            assert refused(call) == ("InvalidAttributeName", f"Unknown Attribute {name}.")


def test_sqs_30_a_queue_that_does_not_exist(sqs: Any) -> None:
    assert refused(lambda: sqs.get_queue_url(QueueName="nope")) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )


def test_tags_and_listing_stay_upstreams(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="jobs", tags={"team": "a"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a", "stage": "test"}
    assert sqs.list_queues(QueueNamePrefix="jo")["QueueUrls"] == [url]
    attributes = attributes_of(sqs, url, "CreatedTimestamp", "LastModifiedTimestamp")
    assert attributes == {"CreatedTimestamp": "1894698000", "LastModifiedTimestamp": "1894698000"}


def test_the_query_protocol_works_too(sqs: Any) -> None:
    import re
    from urllib.parse import urlencode

    from botocore.awsrequest import AWSPreparedRequest
    from moto.core.models import botocore_stubber

    url = make(sqs)

    def ask(**parameters: str) -> str:
        headers = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=x/20300115/us-east-1/sqs/aws4_request",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({"Version": "2012-11-05", **parameters}).encode()
        answer = botocore_stubber.process_request(AWSPreparedRequest("POST", url, headers, body, False))
        assert answer is not None
        said = answer[2]
        return said.decode() if isinstance(said, bytes) else said

    sent = ask(Action="SendMessage", MessageBody="<a> & b")
    message_id = re.search("<MessageId>(.*?)</MessageId>", sent)
    assert message_id
    got = ask(Action="ReceiveMessage", **{"AttributeName.1": "All"})
    assert message_id[1] in got
    assert "&lt;a&gt; &amp; b" in got
    assert "<Name>ApproximateReceiveCount</Name><Value>1</Value>" in got.replace("\n", "")
    assert "<Code>MissingParameter</Code>" in ask(Action="SendMessage", MessageBody="")
