"""Handlers written for AWS run unchanged: their layout, their imports, Powertools and X-Ray's SDK."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from typing import Any

import pytest

from harness.invoke.load import newer_runtime
from harness.invoke.result import InvocationResult
from tests.invoke.conftest import World


def put(world: World, function: str, path: str, source: str) -> None:
    file = world.folder / function / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source), encoding="utf-8")


def value(result: InvocationResult) -> Any:
    assert result.ok, result.payload
    return json.loads(result.payload)


# -- layout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "handler"),
    [
        ("src/orders/main.py", "src/orders/main.handler"),
        ("src/orders/main.py", "src.orders.main.handler"),
        ("my-handler.py", "my-handler.handler"),
        ("order-service/place-order.py", "order-service/place-order.handler"),
        ("order-service/place-order.py", "order-service.place-order.handler"),
        ("2fa.py", "2fa.handler"),
    ],
)
def test_a_handler_is_found_by_its_path_whatever_its_modules_are_called(path: str, handler: str, world: World) -> None:
    put(world, "F", path, "def handler(event, context): return __name__")
    world.function("F", "", handler=handler)
    assert value(world.call("F")) == handler.rpartition(".")[0].replace("/", ".")


def test_the_harness_may_be_started_in_the_functions_own_folder(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Python has the current folder on its path then, and finds the function's packages too.
    put(world, "F", "src/handlers/order.py", "def handler(event, context): return __name__")
    world.function("F", "", handler="src/handlers/order.handler")
    monkeypatch.syspath_prepend(str(world.folder / "F"))
    assert value(world.call("F")) == "src.handlers.order"


def test_a_function_may_import_its_sibling_packages_and_modules(world: World) -> None:
    put(world, "F", "shared/__init__.py", "")
    put(world, "F", "shared/money.py", "CURRENCY = 'EUR'")
    put(world, "F", "plain/rates.py", "RATE = 2")
    put(world, "F", "handlers/__init__.py", "")
    put(world, "F", "handlers/helper.py", "from shared import money\nNAME = 'helper'")
    source = """
        from plain.rates import RATE
        from shared.money import CURRENCY
        from . import helper
        def handler(event, context): return [CURRENCY, RATE, helper.NAME, helper.money.CURRENCY]
    """
    put(world, "F", "handlers/order.py", source)
    world.function("F", "", handler="handlers/order.handler")
    assert value(world.call("F")) == ["EUR", 2, "helper", "EUR"]


def test_two_functions_may_have_modules_and_packages_of_the_same_name(world: World) -> None:
    for name in ("One", "Two"):
        put(world, name, "common/__init__.py", f"NAME = {name!r}")
        world.function(
            name,
            """
            import time
            from common import NAME
            import common
            def handler(event, context):
                time.sleep(1)
                import common as late
                return [NAME, common.NAME, late.NAME]
            """,
        )
    answers = world.run(lambda: world.together("One", "Two", "One"))
    assert [value(a) for a in answers] == [["One"] * 3, ["Two"] * 3, ["One"] * 3]


def test_clients_and_variables_may_be_read_while_the_module_is_loaded(world: World) -> None:
    source = """
        import os
        import boto3
        TABLE = os.environ["TABLE"]
        REGION = os.getenv("AWS_REGION")
        s3 = boto3.resource("s3")
        bucket = s3.create_bucket(Bucket="made-while-loading")
        def handler(event, context): return [TABLE, REGION, os.environ.get("OTHER"), bucket.name]
    """
    world.function("F", source, environment={"TABLE": "orders"})
    assert value(world.call("F")) == ["orders", "us-east-1", None, "made-while-loading"]


NEWER = "The runtime is python3.99, and this is Python 3"


@pytest.mark.parametrize(("runtime", "said"), [("python3.99", NEWER), ("python3.9", ""), ("python3.11", "")])
def test_a_runtime_newer_than_this_python_runs_and_is_told(runtime: str, said: str, world: World) -> None:
    spec = world.function("F", "def handler(event, context): return 'ran'")
    world.functions.register(replace(spec, runtime=runtime))
    assert value(world.call("F")) == "ran"
    assert newer_runtime(runtime).startswith(said) and bool(newer_runtime(runtime)) == bool(said)


@pytest.mark.parametrize("line", ["<new syntax>", "from typing import SomethingNew"])
def test_code_that_this_python_cannot_load_is_told_to_be_newer(line: str, world: World) -> None:
    spec = world.function("F", f"{line}\ndef handler(event, context): ...")
    world.functions.register(replace(spec, runtime="python3.99"))
    assert not world.call("F").ok
    assert NEWER in str(world.invoker.start_problems["F"])


def test_layers_come_behind_the_folder_and_are_each_environments_own(world: World) -> None:
    for layer in ("first", "second"):
        put(world, layer, "python/shared.py", f"NAME = {layer!r}\ncalls = []")
    put(world, "F", "own.py", "NAME = 'own'")
    put(world, "first", "python/own.py", "NAME = 'the layer'")
    source = """
        import time
        import own, shared
        def handler(event, context):
            shared.calls.append(1)
            time.sleep(1)
            return [own.NAME, shared.NAME, len(shared.calls), shared.__file__]
    """
    spec = world.function("F", source)
    first, second = (world.folder / layer / "python" for layer in ("first", "second"))
    world.functions.register(replace(spec, layers=(second, first)))
    wanted = ["own", "second", 1, str(second / "shared.py")]
    assert [value(a) for a in world.run(lambda: world.together("F", "F"))] == [wanted, wanted]


# -- Powertools -------------------------------------------------------------------------------------

pytest.importorskip("aws_lambda_powertools")
SERVICE = {"POWERTOOLS_SERVICE_NAME": "shop", "POWERTOOLS_METRICS_NAMESPACE": "Shop", "POWERTOOLS_LOG_LEVEL": "INFO"}


def records(world: World, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.lines(name) if line.startswith("{")]


def test_powertools_logger_writes_its_json_with_the_context(world: World) -> None:
    source = """
        from aws_lambda_powertools import Logger
        logger = Logger()
        @logger.inject_lambda_context
        def handler(event, context):
            logger.append_keys(order=7)
            logger.info("taken")
            try:
                1 / 0
            except ZeroDivisionError:
                logger.exception("odd")
    """
    world.function("F", source, environment=SERVICE)
    world.call("F")
    taken, odd = records(world, "F")
    assert {k: taken[k] for k in ("level", "message", "service", "order", "cold_start", "function_name")} == {
        "level": "INFO", "message": "taken", "service": "shop", "order": 7, "cold_start": True, "function_name": "F",
    }  # fmt: skip
    assert taken["timestamp"] == "2030-01-15 09:00:00,000+0000"
    assert (odd["level"], odd["exception_name"]) == ("ERROR", "ZeroDivisionError")


METRICS = """
from aws_lambda_powertools import Metrics
import time
metrics = Metrics()
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    metrics.add_metric(name=context.function_name, unit="Count", value=1)
    time.sleep(1)
    metrics.add_metric(name="Late", unit="Count", value=1)
"""


def test_powertools_metrics_of_functions_that_run_side_by_side_do_not_mix(world: World) -> None:
    for name in ("One", "Two"):
        world.function(name, METRICS, environment=SERVICE)
    world.run(lambda: (world.together("One", "Two"), world.invoke("One")))
    written = {
        name: [[m["Name"] for m in r["_aws"]["CloudWatchMetrics"][0]["Metrics"]] for r in records(world, name)]
        for name in ("One", "Two")
    }
    # Each has its own cold start, and the warm call has none.
    assert written == {
        "One": [["ColdStart"], ["One", "Late"], ["One", "Late"]],
        "Two": [["ColdStart"], ["Two", "Late"]],
    }


def test_powertools_tracer_and_xrays_sdk_change_nothing_for_anybody_else(world: World) -> None:
    from botocore.client import BaseClient

    source = """
        import boto3, requests
        from aws_lambda_powertools import Tracer
        from aws_xray_sdk.core import patch_all, xray_recorder
        patch_all()
        tracer = Tracer()
        @tracer.capture_method
        def work():
            with xray_recorder.in_subsegment("inner") as inner:
                inner.put_annotation("a", "b")
                return len(boto3.client("s3").list_buckets()["Buckets"])
        @tracer.capture_lambda_handler
        def handler(event, context):
            tracer.put_annotation("order", "7")
            return work()
    """
    pytest.importorskip("aws_xray_sdk")
    before = BaseClient._make_api_call
    world.function("F", source, environment=SERVICE)
    assert value(world.call("F")) == 0
    assert BaseClient._make_api_call is before
    assert [line for line in world.lines("F") if "segment" in line] == []


def test_powertools_batch_reports_what_failed(world: World) -> None:
    source = """
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
        processor = BatchProcessor(event_type=EventType.SQS)
        def one(record):
            if record.body == "bad":
                raise ValueError(record.body)
        def handler(event, context):
            return process_partial_response(event=event, record_handler=one, processor=processor, context=context)
    """
    world.function("F", source, environment=SERVICE)
    event = {
        "Records": [{"messageId": str(n), "body": b, "eventSource": "aws:sqs"} for n, b in enumerate(["ok", "bad"])]
    }
    assert value(world.call("F", json.dumps(event).encode())) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_powertools_parser_checks_events(world: World) -> None:
    source = """
        from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError, envelopes, event_parser
        class Order(BaseModel):
            id: int
            note: str = "none"
        @event_parser(model=Order, envelope=envelopes.EventBridgeEnvelope)
        def handle(event, context): return event.model_dump()
        def handler(event, context):
            try:
                return handle(event, context)
            except ValidationError as error:
                return error.error_count()
    """
    world.function("F", source, environment=SERVICE)
    event = {
        "version": "0", "id": "1", "source": "shop", "account": "1", "time": "2030-01-15T09:00:00Z",
        "region": "us-east-1", "resources": [], "detail-type": "Order", "detail": {"id": 7},
    }  # fmt: skip
    wrong = {**event, "detail": {}}
    answers = world.run(lambda: [world.invoke("F", json.dumps(e).encode()) for e in (event, wrong)])
    assert [value(a) for a in answers] == [{"id": 7, "note": "none"}, 1]


IDEMPOTENT = """
import time
import boto3
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
persistence = DynamoDBPersistenceLayer(table_name="Idempotency")
config = IdempotencyConfig(event_key_jmespath="order", expires_after_seconds=60)
runs = []
@idempotent(config=config, persistence_store=persistence)
def work(event, context):
    runs.append(1)
    time.sleep(2)
    if event.get("fail"):
        raise ValueError("not this time")
    return {"order": event["order"], "run": len(runs)}
def handler(event, context):
    try:
        return work(event, context)
    except IdempotencyAlreadyInProgressError:
        return "in progress"
"""


def test_powertools_idempotency_keeps_its_promise_in_virtual_time(world: World) -> None:
    world.function("F", IDEMPOTENT, environment=SERVICE, timeout_s=10)

    def call(**event: Any) -> Any:
        result = world.invoke("F", json.dumps(event).encode())
        return json.loads(result.payload) if result.ok else json.loads(result.payload)["errorType"]

    def main() -> list[Any]:
        world.cloud.client("dynamodb").create_table(
            TableName="Idempotency",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        first = world.kernel.spawn(lambda: call(order=1), name="first")
        world.kernel.sleep(1)
        seen = [call(order=1)]
        first.join()
        seen += [first.result, call(order=1), call(order=2)]
        # A failure leaves no record; a record lives as long as the configuration says.
        seen += [call(order=3, fail=True), call(order=3)]
        world.kernel.sleep(61)
        return [*seen, call(order=1)]

    assert world.run(main) == [
        "in progress",
        {"order": 1, "run": 1},
        {"order": 1, "run": 1},
        {"order": 2, "run": 2},
        "ValueError",
        {"order": 3, "run": 4},
        {"order": 1, "run": 5},
    ]
