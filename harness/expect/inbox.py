"""This file decides whether the right e-mail was received."""

from __future__ import annotations

from harness.act.stage import TOPIC, ReceivedMail, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems
from harness.scenario.model import MISSING, CountMatcher, InboxCheck

_AT_LEAST_ONE = CountMatcher.model_validate({"at_least": 1})


def look_at_inbox(stage: Stage, check: InboxCheck) -> Looked:
    """How many e-mails fit everything the check says."""
    topic_arn = stage.resource(check, check.topic, TOPIC).arn if check.topic is not None else None
    mails = [m for m in stage.inbox.messages if check.to in (None, m.to) and topic_arn in (None, m.topic_arn)]
    why_not = [_why_not(check, m) for m in mails]
    fitting = sum(not problems for problems in why_not)
    wanted = check.count or _AT_LEAST_ONE
    problems = []
    if wanted.check(fitting) is not None:
        problems.append(_seen(fitting, mails, why_not))
    return Looked(_sentence(check, wanted), problems, tuple(n for n in (check.to, check.topic) if n))


def _why_not(check: InboxCheck, mail: ReceivedMail) -> list[str]:
    problems = []
    if check.subject is not None:
        subject = MISSING if mail.subject is None else mail.subject
        if problem := check.subject.check(subject):
            problems.append(f"the subject: {problem}")
    if check.body is not None and (problem := check.body.check(mail.body)):
        problems.append(f"the text: {problem}")
    return problems + json_problems(mail.body, check.json_, what="the text")


def _seen(fitting: int, mails: list[ReceivedMail], why_not: list[list[str]]) -> str:
    if not mails:
        return "none came"
    if len(mails) == 1 and why_not[0]:
        return f"one came that does not fit: {'; '.join(why_not[0])}"
    subjects = explain.few([m.subject or "(no subject)" for m in mails])
    return f"{fitting:,} of the {explain.count(len(mails), 'e-mail')} that came fit; the subjects: {subjects}"


def _sentence(check: InboxCheck, wanted: CountMatcher) -> str:
    to = check.to or "somebody"
    source = f" from {check.topic}" if check.topic else ""
    wishes = [f"a subject that {check.subject.explain()}"] if check.subject is not None else []
    wishes += [f"text that {check.body.explain()}"] if check.body is not None else []
    wishes += explain.wishes("a JSON value", check.json_)
    head = f"{to} receives {explain.amount(wanted, 'e-mail')}{source}"
    return f"{head} with {explain.join(wishes)}" if wishes else head
