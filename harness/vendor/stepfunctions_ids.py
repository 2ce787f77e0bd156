"""This file decides where the interpreter's identifiers and random numbers come from: the run's decisions.

Upstream: moto 5.2.5 draws task tokens, map runs and ``States.UUID`` from ``uuid.uuid4`` and ``States.MathRandom`` from
``random``. Why that can't stay: the same run would differ from time to time. What we do: draw them from seed and
label; a ``MathRandom`` with a seed of its own stays as it is.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: they come from moto's ``mock_random``.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.math_operations import math_random

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_modules import put_everywhere


def apply(patches: Patches, kernel: Kernel) -> None:
    """Draw identifiers and numbers from ``kernel.decisions``."""
    put_everywhere(patches, "long_uid", utils.long_uid, lambda: kernel.decisions.uuid("workflow id"))
    original = vars(math_random)["random"]

    def randint(start: int, end: int) -> int:
        # `end` itself is left out: AWS's page can be read either way.
        return start + kernel.decisions.bits("States.MathRandom", 64) % max(end - start, 1)

    def generator(seed: Any = None) -> Any:
        return SimpleNamespace(randint=randint) if seed is None else original.Random(seed)

    patches.put(math_random, "random", SimpleNamespace(Random=generator))
