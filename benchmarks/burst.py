"""What a burst through csv_report costs, beside what its handlers' own AWS calls cost on bare moto.

    python benchmarks/burst.py [--uploads 1000 --uploads 4000] [--rounds 1]

For each number of uploads: real seconds, virtual seconds, peak memory, and the *floor*: the very calls that the
handlers made, one after the other against bare moto. The calls are written down in a burst of its own, so that writing
costs the measured one nothing. Each figure is taken in a process of its own, burst and floor in turn, so that a machine
that is slow for a while is slow for both. The last line is the ratio of burst to floor at the first number of uploads.
How to read the figures: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from measuring import PIPELINE, TREE, in_a_process, peak_mb

FIXTURE = TREE / "fixtures" / "csv_report" / "good.csv"
REGION = "us-east-1"
CALLS_A_STRETCH = 100

SCENARIO = """
pipeline: {pipeline}
name: a burst of {uploads} uploads
when:
  - repeat:
      times: {uploads}
      steps:
        - upload: {{bucket: RawBucket, key: "uploads/{{n:05}}.csv", file: {fixture}}}
then:
  - accounted_for:
      uploads: {{bucket: RawBucket, prefix: uploads/}}
      exactly_one_of:
        - object: {{bucket: ProcessedBucket, key: "processed/**/{{stem}}_result.json"}}
        - object: {{bucket: ProcessedBucket, key: "failed/**/{{file}}"}}
        - queue: {{name: DeadLetterQueue, mentions: "{{key}}"}}
  - objects: {{bucket: ProcessedBucket, prefix: processed/, count: {uploads}}}
  - execution: {{state_machine: ProcessCsvWorkflow, count: {uploads}, status: SUCCEEDED}}
  - inbox: {{topic: NotificationTopic, count: {uploads}}}
  - function: {{name: TransformData, invocations: {uploads}, errors: 0}}
  - queue: {{name: MainQueue, messages: 0, in_flight: 0}}
  - queue: {{name: DeadLetterQueue, messages: 0}}
"""


class Call(NamedTuple):
    """One AWS call of a handler: what was asked, and the error code it was answered with, if any."""

    service: str
    operation: str
    parameters: dict[str, Any]
    error: str | None


# -- the burst --------------------------------------------------------------------------------------


def burst(uploads: int) -> dict[str, Any]:
    """Run a burst of this many uploads; returns its figures and how many AWS calls the handlers made."""
    from harness.run import run
    from harness.scenario.load import load_file

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "burst.yaml"
        where = {"pipeline": json.dumps(str(PIPELINE)), "fixture": json.dumps(str(FIXTURE))}
        file.write_text(SCENARIO.format(uploads=uploads, **where), encoding="utf-8")
        (scenario,) = load_file(file)
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        result = run(scenario)
    real_s, cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    if result.outcome != "passed":
        failed = [c.sentence + ": " + c.seen for c in result.checks if not c.held]
        raise SystemExit(f"the burst of {uploads} did not pass: {result.error or failed}")
    calls = sum(1 for e in result.events if e.station == "invoke" and e.what == "called")
    virtual_s = result.elapsed_us / 1e6
    return {"real_s": real_s, "cpu_s": cpu_s, "virtual_s": virtual_s, "peak_mb": peak_mb(), "calls": calls}


def record(uploads: int, into: Path) -> dict[str, Any]:
    """Run the burst once more and write down each call that a handler makes; returns how many of which."""
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    calls: list[Call] = []
    original = BaseClient._make_api_call

    def make_api_call(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        # Only a handler sees this variable: neither the scenario's own calls nor those of the engines do.
        if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
            return original(self, operation, parameters)
        asked = {name: _content(value) for name, value in parameters.items()}
        try:
            answer = original(self, operation, parameters)
        except ClientError as error:
            calls.append(Call(self.meta.service_model.service_name, operation, asked, error.response["Error"]["Code"]))
            raise
        calls.append(Call(self.meta.service_model.service_name, operation, asked, None))
        return answer

    BaseClient._make_api_call = make_api_call
    try:
        made = burst(uploads)["calls"]
    finally:
        BaseClient._make_api_call = original
    if made != len(calls):
        raise SystemExit(f"the handlers made {made} calls, of which {len(calls)} were written down")
    into.write_bytes(pickle.dumps([tuple(call) for call in calls]))
    return dict(Counter(f"{call.service}.{call.operation}" for call in calls))


class Stream(bytes):
    """What a handler gave to read from."""


def _content(value: Any) -> Any:
    if not hasattr(value, "read"):
        return value
    at = value.tell()
    content = Stream(value.read())
    value.seek(at)
    return content


# -- the floor --------------------------------------------------------------------------------------


def floor(calls_file: Path) -> dict[str, Any]:
    """Make the calls again, in their order, against bare moto; returns the seconds that took.

    Nothing of ours runs here. What the calls find (buckets, uploads, queues ...) is put there before the clock runs,
    and so are the clients made, as the handlers make them. Queues are emptied now and then, off the clock: no handler
    does it, but in the pipeline they are short, and with each message that waits moto takes longer over the next.
    """
    import boto3
    from moto import mock_aws

    calls = [Call(*call) for call in pickle.loads(calls_file.read_bytes())]
    os.environ |= {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "floor", "AWS_SECRET_ACCESS_KEY": "floor"}
    real_s = cpu_s = 0.0
    with mock_aws():
        clients = {name: boto3.client(name) for name in sorted({call.service for call in calls})}
        prepare(calls)
        ready = [(_method(clients[call.service], call.operation), _parameters(call), call.error) for call in calls]
        for start in range(0, len(ready), CALLS_A_STRETCH):
            begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
            for method, asked, error in ready[start : start + CALLS_A_STRETCH]:
                make(method, asked, error)
            real_s += time.perf_counter() - begun_s
            cpu_s += time.process_time() - begun_cpu_s
            for url in _all(calls, "QueueUrl"):
                empty(clients["sqs"], url)
    return {"real_s": real_s, "cpu_s": cpu_s}


def make(method: Callable[..., Any], asked: dict[str, Any], error: str | None) -> None:
    """Make one call; it must end as it did in the burst."""
    from botocore.exceptions import ClientError

    try:
        answer = method(**asked)
    except ClientError as raised:
        if raised.response["Error"]["Code"] != error:
            raise
        return
    if error is not None:
        raise SystemExit(f"{method.__name__} was answered with {error} in the burst, and well on bare moto")
    if "Body" in answer:
        answer["Body"].read()


def prepare(calls: list[Call]) -> None:
    """Create what the calls name, with nothing attached to it, and upload what they read and none of them writes."""
    import boto3

    s3, sqs, sns, sfn = (boto3.client(name) for name in ("s3", "sqs", "sns", "stepfunctions"))
    for bucket in _all(calls, "Bucket"):
        s3.create_bucket(Bucket=bucket)
    written = {(c.parameters["Bucket"], c.parameters["Key"]) for c in calls if c.operation == "PutObject"}
    read = {(c.parameters["Bucket"], c.parameters["Key"]) for c in calls if c.operation == "GetObject"}
    for bucket, key in sorted(read - written):
        s3.put_object(Bucket=bucket, Key=key, Body=FIXTURE.read_bytes())
    for url in _all(calls, "QueueUrl"):
        sqs.create_queue(QueueName=url.rpartition("/")[2])
    for arn in _all(calls, "TopicArn"):
        sns.create_topic(Name=arn.rpartition(":")[2])
    for arn in _all(calls, "stateMachineArn"):
        definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
        role = "arn:aws:iam::123456789012:role/floor"
        sfn.create_state_machine(name=arn.rpartition(":")[2], definition=definition, roleArn=role)


def empty(sqs: Any, url: str) -> None:
    """Take what lies in a queue out of it; moto allows one PurgeQueue a minute."""
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _all(calls: list[Call], parameter: str) -> list[str]:
    return sorted({call.parameters[parameter] for call in calls if parameter in call.parameters})


def _parameters(call: Call) -> dict[str, Any]:
    return {name: io.BytesIO(value) if isinstance(value, Stream) else value for name, value in call.parameters.items()}


def _method(client: Any, operation: str) -> Callable[..., Any]:
    names = {api: python for python, api in client.meta.method_to_api_mapping.items()}
    method: Callable[..., Any] = getattr(client, names[operation])
    return method


# -- the table --------------------------------------------------------------------------------------


def measure(uploads: int, rounds: int) -> dict[str, float]:
    """Take every figure ``rounds`` times and return the medians; the ratio is that of each round's own two."""
    with tempfile.TemporaryDirectory() as folder:
        calls_file = str(Path(folder) / "calls.pickle")
        calls = in_a_process(__file__, "--only-record", str(uploads), calls_file)
        print(f"{uploads} uploads: " + ", ".join(f"{count} {call}" for call, count in sorted(calls.items())))
        taken = []
        for _ in range(rounds):
            one, under = (
                in_a_process(__file__, "--only-burst", str(uploads)),
                in_a_process(__file__, "--only-floor", calls_file),
            )
            one |= {"floor_s": under["real_s"], "ratio": one["real_s"] / under["real_s"]}
            one |= {"floor_cpu_s": under["cpu_s"], "cpu_ratio": one["cpu_s"] / under["cpu_s"]}
            taken.append(one)
    return {name: median(one[name] or 0 for one in taken) for name in taken[0]}


COLUMNS = (
    ("real s", "real_s"),
    ("virtual s", "virtual_s"),
    ("peak MB", "peak_mb"),
    ("floor s", "floor_s"),
    ("ratio", "ratio"),
    ("cpu s", "cpu_s"),
    ("floor cpu s", "floor_cpu_s"),
    ("cpu ratio", "cpu_ratio"),
)


def main() -> None:
    """Print the table and, last, the floor ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, action="append", help="how many uploads; may be given more than once")
    parser.add_argument("--rounds", type=int, default=1, help="how often to take each figure; medians are shown")
    parser.add_argument("--only-burst", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--only-record", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--only-floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_burst:
        print(json.dumps(burst(options.only_burst)))
    elif options.only_record:
        print(json.dumps(record(int(options.only_record[0]), Path(options.only_record[1]))))
    elif options.only_floor:
        print(json.dumps(floor(options.only_floor)))
    else:
        table(options.uploads or [1000, 4000], options.rounds)


def table(sizes: list[int], rounds: int) -> None:
    """Measure each size and print its row; then the ratio of the first."""
    rows = []
    for uploads in sizes:
        row = measure(uploads, rounds)
        rows.append(row)
        print("  ".join(f"{title} {row[name]:.2f}" for title, name in COLUMNS), flush=True)
    if len(rows) > 1:
        growth = (rows[-1]["cpu_s"] / sizes[-1]) / (rows[0]["cpu_s"] / sizes[0])
        print(f"cpu time for each upload, {sizes[-1]} uploads beside {sizes[0]}: x{growth:.2f}")
    print(f"floor ratio: {rows[0]['ratio']:.2f}")


if __name__ == "__main__":
    main()
