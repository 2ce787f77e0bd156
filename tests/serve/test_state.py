"""What stands is there again after a restart, even if the process was killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.kernel.clock import Clock
from harness.kernel.pace import RealPace
from harness.kernel.scheduler import Kernel
from harness.serve.journal import Record
from harness.serve.state import State

Start = Callable[..., Any]


def killed(served: Any) -> None:
    served.process.kill()
    served.process.wait()
    served.process.stdout.close()


def bodies(sqs: Any, url: str) -> list[str]:
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in got]


def test_what_stands_is_there_after_a_restart(start_server: Start, tmp_path: Path) -> None:
    first = start_server("--state", str(tmp_path))
    sqs, s3 = first.client("sqs"), first.client("s3")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    message = sqs.send_message(QueueUrl=queue, MessageBody="hello")["MessageId"]
    s3.create_bucket(Bucket="files")
    etag = s3.put_object(Bucket="files", Key="a/ü.txt", Body=b"\x00content")["ETag"]
    assert first.ask("POST", "/_harness/save")[0] == 200
    assert first.stop() == 0
    again = start_server("--state", str(tmp_path), "--port", first.url.rpartition(":")[2])
    sqs, s3 = again.client("sqs"), again.client("s3")
    received = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    assert (received["Body"], received["MessageId"]) == ("hello", message)
    got = s3.get_object(Bucket="files", Key="a/ü.txt")
    assert (got["Body"].read(), got["ETag"]) == (b"\x00content", etag)


def test_a_kill_loses_nothing_that_was_answered(start_server: Start, tmp_path: Path) -> None:
    first = start_server("--state", str(tmp_path))
    sqs = first.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    for n in range(20):
        sqs.send_message(QueueUrl=queue, MessageBody=str(n))
    deleted = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=5)["Messages"]
    for message in deleted:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    killed(first)
    again = start_server("--state", str(tmp_path))
    sqs = again.client("sqs")
    queue = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    left = bodies(sqs, queue) + bodies(sqs, queue)
    assert sorted(left + [m["Body"] for m in deleted], key=int) == [str(n) for n in range(20)]


def test_a_function_s_past_comes_again_without_running_it(start_server: Start, tmp_path: Path) -> None:
    app = str(Path(__file__).parent / "app")
    arguments = (app, "--state", str(tmp_path), "--speed", "1000")
    first = start_server(*arguments)
    aws_lambda = first.client("lambda")
    names = [f["FunctionName"] for f in aws_lambda.list_functions()["Functions"]]
    aws_lambda.invoke(FunctionName=names[0], Payload=b"{}")
    log = {"logGroupName": f"/aws/lambda/{names[0]}"}
    events = first.client("logs").filter_log_events(**log)["events"]
    killed(first)
    again = start_server(*arguments)
    assert [f["FunctionName"] for f in again.client("lambda").list_functions()["Functions"]] == names
    assert again.client("logs").filter_log_events(**log)["events"] == events
    assert any("Building again" in line for line in again.said)


def test_time_has_passed_meanwhile(start_server: Start, tmp_path: Path) -> None:
    first = start_server("--state", str(tmp_path))
    sqs = first.client("sqs")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    first.advance(899)
    killed(first)
    again = start_server("--state", str(tmp_path))
    sqs = again.client("sqs")
    queue = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    again.advance(1)
    assert bodies(sqs, queue) == ["later"]


def test_what_was_reset_does_not_come_again(start_server: Start, tmp_path: Path) -> None:
    first = start_server("--state", str(tmp_path))
    first.client("sqs").create_queue(QueueName="jobs")
    assert first.ask("POST", "/_harness/reset")[0] == 200
    first.client("sqs").create_queue(QueueName="after")
    killed(first)
    again = start_server("--state", str(tmp_path))
    assert [url.rpartition("/")[2] for url in again.client("sqs").list_queues()["QueueUrls"]] == ["after"]


def test_a_server_without_a_folder_says_that_it_saves_nothing(server: Any) -> None:
    status, _, body = server.ask("POST", "/_harness/save")
    assert (status, body) == (400, b"Nothing is saved: harness up was started without --state DIR.\n")


def test_two_servers_cannot_use_one_folder_nor_one_begin_otherwise(start_server: Start, tmp_path: Path) -> None:
    first = start_server("--state", str(tmp_path))
    with pytest.raises(ScenarioError, match="another harness is using this folder"), State(tmp_path):
        pass
    assert first.stop() == 0
    with State(tmp_path) as state, pytest.raises(ScenarioError, match="seed: it was 0, and now is 7"):
        state.begin(7, [], {})


def test_a_folder_of_somebody_else_s_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("Dear diary")
    with pytest.raises(ScenarioError, match="no journal"), State(tmp_path):
        pass
    assert (tmp_path / "journal").read_text() == "Dear diary"


def test_a_past_that_comes_out_otherwise_is_refused_and_kept(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        start = state.begin(0, [], {}).start
        saved = Record({"kind": "request", "at_us": Clock(start).start_us, "events": 7})
        state._journal.write(saved)
    kept = (tmp_path / "journal").read_bytes()
    with State(tmp_path) as state:
        kernel = Kernel(pace=RealPace(), start=state.begin(0, [], {}).start)

        def main() -> None:
            over = kernel.event()
            state.repeat(kernel, over.set)
            over.wait()
            state.write("moment", {})

        kernel.run(main)
        assert state.problem is not None
        assert "there were 7 events, and now there are 0" in str(state.problem)
    assert (tmp_path / "journal").read_bytes() == kept
