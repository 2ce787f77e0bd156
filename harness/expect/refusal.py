"""This file decides whether a deployment was refused as the scenario says.

It does not deploy; the runner hands it what became of that. A refusal in other words is a failed check and shows
the words, so that a slip in the template never passes for what AWS would say.
"""

from __future__ import annotations

from harness.errors import ScenarioError
from harness.expect.outcome import CheckOutcome
from harness.kernel.scheduler import Kernel
from harness.scenario.model import Deploy


def look_at_refusal(kernel: Kernel, wanted: Deploy, refusal: ScenarioError | None) -> CheckOutcome:
    """The outcome of ``deploy: {refused: ...}``; ``refusal`` is None if everything was deployed."""
    sentence = f"the deployment is refused with a text that {wanted.refused.explain()}"
    seen = ""
    if refusal is None:
        seen = "everything in the template was deployed"
    elif wanted.refused.check(refusal.problem) is not None:
        seen = f"it was refused in other words: {refusal}"
    kernel.emit("expect", "failed" if seen else "held", sentence)
    return CheckOutcome(wanted, not seen, sentence, seen, kernel.clock.elapsed_us)
