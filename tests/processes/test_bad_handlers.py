"""Code that does its worst: the caller gets AWS's error, the pool lives, and no process is left (``opened`` looks)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from tests.processes.conftest import World, opened

FINE = "def handler(event, context):\n    return 'fine'\n"


def ends(world: World, source: str, **options: object) -> object:
    """The result of a call of bad code; another function must work after it."""
    world.function("Bad", source, **options)  # type: ignore[arg-type]
    world.function("Fine", FINE)
    bad, fine = world.run(lambda: [world.invoke("Bad"), world.invoke("Fine")])
    assert fine.value() == "fine"
    return bad


def said(result: object) -> str:
    return result.value()["errorMessage"].partition("Error: ")[2]  # type: ignore[attr-defined,no-any-return]


def test_lam_06_code_that_never_returns_is_timed_out_after_so_many_real_seconds_at_any_speed(tmp_path: Path) -> None:
    with opened(tmp_path, speed=60) as world:
        result = ends(world, "def handler(event, context):\n    while True: pass\n", timeout_s=1)
        assert result.ending == "timed out"  # type: ignore[attr-defined]
        assert said(result) == "Task timed out after 1.00 seconds"
        (report,) = [line for line in world.lines("Bad") if line.startswith("REPORT")]
        spent_ms = float(report.partition("Duration: ")[2].split()[0])
        assert 1000 <= spent_ms < 1900


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(os.getppid(), 9); time.sleep(9)", "Runtime exited with error: signal: killed"),
        ("os.kill(0, 9)", "Runtime exited with error: signal: killed"),
    ],
)
def test_lam_07_a_process_that_ends_by_itself(world: World, source: str, message: str) -> None:
    result = ends(world, f"import os, sys, time\ndef handler(event, context):\n    {source}\n")
    assert result.value()["errorType"] == "Runtime.ExitError"  # type: ignore[attr-defined]
    assert said(result) == message


def test_lam_07_memory_over_the_function_s_size_ends_the_process(world: World) -> None:
    source = """
        def handler(event, context):
            kept = []
            while True:
                kept.append(bytearray(b"x" * 10_000_000))
        """
    result = ends(world, source, memory_mb=128)
    assert said(result) == "Runtime exited with error: signal: killed"
    assert any("[HARNESS] The process used" in line for line in world.lines("Bad"))


def test_ten_gigabytes_at_once_are_the_language_s_own_error(world: World) -> None:
    result = ends(world, "def handler(event, context):\n    return len(bytearray(10_000_000_000))\n")
    assert result.value()["errorType"] == "MemoryError"  # type: ignore[attr-defined]


def test_a_hundred_megabytes_of_output_are_cut_and_the_log_says_so(world: World) -> None:
    source = """
        def handler(event, context):
            line = "x" * 99_999 + "\\n"
            for _ in range(1000):
                print(line, end="")
            return "printed"
        """
    result = ends(world, source, timeout_s=20)
    assert result.value() == "printed"  # type: ignore[attr-defined]
    lines = world.lines("Bad")
    assert sum(map(len, lines)) < 1_200_000
    assert any(line.startswith("[HARNESS] The function wrote more than 1,048,576 bytes in one call") for line in lines)


def test_closed_output_harms_nobody(world: World) -> None:
    assert ends(world, "import os\ndef handler(e, c):\n    os.close(1); os.close(2)\n    return 'ok'\n").value() == "ok"  # type: ignore[attr-defined]


def test_children_left_behind_end_with_their_environment_wherever_they_have_gone(tmp_path: Path) -> None:
    source = """
        import os, subprocess, sys, time
        def handler(event, context):
            here = [subprocess.Popen(["sleep", "600"]).pid for _ in range(5)]
            away = subprocess.Popen(["sleep", "600"], start_new_session=True).pid
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(600)
                os._exit(0)
            return [*here, away]
        """
    with opened(tmp_path) as world:
        pids = ends(world, source).value()  # type: ignore[attr-defined]
        assert all(psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_threads_that_go_on_are_frozen_between_calls(world: World) -> None:
    source = """
        import threading, time
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                time.sleep(0.01)
        def handler(event, context):
            if not ticks:
                threading.Thread(target=tick, daemon=True).start()
                time.sleep(0.1)
            return len(ticks)
        """
    world.function("F", source)

    def main() -> list[int]:
        first = world.invoke("F").value()
        world.kernel.sleep(0.7)
        return [first, world.invoke("F").value()]

    first, second = world.run(main)
    assert second < first + 30


def test_lam_03_a_response_over_six_megabytes_is_refused(world: World) -> None:
    result = ends(world, "def handler(event, context):\n    return 'x' * 6_291_556\n")
    assert result.value() == {  # type: ignore[attr-defined]
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_binary_garbage_is_an_answer_like_any_other_text(world: World) -> None:
    result = ends(
        world,
        """
        #!/bin/bash
        API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
        HEAD=$(mktemp); curl -sS -D $HEAD "$API/invocation/next" >/dev/null
        ID=$(grep -i Lambda-Runtime-Aws-Request-Id $HEAD | tr -d '\\r' | cut -d' ' -f2)
        head -c 5000 /dev/urandom > body; curl -sS --data-binary @body "$API/invocation/$ID/response" >/dev/null
        """,
        file="bootstrap",
        runtime="provided.al2",
    )
    assert result.ok  # type: ignore[attr-defined]
    assert len(result.payload) == 5000  # type: ignore[attr-defined]


def test_an_error_that_is_no_error_object_is_made_one(world: World) -> None:
    result = ends(
        world,
        """
        #!/bin/bash
        API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
        HEAD=$(mktemp); curl -sS -D $HEAD "$API/invocation/next" >/dev/null
        ID=$(grep -i Lambda-Runtime-Aws-Request-Id $HEAD | tr -d '\\r' | cut -d' ' -f2)
        curl -sS -d '[1]' -H 'Lambda-Runtime-Function-Error-Type: Mine.Own' "$API/invocation/$ID/error" >/dev/null
        """,
        file="bootstrap",
        runtime="provided.al2",
    )
    assert result.value() == {"errorMessage": "[1]", "errorType": "Mine.Own"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "message"),
    [("\x00\x01\x02 no program", "fork/exec exec format error"), (None, "Couldn't find valid bootstrap(s)")],
)
def test_a_bootstrap_that_cannot_be_run_is_named(world: World, content: str | None, message: str) -> None:
    file = "other" if content is None else "bootstrap"
    result = ends(world, content or "", file=file, runtime="provided.al2023")
    assert result.value()["errorType"] == "Runtime.InvalidEntrypoint"  # type: ignore[attr-defined]
    assert message in said(result)


@pytest.mark.parametrize("runtime", ["java21", "dotnet8", "ruby3.3"])
def test_a_runtime_that_is_not_here_is_named(world: World, runtime: str) -> None:
    assert f'The runtime "{runtime}" is not here' in said(ends(world, "", runtime=runtime))


def test_lam_20_an_init_that_takes_too_long_is_begun_again_under_the_function_s_timeout(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.processes.limits.INIT_LIMIT_S", 0.6)
    result = ends(world, "import time\ntime.sleep(60)\n", timeout_s=1)
    assert said(result) == "Task timed out after 1.00 seconds"


def test_nothing_outlives_a_harness_that_is_killed(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from tests.processes.conftest import opened
        with opened(Path(sys.argv[1])) as world:
            world.function("F", '''
                import os, subprocess, sys, time
                def handler(event, context):
                    away = subprocess.Popen(["sleep", "600"], start_new_session=True).pid
                    with open(os.environ["PIDS"], "w") as file:
                        print(os.getpid(), os.getppid(), away, file=file)
                    time.sleep(600)
                ''', timeout_s=600, environment={"PIDS": sys.argv[1] + "/pids"})
            world.call("F")
        """
    harness = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], cwd=Path.cwd())
    pids = tmp_path / "pids"
    while not pids.exists() or not pids.read_text():
        assert harness.poll() is None
    os.kill(harness.pid, signal.SIGKILL)
    harness.wait()
    found = [psutil.Process(int(pid)) for pid in pids.read_text().split() if psutil.pid_exists(int(pid))]
    assert psutil.wait_procs(found, timeout=5)[1] == []
