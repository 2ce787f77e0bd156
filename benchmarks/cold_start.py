"""What `harness run` of one short scenario takes from a cold start, beside `python -c "import boto3, moto"`.

    python benchmarks/cold_start.py [--rounds 5]

Both are processes of their own, in turn, after one of each that is not counted: it writes the bytecode. The last line
is the ratio of the two.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

import measuring

SCENARIO = measuring.TREE / "scenarios" / "csv_report" / "happy_path.yaml"


def run_s() -> float:
    """Seconds for the scenario."""
    return measuring.seconds_of(sys.executable, "-c", "from harness.cli import main; main()", "run", str(SCENARIO))


def import_s() -> float:
    """Seconds for the imports."""
    return measuring.seconds_of(sys.executable, "-c", "import boto3, moto")


def main() -> None:
    """Print both and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often to take each figure; medians are shown")
    rounds = parser.parse_args().rounds
    run_s(), import_s()
    taken = [(run_s(), import_s()) for _ in range(rounds)]
    print(f"harness run of one scenario: {median(ran for ran, _ in taken):.2f} s")
    print(f"import boto3, moto: {median(bare for _, bare in taken):.2f} s")
    print(f"cold start ratio: {median(ran / bare for ran, bare in taken):.2f}")


if __name__ == "__main__":
    main()
