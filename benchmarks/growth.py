"""How the time of a burst through csv_report grows with the number of uploads.

    python benchmarks/growth.py [--uploads 10000] [--rounds 1]

A tenth of the uploads and all of them, each in a process of its own, in turn. The last line is the CPU time of the
large burst, divided by ten times that of the small one: near 1 says that nothing walks what came before.
"""

from __future__ import annotations

import argparse
from statistics import median

import burst
import measuring

TIMES = 10


def main() -> None:
    """Print both bursts' seconds and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1, help="how often to take each figure; the median is shown")
    options = parser.parse_args()
    real, cpu = [], []
    for _ in range(options.rounds):
        few, many = (
            measuring.in_a_process(burst.__file__, "--only-burst", str(uploads))
            for uploads in (options.uploads // TIMES, options.uploads)
        )
        print(f"{options.uploads // TIMES} uploads: {few['real_s']:.2f} s, {few['peak_mb'] or 0:.0f} MB at the peak")
        print(
            f"{options.uploads} uploads: {many['real_s']:.2f} s, {many['peak_mb'] or 0:.0f} MB at the peak", flush=True
        )
        real.append(many["real_s"] / TIMES / few["real_s"])
        cpu.append(many["cpu_s"] / TIMES / few["cpu_s"])
    print(f"growth ratio, real time: {median(real):.2f}")
    print(f"growth ratio: {median(cpu):.2f}")


if __name__ == "__main__":
    main()
