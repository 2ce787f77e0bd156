"""``harness up`` from outside: it begins, serves and ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def test_a_message_sent_by_one_client_ends_the_long_poll_of_another(server: Any) -> None:
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="long-poll")["QueueUrl"]
    received: list[Any] = []

    def poll() -> None:
        received.append(server.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20))

    waiting = threading.Thread(target=poll)
    waiting.start()
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    waiting.join()
    assert [m["Body"] for m in received[0]["Messages"]] == ["hello"]


def test_a_queue_s_url_is_where_the_client_found_the_server(server: Any) -> None:
    url = server.client("sqs").create_queue(QueueName="its-url")["QueueUrl"]
    assert url == f"{server.url}/123456789012/its-url"


def test_ctrl_c_ends_it_with_exit_code_0(start_server: Callable[..., Any]) -> None:
    served = start_server()
    served.client("sqs").create_queue(QueueName="q")
    assert served.stop() == 0
