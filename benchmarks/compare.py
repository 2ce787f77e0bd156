"""Two commits under the same benchmark, in turn.

    python benchmarks/compare.py main HEAD --rounds 3 -- growth.py --uploads 1000

Each commit is checked out into a folder of its own; `.` is the tree as it lies here. The benchmark is always this
tree's. The last line is the median of its last line's figure under the second, divided by that under the first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import measuring


@contextmanager
def tree(commit: str, folder: Path) -> Iterator[Path]:
    """The commit's files."""
    if commit == ".":
        yield measuring.ROOT
        return
    git = ["git", "-C", str(measuring.ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def figure(at: Path, benchmark: list[str]) -> float:
    """The number at the end of what the benchmark prints."""
    script, *options = benchmark
    command = [sys.executable, str(Path(__file__).with_name(script)), *options]
    environ = measuring.environ(at)
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=at, env=environ).stdout
    last_line = printed.splitlines()[-1]
    print(f"{at.name}: {last_line}", flush=True)
    return float(last_line.rpartition(" ")[2])


def main() -> None:
    """Print each figure and, last, the ratio of the two commits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a commit, or .")
    parser.add_argument("after", help="a commit, or .")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("benchmark", nargs="+", help="-- a file of this folder, and its options")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        before = stack.enter_context(tree(options.before, Path(folder) / "before"))
        after = stack.enter_context(tree(options.after, Path(folder) / "after"))
        taken = [(figure(before, options.benchmark), figure(after, options.benchmark)) for _ in range(options.rounds)]
    print(f"after beside before: {median(new / old for old, new in taken):.2f}")


if __name__ == "__main__":
    main()
