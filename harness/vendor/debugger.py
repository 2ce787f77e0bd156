"""This file decides where a debugger that is started inside a function talks: at the process's own terminal.

Upstream: ``pdb.Pdb`` takes ``sys.stdout`` when it is made. Why that can't stay: inside a function that is the
function's log. What we do: give it the process's stream, unless somebody (pytest) has already put another in place.
Changed is the class and not ``set_trace``, which must be called by the author's own frame. Since: CPython 3.11. Not
needed any more when: functions run in processes of their own.
"""

from __future__ import annotations

import pdb
import sys
from collections.abc import Callable
from typing import Any

from harness.vendor.patches import Patches
from harness.vendor.surroundings import Surroundings


def apply(patches: Patches, *, active: Callable[[], Surroundings | None], on_debugger: Callable[[], None]) -> None:
    """Let debuggers out; ``on_debugger`` is called when one is started inside a function."""
    original = pdb.Pdb.__init__

    def init(self: pdb.Pdb, completekey: str = "tab", stdin: Any = None, stdout: Any = None, **kwargs: Any) -> None:
        here = active()
        if here is not None:
            here.debugging = True
            on_debugger()
            if stdout is None and sys.stdout is here.stdout:
                stdout = here.host_stdout
        original(self, completekey, stdin, stdout, **kwargs)
        # Given a stream, pdb believes that it is not at a terminal.
        self.use_rawinput = stdin is None

    patches.put(pdb.Pdb, "__init__", init)
