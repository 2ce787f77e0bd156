"""This file decides how a scenario is run once more elsewhere, to see whether it is the same run.

Elsewhere is another process with another hash seed: what hangs on the order of a set or on this process's memory comes
out differently there. It does not judge the scenario, only whether its trace is the same.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import HarnessBug
from harness.explore.compare import Difference, first_difference
from harness.kernel.trace import TraceEvent, read_trace, write_trace


def compare_with_elsewhere(
    scenario_id: str, seed: int, events: Iterable[TraceEvent], overrides: Mapping[str, str]
) -> Difference | None:
    """Run ``path::name`` with ``seed`` in another process; where its trace and ``events`` part, or None.

    ``overrides`` are the parameters that the command line gave.

    Raises:
        HarnessBug: the other process left no trace.
    """
    written = io.StringIO()
    write_trace(events, written)
    written.seek(0)
    return first_difference(read_trace(written), _run_elsewhere(scenario_id, seed, overrides))


def _run_elsewhere(scenario_id: str, seed: int, overrides: Mapping[str, str]) -> list[TraceEvent]:
    # "random" is what an unset PYTHONHASHSEED means; 0 and 1 are two fixed seeds that differ.
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "0"
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        command = [sys.executable, "-m", "harness", "run", scenario_id, "--seed", str(seed), "--trace", folder]
        for name, value in overrides.items():
            command += ["--parameter-overrides", f"{name}={shlex.quote(value)}"]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": other}, capture_output=True, text=True, check=False
        )
        traces = sorted(Path(folder).rglob("*.jsonl"))
        if len(traces) != 1:
            raise HarnessBug(
                f"The second run left {len(traces)} traces, not one. It printed:\n{done.stdout}{done.stderr}"
            )
        with traces[0].open(encoding="utf-8") as file:
            return read_trace(file)
