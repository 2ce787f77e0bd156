"""Many clients that use all services of `harness up` at once, and whether anything was lost.

    python benchmarks/soak.py [--clients 50] [--seconds 60 | --operations N] [--seed 1] [--state DIR] [--processes N]

This process is the clients: so many threads with boto3, each of which draws its operations from the seed, beside one
that asks for the server's health all the while. It prints how often each operation was made, the errors by their kind,
the slowest answer to a question of health, and the memory of the server and its processes over time. Then it waits
until everything that was set off has ended, and compares what was accepted with what is there. The last line says how
many of the things accepted were found exactly where they must be: still there, received once and deleted, in a
dead-letter queue, or in what a consumer has written; a FIFO queue's in their order.

A client goes on until the time is up, or has made `--operations`.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from soak_account import Account
from uploads import Watch, served_by

# How long nothing may come to its end before the rest counts as lost.
PATIENCE_S = 60


class Ledger:
    """What was accepted, by kind; ``order`` is what each group of the FIFO queue was sent, in order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.accepted: dict[str, set[str]] = defaultdict(set)
        self.received: Counter[str] = Counter()
        self.order: dict[str, list[str]] = defaultdict(list)

    def accept(self, kind: str, *names: str) -> None:
        """The server has said that it has these."""
        with self.lock:
            self.accepted[kind].update(names)

    def drop(self, kind: str, name: str) -> None:
        """The server has said that it has thrown this away."""
        with self.lock:
            self.accepted[kind].discard(name)


class Client:
    """One client: a thread with a seed, and names that are its own."""

    def __init__(self, number: int, seed: int, account: Account, ledger: Ledger) -> None:
        self.name = f"c{number}"
        self.random = random.Random(f"{seed}/{number}")
        self.account, self.ledger = account, ledger
        self.count = 0
        self.objects: list[str] = []
        names = [name for name in dir(self) if name.startswith("_do_")]
        self.operations: list[Callable[[str], None]] = [getattr(self, name) for name in names]

    def go_on(self) -> None:
        """Make one operation."""
        self.count += 1
        operation = self.random.choice(self.operations)
        kind = operation.__name__.removeprefix("_do_")
        try:
            operation(f"{self.name}-{self.count}")
        except ClientError as error:
            said = error.response
            self.note_error(f"{said['ResponseMetadata'].get('HTTPStatusCode')} {said['Error']['Code']} of {kind}")
        except Exception as error:
            self.note_error(f"{type(error).__name__} of {kind}")
        with self.ledger.lock:
            self.ledger.made[kind] += 1

    def note_error(self, text: str) -> None:
        """Count an error under its text."""
        with self.ledger.lock:
            self.ledger.errors[text] += 1

    # -- S3 -----------------------------------------------------------------------------------------

    def _stored(self, key: str) -> None:
        self.objects.append(key)
        self.ledger.accept("object", key)
        self.ledger.accept("object's event", key)

    def _do_put(self, name: str) -> None:
        body = self.random.randbytes(self.random.choice((0, 10, 1000, 100_000)))
        self.account.s3.put_object(Bucket="files", Key=name, Body=body)
        self._stored(name)

    def _do_get(self, name: str) -> None:
        if self.objects:
            self.account.s3.get_object(Bucket="files", Key=self.random.choice(self.objects))["Body"].read()

    def _do_list(self, name: str) -> None:
        listed = self.account.s3.list_objects_v2(Bucket="files", Prefix=f"{self.name}-")
        found = {entry["Key"] for entry in listed.get("Contents", [])}
        if not listed["IsTruncated"] and found != set(self.objects):
            self.note_error(f"a list that is wrong: {found ^ set(self.objects)}")

    def _do_delete(self, name: str) -> None:
        if self.objects:
            key = self.objects.pop(self.random.randrange(len(self.objects)))
            self.account.s3.delete_object(Bucket="files", Key=key)
            self.ledger.drop("object", key)

    def _do_copy(self, name: str) -> None:
        if self.objects:
            source = {"Bucket": "files", "Key": self.random.choice(self.objects)}
            self.account.s3.copy_object(Bucket="files", Key=name, CopySource=source)
            self._stored(name)

    def _do_multipart(self, name: str) -> None:
        s3, where = self.account.s3, {"Bucket": "files", "Key": name}
        upload = s3.create_multipart_upload(**where)["UploadId"]
        tag = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"p" * 5000)["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
        s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
        self._stored(name)

    # -- queues and topics --------------------------------------------------------------------------

    def _do_send(self, name: str) -> None:
        delay = self.random.choice((0, 0, 0, 2))
        self.account.sqs.send_message(QueueUrl=self.account.urls["plain"], MessageBody=name, DelaySeconds=delay)
        self.ledger.accept("message", name)

    def _do_send_batch(self, name: str) -> None:
        entries = [{"Id": str(n), "MessageBody": f"{name}.{n}"} for n in range(self.random.randint(1, 10))]
        answer = self.account.sqs.send_message_batch(QueueUrl=self.account.urls["plain"], Entries=entries)
        self.ledger.accept("message", *(f"{name}.{entry['Id']}" for entry in answer["Successful"]))

    def _do_receive(self, name: str) -> None:
        sqs, url = self.account.sqs, self.account.urls["plain"]
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=self.random.choice((0, 1)))
        for message in got.get("Messages", []):
            if self.random.random() < 0.3:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
                continue
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            with self.ledger.lock:
                self.ledger.received[message["Body"]] += 1

    def _do_send_fifo(self, name: str) -> None:
        self.account.sqs.send_message(
            QueueUrl=self.account.urls["ordered.fifo"], MessageBody=name, MessageGroupId=self.name
        )
        self.ledger.accept("message in order", name)
        self.ledger.order[self.name].append(name)

    def _do_send_bad(self, name: str) -> None:
        self.account.sqs.send_message(QueueUrl=self.account.urls["failing"], MessageBody=name)
        self.ledger.accept("message that fails", name)

    def _do_receive_bad(self, name: str) -> None:
        self.account.sqs.receive_message(QueueUrl=self.account.urls["failing"], MaxNumberOfMessages=10)

    def _do_publish(self, name: str) -> None:
        self.account.sns.publish(TopicArn=self.account.topic, Message=name)
        self.ledger.accept("news in fan-a", name)
        self.ledger.accept("news in fan-b", name)

    def _do_put_event(self, name: str) -> None:
        entry = {"Source": "soak", "DetailType": "t", "Detail": json.dumps({"name": name})}
        if self.account.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0:
            self.ledger.accept("event", name)

    # -- tables and streams -------------------------------------------------------------------------

    def _do_put_item(self, name: str) -> None:
        self.account.client("dynamodb").put_item(TableName="items", Item={"id": {"S": name}})
        self.ledger.accept("item", name)
        self.ledger.accept("item's record", name)

    def _do_query(self, name: str) -> None:
        self.account.client("dynamodb").get_item(TableName="items", Key={"id": {"S": name}})

    def _do_put_record(self, name: str) -> None:
        self.account.client("kinesis").put_record(StreamName="flow", Data=name.encode(), PartitionKey=self.name)
        self.ledger.accept("stream's record", name)

    # -- functions and workflows --------------------------------------------------------------------

    def _do_invoke(self, name: str) -> None:
        answer = self.account.client("lambda").invoke(FunctionName="worker", Payload=json.dumps({"echo": name}))
        self._is_echo(answer["Payload"].read(), name)

    def _do_invoke_later(self, name: str) -> None:
        payload = json.dumps({"later": name})
        self.account.client("lambda").invoke(FunctionName="worker", InvocationType="Event", Payload=payload)
        self.ledger.accept("event of a function", name)

    def _do_url(self, name: str) -> None:
        with urllib.request.urlopen(f"{self.account.function_url}?echo={name}", timeout=120) as answer:
            self._is_echo(answer.read(), name)

    def _do_api(self, name: str) -> None:
        with urllib.request.urlopen(f"{self.account.api}/x?echo={name}", timeout=120) as answer:
            self._is_echo(answer.read(), name)

    def _is_echo(self, body: bytes, name: str) -> None:
        if json.loads(body) != name:
            self.note_error(f"a wrong echo: {body[:200]!r}")

    def _do_execution(self, name: str) -> None:
        self.account.client("stepfunctions").start_execution(
            stateMachineArn=self.account.machine, name=name, input=json.dumps({"name": name})
        )
        self.ledger.accept("execution", name)
        self.ledger.accept("message of an execution", name)

    # -- the rest -----------------------------------------------------------------------------------

    def _do_log(self, name: str) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": name}
        self.account.client("logs").put_log_events(logGroupName="/soak", logStreamName="all", logEvents=[event])
        self.ledger.accept("line", name)

    def _do_metric(self, name: str) -> None:
        datum = {"MetricName": "m", "Dimensions": [{"Name": "name", "Value": name}], "Value": 1}
        self.account.client("cloudwatch").put_metric_data(Namespace="Soak", MetricData=[datum])
        self.ledger.accept("metric", name)

    def _do_parameter(self, name: str) -> None:
        self.account.client("ssm").put_parameter(Name=f"/soak/{name}", Value=name, Type="String")
        self.ledger.accept("parameter", name)

    def _do_secret(self, name: str) -> None:
        self.account.client("secretsmanager").create_secret(Name=name, SecretString=name)
        self.ledger.accept("secret", name)


def compare(account: Account, ledger: Ledger) -> tuple[int, int, list[str]]:
    """How many things were found as they must be, of how many, and what is wrong."""
    deadline, last = time.perf_counter() + PATIENCE_S, None
    while True:
        found = account.found(ledger.received)
        missing = {kind: sorted(names - set(found[kind])) for kind, names in ledger.accepted.items()}
        left = sum(map(len, missing.values()))
        if left == 0 or time.perf_counter() > deadline:
            break
        if left != last:
            deadline, last = time.perf_counter() + PATIENCE_S, left
        time.sleep(1)
    wrong = [f"{len(names)} lost of kind {kind}: {names[:5]}" for kind, names in missing.items() if names]
    once = ("message", "message in order", "message that fails", "object", "item", "execution")
    for kind in once:
        twice = [name for name, count in found[kind].items() if count > 1]
        wrong += [f"{len(twice)} more than once of kind {kind}: {twice[:5]}"] if twice else []
        strange = sorted(set(found[kind]) - ledger.accepted[kind])
        wrong += [f"{len(strange)} that nobody sent of kind {kind}: {strange[:5]}"] if strange else []
    for group, names in ledger.order.items():
        if account.order[group] != names:
            wrong.append(f"group {group} came in another order")
    total = sum(map(len, ledger.accepted.values()))
    return total - left, total, wrong


def soak(account: Account, ledger: Ledger, options: argparse.Namespace) -> None:
    """Have the clients go on until they have had enough."""
    until_s = time.perf_counter() + options.seconds

    def one(number: int) -> None:
        client = Client(number, options.seed, account, ledger)
        while client.count < options.operations if options.operations else time.perf_counter() < until_s:
            client.go_on()

    with ThreadPoolExecutor(options.clients) as pool:
        list(pool.map(one, range(options.clients)))


def main() -> None:
    """Print the figures and, last, how many things were found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--operations", type=int, help="for each client, instead of a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", help="run the server with this folder")
    parser.add_argument("--processes", type=int, help="how many processes of functions at once")
    options = parser.parse_args()
    more = [f"--state={options.state}"] if options.state else []
    more += [f"--processes={options.processes}"] if options.processes else []
    ledger = Ledger()
    with served_by(more) as (pid, url, said), Watch(pid, int(url.rpartition(":")[2])) as watch:
        account = Account(url, options.clients)
        account.build()
        began_s = time.perf_counter()
        soak(account, ledger, options)
        soaked_s = time.perf_counter() - began_s
        right, total, wrong = compare(account, ledger)
        over_s = time.perf_counter() - began_s
    made = sum(ledger.made.values())
    print(f"{made} operations by {options.clients} clients in {soaked_s:.1f} s, all over after {over_s:.1f} s")
    print("  " + ", ".join(f"{kind} {count}" for kind, count in sorted(ledger.made.items())))
    print(f"errors: {sum(ledger.errors.values())}")
    for text, count in ledger.errors.most_common():
        print(f"  {count} × {text}")
    print(f"health: slowest of {watch.asked} answers {watch.slowest_s * 1000:.0f} ms, {watch.refused} refused")
    print("memory in MB (server + processes): " + ", ".join(watch.over_time()))
    for line in [*wrong, *(line for line in said if "A fault of the harness" in line)]:
        print(line)
    print(f"conserved: {right} of {total}")


if __name__ == "__main__":
    main()
