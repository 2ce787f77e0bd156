"""How one call goes: its result, its limits, its endings."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.invoke.faults import InvocationFault
from tests.invoke.conftest import ARN, World, open_world


def test_the_answer_is_what_the_handler_returned(world: World) -> None:
    world.function("f", "def handler(event, context): return {'got': event['n'] + 1}")
    result = world.call("f", b'{"n": 1}')
    assert (result.ending, result.value()) == ("succeeded", {"got": 2})
    assert result.event_number == world.kernel.trace.select("invoke", "succeeded", ARN + "f")[0].number


def test_none_is_null_and_decimals_are_numbers(world: World) -> None:
    world.function("f", "from decimal import Decimal\ndef handler(e, c): return e.get('x') and {'d': Decimal('1.5')}")
    assert world.call("f").payload == b"null"
    assert world.call("f", b'{"x": 1}').payload == b'{"d": 1.5}'


def test_an_exception_has_awss_payload_and_the_authors_traceback(world: World) -> None:  # LAM-05
    spec = world.function("f", "def inner():\n    raise ValueError('no')\ndef handler(e, c):\n    inner()\n")
    result = world.call("f")
    assert result.ending == "failed"
    assert result.value() == {
        "errorMessage": "no",
        "errorType": "ValueError",
        "requestId": result.request_id,
        "stackTrace": [
            '  File "/var/task/app.py", line 4, in handler\n    inner()\n',
            "  File \"/var/task/app.py\", line 2, in inner\n    raise ValueError('no')\n",
        ],
    }
    assert result.traceback.splitlines()[1] == f'  File "{spec.code_dir}/app.py", line 4, in handler'
    failed = world.kernel.trace.select("invoke", "failed")[0]
    assert failed.detail == {
        "request_id": result.request_id, "error": "ValueError", "message": "no", "billed_duration_ms": 1,
        "traceback": "Traceback (most recent call last):\n"
        '  File "app.py", line 4, in handler\n    inner()\n'
        "  File \"app.py\", line 2, in inner\n    raise ValueError('no')\n"
        "ValueError: no",
    }  # fmt: skip


def test_the_traceback_in_the_trace_is_the_functions_own_and_the_same_on_every_machine(world: World) -> None:
    source = """\
import json, tempfile

def read(name):
    try:
        return json.loads("not json")
    except ValueError as error:
        raise LookupError(tempfile.gettempdir() + "/" + name) from error

def handler(event, context):
    read(__file__)
"""
    world.function("f", source)
    world.call("f")
    assert world.kernel.trace.select("invoke", "failed")[0].detail["traceback"] == (
        "Traceback (most recent call last):\n"
        '  File "app.py", line 5, in read\n    return json.loads("not json")\n'
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n"
        "\nThat led to:\n\n"
        "Traceback (most recent call last):\n"
        '  File "app.py", line 10, in handler\n    read(__file__)\n'
        '  File "app.py", line 7, in read\n    raise LookupError(tempfile.gettempdir() + "/" + name) from error\n'
        "LookupError: /tmp//var/task/app.py"
    )


def test_the_traceback_of_a_deep_recursion_loses_its_middle(world: World) -> None:
    world.function("f", "def handler(e, c):\n    handler(e, c)\n")
    world.call("f")
    text = world.kernel.trace.select("invoke", "failed")[0].detail["traceback"]
    assert "\n  ...\n" in text
    assert len(text.splitlines()) < 20


def test_a_handler_that_is_no_function_fails_as_the_code_s_own_error(world: World) -> None:
    world.function("f", "handler = None")
    assert world.call("f").value()["errorMessage"] == "'NoneType' object is not callable"


def test_an_async_handler_is_a_marshal_error_and_the_author_is_told_why(world: World) -> None:  # LAM-05
    world.function("f", "async def handler(e, c):\n    return 1")
    assert world.call("f").value()["errorType"] == "Runtime.MarshalError"
    assert any("async function" in line for line in world.lines("f"))


def test_an_answer_that_is_not_json_is_a_marshal_error(world: World) -> None:  # LAM-05
    world.function("f", "def handler(e, c): return {1, 2}")
    assert world.call("f").value()["errorType"] == "Runtime.MarshalError"


def test_a_response_over_the_limit_is_an_error(world: World) -> None:  # LAM-03
    world.function("f", "def handler(e, c): return 'x' * e['size']")
    assert world.call("f", b'{"size": 6291554}').ok
    assert world.call("f", b'{"size": 6291555}').value()["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_sleep_past_the_timeout_times_out_in_virtual_time(world: World) -> None:  # LAM-06
    world.function("f", "import time\ndef handler(e, c): time.sleep(600)", timeout_s=300)
    began = time.perf_counter()
    result = world.call("f")
    assert time.perf_counter() - began < 2
    assert (result.ending, world.elapsed_s) == ("timed out", 300)
    text = f"RequestId: {result.request_id} Error: Task timed out after 300.00 seconds"
    assert result.payload == f'{{"errorType":"Sandbox.Timedout","errorMessage":"{text}"}}'.encode()
    assert f"2030-01-15T09:05:00.000Z {result.request_id} Task timed out after 300.00 seconds" in world.lines("f")


def test_a_timeout_resets_the_environment(world: World) -> None:  # LAM-06
    world.function("f", "import time\nn = 0\ndef handler(e, c):\n global n\n n += 1\n time.sleep(e['s'])\n return n")
    assert world.call("f", b'{"s": 1}').value() == 1
    assert world.call("f", b'{"s": 1}').value() == 2
    assert world.call("f", b'{"s": 9}').ending == "timed out"
    assert world.call("f", b'{"s": 1}').value() == 1


def test_code_that_swallows_its_timeout_does_nothing_more(world: World) -> None:
    source = """
        import time, boto3
        def handler(e, c):
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    print("still here")
                    boto3.client("sqs").create_queue(QueueName="late")
                    return "fine"
    """
    world.function("f", source)
    assert world.call("f").ending == "timed out"
    assert world.cloud.client("sqs").list_queues().get("QueueUrls") is None
    assert "still here" not in world.lines("f")


def test_remaining_time_is_virtual(world: World) -> None:
    source = """
        import time
        def handler(e, c):
            before = c.get_remaining_time_in_millis()
            time.sleep(1.5)
            return [before, c.get_remaining_time_in_millis()]
    """
    world.function("f", source, timeout_s=10)
    assert world.call("f").value() == [10_000, 8_500]


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("sys.exit(0)", "exited without providing a reason"),
        ("sys.exit(3)", "exited with error: exit status 3"),
        ("os._exit(4)", "exited with error: exit status 4"),
        ("raise Odd('x')", "exited with error: exit status 1"),
        ("threading.Thread(target=lambda: os._exit(5)).start(); time.sleep(1)", "exited with error: exit status 5"),
    ],
)
def test_the_end_of_the_process_is_the_end_of_the_call_only(world: World, code: str, how: str) -> None:  # LAM-07
    world.function(
        "f", f"import os, sys, threading, time\nclass Odd(BaseException): pass\ndef handler(e, c):\n    {code}\n"
    )
    result = world.call("f")
    assert result.ending == "exited"
    assert result.value() == {
        "errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {result.request_id} Error: Runtime {how}",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "while True:\n        try:\n            pass\n        except BaseException: pass",
        "while True:\n        try:\n            spin()\n        except BaseException: pass",
        "threading.Thread(target=spin).start(); time.sleep(1)",
        "while True: s3.list_buckets()",
    ],
)
def test_code_that_never_gives_control_back_is_stopped_as_timed_out(tmp_path: Path, body: str) -> None:
    # Long enough for a busy machine to start the function in.
    for world in open_world(tmp_path, burn_limit_s=1):
        world.function(
            "f",
            "import threading, time, boto3\n"
            + ("s3 = boto3.client('s3')\n" if "s3" in body else "")
            + f"def spin():\n    while True: pass\ndef handler(e, c):\n    {body}\n",
        )
        world.function("g", "def handler(e, c): return 1")
        result = world.call("f")
        assert (result.ending, world.elapsed_s) == ("timed out", 3)
        assert any("computed for 1 s of real time" in line for line in world.lines("f"))
        assert world.call("g").value() == 1


def test_warm_calls_keep_module_globals_and_temporary_files(world: World) -> None:  # LAM-20
    source = """
        import os, tempfile
        calls = []
        def handler(e, c):
            calls.append(1)
            path = os.path.join(tempfile.gettempdir(), "kept")
            seen = os.path.exists(path)
            open(path, "w").close()
            return [len(calls), seen]
    """
    world.function("f", source)
    assert world.call("f").value() == [1, False]
    assert world.call("f").value() == [2, True]
    cold = [e.detail["cold"] for e in world.kernel.trace.select("invoke", "started")]
    assert cold == [True, False]


def test_two_calls_at_once_never_share_an_environment(world: World) -> None:  # LAM-20
    source = """
        import time
        calls = []
        def handler(e, c):
            calls.append(1)
            time.sleep(1)
            return len(calls)
    """
    world.function("f", source)
    results = world.run(lambda: world.together("f", "f"))
    assert [r.value() for r in results] == [1, 1]
    assert world.elapsed_s == 1


def test_an_init_over_ten_seconds_is_begun_again_under_the_timeout(world: World) -> None:  # LAM-20
    source = """
        import time, helper
        helper.loads.append(1)
        time.sleep(12)
        def handler(e, c): return len(helper.loads)
    """
    spec = world.function("f", source, timeout_s=20)
    (spec.code_dir / "helper.py").write_text("loads = []")
    assert world.call("f").value() == 1
    assert world.elapsed_s == 22


def test_reserved_concurrency_throttles(world: World) -> None:  # LAM-17
    world.function("f", "import time\ndef handler(e, c): time.sleep(1)", reserved_concurrency=1)
    results = world.run(lambda: world.together("f", "f"))
    assert [r.ending for r in results] == ["succeeded", "throttled"]


@pytest.mark.parametrize(
    ("kind", "ending", "ran", "elapsed_s"),
    [
        ("fails", "failed", 0, 0),
        ("fails after", "failed", 1, 0),
        ("killed", "exited", 1, 0),
        ("delayed", "succeeded", 1, 5),
        ("throttled", "throttled", 0, 0),
    ],
)
def test_a_hook_can_put_a_fault_in_the_way(world: World, kind: str, ending: str, ran: int, elapsed_s: int) -> None:
    world.function("f", "def handler(e, c): print('ran')")
    world.invoker.before.append(lambda spec, payload, request_id: InvocationFault(kind, delay_s=5))  # type: ignore[arg-type]
    assert world.call("f").ending == ending
    assert len(world.kernel.trace.select("invoke", "logged")) == ran
    assert world.elapsed_s == elapsed_s


def test_every_aws_call_and_the_answer_are_in_the_trace_with_a_digest(world: World) -> None:
    world.function("f", "import boto3\ndef handler(e, c): boto3.client('s3').create_bucket(Bucket=e['b'])")
    world.call("f", b'{"b": "one"}')
    world.call("f", b'{"b": "two"}')
    called = world.kernel.trace.select("invoke", "called")
    assert [e.detail["call"] for e in called] == ["s3.CreateBucket"] * 2
    assert called[0].detail["digest"] != called[1].detail["digest"]
    started = world.kernel.trace.select("invoke", "started")[0]
    assert called[0].cause == started.number


def test_ctrl_c_ends_the_run(world: World) -> None:
    world.function("f", "def handler(e, c): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        world.call("f")


def test_a_payload_may_be_anything_json(world: World) -> None:
    world.function("f", "def handler(e, c): return e")
    for payload in (b"[1]", b'"x"', b"null", '{"ü": "ก"}'.encode()):
        assert json.loads(world.call("f", payload).payload) == json.loads(payload)
