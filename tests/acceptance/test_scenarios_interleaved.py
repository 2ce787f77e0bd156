"""What the CSV pipeline's scenarios claim holds under other interleavings and delays too.

Under a seed every AWS call of a function is a place where another task may go on, and notifications and mails may take
a minute. Claims about how long something takes, or about what meets in one batch, are about the plain delays:
``PLAIN_ONLY`` names them, with the reason. Everything else must hold however it goes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.kernel.decisions import Seeded
from harness.run import run
from harness.scenario.load import collect
from harness.scenario.model import Scenario

ROOT = Path(__file__).parents[2]
SEEDS = (1, 2, 3, 4, 5)

ARRIVE_TOGETHER = "which messages meet in a batch depends on how long each notification takes"
NOTIFICATION_DELAY = "a notification may take a minute"
# By scenario: the beginnings of the checks' sentences, and why they are about the plain run.
PLAIN_ONLY: dict[str, dict[str, str]] = {
    "one bad message in a batch of five does not take the others with it": {
        "CsvProcessor has 3 invocations": ARRIVE_TOGETHER,
        "batches.py:sizes_are_5_1_1 holds": ARRIVE_TOGETHER,
    },
    "several uploads at once each get their own report": {
        "CsvProcessor has 1 invocation and 0 errors": ARRIVE_TOGETHER,
    },
    "uploads a few seconds apart are handed on together": {
        "CsvProcessor has 1 invocation and 0 errors": ARRIVE_TOGETHER,
        "the virtual time that passes": NOTIFICATION_DELAY,
    },
    "a validator that fails once is tried again a minute later": {
        "the virtual time that passes": NOTIFICATION_DELAY,
    },
    "a validator that always fails leaves the event in the dead-letter queue": {
        "the virtual time that passes": NOTIFICATION_DELAY,
    },
}

# No bucket notifies, and one task at a time calls AWS: a seed has nothing to choose here.
NOTHING_TO_CHOOSE = (
    "what lies outside uploads starts nothing",
    "a job one byte too large ends in the dead-letter queue",
    "a message that is not JSON ends in the dead-letter queue after exactly three receives",
    "JSON without the fields of a job ends in the dead-letter queue too",
)

# A burst is only more of the same, and takes long.
SCENARIOS = {s.name: s for s in collect([ROOT / "scenarios" / "csv_report"]) if "burst" not in s.tags}
CHOOSING = [
    pytest.param(s, id=f"{Path(s.where.path).name}::{s.name}")
    for s in SCENARIOS.values()
    if s.name not in NOTHING_TO_CHOOSE
]


WHILE_DEPLOYING = {
    "go on at lambda.AddPermission",
    "go on at s3.CreateBucket",
    "go on at s3.PutBucketNotificationConfiguration",
    "which ready task runs",
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", CHOOSING)
def test_a_scenario_holds_under_other_interleavings(scenario: Scenario, seed: int) -> None:
    result = run(scenario, Seeded(seed))
    assert result.error is None, result.error
    plain_only = tuple(PLAIN_ONLY.get(scenario.name, ()))
    failed = [f"{c.sentence}: {c.seen}" for c in result.checks if not c.held and not c.sentence.startswith(plain_only)]
    assert failed == []
    assert result.decisions.taken, "nothing could have gone another way, so this run proves nothing"


def test_where_a_seed_has_nothing_to_choose_it_chooses_nothing() -> None:
    for name in NOTHING_TO_CHOOSE:
        decisions = run(SCENARIOS[name], Seeded(1)).decisions.taken
        # The deployment may let a poller begin before or after its next call; nothing of the scenario can choose.
        assert [d.label for d in decisions if d.label not in WHILE_DEPLOYING] == []


def test_what_is_excused_is_said_by_a_scenario() -> None:
    for name, excused in PLAIN_ONLY.items():
        sentences = [check.sentence for check in run(SCENARIOS[name]).checks]
        for beginning in excused:
            assert any(sentence.startswith(beginning) for sentence in sentences), (name, beginning)
