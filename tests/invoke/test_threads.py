"""Threads and asyncio inside handlers: neither deadlock, nor real waiting, nor chance."""

# One line for each thing to wait for.
# ruff: noqa: E501

from __future__ import annotations

import asyncio
import time

import pytest

from tests.invoke.conftest import World


def test_a_thread_pool_of_eight_writes_to_s3(world: World) -> None:
    source = """
        import boto3, time
        from concurrent.futures import ThreadPoolExecutor, as_completed
        s3 = boto3.client("s3")
        def put(n):
            time.sleep(n)
            s3.put_object(Bucket="bucket", Key=str(n), Body=b"x")
            return n
        def handler(e, c):
            s3.create_bucket(Bucket="bucket")
            with ThreadPoolExecutor(8) as pool:
                futures = [pool.submit(put, n) for n in range(16)]
                return [f.result() for f in as_completed(futures)]
    """
    world.function("f", source, timeout_s=60)
    result = world.call("f")
    assert result.value() == list(range(16)), result.traceback
    assert world.elapsed_s == 22
    assert len(world.cloud.client("s3").list_objects_v2(Bucket="bucket")["Contents"]) == 16


def test_a_large_upload_goes_in_parts_by_threads(world: World) -> None:
    source = """
        import boto3, tempfile, os
        s3 = boto3.client("s3")
        def handler(e, c):
            s3.create_bucket(Bucket="bucket")
            path = os.path.join(tempfile.gettempdir(), "big")
            with open(path, "wb") as f:
                f.write(os.urandom(1024) * 20 * 1024)
            s3.upload_file(path, "bucket", "big")
            s3.download_file("bucket", "big", path + "2")
            with open(path, "rb") as one, open(path + "2", "rb") as two:
                return one.read() == two.read()
    """
    world.function("f", source, timeout_s=60)
    result = world.call("f")
    assert result.value() is True, result.traceback
    calls = [e.detail["call"] for e in world.kernel.trace.select("invoke", "called")]
    assert calls.count("s3.UploadPart") == 3


@pytest.mark.parametrize(
    ("body", "value", "elapsed_s"),
    [
        ("lock = threading.Lock()\ndef work():\n  with lock: time.sleep(2)\n  return 1\nreturn sum(run(work, work))", 2, 4),
        ("lock = threading.RLock()\ndef work():\n  with lock:\n    with lock: time.sleep(2)\n  return 1\nreturn sum(run(work, work))", 2, 4),
        ("gate = threading.Event()\nthreading.Timer(5, gate.set).start()\nreturn gate.wait(10)", True, 5),
        ("return threading.Event().wait(7)", False, 7),
        ("slots = threading.Semaphore(2)\ndef work():\n  with slots: time.sleep(1)\nrun(*[work] * 6)\nreturn 1", 1, 3),
        ("gate = threading.Barrier(3)\ndef work():\n  time.sleep(gate.n_waiting + 1)\n  return gate.wait()\nreturn sorted(run(work, work, work))", [0, 1, 2], 1),
        ("q = queue.Queue(1)\ndef give():\n  for n in range(3): time.sleep(1); q.put(n)\ndef take():\n  return [q.get() for _ in range(3)]\nreturn run(give, take)[1]", [0, 1, 2], 3),
        ("q = queue.SimpleQueue()\nthreading.Timer(2, lambda: q.put(5)).start()\nreturn q.get(timeout=9)", 5, 2),
        ("try: queue.Queue().get(timeout=4)\nexcept queue.Empty: return 'empty'", "empty", 4),
        ("began = time.monotonic()\ntime.sleep(1.5)\nreturn time.monotonic() - began", 1.5, 1.5),
        ("local = threading.local()\nlocal.x = 0\ndef work():\n  local.x = 5; time.sleep(1); return local.x\nreturn run(work) + [local.x]", [5, 0], 1),
        ("def work(): return threading.current_thread().name\nreturn run(work)", ["ThreadPoolExecutor-1_0"], 0),
        ("ran = []\nt = threading.Thread(target=lambda: (time.sleep(3), ran.append(1)))\nt.start()\nt.join(1)\nalive = t.is_alive()\nt.join()\nreturn [alive, t.is_alive(), ran]", [True, False, [1]], 3),
        ("done, left = wait([pool.submit(time.sleep, 1), pool.submit(time.sleep, 9)], timeout=2)\nreturn [len(done), len(left)]", [1, 1], 2),
    ],
)  # fmt: skip
def test_what_threads_wait_for_is_virtual(world: World, body: str, value: object, elapsed_s: float) -> None:
    lines = "\n    ".join(body.splitlines())
    source = (
        "import queue, threading, time\nfrom concurrent.futures import ThreadPoolExecutor, wait\n"
        "def run(*functions):\n    with ThreadPoolExecutor(8) as pool:\n"
        "        return [f.result() for f in [pool.submit(function) for function in functions]]\n"
        f"def handler(e, c):\n    pool = ThreadPoolExecutor(2)\n    {lines}\n"
    )
    world.function("f", source, timeout_s=60)
    began = time.perf_counter()
    result = world.call("f")
    assert result.ok, result.traceback
    assert (result.value(), world.elapsed_s) == (value, elapsed_s)
    assert time.perf_counter() - began < 2


def test_a_handler_waiting_for_its_own_lock_times_out(world: World) -> None:
    world.function(
        "f", "import threading\ndef handler(e, c):\n lock = threading.Lock()\n lock.acquire()\n lock.acquire()"
    )
    assert world.call("f").ending == "timed out"
    assert world.elapsed_s == 3


def test_a_thread_left_behind_is_frozen_until_the_next_call(world: World) -> None:
    source = """
        import threading, time
        began = time.time()
        seen = []
        def later():
            time.sleep(1)
            seen.append(time.time() - began)
        def handler(e, c):
            if e.get("start"):
                threading.Thread(target=later).start()
            time.sleep(e.get("wait", 0))
            return list(seen)
    """
    world.function("f", source)

    def main() -> list[object]:
        first = world.invoke("f", b'{"start": true}')
        world.kernel.sleep(100)
        return [first.value(), world.invoke("f", b'{"wait": 2}').value()]

    assert world.run(main) == [[], [100]]


def test_a_thread_left_behind_does_not_keep_the_run_going(world: World) -> None:
    world.function(
        "f",
        "import threading, time\n"
        "def handler(e, c):\n threading.Thread(target=time.sleep, args=(5000,)).start()\n time.sleep(e)",
    )

    def main() -> list[str]:
        endings = [world.invoke("f", b"1").ending]
        world.kernel.quiet()
        endings.append(world.invoke("f", b"9").ending)
        world.kernel.quiet()
        return endings

    assert world.run(main) == ["succeeded", "timed out"]
    assert world.elapsed_s == 4


def test_threads_end_with_an_environment_that_timed_out(world: World) -> None:
    source = """
        import threading, time
        def forever():
            while True:
                time.sleep(1)
                print("tick")
        def handler(e, c):
            threading.Thread(target=forever).start()
            time.sleep(60)
    """
    world.function("f", source)

    def main() -> None:
        world.invoke("f")
        world.kernel.sleep(100)

    world.run(main)
    assert len(world.kernel.trace.select("invoke", "logged")) == 2


def test_an_error_in_a_thread_is_printed_and_ends_only_the_thread(world: World) -> None:
    world.function(
        "f",
        "import threading\ndef work(): 1/0\n"
        "def handler(e, c):\n t = threading.Thread(target=work)\n t.start()\n t.join()\n return 1",
    )
    assert world.call("f").value() == 1
    assert "ZeroDivisionError: division by zero" in world.lines("f")


def test_the_scenario_itself_may_use_threads(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def main() -> list[None]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(time.sleep, [5] * 8))

    world.run(main)
    assert world.elapsed_s == 10


def test_asyncio_sleeps_in_virtual_time(world: World) -> None:
    source = """
        import asyncio
        async def one(n):
            await asyncio.sleep(300)
            return n
        async def main():
            return await asyncio.gather(*(one(n) for n in range(50)))
        def handler(e, c):
            return asyncio.run(main())
    """
    for name in ("one", "two"):
        world.function(name, source, timeout_s=900)
    began = time.perf_counter()
    results = world.run(lambda: world.together("one", "two", "one"))
    assert [r.value() for r in results] == [list(range(50))] * 3, results[0].traceback
    assert world.elapsed_s == 300
    assert time.perf_counter() - began < 1


def test_the_callers_event_loop_is_not_the_functions(world: World) -> None:
    world.function("f", "import asyncio\ndef handler(e, c): asyncio.run(asyncio.sleep(2))")

    async def caller() -> None:
        mine = asyncio.get_running_loop()
        task = world.kernel.spawn(lambda: world.invoke("f"), name="caller")
        await asyncio.sleep(1)
        assert asyncio.get_running_loop() is mine
        task.join()

    world.run(lambda: asyncio.run(caller()))
    assert world.elapsed_s == 2


def test_the_event_loop_stays_from_call_to_call(world: World) -> None:
    world.function(
        "f",
        "import asyncio\nloop = asyncio.new_event_loop()\nasyncio.set_event_loop(loop)\n"
        "def handler(e, c): return asyncio.get_event_loop_policy().get_event_loop() is loop",
    )
    assert [world.call("f").value() for _ in range(2)] == [True, True]


def test_asyncio_threads_timeouts_and_old_style_loops(world: World) -> None:
    source = """
        import asyncio, time
        def block(s):
            time.sleep(s)
            return s
        async def main():
            seen = await asyncio.gather(asyncio.to_thread(block, 2), asyncio.to_thread(block, 3))
            try:
                await asyncio.wait_for(asyncio.sleep(60), 5)
            except asyncio.TimeoutError:
                seen.append("late")
            queue = asyncio.Queue()
            asyncio.get_running_loop().call_later(1, queue.put_nowait, "queued")
            seen.append(await queue.get())
            return seen
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        def handler(e, c):
            return asyncio.get_event_loop().run_until_complete(main())
    """
    world.function("f", source, timeout_s=60)
    for _ in range(2):
        result = world.call("f")
        assert result.value() == [2, 3, "late", "queued"], result.traceback
    assert world.elapsed_s == 18


def test_an_asyncio_handler_that_is_too_slow_times_out(world: World) -> None:
    world.function("f", "import asyncio\ndef handler(e, c): asyncio.run(asyncio.sleep(60))")
    assert world.call("f").ending == "timed out"
    assert world.call("f").ending == "timed out"
    assert world.elapsed_s == 6


def test_asyncio_sees_what_a_child_process_says(world: World) -> None:
    source = """
        import asyncio, sys
        async def main():
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(41 + 1)", stdout=-1)
            out, _ = await process.communicate()
            return int(out)
        def handler(e, c):
            return asyncio.run(main())
    """
    world.function("f", source, timeout_s=60)
    result = world.call("f")
    assert result.value() == 42, result.traceback
