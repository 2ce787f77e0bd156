"""This file decides how virtual time jumps while a world stands: from one moment at which something is due to the next.

Functions run on the machine's time, so a jump waits for those that run, and for those that run in consequence: nothing
falls due behind their backs.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel


def jump(kernel: Kernel, until_us: int, rest: Callable[[], bool]) -> None:
    """Let time pass until ``until_us`` (since 1970); ``rest`` waits until no function runs, says whether one did."""
    assert kernel.pace is not None
    _come_to_rest(kernel, rest)
    while kernel.clock.now_us < until_us:
        due_us = kernel.next_due()
        moment_us = until_us if due_us is None else max(min(due_us, until_us), kernel.clock.now_us)
        kernel.pace.set(moment_us)
        kernel.sleep((moment_us - kernel.clock.now_us) / US_PER_S)
        _come_to_rest(kernel, rest)


def _come_to_rest(kernel: Kernel, rest: Callable[[], bool]) -> None:
    kernel.settle()
    while rest():
        kernel.settle()
