"""What a message costs in a short queue and in a long one: send, receive, delete with others waiting.

    python benchmarks/queue_engine.py [--depth 100000] [--rounds 20000]

The last line is the ratio of the two: near 1 says that nothing in the engine walks the queue.
"""

from __future__ import annotations

import argparse
import gc
import time
from typing import Any

import measuring  # noqa: F401

from harness.kernel.decisions import First
from harness.vendor.sqs_engine import QueueEngine
from harness.vendor.sqs_places import QueueSettings

SHALLOW = 100
ATTEMPTS = 3


class _NobodyWaits:
    def wake(self) -> int:
        return 0

    def wait(self, reason: str, timeout_s: float | None = None, *, background: bool = False) -> bool:
        raise NotImplementedError


def _ignore(*_: Any, **__: Any) -> None:
    pass


def _queue(depth: int, *, fifo: bool) -> QueueEngine:
    queue = QueueEngine(
        "arn:aws:sqs:us-east-1:123456789012:jobs",
        QueueSettings(fifo=fifo, content_based_deduplication=fifo),
        now_us=lambda: 1_900_000_000_000_000,
        ids=First(),
        waiters=_NobodyWaits(),
        on_event=_ignore,
        on_due=_ignore,
    )
    for number in range(depth):
        queue.send(f"waiting {number}", group_id=f"group-{number % 1000}" if fifo else None)
    return queue


def microseconds_per_message(depth: int, rounds: int, *, fifo: bool) -> float:
    """Real microseconds for one send, one receive and one delete, the best of a few attempts."""
    best = float("inf")
    for _ in range(ATTEMPTS):
        queue = _queue(depth, fifo=fifo)
        # The collector walks all objects alive: its cost is Python's, not the queue's.
        gc.collect()
        gc.disable()
        begin = time.perf_counter()
        for number in range(rounds):
            queue.send(f"job {number}", group_id="jobs" if fifo else None)
            queue.delete(queue.receive(1)[0].receipt_handle)
        best = min(best, time.perf_counter() - begin)
        gc.enable()
    return best / rounds * 1e6


def main() -> None:
    """Print both costs for each kind of queue; the last line is the standard queue's ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20_000)
    options = parser.parse_args()
    for name, fifo in (("fifo", True), ("standard", False)):
        shallow = microseconds_per_message(SHALLOW, options.rounds, fifo=fifo)
        deep = microseconds_per_message(options.depth, options.rounds, fifo=fifo)
        ratio = deep / shallow
        print(f"{name}: {shallow:.1f} us a message with {SHALLOW} waiting, {deep:.1f} us with {options.depth:,}")
        print(f"{name} depth ratio: {ratio:.2f}" if fifo else f"depth ratio: {ratio:.2f}")


if __name__ == "__main__":
    main()
