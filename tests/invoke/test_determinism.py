"""The same calls give the same trace; and a handler that reads real randomness is seen in it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from pathlib import Path
from tests.invoke.conftest import open_world
for world in open_world(Path(sys.argv[1])):
    world.function("f", sys.argv[2], timeout_s=60)
    world.run(lambda: (world.together("f", "f"), world.invoke("f")))
    print("\\n".join(e.as_json() for e in world.kernel.trace.events))
"""

HANDLER = """
import asyncio, boto3, os, random, secrets, tempfile, threading, time, uuid
from concurrent.futures import ThreadPoolExecutor
from random import choice
s3 = boto3.client("s3")
def put(n):
    time.sleep(random.random())
    s3.put_object(Bucket="bucket", Key=str(uuid.uuid4()), Body=os.urandom(5))
    print(threading.current_thread().name, n)
async def nap():
    await asyncio.sleep(random.uniform(0, 3))
def handler(event, context):
    s3.create_bucket(Bucket="bucket")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(8)))
    asyncio.run(nap())
    print(tempfile.mkdtemp(), random.Random().random(), random.SystemRandom().random())
    return [secrets.token_hex(4), choice("abcdef"), context.aws_request_id]
"""


def trace_of(tmp_path: Path, handler: str, hash_seed: int) -> str:
    folder = tmp_path / str(hash_seed)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), textwrap.dedent(handler)],
        cwd=ROOT, env={"PYTHONHASHSEED": str(hash_seed), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


def test_two_processes_give_the_same_trace(tmp_path: Path) -> None:
    one, two = (trace_of(tmp_path, HANDLER, seed) for seed in (1, 2))
    assert one.count('"s3.PutObject"') == 24
    assert one == two


def test_a_handler_that_reads_real_randomness_shows_in_the_trace(tmp_path: Path) -> None:
    leaky = "import time\ndef handler(event, context): return time.perf_counter()"
    one, two = (trace_of(tmp_path, leaky, seed) for seed in (1, 2))
    differing = [(a, b) for a, b in zip(one.splitlines(), two.splitlines(), strict=True) if a != b]
    assert len(differing) == 3
    assert all('"what":"succeeded"' in a and '"digest"' in a for a, _ in differing)
