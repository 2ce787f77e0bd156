"""What it costs to deploy csv_report into an empty world, after the first time in the process.

    python benchmarks/deploy_csv_report.py [--rounds 10]

In milliseconds, from the file to the last resource. The last line is the ratio to the yardstick: 40 CreateQueue calls
on bare moto in the same process.
"""

from __future__ import annotations

import argparse

import measuring

TEMPLATE = measuring.PIPELINE / "template.yaml"


def main() -> None:
    """Print the figures and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often to take each figure; medians are shown")
    rounds = parser.parse_args().rounds
    first_ms, _ = measuring.in_a_world(TEMPLATE)
    taken = [(measuring.in_a_world(TEMPLATE)[0], measuring.yardstick_ms()) for _ in range(rounds)]
    print(f"the first of the process: {first_ms:.0f} ms")
    measuring.show("after it", "csv_report deploy ratio", taken)


if __name__ == "__main__":
    main()
