"""A debugger and coverage work inside handlers."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HANDLER = """
def handler(event, context):
    colour = "green"
    breakpoint()
    print("after")
    return colour
"""

TEST = """
from pathlib import Path
from tests.invoke.conftest import open_world
def test_it(tmp_path):
    for world in open_world(tmp_path, burn_limit_s=0.2):
        world.function("f", Path("handler.py").read_text())
        result = world.call("f")
        print("RESULT", result.ending, result.payload, "after" in world.lines("f"))
"""


def run(arguments: list[str], folder: Path, typed: str = "") -> str:
    (folder / "handler.py").write_text(textwrap.dedent(HANDLER))
    (folder / "test_it.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=typed, capture_output=True, text=True, timeout=60,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("flags", [["-s"], []])
def test_breakpoint_stops_in_the_handler(tmp_path: Path, flags: list[str]) -> None:
    # Longer at the prompt than the watchdog allows.
    typed = "p colour\nimport subprocess; subprocess.run(['sleep', '0.6'])\ncolour = 'red'\nc\n"
    said = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", *flags, "test_it.py"], tmp_path, typed)
    # Python 3.13 stops at the line of breakpoint() itself, earlier ones at the next.
    assert re.search(r"app\.py\([45]\)handler\(\)", said), said
    assert "'green'" in said
    assert "1 passed" in said
    if flags:
        assert "RESULT succeeded b'\"red\"' True" in said


def test_coverage_counts_the_lines_of_handlers(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(e, c):\n    if e:\n        return 1\n    return 2\n")
    (tmp_path / "go.py").write_text(
        "from pathlib import Path\nfrom tests.invoke.conftest import open_world\n"
        "for world in open_world(Path('.').resolve()):\n"
        "    world.function('code', Path('code/app.py').read_text())\n"
        "    assert world.call('code', b'1').value() == 1\n"
    )
    (tmp_path / ".coveragerc").write_text("[run]\nconcurrency = greenlet,thread\n")
    run(["-m", "coverage", "run", "--include=*/code/app.py", "go.py"], tmp_path)
    said = run(["-m", "coverage", "report", "-m"], tmp_path)
    assert "75%" in said and " 4" in said, said
