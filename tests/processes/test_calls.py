"""What a caller gets and what the log says, when the code runs as a process."""

from __future__ import annotations

import json
import re

from harness.invoke.runner import Call
from tests.processes.conftest import World


def test_a_handler_answers_and_its_globals_survive_until_the_next_call(world: World) -> None:
    world.function(
        "F",
        """
        import os
        calls = []
        def handler(event, context):
            calls.append(event["n"])
            return {"pid": os.getpid(), "calls": calls, "memory": context.memory_limit_in_mb,
                    "id": context.aws_request_id}
        """,
    )
    first, second = world.run(lambda: [world.invoke("F", b'{"n": 1}'), world.invoke("F", b'{"n": 2}')])
    assert first.ok, first.payload
    assert second.value()["calls"] == [1, 2]
    assert first.value()["pid"] == second.value()["pid"]
    assert first.value()["id"] == first.request_id
    assert first.value()["memory"] == "256"


def test_lam_23_the_log_has_what_the_code_wrote_between_lambda_s_own_lines(world: World) -> None:
    world.function(
        "F",
        """
        import logging
        logging.getLogger().setLevel("INFO")
        print("loading")
        def handler(event, context):
            print("one\\ntwo")
            logging.info("a record\\nof two lines")
            print("no end", end="")
        """,
    )
    result = world.call("F")
    lines = world.lines("F")
    assert lines[0] == "INIT_START Runtime Version: python:3.12"
    assert lines[1] == f"START RequestId: {result.request_id} Version: $LATEST"
    assert lines[2:5] == ["loading", "one", "two"]
    assert re.fullmatch(rf"\[INFO\]\t\S+Z\t{result.request_id}\ta record\nof two lines", lines[5])
    assert lines[6:8] == ["no end", f"END RequestId: {result.request_id}"]
    report = r"Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: [1-9]\d+ MB"
    assert re.match(rf"REPORT RequestId: {result.request_id}\t{report}", lines[8])
    assert result.log_tail.decode().rstrip("\n").endswith(lines[8])


def test_lam_05_an_exception_is_the_runtime_s_own_payload_with_lambda_s_paths(world: World) -> None:
    world.function("F", 'def handler(event, context):\n    raise KeyError("order")\n')
    result = world.call("F")
    assert result.ending == "failed"
    assert result.value() == {
        "errorMessage": "'order'",
        "errorType": "KeyError",
        "requestId": result.request_id,
        "stackTrace": ['  File "/var/task/app.py", line 2, in handler\n    raise KeyError("order")\n'],
    }
    assert any(line.startswith("[ERROR] KeyError: 'order'\nTraceback") for line in world.lines("F"))


def test_lam_07_code_that_cannot_be_imported_says_so_and_each_call_tries_anew(world: World) -> None:
    world.function("F", "import not_there\n")
    first, second = world.run(lambda: [world.invoke("F"), world.invoke("F")])
    assert (first.ending, second.ending) == ("could not start", "could not start")
    assert first.value()["errorType"] == "Runtime.ImportModuleError"
    assert first.value()["errorMessage"] == "Unable to import module 'app': No module named 'not_there'"


def test_lam_21_a_process_finds_lambda_s_variables_and_nobody_else_s(world: World, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SECRET_OF_MINE", "x")
    world.function(
        "F", "import os\ndef handler(event, context):\n    return dict(os.environ)\n", environment={"MODE": "dev"}
    )
    found = world.call("F").value()
    assert found["MODE"] == "dev"
    assert "SECRET_OF_MINE" not in found
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert found["_HANDLER"] == "app.handler"
    assert found["LAMBDA_TASK_ROOT"] == str(world.folder / "F")
    assert found["AWS_LAMBDA_LOG_STREAM_NAME"].startswith("2030/01/15/[$LATEST]")
    assert found["_X_AMZN_TRACE_ID"].startswith("Root=1-")


def test_an_environment_s_access_key_says_which_call_it_serves(world: World) -> None:
    world.function(
        "F",
        "import os, time\ndef handler(e, c):\n    time.sleep(.3)\n    return os.getenv('AWS_ACCESS_KEY_ID')\n",
    )

    def caller(key: str) -> Call | None:
        return world.processes.caller(world.processes.call_id(key))

    def main() -> None:
        task = world.kernel.spawn(lambda: world.invoke("F"), name="caller")
        world.kernel.sleep(0.05)
        (key,) = world.processes.pool.keys()
        while (call := caller(key)) is None:
            world.kernel.sleep(0.02)
        started = world.kernel.trace.select("invoke", "started")[0]
        assert (call.spec.name, call.number) == ("F", started.number)
        task.join()
        assert task.result.value() == key
        assert caller(key) is None
        assert caller("AKIAIOSFODNN7EXAMPLE") is None

    world.run(main)


def test_node_handlers_of_every_style_run(world: World) -> None:
    world.function("Async", "export const handler = async (event, its) => ({ n: event.n + 1, f: its.functionName });",
                   file="index.mjs", handler="index.handler", runtime="nodejs20.x")  # fmt: skip
    world.function("Callback", "exports.handler = (e, its, callback) => setTimeout(() => callback(null, 'late'), 20);",
                   file="index.js", handler="index.handler", runtime="nodejs20.x")  # fmt: skip
    world.function("Fails", "exports.handler = async () => { console.log('here'); throw new TypeError('no'); };",
                   file="index.js", handler="index.handler", runtime="nodejs20.x")  # fmt: skip
    one, two, three = world.run(lambda: world.together("Async", "Callback", "Fails"))
    assert one.value() == {"n": None, "f": "Async"}  # {}.n + 1 is NaN, which JSON has not
    assert two.value() == "late"
    assert three.ending == "failed"
    assert three.value()["errorType"] == "TypeError"
    assert three.value()["trace"][1].endswith("(/var/task/index.js:1:60)")
    assert any(line.endswith("\tINFO\there") for line in world.lines("Fails"))


def test_a_bootstrap_of_one_s_own_runs_and_may_answer_what_is_no_json(world: World) -> None:
    world.function("B", """
        #!/bin/bash
        API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
        while true; do
          HEAD=$(mktemp); EVENT=$(curl -sS -D $HEAD "$API/invocation/next")
          ID=$(grep -i Lambda-Runtime-Aws-Request-Id $HEAD | tr -d '\\r' | cut -d' ' -f2)
          curl -sS -X POST "$API/invocation/$ID/response" -H 'Transfer-Encoding: chunked' -d "echo: $EVENT" >/dev/null
        done
        """, file="bootstrap", runtime="provided.al2023")  # fmt: skip
    result = world.call("B", b'{"a": 1}')
    assert result.ok
    assert result.payload == b'echo: {"a": 1}'
    assert json.loads(json.dumps(result.value())) == 'echo: {"a": 1}'


def test_python_runs_where_awslambdaric_has_no_native_half(world: World, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "runtime_client" else name)
    world.function(
        "F",
        """
        import sys
        def handler(event, context):
            if event:
                raise ValueError("é")
            return [sys.modules["runtime_client"].__file__, context.invoked_function_arn, "é"]
        """,
    )
    answer, failure = world.run(lambda: [world.invoke("F"), world.invoke("F", b"[1]")])
    assert answer.value()[0].endswith("without_native/runtime_client.py")
    assert answer.value()[1:] == ["arn:aws:lambda:us-east-1:123456789012:function:F", "é"]
    assert (failure.value()["errorType"], failure.value()["errorMessage"]) == ("ValueError", "é")
    assert failure.value()["requestId"] == failure.request_id
