"""What the scenario suite takes in two processes, beside one.

    python benchmarks/suite.py [--rounds 1] [scenarios]

`pytest -n 2` and `pytest -n 1`, in turn. The last line is the ratio of their real times: half would be ideal.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

import measuring


def suite_s(processes: int, paths: list[str]) -> float:
    """Seconds for the suite."""
    return measuring.seconds_of(sys.executable, "-m", "pytest", "-q", "-n", str(processes), *paths)


def main() -> None:
    """Print both and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=["scenarios"])
    parser.add_argument("--rounds", type=int, default=1, help="how often to take each figure; medians are shown")
    options = parser.parse_args()
    taken = [(suite_s(2, options.paths), suite_s(1, options.paths)) for _ in range(options.rounds)]
    print(f"two processes: {median(two for two, _ in taken):.1f} s")
    print(f"one process: {median(one for _, one in taken):.1f} s")
    print(f"suite ratio: {median(two / one for two, one in taken):.2f}")


if __name__ == "__main__":
    main()
