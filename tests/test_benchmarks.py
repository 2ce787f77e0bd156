"""The benchmarks run and end with the line that is read from them; their figures are no test's business.

But for the one of uploads, whose last line is no figure: every upload must be accounted for.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("command", "last_line"),
    [
        (["burst.py", "--uploads", "10"], r"floor ratio: \d+\.\d\d"),
        (["cold_start.py", "--rounds", "1"], r"cold start ratio: \d+\.\d\d"),
        (
            ["compare.py", ".", ".", "--rounds", "1", "--", "queue_engine.py", "--depth", "9", "--rounds", "9"],
            r"after beside before: \d.+",
        ),
        (["deploy.py", "--rounds", "1"], r"deploy ratio: \d+\.\d\d"),
        (["deploy_csv_report.py", "--rounds", "1"], r"csv_report deploy ratio: \d+\.\d\d"),
        (["growth.py", "--uploads", "20"], r"growth ratio: \d+\.\d\d"),
        (["idle_day.py", "--rounds", "1"], r"idle day ratio: \d+\.\d\d"),
        (["memory.py", "--uploads", "5"], r"memory ratio: \d+\.\d\d"),
        (["poison.py", "--rounds", "1"], r"poison ratio: \d+\.\d\d"),
        (["uploads.py", "--uploads", "60"], "accounted for: 60 of 60"),
        (["queue_engine.py", "--depth", "200", "--rounds", "20"], r"depth ratio: \d+\.\d\d"),
        (["suite.py", "scenarios/csv_report/happy_path.yaml"], r"suite ratio: \d+\.\d\d"),
    ],
)
def test_a_benchmark_runs_and_ends_with_its_ratio(command: list[str], last_line: str) -> None:
    script, *options = command
    # As if the project were installed; a test run need not have installed it.
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *options],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert printed.returncode == 0, printed.stderr
    assert re.fullmatch(last_line, printed.stdout.splitlines()[-1])
