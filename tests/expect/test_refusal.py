from __future__ import annotations

from pathlib import Path

from harness.report.failure_text import failure_text
from harness.run import Run, run
from harness.scenario.load import load_file

TEMPLATE = """
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: %s}
"""


def deploy(folder: Path, delay_s: int, words: str) -> Run:
    (folder / "template.yaml").write_text(TEMPLATE % delay_s)
    file = folder / "s.yaml"
    file.write_text(f"pipeline: template.yaml\nname: one\ndeploy: {{refused: {{contains: {words}}}}}\n")
    (scenario,) = load_file(file)
    return run(scenario)


def test_a_refusal_in_the_words_that_are_asked_for_passes(tmp_path: Path) -> None:
    result = deploy(tmp_path, 901, "AWS allows 0 to 900")
    assert result.outcome == "passed"
    assert [c.sentence for c in result.checks] == [
        'the deployment is refused with a text that contains "AWS allows 0 to 900"'
    ]


def test_a_refusal_for_another_reason_fails_and_is_shown(tmp_path: Path) -> None:
    result = deploy(tmp_path, 901, "Kinesis")
    assert result.outcome == "failed"
    assert "it was refused in other words: " in failure_text(result)
    assert "DelaySeconds" in failure_text(result)


def test_a_deployment_that_goes_through_fails(tmp_path: Path) -> None:
    result = deploy(tmp_path, 900, "AWS")
    assert result.outcome == "failed"
    assert f"{tmp_path / 's.yaml'}:3  then: the deployment is refused" in failure_text(result)
    assert "everything in the template was deployed" in failure_text(result)
