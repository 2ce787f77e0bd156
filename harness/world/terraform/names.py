"""This file decides by which logical id a scenario knows an instance of a plan.

The id is the resource's own name in Pascal case: ``aws_sqs_queue.new_orders`` is ``NewOrders``. Names of modules stand
before it and indices behind it. A role, a policy, a permission and the like has its kind behind its name; a queue, a
function and whatever else a scenario names has it only where two of them would have the same id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from harness.errors import ScenarioError
from harness.world.terraform.plan import Instance, Plan


def logical_ids(plan: Plan, instances: Sequence[Instance], words: Mapping[str, tuple[str, bool]]) -> dict[str, str]:
    """The logical ids by address. ``words`` says of each type its kind in a word, and whether scenarios name it.

    Raises:
        ScenarioError: two instances would have the same id.
    """
    short = {i.address: _base(i) for i in instances}
    named = Counter(short[i.address] for i in instances if words[i.type][1])
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for instance in instances:
        word, is_named = words[instance.type]
        base = short[instance.address]
        own = base if is_named and named[base] == 1 else _base(instance, word)
        if own in taken:
            raise ScenarioError(
                f'{instance.address} and {taken[own]} would both be called "{own}" here.',
                where=plan.where(instance.at),
                hint="Rename one of them; only letters and digits count.",
            )
        taken[own] = instance.address
        found[instance.address] = own
    return found


def _base(instance: Instance, word: str = "") -> str:
    index = "" if instance.index is None else str(instance.index)
    name = _pascal(instance.name)
    word = "" if name.endswith(word) else word
    return "".join(map(_pascal, instance.module_words)) + name + word + _pascal(index) or "Resource"


def _pascal(text: str) -> str:
    return "".join(w[0].upper() + w[1:] for w in re.split(r"[^A-Za-z0-9]+", text) if w)
