"""This file decides how far a function's process may go, and measures how far it went.

Time: ``INIT_LIMIT_S`` to start and the function's own timeout to answer, both on the machine's clock, however fast the
world's goes: the code cannot run any faster. Memory: what the process and its children really use is looked at while a
call runs, and a process over the function's memory size is killed; besides, memory that is only asked for ends at
``DATA_ROOM`` over that size, with the language's own error. Processors are not limited, nor is the disk.
"""

from __future__ import annotations

import contextlib

import psutil

# LAM-20: a longer init is begun again inside the first call, under the function's timeout.
INIT_LIMIT_S = 10.0
# How often memory is looked at: of the process, and (that costs more) of its children too.
LOOK_S = 0.05
FIRST_TREE_LOOK_S, TREE_LOOK_S = 0.25, 1.0
# LAM-08: processes and threads
MOST_PROCESSES = 1024
DATA_ROOM = 1 << 30
# What one call may print; more is cut.
MOST_OUTPUT_BYTES = 1 << 20
MB = 1 << 20


class Measure:
    """The memory of one process; ``peak`` is the most that was seen, in bytes."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self.processes = 1
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.Error):
            self._process = psutil.Process(pid)

    def look(self, *, tree: bool = False) -> int:
        """Bytes in use now; with ``tree``, by the children too."""
        if self._process is None:
            return 0
        used = 0
        with contextlib.suppress(psutil.Error):
            used = self._process.memory_info().rss
            if tree:
                children = self._process.children(recursive=True)
                self.processes = 1 + len(children)
                for child in children[:MOST_PROCESSES]:
                    with contextlib.suppress(psutil.Error):
                        # Pages that parent and child still share count once.
                        used += max(0, child.memory_info().rss - child.memory_info().shared)
        self.peak = max(self.peak, used)
        return used


def data_limit(memory_mb: int) -> int:
    """How many bytes a function's process may ask for."""
    return memory_mb * MB + DATA_ROOM


def kill_by_variable(name: str, value: str) -> None:
    """Kill every process that was started with this variable."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(name) == value:
                process.kill()
