"""What a burst of uploads by many clients costs `harness up`, with csv_report's functions as processes.

    python benchmarks/uploads.py [--uploads 1000] [--clients 16] [--processes N]

This process is the clients: so many threads with boto3, beside one that asks for the server's health all the while. It
prints how long the uploads took and everything they set off, the most memory of the server and of its processes, how
many of those there were at once, and the slowest answer to a question of health. The last line says how many of the
uploads ended in exactly one place: a report, the failed files, or the dead-letter queue.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psutil

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = ROOT / "lambdas" / "csv_report"
FIXTURE = ROOT / "fixtures" / "csv_report" / "good.csv"
LOOK_S = 0.25
MB = 1 << 20
# How long nothing may come to its end before the rest counts as lost.
PATIENCE_S = 120


class Watch:
    """Looks at a server from outside, in a thread: its health, and the memory of it and of its processes."""

    def __init__(self, pid: int, port: int) -> None:
        self.slowest_s = 0.0
        self.refused = self.asked = 0
        self.server_mb = self.processes_mb = 0.0
        self.most_processes = 0
        self.weights: list[tuple[float, float]] = []
        self._server = psutil.Process(pid)
        self._port = port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def over_time(self, looks: int = 10) -> list[str]:
        """What the server and its processes weighed, at so many moments evenly spread."""
        chosen = self.weights[:: max(1, len(self.weights) // looks)]
        return [f"{server:.0f} + {processes:.0f}" for server, processes in chosen]

    def _look_on(self) -> None:
        while not self._over.wait(LOOK_S):
            self._ask()
            self._weigh()

    def _ask(self) -> None:
        began_s = time.perf_counter()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            connection.request("GET", "/_harness/health")
            answer = connection.getresponse()
            answer.read()
            self.refused += answer.status != 200
            connection.close()
        except OSError:
            self.refused += 1
        self.asked += 1
        self.slowest_s = max(self.slowest_s, time.perf_counter() - began_s)

    def _weigh(self) -> None:
        server_mb = self._server.memory_info().rss / MB
        self.server_mb = max(self.server_mb, server_mb)
        together, functions = 0, 0
        for process in self._server.children(recursive=True):
            try:
                together += process.memory_info().rss
                functions += "supervisor.py" not in " ".join(process.cmdline())
            except psutil.Error:
                continue
        self.weights.append((server_mb, together / MB))
        self.processes_mb = max(self.processes_mb, together / MB)
        self.most_processes = max(self.most_processes, functions)


class Account:
    """What the uploads have become, seen with boto3."""

    def __init__(self, url: str, outputs: dict[str, str]) -> None:
        self.url = url
        self.outputs = outputs
        self.s3, self.sqs = self.client("s3"), self.client("sqs")

    def client(self, service: str) -> Any:
        """A client as anybody has it, with boto3's own retries."""
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="t"
        )

    def ends(self) -> Iterator[str]:
        """The number of each upload, as often as it has come to an end."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.outputs["ProcessedBucketName"])
        for page in pages:
            for entry in page.get("Contents", []):
                found = re.match(r"(?:processed|failed)/.*/(\d+)(?:_result\.json|\.csv)$", entry["Key"])
                if found:
                    yield found[1]

    def dead(self) -> Iterator[str]:
        """The same for the dead-letter queue, which is empty then."""
        queue = self.outputs["DeadLetterQueueUrl"]
        while messages := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield from re.findall(r"uploads/(\d+)\.csv", message["Body"])[:1]


@contextmanager
def served_by(arguments: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """A `harness up` with these arguments: its process id, its address, and what it says."""
    command = [sys.executable, "-m", "harness", "up", "--port", "0", "--quiet", *arguments]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=ROOT)
    assert server.stdout is not None
    said: list[str] = []
    url = ""
    for line in server.stdout:
        said.append(line.rstrip())
        ready = re.match(r"Ready on (http://\S+)", line)
        if ready:
            url = ready[1].replace("localhost", "127.0.0.1")
            break
    # Whoever writes into a full pipe waits.
    reader = threading.Thread(target=lambda lines: said.extend(map(str.rstrip, lines)), args=(server.stdout,))
    reader.start()
    try:
        yield server.pid, url, said
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        reader.join()


@contextmanager
def served(processes: int | None) -> Iterator[tuple[int, Account]]:
    """A `harness up` with the pipeline: its process id and its account."""
    with served_by([str(PIPELINE), *(["--processes", str(processes)] if processes else [])]) as (pid, url, said):
        outputs = (re.match(r" *Output (\w+) = (\S+)", line) for line in said)
        yield pid, Account(url, {output[1]: output[2] for output in outputs if output})


def burst(account: Account, uploads: int, clients: int) -> None:
    """Upload so many files from so many threads."""
    body, local = FIXTURE.read_bytes(), threading.local()

    def upload(number: int) -> None:
        if not hasattr(local, "s3"):
            with making:
                local.s3 = account.client("s3")
        local.s3.put_object(Bucket=account.outputs["RawBucketName"], Key=f"uploads/{number:05}.csv", Body=body)

    making = threading.Lock()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(upload, range(uploads)))


def wait_for(account: Account, uploads: int) -> Counter[str]:
    """How often each upload has come to an end, once all have or nothing has for long."""
    ends: Counter[str] = Counter()
    since_s = time.perf_counter()
    while len(ends) < uploads and time.perf_counter() - since_s < PATIENCE_S:
        time.sleep(1)
        found = Counter(account.ends())
        if found != ends:
            ends, since_s = found, time.perf_counter()
    return ends + Counter(account.dead())


def main() -> None:
    """Print the figures and, last, how many uploads are accounted for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--processes", type=int, help="how many processes of functions at once")
    options = parser.parse_args()
    with served(options.processes) as (pid, account), Watch(pid, int(account.url.rpartition(":")[2])) as watch:
        began_s = time.perf_counter()
        burst(account, options.uploads, options.clients)
        uploaded_s = time.perf_counter() - began_s
        ends = wait_for(account, options.uploads)
        over_s = time.perf_counter() - began_s
    once = sum(count == 1 for count in ends.values())
    print(f"uploads taken in after {uploaded_s:.1f} s, all that followed over after {over_s:.1f} s")
    print(f"server {watch.server_mb:.0f} MB, its {watch.most_processes} processes {watch.processes_mb:.0f} MB together")
    print(f"health: slowest of {watch.asked} answers {watch.slowest_s * 1000:.0f} ms, {watch.refused} refused")
    print(json.dumps({number: count for number, count in ends.items() if count != 1}))
    print(f"accounted for: {once} of {options.uploads}")


if __name__ == "__main__":
    main()
