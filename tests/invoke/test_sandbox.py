"""What a function's code finds around it, and what it leaves behind for others: nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import pdb
import queue
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3
import pytest

from harness.kernel.decisions import Seeded
from tests.invoke.conftest import World, open_world


def test_each_function_has_its_own_module_called_app(world: World) -> None:
    for name in ("one", "two"):
        spec = world.function(
            name,
            """
            import time, helper
            def handler(e, c):
                time.sleep(1)
                import lazy
                time.sleep(1)
                import sys
                return [helper.NAME, lazy.NAME, sys.modules["app"].handler is handler]
            """,
        )
        for module in ("helper", "lazy"):
            (spec.code_dir / f"{module}.py").write_text(f"NAME = '{module} of {name}'")
    before = dict(sys.modules)
    results = world.run(lambda: world.together("one", "two", "one"))
    assert [r.value() for r in results] == [
        [f"helper of {name}", f"lazy of {name}", True] for name in ("one", "two", "one")
    ]
    assert not {"app", "helper", "lazy"} & (set(sys.modules) - set(before))


def test_a_module_of_the_same_name_elsewhere_is_not_touched(world: World) -> None:
    world.function("f", "NAME = 'mine'\ndef handler(e, c):\n import app\n return app.NAME")
    sys.modules["app"] = theirs = type(sys)("app")
    try:
        assert world.call("f").value() == "mine"
        assert sys.modules["app"] is theirs
    finally:
        del sys.modules["app"]


def test_forward_references_are_found(world: World) -> None:
    source = """
        from __future__ import annotations
        import dataclasses, typing, time
        import pydantic
        class Order(pydantic.BaseModel):
            lines: list[Line]
        class Line(pydantic.BaseModel):
            n: int
        @dataclasses.dataclass
        class Box:
            line: Line
        def handler(e, c):
            time.sleep(1)
            assert typing.get_type_hints(Box)["line"] is Line
            return Order.model_validate({"lines": [{"n": 2}]}).model_dump()
    """
    world.function("f", source)
    result = world.call("f")
    assert result.value() == {"lines": [{"n": 2}]}, result.traceback


def test_variables_are_the_functions_own(world: World) -> None:  # LAM-21
    source = """
        import os
        from os import environ
        def handler(e, c):
            os.environ["LEFT"] = "behind"
            return [environ["COLOUR"], os.getenv("HOME_OF_HARNESS", "no"),
                    os.environ.copy()["AWS_LAMBDA_FUNCTION_NAME"],
                    "COLOUR" in os.environ, os.environ["AWS_REGION"], environ["_X_AMZN_TRACE_ID"][:5]]
    """
    world.function("red", source, environment={"COLOUR": "red"})
    world.function("blue", source, environment={"COLOUR": "blue"})
    os.environ["HOME_OF_HARNESS"] = "real"
    try:
        results = world.run(lambda: world.together("red", "blue"))
    finally:
        assert os.environ.pop("HOME_OF_HARNESS") == "real"
    assert [r.value() for r in results] == [[c, "no", c, True, "us-east-1", "Root="] for c in ("red", "blue")]
    assert "LEFT" not in os.environ and "COLOUR" not in os.environ


def test_relative_files_are_those_of_the_function(world: World) -> None:
    spec = world.function(
        "f", "import pathlib, time\ndef handler(e, c):\n time.sleep(1)\n return pathlib.Path('page.txt').read_text()"
    )
    (spec.code_dir / "page.txt").write_text("hello")
    here = Path.cwd()
    assert world.call("f").value() == "hello"
    assert Path.cwd() == here


def test_the_context_is_the_documented_one(world: World) -> None:  # LAM-22
    source = """
        def handler(e, c):
            return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb,
                    c.aws_request_id, c.log_group_name, c.log_stream_name[:20], c.client_context]
    """
    spec = world.function("f", source, memory_mb=256)
    result = world.run(lambda: world.invoker.invoke(spec.arn + ":$LATEST", b"{}"))
    assert result.value() == [
        "f", "$LATEST", spec.arn + ":$LATEST", "256", result.request_id, "/aws/lambda/f", "2030/01/15/[$LATEST]", None,
    ]  # fmt: skip


def test_temporary_folders_are_separate_and_go_with_the_world(world: World) -> None:
    source = """
        import os, tempfile
        def handler(e, c):
            with tempfile.NamedTemporaryFile(delete=False) as f:
                f.write(b"x")
            return [f.name, os.listdir(tempfile.gettempdir())]
    """
    world.function("one", source)
    world.function("two", source)
    outside = tempfile.gettempdir()
    (one, one_has), (two, two_has) = (r.value() for r in world.run(lambda: world.together("one", "two")))
    assert one != two and len(one_has) == len(two_has) == 1
    assert tempfile.gettempdir() == outside


def test_the_temporary_folders_go_with_the_world(tmp_path: Path) -> None:
    for world in open_world(tmp_path):
        world.function("f", "import tempfile\ndef handler(e, c): return tempfile.mkdtemp()")
        folder = world.call("f").value()
        assert Path(folder).exists()
    assert not Path(folder).exists()


def test_sessions_have_the_functions_credentials(world: World) -> None:
    world.function("f", "import boto3\ndef handler(e, c): return boto3.Session().get_credentials().access_key")
    assert world.call("f").value().startswith("ASIA")


def test_a_thread_of_the_operating_system_keeps_the_real_ones(world: World) -> None:
    seen = []

    def elsewhere() -> None:
        lock = threading.Lock()
        with lock:
            seen.append((type(lock).__module__, os.environ.get("COLOUR"), threading.current_thread().name))

    world.function("f", "def handler(e, c): return 1", environment={"COLOUR": "red"})
    thread = threading.Thread(target=elsewhere, name="real")
    thread.start()
    thread.join()
    world.call("f")
    assert seen == [("_thread", None, "real")]


def _process_state() -> list[object]:
    return [
        os.environ, os.urandom, os._exit, Path.cwd(), logging.getLogger, logging.root, logging.Logger.manager,
        logging.Logger.callHandlers, threading.Lock, threading.RLock, threading.local, threading.Thread.start,
        time.sleep, time.monotonic, random.choice, random.getstate(), queue.SimpleQueue, tempfile.tempdir,
        list(sys.meta_path),
        sys.path, sys.stdout, pdb.Pdb.__init__, asyncio.events.BaseDefaultEventLoopPolicy.new_event_loop,
        boto3.DEFAULT_SESSION,
        asyncio.get_event_loop_policy()._local._loop,
    ]  # fmt: skip


def test_everything_is_put_back(tmp_path: Path) -> None:
    before = _process_state()
    for world in open_world(tmp_path):
        world.function("f", "import asyncio, boto3, random, time\nasync def main(): await asyncio.sleep(1)\n"
                       "def handler(e, c):\n asyncio.run(main())\n random.random()\n boto3.client('s3')")  # fmt: skip
        assert world.call("f").ok
    after = _process_state()
    assert all(a is b or a == b for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_functions_stay_apart_when_they_take_turns_at_each_aws_call(tmp_path: Path, seed: int) -> None:
    source = """
        import boto3, logging, os, sys, time
        from concurrent.futures import ThreadPoolExecutor
        s3 = boto3.client("s3")
        NAME = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        def put(n):
            s3.put_object(Bucket="bucket", Key=f"{NAME}/{n}", Body=b"x")
            print(f"{NAME} {n}")
            assert os.environ["AWS_LAMBDA_FUNCTION_NAME"] == NAME
            assert sys.modules["app"].put is put
            assert os.path.basename(os.getcwd()) == NAME
        def handler(e, c):
            with ThreadPoolExecutor(3) as pool:
                list(pool.map(put, range(6)))
            return NAME
    """
    names = ["one", "two", "three"]
    for world in open_world(tmp_path, decisions=Seeded(seed)):
        for name in names:
            world.function(name, source)
        world.cloud.client("s3").create_bucket(Bucket="bucket")
        results = world.run(lambda w=world: w.together(*names, *names))
        assert [r.value() for r in results] == names * 2, [r.traceback for r in results]
        for name in names:
            said = [line for line in world.lines(name) if line[:3] not in ("INI", "STA", "END", "REP")]
            assert sorted(said) == sorted([f"{name} {n}" for n in range(6)] * 2)


def test_packages_that_pip_put_into_the_folder_are_shared(world: World) -> None:
    for name in ("one", "two"):
        spec = world.function(
            name, "import vendored\ndef handler(e, c): vendored.seen.append(1); return len(vendored.seen)"
        )
        (spec.code_dir / "vendored.py").write_text("seen = []")
        (spec.code_dir / "vendored-1.0.dist-info").mkdir()
        (spec.code_dir / "vendored-1.0.dist-info" / "RECORD").write_text("vendored.py,,\n")
    try:
        assert [r.value() for r in world.run(lambda: world.together("one", "two"))] == [1, 2]
    finally:
        del sys.modules["vendored"]
