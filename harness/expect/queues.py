"""This file decides whether a queue holds what it must.

Counts come from GetQueueAttributes. Bodies do not: receiving would hide the messages and count as a
receive, so they are peeked at. Messages that a consumer holds are not among them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.act.stage import QUEUE, QueuedMessage, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems, named_problems
from harness.scenario.model import MISSING, QueueCheck, TextMatcher

_SHOWN = 80


def look_at_queue(stage: Stage, check: QueueCheck) -> Looked:
    """A queue's counts, and the messages in it that nobody holds."""
    queue = stage.resource(check, check.name, QUEUE)
    answer = stage.client("sqs").get_queue_attributes(QueueUrl=queue.physical_id, AttributeNames=["All"])
    numbers = {name: int(answer["Attributes"].get(name, 0)) for name in _COUNTS}
    waiting = numbers[_COUNTS[0]] + numbers[_COUNTS[1]]
    in_flight = numbers[_COUNTS[2]]
    problems = []
    if check.messages is not None and check.messages.check(waiting) is not None:
        held = f" and {in_flight:,} in flight" if in_flight else ""
        problems.append(f"it holds {waiting:,}{held}")
    if check.in_flight is not None and check.in_flight.check(in_flight) is not None:
        problems.append(f"{in_flight:,} are in flight")
    problems += _message_problems(check, stage.peek_queue(queue.arn)) if _asks_for_bodies(check) else []
    return Looked(_sentence(check), problems, (check.name, *_sources(stage, queue.arn)))


_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


def _asks_for_bodies(check: QueueCheck) -> bool:
    return check.body is not None or check.bodies is not None or bool(check.json_ or check.attributes)


def _message_problems(check: QueueCheck, messages: Sequence[QueuedMessage]) -> list[str]:
    problems = []
    if check.body is not None or check.json_ or check.attributes:
        why_not = [_why_not(check, m) for m in messages]
        if not messages:
            problems.append("there is no message to look into")
        elif all(why_not):
            shown = why_not[0][0] if len(messages) == 1 else _bodies(messages)
            problems.append(f"no message fits: {shown}")
    if check.bodies is not None:
        problems += _pairing_problems(check.bodies, [m.body for m in messages])
    return problems


def _why_not(check: QueueCheck, message: QueuedMessage) -> list[str]:
    problems = []
    if check.body is not None and (problem := check.body.check(message.body)):
        problems.append(f"its body: {problem}")
    problems += json_problems(message.body, check.json_, what="its body")
    values = {n: a.get("StringValue", MISSING) for n, a in message.message_attributes.items()}
    return problems + named_problems("attribute", values, check.attributes, MISSING)


def _pairing_problems(matchers: Sequence[TextMatcher], bodies: Sequence[str]) -> list[str]:
    """One matcher per message in any order: an augmenting path finds a pairing if there is one."""
    if len(matchers) != len(bodies):
        return [f"it holds {explain.count(len(bodies), 'message')}; {len(matchers):,} are described"]
    fits = [[j for j, body in enumerate(bodies) if matcher.check(body) is None] for matcher in matchers]
    matcher_of: dict[int, int] = {}

    def pair(i: int, tried: set[int]) -> bool:
        for j in fits[i]:
            if j not in tried:
                tried.add(j)
                if j not in matcher_of or pair(matcher_of[j], tried):
                    matcher_of[j] = i
                    return True
        return False

    unpaired = [i for i in range(len(matchers)) if not pair(i, set())]
    return [f"no message is left for one that {matchers[i].explain()}" for i in unpaired]


def _bodies(messages: Sequence[QueuedMessage]) -> str:
    return "the bodies are " + explain.few([m.body[:_SHOWN] for m in messages], most=3)


def _sources(stage: Stage, arn: str) -> list[str]:
    """The queues whose dead letters end here: their events are part of this queue's story."""
    quoted = json.dumps(arn)
    return [
        r.logical_id for r in stage.stack.of_type(QUEUE) if quoted in _policy_text(r.properties.get("RedrivePolicy"))
    ]


def _policy_text(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy, default=str)


def _sentence(check: QueueCheck) -> str:
    parts = []
    if check.messages is not None:
        parts.append(f"holds {explain.amount(check.messages, 'message')}")
    if check.in_flight is not None:
        parts.append(f"has {explain.amount(check.in_flight, 'message')} in flight")
    wishes = [f"a body that {check.body.explain()}"] if check.body is not None else []
    wishes += explain.wishes("a JSON value", check.json_) + explain.wishes("an attribute", check.attributes)
    if wishes:
        parts.append(f"holds a message with {explain.join(wishes)}")
    if check.bodies is not None:
        parts.append("holds messages that " + explain.join(f"({m.explain()})" for m in check.bodies))
    return f"{check.name} {explain.join(parts) or 'is there'}"
