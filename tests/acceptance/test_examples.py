"""The applications in ``lambdas/examples`` do what their scenarios say, and the scenarios notice when they don't.

That they pass is seen by collecting ``scenarios/``; here each is broken once, in a copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.run import run
from harness.scenario.load import collect
from harness.scenario.model import Scenario
from tests.acceptance.mutations.breaking import ROOT, code
from tests.acceptance.test_mutations import complaints

SCENARIOS: dict[str, Scenario] = {s.name: s for s in collect([ROOT / "scenarios" / "examples"])}

BROKEN: dict[str, tuple[str, str, str, str]] = {
    "a key with a space arrives encoded and the object is found all the same": (
        "src/inspector.py",
        "unquote_plus(record",
        "str(record",
        "Inspector has 1 invocation and 0 errors",
    ),
    "a photo is written at half its size": ("src/resizer.py", "photo.width // 2", "photo.width // 4", "size_is"),
    "a picture of another kind wakes nobody": (
        "template.yaml",
        "Value: .jpeg",
        "Value: g",
        "Resizer has 0 invocations",
    ),
    "ten messages are processed and nothing is left": (
        "src/worker.py",
        "return answer",
        'return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}',
        "the log of Worker has 10 lines",
    ),
    "one message that cannot be read is set aside and the others are done once": (
        "template.yaml",
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "FunctionResponseTypes: []",
        "FailedJobs holds 1 message",
    ),
    "one queue gets every metric and two get only theirs": (
        "template.yaml",
        "FilterPolicy: {MetricType: [Humidity]}",
        "FilterPolicy: {MetricType: [Humidity, WindSpeed]}",
        "Humidities holds 1 message",
    ),
    "what the producer publishes reaches the consumer inside an envelope of SNS": (
        "template.yaml",
        "Endpoint: !GetAtt Inbound.Arn",
        "Endpoint: !GetAtt Inbound.Arn\n      RawMessageDelivery: true",
        "Consumer has 1 invocation and 0 errors",
    ),
    "an amount is paid out in the largest notes there are": (
        "dispenser.asl.yaml",
        'Resource: "${Twenties}"',
        'Resource: "${Tens}"',
        "Dispenser",
    ),
    "an order that was made gets its invoice": (
        "order_service/app.py",
        '"Source": "shop.orders"',
        '"Source": "shop"',
        "InvoiceService has 1 invocation",
    ),
    "an order that was cancelled gets none": (
        "template.yaml",
        "              detail: {state: [created]}\n",
        "",
        "InvoiceService has 0 invocations",
    ),
    "the jobs of a topic are done and the one that is none is set aside": (
        "asset.09c806391115b69de064857bf3143a00293bd274030953cbce50cb2182129d03/index.py",
        'failures.append({"itemIdentifier": record["messageId"]})',
        "pass",
        "Failed holds 1 message",
    ),
    "the lines of an uploaded file come to the total that the stack began with": (
        "assembly-Prod/ProdUploadsAA3A851E.template.json",
        '\\"N\\":\\"100\\"',
        '\\"N\\":\\"0\\"',
        "Totals",
    ),
    "the jobs of a plan are done and the one that is none is set aside": (
        "worker/index.py",
        'failures.append({"itemIdentifier": record["messageId"]})',
        "pass",
        "Failed holds 1 message",
    ),
    "a new item reaches the function as one change": (
        "src/observer.py",
        'record["eventName"]',
        '"CHANGED"',
        "INSERT 1",
    ),
    "stock at fifty is still bought": (
        "trader.asl.yaml",
        "NumericLessThanEquals: 50",
        "NumericLessThan: 50",
        "path",
    ),
    "stock above fifty is sold": ("src/trade.py", 'transaction("sell"', 'transaction("buy"', "Transactions"),
    "at any price there is one transaction and nobody waits for the schedule": (
        "template.yaml",
        "Enabled: false",
        "Enabled: true",
        "Trader has 1 execution",
    ),
    "an item that was posted can be got and is in the list": (
        "src/handlers/items.py",
        '"name": {"S": item["name"]}',
        '"name": {"S": item["id"]}',
        "Items",
    ),
    "an item that nobody posted is not found": (
        "src/handlers/items.py",
        "answer(404, {",
        "answer(200, {",
        "404",
    ),
    "in three minutes there are three heartbeats": (
        "template.yaml",
        "rate(1 minute)",
        "rate(2 minutes)",
        "Heartbeat has 3 invocations",
    ),
}


ALSO: list[tuple[str, str, str, str, str]] = [
    (
        "a key with a space arrives encoded and the object is found all the same",
        "src/inspector.py",
        'print("CONTENT TYPE:", found["ContentType"])',
        'print("CONTENT TYPE:", "binary/octet-stream")',
        "CONTENT TYPE: text/plain",
    ),
    ("a photo is written at half its size", "src/resizer.py", 'f"resized-{key}"', 'f"small-{key}"', "resized-p.jpeg"),
    (
        "ten messages are processed and nothing is left",
        "src/worker.py",
        '"Processed message:"',
        '"Done:"',
        "Processed message:",
    ),
    (
        "ten messages are processed and nothing is left",
        "src/worker.py",
        "return answer",
        "raise SystemExit(1)",
        "Jobs holds 0 messages",
    ),
    (
        "ten messages are processed and nothing is left",
        "src/worker.py",
        "failures = []",
        'failures = [{"itemIdentifier": "nobody"}]',
        "batchItemFailures",
    ),
    (
        "one queue gets every metric and two get only theirs",
        "template.yaml",
        "RawMessageDelivery: true\n      FilterPolicy: {MetricType: [Temperature]}",
        "RawMessageDelivery: false\n      FilterPolicy: {MetricType: [Temperature]}",
        "Temperatures holds 1 message",
    ),
    (
        "what the producer publishes reaches the consumer inside an envelope of SNS",
        "producer/app.py",
        "This message was sent: ",
        "This message is: ",
        "This message was sent",
    ),
    (
        "an amount is paid out in the largest notes there are",
        "src/dispense.py",
        "str(notes)",
        "str(notes + 1)",
        "Dispenser",
    ),
    (
        "at any price there is one transaction and nobody waits for the schedule",
        "src/trade.py",
        '"type": kind',
        '"type": "hold"',
        "kind_fits_the_price",
    ),
    (
        "at any price there is one transaction and nobody waits for the schedule",
        "template.yaml",
        "Enabled: false",
        "Enabled: true",
        "schedule_is_off",
    ),
    (
        "a new item reaches the function as one change",
        "src/observer.py",
        "Successfully processed",
        "Processed",
        "Successfully processed 1 records.",
    ),
    ("an order that was made gets its invoice", "order_service/app.py", '"123"', '"124"', "Invoice for order 123"),
    (
        "an item that was posted can be got and is in the list",
        "src/handlers/items.py",
        'dynamodb.scan(TableName=TABLE)["Items"]',
        "[]",
        "list",
    ),
    (
        "an item that was posted can be got and is in the list",
        "src/handlers/items.py",
        'answer(200, found["Item"])',
        "answer(200, {})",
        "get",
    ),
    ("in three minutes there are three heartbeats", "src/heartbeat.py", "Hello World", "Hello", "Hello World"),
]


def test_every_example_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(SCENARIOS)


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "fails"), [*((name, *how) for name, how in BROKEN.items()), *ALSO]
)
def test_an_example_fails_when_it_is_broken(
    name: str, file: str, old: str, new: str, fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = SCENARIOS[name]
    copied = tmp_path / "lambdas" / scenario.pipeline.name
    shutil.copytree(scenario.pipeline, copied, ignore=shutil.ignore_patterns("__pycache__"))
    code(file, old, new)(copied, monkeypatch)
    result = run(scenario.model_copy(update={"pipeline": copied}))
    assert result.outcome == "failed", f"the scenario {result.outcome}: {result.error}"
    assert any(fails in sentence for sentence in complaints(result)), complaints(result)
