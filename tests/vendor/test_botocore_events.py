"""What botocore finds out of its events is found out once."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import botocore.session
from botocore import handlers, hooks
from botocore.hooks import EVENT_ALIASES, EventAliaser, HierarchicalEmitter

from harness.vendor import botocore_events
from harness.vendor.patches import Patches

RENAMED = next(name for name in EVENT_ALIASES if "." not in name)


def looked_up_by_a_new_aliaser(aliases: dict[str, str] | None = None) -> dict[str, str]:
    """The aliaser's table after one event."""
    aliaser = EventAliaser(HierarchicalEmitter(), aliases)
    aliaser.emit(f"before-call.{RENAMED}.Operation")
    table: dict[str, str] = aliaser._alias_name_cache
    return table


def takes_any(**kwargs: Any) -> None: ...
def takes_one(event_name: str) -> None: ...


class Handler:
    def __call__(self, **kwargs: Any) -> None: ...
    def method(self, event_name: str) -> None: ...


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(EventAliaser.__init__).parameters) == ["self", "event_emitter", "event_aliases"]
    assert list(inspect.signature(hooks.accepts_kwargs).parameters) == ["func"]


def test_upstream_still_has_a_table_for_each_aliaser_and_looks_at_each_signature() -> None:
    assert looked_up_by_a_new_aliaser() is not looked_up_by_a_new_aliaser()
    assert "getfullargspec" in inspect.getsource(hooks.accepts_kwargs)


def test_botocores_own_renamings_are_one_table_and_an_authors_another() -> None:
    upstream = looked_up_by_a_new_aliaser()
    with Patches() as patches:
        botocore_events.apply(patches)
        first, second = looked_up_by_a_new_aliaser(), looked_up_by_a_new_aliaser(dict(EVENT_ALIASES))
        of_another = looked_up_by_a_new_aliaser({RENAMED: "ours"})
    assert first is second
    assert first == upstream
    assert of_another == {f"before-call.{RENAMED}.Operation": "before-call.ours.Operation"}


def test_of_every_handler_of_botocores_the_same_is_said() -> None:
    asked = [entry[1] for entry in handlers.BUILTIN_HANDLERS]
    asked += [takes_any, takes_one, Handler(), Handler().method, functools.partial(takes_one, "a")]
    signed = lambda event_name: None  # noqa: E731
    signed.__signature__ = inspect.signature(takes_any)  # type: ignore[attr-defined]
    asked.append(signed)
    upstream = [bool(hooks.accepts_kwargs(handler)) for handler in asked]
    with Patches() as patches:
        botocore_events.apply(patches)
        assert [bool(hooks.accepts_kwargs(handler)) for handler in asked] == upstream
    assert {True, False} <= set(upstream)


def test_a_session_has_the_handlers_it_has_without_us() -> None:
    def registered() -> list[str]:
        emitter = botocore.session.Session().get_component("event_emitter")._emitter
        return [str(handler) for handler in emitter._handlers.prefix_search("before-parameter-build.s3.PutObject")]

    upstream = registered()
    with Patches() as patches:
        botocore_events.apply(patches)
        assert registered() == upstream
    assert upstream


def test_undo_restores_the_very_same_objects() -> None:
    before = (EventAliaser.__init__, hooks.accepts_kwargs)
    with Patches() as patches:
        botocore_events.apply(patches)
        assert EventAliaser.__init__ is not before[0]
        assert hooks.accepts_kwargs is not before[1]
    assert (EventAliaser.__init__, hooks.accepts_kwargs) == before
