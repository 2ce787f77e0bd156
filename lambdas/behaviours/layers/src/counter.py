"""Counts the words of a text that are on a list, with a program that a layer brings."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from splitting import words

WORDS = Path("/opt/data/words.txt")
LABEL = Path("/var/task/label.txt").read_text(encoding="utf-8").strip()


def handler(event: dict[str, Any], context: Any) -> str:
    given = "\n".join(words(event["text"]))
    # grep's status is 1 where nothing matches.
    done = subprocess.run(["/opt/bin/matching", WORDS], input=given, capture_output=True, text=True, check=False)
    known = len(WORDS.read_text(encoding="utf-8").split())
    print(f"{LABEL}: {done.stdout.strip()} words of {known} known ones")
    return done.stdout.strip()
