"""Where the AWS CLI is that the tests use: version 1, which is in Python's package index.

It names one botocore, another than boto3 here, so it has an environment of its own inside of the one that runs the
tests. ``dev.py`` makes it with the rest; whoever runs the tests otherwise has it made at the first need.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from filelock import FileLock

FOLDER = Path(sys.prefix) / "aws-cli"


def command() -> Path:
    """The program ``aws``; it is installed if it is not there."""
    program = FOLDER / "bin" / "aws"
    with FileLock(f"{FOLDER}.lock"):
        if not program.exists():
            venv.create(FOLDER, with_pip=True, clear=True)
            pip = [str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "awscli>=1.40,<2"], check=True)
    return program


if __name__ == "__main__":
    command()
