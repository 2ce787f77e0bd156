"""This file decides how a library is changed: attribute by attribute, and undone in reverse order."""

from __future__ import annotations

from types import TracebackType
from typing import Any

_ABSENT = object()


class Patches:
    """The changes in force in one world; leaving it restores the very same objects."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def put(self, target: Any, name: str, replacement: Any) -> Any:
        """Set ``target.name`` and return what stood there.

        Raises:
            AttributeError: nothing of that name stands there, so the library has changed.
        """
        original = getattr(target, name)
        # A class attribute is kept as it is stored: getattr would unwrap a staticmethod.
        stored = vars(target).get(name, _ABSENT) if hasattr(target, "__dict__") else original
        self._undo.append((target, name, stored))
        setattr(target, name, replacement)
        return original

    def add(self, target: Any, name: str, value: Any) -> None:
        """Set ``target.name``, which the library does not have.

        Raises:
            AttributeError: it has it now, so ours may not be needed any more.
        """
        if hasattr(target, name):
            raise AttributeError(f"{target!r} has a {name!r} of its own now.")
        self._undo.append((target, name, _ABSENT))
        setattr(target, name, value)

    def undo(self) -> None:
        """Put everything back, the last change first."""
        while self._undo:
            target, name, stored = self._undo.pop()
            if stored is _ABSENT:
                delattr(target, name)
            else:
                setattr(target, name, stored)

    def __enter__(self) -> Patches:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.undo()
