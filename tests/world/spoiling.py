"""Templates with something spoiled in them, for the fuzz tests of this folder."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each part of a value, itself first."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in below for p in places(item, (*path, key)))]


@st.composite
def spoiled(draw: st.DrawFn, bodies: Sequence[Any], junk: st.SearchStrategy[Any], names: st.SearchStrategy[str]) -> Any:
    """One of ``bodies`` with one to three parts replaced by ``junk``, removed, or called by one of ``names``."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(places(body)[1:]))
        parent = body
        for key in above:
            parent = parent[key]
        kind = draw(st.sampled_from(["replace", "replace", "remove", "rename"]))
        if kind == "replace":
            parent[last] = draw(junk)
        elif kind == "remove" or isinstance(parent, list):
            del parent[last]
        else:
            parent[draw(names)] = parent.pop(last)
        if not body:
            break
    return body
