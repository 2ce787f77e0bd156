"""This file decides where a function's ``logging`` goes: to a tree of loggers of its environment's own.

Upstream: a process has one root logger. Why that can't stay: one handler's ``setLevel(DEBUG)`` would make all others
talk, and a log handler added by one would be called for all. What we do: ``logging``'s root, manager and handler lists
are the environment's while its tasks run. A library shared by all functions keeps the loggers that it took when it was
imported; what they say inside a function goes on to that function's logger of the same name. (Their *level* is
the process's: a function's ``getLogger("botocore").setLevel(DEBUG)`` shows nothing more.)
Since: CPython 3.11. Not needed any more when: never.
"""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Callable
from typing import Any

from harness.vendor.patches import Patches


class FunctionLogging:
    """One environment's loggers: a root at WARNING, with Lambda's one handler on it."""

    def __init__(self, handler: logging.Handler) -> None:
        self._root = logging.RootLogger(logging.WARNING)
        self._manager = logging.Manager(self._root)
        self._handlers: Any = weakref.WeakValueDictionary()
        self._handler_list: list[Any] = []
        self._root.addHandler(handler)
        self._host: tuple[Any, Any, Any, Any, Any] | None = None

    def enter(self) -> None:
        """Make these the process's loggers."""
        module: Any = logging
        logger: Any = logging.Logger
        self._host = (module.root, logger.root, logger.manager, module._handlers, module._handlerList)
        module.root = logger.root = self._root
        logger.manager = self._manager
        module._handlers, module._handlerList = self._handlers, self._handler_list

    def leave(self) -> None:
        """Put the process's own back."""
        assert self._host is not None
        module: Any = logging
        logger: Any = logging.Logger
        module.root, logger.root, logger.manager, module._handlers, module._handlerList = self._host

    def hand_on(self, record: logging.LogRecord) -> None:
        """Treat a shared library's record as if the function's logger of that name had made it."""
        logger = self._manager.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.callHandlers(record)

    def is_own(self, logger: logging.Logger) -> bool:
        """Whether the logger belongs to this environment."""
        return logger.manager is self._manager

    def host_logger(self, name: str) -> logging.Logger:
        """The process's logger of that name."""
        assert self._host is not None
        manager: logging.Manager = self._host[2]
        return manager.getLogger(name)


def apply(
    patches: Patches,
    *,
    active: Callable[[], FunctionLogging | None],
    is_own_file: Callable[[str], bool],
) -> None:
    """Route what shared libraries log; ``active`` is the running environment's loggers, or None."""
    original_call, original_get = logging.Logger.callHandlers, logging.getLogger

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        here = active()
        if here is None or here.is_own(self):
            original_call(self, record)
        else:
            here.hand_on(record)

    def get_logger(name: str | None = None) -> logging.Logger:
        here = active()
        if here is not None and name:
            caller = sys._getframe(1).f_code
            # A library that is imported now will serve other functions too.
            if caller.co_name == "<module>" and not is_own_file(caller.co_filename):
                return here.host_logger(name)
        return original_get(name)

    patches.put(logging.Logger, "callHandlers", call_handlers)
    patches.put(logging, "getLogger", get_logger)
