from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

from harness.errors import Location, ScenarioError
from harness.report.json_report import write_json
from harness.report.junit import write_junit
from harness.report.summary import run_line, summary_line
from harness.report.trace_files import TraceFolder
from tests.report.runs import PATH, FakeRun, Named, failed_check, failed_run, poison_events


def junit(*runs: FakeRun) -> ElementTree.Element:
    file = io.StringIO()
    write_junit(runs, file)
    return ElementTree.fromstring(file.getvalue().encode())


def test_junit_has_one_suite_per_file_and_one_case_per_scenario() -> None:
    root = junit(FakeRun(), failed_run(), FakeRun(scenario=Named("x", Location("scenarios/other.yaml", 3))))
    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in root] == [
        (PATH, "2", "1"),
        ("scenarios/other.yaml", "1", "0"),
    ]
    case = root[1][0]
    assert (case.get("classname"), case.get("name"), case.get("line")) == ("scenarios.other", "x", "3")


def test_junit_tells_a_failure_and_an_error_apart() -> None:
    error = ScenarioError("no", where=Location(PATH, 1))
    suite = junit(failed_run(), FakeRun("error", error=error))[0]
    failure, broken = suite[0].find("failure"), suite[1].find("error")
    assert failure is not None and broken is not None
    assert failure.get("message", "").startswith("DeadLetterQueue holds 1 message: it holds 0")
    assert (failure.text or "").startswith(f"{PATH}:6  then: ")
    assert broken.get("type") == "ScenarioError"


def test_junit_stays_xml_whatever_a_message_holds() -> None:
    junit(failed_run(checks=[failed_check(seen="a \x00 b \x1b[31m \ud800")]))


def test_the_json_report_says_how_each_check_ended() -> None:
    file = io.StringIO()
    write_json([failed_run(), FakeRun()], file)
    report = json.loads(file.getvalue())
    assert (report["passed"], report["failed"], report["errors"]) == (1, 1, 0)
    first = report["scenarios"][0]
    assert [c["held"] for c in first["checks"]] == [False, True]
    assert first["checks"][0]["line"] == 6
    assert first["replay"].endswith("--seed 0")
    assert first["error"] is None


def test_each_trace_gets_a_file_of_its_own_with_a_plain_name(tmp_path: Path) -> None:
    folder = TraceFolder(tmp_path)
    runs = [
        failed_run(scenario=Named("A/B: ../c?", Location(PATH, 1))),
        failed_run(scenario=Named("a/b: ../C?", Location(PATH, 9))),
        failed_run(scenario=Named("สวัสดี", Location(PATH, 1))),
    ]
    names = [folder.write(run).name for run in runs]
    assert names == [
        "csv_report--poison--A-B-..-c.jsonl",
        "csv_report--poison--a-b-..-C-2.jsonl",
        "csv_report--poison--scenario.jsonl",
    ]
    lines = (tmp_path / names[0]).read_text().splitlines()
    assert lines[0] == '{"format":1}'
    assert len(lines) == 1 + len(poison_events())


def test_the_summary_is_one_line() -> None:
    runs = [FakeRun(elapsed_us=86_400_000_000)] * 2 + [failed_run(), FakeRun("error")]
    assert summary_line(runs, 3.21) == "2 passed, 1 failed, 1 error in 3.2 s (virtual time 2d 00:04:20)"


def test_a_run_is_one_line_too() -> None:
    assert run_line(FakeRun()) == (
        f"PASSED  {PATH}::a poison message ends in the dead-letter queue  (0.25 s, virtual time 00:02:10)"
    )
