"""This file decides what a folder must hold so that a world can stand again: its beginning, and what came from outside.

Nothing of the world itself is stored. The kernel makes the same of the same beginning and the same inputs at the same
virtual times (that is what makes a scenario's trace repeat), so a world is built again by giving it its past once more:
fast, since time need not pass, and without a word to anybody, since it was answered then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from harness import versions
from harness.errors import ScenarioError
from harness.kernel.scheduler import Kernel
from harness.serve.journal import Journal, Record
from harness.world.template import Template

FORMAT = 1
# What makes something else of the same past.
_MAKERS = (versions.OURS, "moto", "boto3")

# Given a record of the kind that it is registered for: does again what that input did.
Again = Callable[[Record], Any]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a world is begun with, besides its templates' text: the same beginning makes the same world."""

    start: datetime
    seed: int


class State:
    """The folder of one server, locked as long as it is open.

    ``kinds`` says how each kind of input is taken in again. ``problem`` is set if the past does not come out as it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds: dict[str, Again] = {}
        self.problem: ScenarioError | None = None
        self._kernel: Kernel | None = None
        self._repeating = False

    def __enter__(self) -> State:
        where = f"--state {self.folder}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / "lock", timeout=0)
            self._lock.acquire()
            self._journal = Journal(self.folder / "journal")
        except Timeout:
            raise ScenarioError(
                f"{where}: another harness is using this folder.",
                hint="Stop that one, or give this one a folder of its own.",
            ) from None
        except (OSError, ValueError) as problem:
            raise ScenarioError(
                f"{where}: {problem}", hint="Name a folder that harness up may make, or that it has made."
            ) from None
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._journal.close()
        self._lock.release()

    # -- the beginning ----------------------------------------------------------------------------

    def begin(self, seed: int, templates: Sequence[Template], parameters: Mapping[str, str]) -> Beginning:
        """How the world is to begin: as it did if the folder knows, else now, which is then written down.

        Raises:
            ScenarioError: what the folder holds was begun with something else.
        """
        wanted = {"format": FORMAT, "seed": seed, "templates": _fingerprints(templates), "parameters": dict(parameters)}
        makers = {name: versions.of(name) for name in _MAKERS}
        first = next(self._journal.read(), None)
        if first is None:
            start = datetime.now(UTC)
            self._journal.write(Record({"kind": "world", "start": start.isoformat(), "makers": makers, **wanted}))
            return Beginning(start, seed)
        self._compare({name: first.head.get(name) for name in wanted}, wanted)
        return Beginning(datetime.fromisoformat(first.head["start"]), seed)

    def _compare(self, was: dict[str, Any], wanted: dict[str, Any]) -> None:
        different = [name for name in wanted if was[name] != wanted[name]]
        if not different:
            return
        shown = "; ".join(f"{name}: it was {was[name]!r}, and now is {wanted[name]!r}" for name in different)
        raise ScenarioError(
            f"--state {self.folder}: what is saved here was begun with something else. {shown}.",
            hint="A saved world goes on as it was begun. Start it in the same way, or give this one a new folder.",
        )

    # -- the past ---------------------------------------------------------------------------------

    @property
    def is_new(self) -> bool:
        """Whether the world that stands has no past."""
        return not self._journal.records

    def repeat(self, kernel: Kernel, over: Callable[[], object]) -> int:
        """Have the kernel take in the past before anything else, then ``over``; returns how many inputs that are."""
        assert kernel.pace is not None
        self._kernel = kernel
        inputs = max(self._journal.records - 1, 0)
        self._repeating = inputs > 0
        kernel.pace.repeat(self._past(kernel, over))
        return inputs

    def repeats(self) -> bool:
        """Whether what happens now has happened before."""
        return self._repeating

    def _past(self, kernel: Kernel, over: Callable[[], object]) -> Iterator[tuple[int, Callable[[], Any]]]:
        past = self._journal.read()
        next(past, None)
        for number, record in enumerate(past, start=1):

            def again(record: Record = record, number: int = number) -> None:
                if self.problem is None:
                    self._check(kernel, record, number)
                if self.problem is None:
                    self.kinds[record.head["kind"]](record)

            yield record.head["at_us"], again
        # The last one is about to be taken in: what it leads to is not written down yet.
        self._repeating = False
        assert kernel.pace is not None
        kernel.pace.take_in(over)

    def _check(self, kernel: Kernel, record: Record, number: int) -> None:
        was, now = record.head["events"], kernel.trace.count
        if was == now:
            return
        makers = next(self._journal.read()).head.get("makers", {})
        changed = [
            f"{n} was {makers.get(n)} and is {versions.of(n)}" for n in _MAKERS if makers.get(n) != versions.of(n)
        ]
        self.problem = ScenarioError(
            f"--state {self.folder}: what is saved here cannot be built again: before input {number} "
            f"({record.head['kind']}) there were {was} events, and now there are {now}."
            + (f" {'; '.join(changed)}." if changed else ""),
            hint="Start it with the versions and the templates that it was saved with, or give a new folder. "
            "Nothing in this one was changed.",
        )

    # -- the present ------------------------------------------------------------------------------

    def write(self, kind: str, head: Mapping[str, Any], body: bytes = b"") -> None:
        """Write an input down, before it does anything. What is only repeated stands there already."""
        kernel = self._kernel
        if kernel is None or self._repeating or self.problem is not None:
            return
        when = {"kind": kind, "at_us": kernel.clock.now_us, "events": kernel.trace.count}
        self._journal.write(Record({**when, **head}, body))

    def keep(self) -> None:
        """Return when the disk has all of it."""
        self._journal.keep()

    def forget(self) -> None:
        """The account is to be as it was at first."""
        self._journal.begin_anew()


def _fingerprints(templates: Sequence[Template]) -> list[list[str]]:
    texts = [json.dumps(template.body, sort_keys=True, default=str) for template in templates]
    return [
        [str(t.path), hashlib.sha256(text.encode()).hexdigest()[:16]] for t, text in zip(templates, texts, strict=True)
    ]
