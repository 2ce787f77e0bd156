"""This file decides what is said about one value that cannot be used: a sentence, and a hint what to do.

Input is one error of pydantic's, of its own types or of ours (``PydanticCustomError``). Where it stands and
which keys are valid there is the business of ``explain.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import did_you_mean, nearest, shown_path
from harness.scenario.values import LONGEST_DURATION_D, LONGEST_PATTERN

Said = tuple[str, str | None]

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_LONGEST_SHOWN = 60


def sentence(error: Mapping[str, Any]) -> Said:
    """What is wrong with the value, and what to do about it (None if the sentence says it all)."""
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind in _WANTED:
        said, hint = wrong_type([kind], value)
        if error["loc"][-1:] == ("equals",) and isinstance(value, dict | list) and kind == "string_type":
            hint = "To look inside JSON use the key json."
        return said, hint
    if kind in _SAID:
        return _SAID[kind](value, context)
    return f"{shown(value)} cannot be used here: {error['msg'][:1].lower()}{error['msg'][1:]}.", None


def wrong_type(kinds: list[str], value: Any) -> Said:
    """For a value none of whose allowed types it has."""
    names = [_WANTED[kind] for kind in kinds if kind != "int_type" or "float_type" not in kinds]
    wanted = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    if value is None:
        return (
            f"Nothing stands behind this key; {wanted} is wanted.",
            "Leave the key out, or indent its content.",
        )
    hint = None
    if "string_type" in kinds and isinstance(value, int | float):
        hint = f'Write "{shown(value)}" in quotes if it is a text.'
    elif kinds[0] in ("tuple_type", "list_type") and isinstance(value, dict):
        hint = 'Put "- " in front of each item.'
    elif kinds[0] in ("model_type", "dict_type") and isinstance(value, list):
        hint = 'Leave the "- " out.'
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]+|true|false", value):
        hint = "Leave the quotes out."
    return f"This is {described(value)}; {wanted} is wanted.", hint


def described(value: Any) -> str:
    """A value and its kind in a few words."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return shown(value) if isinstance(value, bool) else f"the number {shown(value)}"


def shown(value: Any) -> str:
    """A value as the file could write it, cut if it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def listed(names: list[str]) -> str:
    """Names in quotes: ``"a", "b" and "c"``."""
    quoted = [f'"{name}"' for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


_UNIT_WORDS = {
    "ms": ["msec", "milli", "millisecond"],
    "s": ["sec", "second"],
    "m": ["min", "minute"],
    "h": ["hr", "hour"],
    "d": ["day"],
}


def _duration(value: Any, _: Any) -> Said:
    usual = "Durations are written like 250ms, 30s, 5m, 2h, 1d or 1m30s."
    text = str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0:
            return f"{shown(value)} is no duration: time does not go backwards.", usual
        return f"{shown(value)} is no duration: its unit is missing.", f'Did you mean "{text}s"?'
    if re.fullmatch(r"[0-9]+", text):
        return f"{shown(value)} is no duration: its unit is missing.", f'Did you mean "{text}s"?'
    if text.startswith("-"):
        return f"{shown(value)} is no duration: time does not go backwards.", usual
    words = re.fullmatch(r"([0-9]+)\s*([a-zA-Z]+)", text)
    if words and (unit := _unit(words[2])):
        return f"{shown(value)} is no duration.", f'Did you mean "{words[1]}{unit}"?'
    return f"{shown(value)} is no duration.", usual


def _unit(word: str) -> str | None:
    word = word.lower()
    return next((unit for unit, words in _UNIT_WORDS.items() if word.removesuffix("s") in words or word == unit), None)


def _pattern(_: Any, context: Mapping[str, Any]) -> Said:
    return f"This is no regular expression: {context['reason']}.", None


def _no_file(_: Any, context: Mapping[str, Any]) -> Said:
    near = f'Did you mean "{context["nearest"]}"? ' if context["nearest"] else ""
    tried = " and ".join(dict.fromkeys(shown_path(Path(one)) for one in context["tried"]))
    return f'There is no {context["kind"]} "{context["name"]}".', f"{near}Looked for {tried}."


def _item_type(value: Any, context: Mapping[str, Any]) -> Said:
    if isinstance(value, str) and nearest(value, context["verbs"]):
        near = nearest(value, context["verbs"])
        return f'The text "{value}" is no item; an item is a mapping with one verb.', f'Write "{near}: ...".'
    problem = f"This is {described(value) if value is not None else 'empty'}; a mapping with one verb is wanted."
    return problem, 'For example "- settle: true".' if "settle" in context["verbs"] else _verbs(context)


def _verbs(context: Mapping[str, Any]) -> str:
    return "Verbs: " + ", ".join(context["verbs"]) + "."


def _item_verbs(_: Any, context: Mapping[str, Any]) -> Said:
    return (
        f"One item has {len(context['found'])} verbs, {listed(context['found'])}; it may have one.",
        'Put "- " in front of each to make them items of their own.',
    )


def _choice(_: Any, context: Mapping[str, Any]) -> Said:
    choices = ", ".join(context["choices"])
    if not context["found"]:
        return f"Exactly one of {choices} must be given; there is none.", None
    return f"Exactly one of {choices} may be given; there are {listed(context['found'])}.", None


def _placeholder(_: Any, context: Mapping[str, Any]) -> Said:
    name = context["name"]
    return (
        f'"{{{name}}}" is no placeholder; there are {{n}} and, padded with zeros, {{n:04}}.',
        f'For a literal brace write "{{{{{name}}}".',
    )


def _upload_name(_: Any, context: Mapping[str, Any]) -> Said:
    names = ", ".join(f"{{{name}}}" for name in context["names"])
    return f'"{{{context["name"]}}}" names nothing of an upload.', f"There are {names}."


def _range(word: str, key: str) -> Callable[[Any, Mapping[str, Any]], Said]:
    return lambda value, context: (f"{shown(value)} is too {word}; {context[key]} is the limit.", None)


def _fixed(problem: str, hint: str | None = None) -> Callable[[Any, Mapping[str, Any]], Said]:
    return lambda value, context: (problem.replace("VALUE", shown(value)), hint)


_SAID: dict[str, Callable[[Any, Mapping[str, Any]], Said]] = {
    "duration": _duration,
    "duration_long": _fixed(f"VALUE is too long; {LONGEST_DURATION_D}d is the limit, a hundred years."),
    "size": _fixed(
        "VALUE is no size.",
        "Sizes are written like 1MB (1000 × 1000 bytes), 256KiB (1024 bytes each) or 1048576.",
    ),
    "moment": _fixed("VALUE is no date and time with a zone.", "Write it like 2030-01-15T09:00:00Z."),
    "pattern": _pattern,
    "pattern_long": lambda _, context: (
        f"This regular expression has {context['length']} characters; {LONGEST_PATTERN} are the limit.",
        "Use contains, or a check in Python.",
    ),
    "jmespath": lambda _, context: (f"{shown(context['text'])} is no JMESPath: {context['reason']}.", None),
    "base64": _fixed("VALUE is not base64."),
    "no_file": _no_file,
    "item_type": _item_type,
    "item_empty": lambda _, context: ("This item is empty; one verb is wanted.", _verbs(context)),
    "item_verbs": _item_verbs,
    "choice": _choice,
    "placeholder": _placeholder,
    "upload_name": _upload_name,
    "repeat_nested": _fixed(
        "A repeat cannot stand inside a repeat.",
        "Multiply the times, or put the repeats one after the other.",
    ),
    "only_true": _fixed("VALUE cannot stand here; there is only true."),
    "csv_row": lambda _, context: (
        f"row has {context['row']} cells and header has {context['header']}.",
        None,
    ),
    "csv_length": _fixed("The length of the CSV is missing.", "Give rows (a number) or at_least (a size)."),
    "matcher_empty": lambda _, context: (
        "This matcher is empty.",
        "Operators: " + ", ".join(context["operators"]) + ".",
    ),
    "operator_misspelt": lambda _, context: (
        f'"{context["name"]}" is no operator; did you mean "{context["nearest"]}"?',
        f"To compare with a mapping that has this key write {{equals: {{{context['name']}: ...}}}}.",
    ),
    "absent_object": _fixed("An object that must not exist has no content.", "Leave out what else is said about it."),
    "absent_item": _fixed("An item that must not exist has no content.", "Leave out what else is said about it."),
    "after_refusal": lambda value, context: (
        f'After a deployment that is refused there is no "{context["key"]}".',
        f"Leave out {context['key']}, or deploy.",
    ),
    "before_after": _fixed("Only one of before, after may be given."),
    "literal_error": lambda value, context: (
        f"{shown(value)} cannot stand here; {context['expected'].replace(chr(39), '')} can.",
        did_you_mean(value, re.findall(r"'([^']*)'", context["expected"])) if isinstance(value, str) else None,
    ),
    "stub_delay": _fixed("With answers each answer has its own delay.", "Put delay beside returns, error or python."),
    "stub_method": _fixed("An AWS call has no method.", "Leave method out, or name a url."),
    "string_too_short": _fixed("This text is empty."),
    "text_empty": _fixed("This text is empty."),
    "string_too_long": _range("long", "max_length"),
    "too_short": _fixed("This list is empty; it needs at least one item."),
    "greater_than_equal": _range("small", "ge"),
    "less_than_equal": _range("large", "le"),
    "string_pattern_mismatch": _fixed("VALUE has not the form that is wanted here."),
}
