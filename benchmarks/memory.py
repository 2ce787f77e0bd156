"""How much memory a burst through csv_report needs at its peak, beside a process that only imports boto3 and moto.

    python benchmarks/memory.py [--uploads 1000] [--rounds 1]

Each figure is the peak of a process of its own. The last line is the burst's peak divided by the import's.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

# Imported for --only-import too: what it imports is nothing beside boto3 and moto.
import measuring


def main() -> None:
    """Print both peaks and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1, help="how often to take each figure; medians are shown")
    parser.add_argument("--only-import", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_import:
        import boto3  # noqa: F401
        import moto  # noqa: F401

        print(json.dumps({"peak_mb": measuring.peak_mb()}))
        return
    if measuring.peak_mb() is None:
        sys.exit("This system does not tell a process's peak memory.")
    burst = str(Path(__file__).with_name("burst.py"))
    peaks, bare = [], []
    for _ in range(options.rounds):
        peaks.append(measuring.in_a_process(burst, "--only-burst", str(options.uploads))["peak_mb"])
        bare.append(measuring.in_a_process(__file__, "--only-import")["peak_mb"])
    print(f"{options.uploads} uploads: {median(peaks):.0f} MB at the peak")
    print(f"import boto3, moto: {median(bare):.0f} MB at the peak")
    print(f"memory ratio: {median(one / base for one, base in zip(peaks, bare, strict=True)):.2f}")


if __name__ == "__main__":
    main()
