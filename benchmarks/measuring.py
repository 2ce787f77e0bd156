"""What the benchmarks share: processes of their own, their peak memory, a world with a pipeline in it, a yardstick.

The name is none that a pipeline would have for a module of its own: one that has would be hidden from it at each call.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# compare.py has the same benchmark measure another commit's tree.
TREE = Path(os.environ.get("BENCHMARKED_TREE", ROOT))
# Before whatever may be installed; a clone that nobody has installed is found too.
sys.path.insert(0, str(TREE))
PIPELINE = TREE / "lambdas" / "csv_report"


def environ(tree: Path = TREE) -> dict[str, str]:
    """The variables for a process that measures a tree, which may keep the bytecode that it makes, as a user's does."""
    path = os.pathsep.join(filter(None, (str(tree), os.environ.get("PYTHONPATH"))))
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": path, "BENCHMARKED_TREE": str(tree)}


def in_a_process(script: str, *arguments: str) -> dict[str, Any]:
    """Run a benchmark with ``arguments`` in a process of its own and read the JSON it prints last."""
    command = [sys.executable, script, *arguments]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=TREE, env=environ()).stdout
    figures: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return figures


def seconds_of(*command: str) -> float:
    """Real seconds that a process takes; what it prints is shown only if it fails."""
    begun_s = time.perf_counter()
    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=TREE, env=environ())
    passed_s = time.perf_counter() - begun_s
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return passed_s


def peak_mb() -> float | None:
    """Peak memory of this process in megabytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def in_a_world(template: Path, act: Callable[[Any, Any], None] | None = None) -> tuple[float, float]:
    """Milliseconds to deploy ``template`` into an empty world, and to carry out ``act(kernel, stack)`` after that."""
    from harness.kernel.scheduler import Kernel
    from harness.wiring import Wiring
    from harness.world.cloud import Cloud
    from harness.world.deploy import deploy
    from harness.world.template import load_template

    with Cloud(Kernel()) as cloud, Wiring(cloud) as wiring:

        def story() -> tuple[float, float]:
            begun_s = time.perf_counter()
            stack = deploy(load_template(template), cloud.client, wiring.functions)
            deployed_s = time.perf_counter()
            if act is not None:
                act(cloud, stack)
            return (deployed_s - begun_s) * 1000, (time.perf_counter() - deployed_s) * 1000

        return cloud.kernel.run(story)


def yardstick_ms(calls: int = 40) -> float:
    """Milliseconds for calls of boto3 that moto answers without much ado, in this process."""
    import boto3
    from moto import mock_aws

    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
        sqs.create_queue(QueueName="first")
        begun_s = time.perf_counter()
        for number in range(calls):
            sqs.create_queue(QueueName=f"queue-{number}")
        return (time.perf_counter() - begun_s) * 1000


def show(what: str, ratio: str, taken: Sequence[tuple[float, float]]) -> None:
    """Print what each round took, in milliseconds, beside its yardstick; the ratio last."""
    ours = [one for one, _ in taken]
    print(f"{what}: {median(ours):.1f} ms, at most {max(ours):.1f} ms")
    print(f"40 CreateQueue calls on bare moto: {median(stick for _, stick in taken):.0f} ms")
    print(f"{ratio}: {median(one / stick for one, stick in taken):.2f}")
