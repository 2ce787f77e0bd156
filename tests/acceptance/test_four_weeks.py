"""The workshop's four weeks from an empty account with the AWS CLI: every command of the tutorial, typed into a shell.

Each answer must be the one that the page shows. ``python -m tests.acceptance.test_four_weeks`` writes them anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.serve import aws_cli
from tests.serve.conftest import start

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/tutorial/the-four-weeks.md"
SHOWN_BASE = "http://localhost:4566"
_END = "\x1e\n"


def commands(block: str) -> Iterator[str]:
    """The commands of a console block: each begins with ``$``, goes on after a backslash or until its loop is done."""
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            continue
        command = line[2:]
        while command.endswith("\\") or (command.startswith("for ") and not command.endswith("done")):
            command += "\n" + next(lines)
        yield command


def typed(folder: Path, base: str, given: list[str]) -> list[str]:
    """What a shell answers to each of the commands; what they leave on disk is in ``folder``."""
    programs = folder / ".programs"
    programs.mkdir()
    (programs / "aws").symlink_to(aws_cli.command())
    (programs / "python3").symlink_to(sys.executable)
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(programs),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    port = urlsplit(base).port
    script = f'harness() {{ {sys.executable} -m harness "$@" --port {port}; }}\nprintf "\\036\\n"\n'
    script += "".join(f'{one.replace(SHOWN_BASE, base)}\nprintf "\\036\\n"\n' for one in given)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    answers = done.stdout.replace(base, SHOWN_BASE).split(_END)
    assert len(answers) == len(given) + 2, done.stdout
    return answers[1:-1]


def played(page: str, folder: Path) -> str:
    """The page, with what really happens as its outputs."""
    shutil.copytree(ROOT / "docs/tutorial/workshop", folder, dirs_exist_ok=True)
    found = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    blocks = [list(commands(block)) for block in found]
    server = start("--quiet")
    try:
        answers = iter(typed(folder, server.url, [one for block in blocks for one in block]))
    finally:
        said = server.stop()
    assert said == 0, server.said
    made = iter(["".join(f"$ {one}\n{next(answers)}" for one in block) for block in blocks])
    return re.sub(r"(?<=```console\n).*?(?=```)", lambda _: next(made), page, flags=re.DOTALL)


def test_the_four_weeks_can_be_done_with_the_aws_cli_as_the_tutorial_tells(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert played(page, tmp_path / "workshop") == page


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(played(PAGE.read_text(encoding="utf-8"), Path(scratch) / "workshop"), encoding="utf-8")
