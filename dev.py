"""Set up this checkout and do one thing with it, on a machine that has only Python and git.

    python3 dev.py demo            run the CSV pipeline's scenarios
    python3 dev.py test [ARG ...]  lint, types, then the tests; ARGs go to pytest
    python3 dev.py setup           only make the virtual environment

Everything goes into `.venv` beside this file, so a Python that forbids installing outside a virtual environment is
fine; the AWS CLI, which wants another botocore, into an environment inside of it. Both are made again when
pyproject.toml has changed. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from"
OLDEST, NEWEST = (3, 11), (3, 13)


def main(arguments: list[str]) -> int:
    """Do what is asked and return the exit code of the last thing done."""
    commands = {"demo": demo, "test": test, "setup": lambda rest: 0}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 2
    set_up()
    return commands[arguments[0]](arguments[1:])


def demo(rest: list[str]) -> int:
    """Run the scenarios of the CSV pipeline, or whatever is named instead."""
    return run("-m", "harness", "run", *(rest or ["scenarios/csv_report"]))


def test(rest: list[str]) -> int:
    """Lint, types, tests; the test runner's summary comes last."""
    for check in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]):
        print("$", *check, flush=True)
        failed = run("-m", *check)
        if failed:
            return failed
    return run("-m", "pytest", *(rest or ["-n", "auto"]))


def set_up() -> None:
    """Make `.venv` and install the project with everything in it, unless that is done already."""
    check_version()
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print(f"Setting up {VENV.relative_to(ROOT)} (once; about a minute) ...", flush=True)
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(
            f"Python could not make a virtual environment: {error}\n"
            "On Debian and Ubuntu the part for it is a package of its own: apt install python3-venv"
        )
    installed = run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ".[all]")
    if installed != 0:
        sys.exit("pip could not install the project; its own message is above.")
    if run("tests/serve/aws_cli.py") != 0:
        sys.exit("pip could not install the AWS CLI, which the tests use; its own message is above.")
    STAMP.write_text(wanted)


def check_version() -> None:
    """Stop with a sentence if this Python is not one the project supports."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        here = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"This is Python {here}; pipeline-harness runs on {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}. "
            f"If you have another, name it: python3.{NEWEST[1]} dev.py ..."
        )


def run(*arguments: str) -> int:
    """Run the environment's Python in the project's folder."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return subprocess.run([str(python), *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
