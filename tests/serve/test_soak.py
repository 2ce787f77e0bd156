"""Clients that use all services at once lose nothing; the whole of it is ``benchmarks/soak.py``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


def test_what_clients_of_all_services_were_told_is_found_where_it_must_be(tmp_path: Path) -> None:
    command = [sys.executable, str(SOAK), "--clients", "8", "--operations", "25", "--processes", "2"]
    ran = subprocess.run([*command, "--state", str(tmp_path)], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"^conserved: (\d+) of (\d+)$", ran.stdout, re.MULTILINE)
    assert found, ran.stdout
    assert found[1] == found[2], ran.stdout
    assert "errors: 0\n" in ran.stdout
    assert " more than once " not in ran.stdout
    assert " another order" not in ran.stdout
