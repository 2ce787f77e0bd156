"""This file decides whether a table's items are there and hold what they must; it looks through DynamoDB's API."""

from __future__ import annotations

import json
from typing import Any

from harness.act.items import plain, typed
from harness.act.stage import TABLE, Stage
from harness.expect import explain
from harness.expect.looked import Looked
from harness.expect.values import json_problems
from harness.scenario.model import ItemCheck, ItemsCheck


def look_at_item(stage: Stage, check: ItemCheck) -> Looked:
    """One item, by its key."""
    table = stage.resource(check, check.table, TABLE).physical_id
    sentence = _item_sentence(check)
    related = (check.table,)
    answer = stage.client("dynamodb").get_item(TableName=table, Key=typed(check.key), ConsistentRead=True)
    if "Item" not in answer:
        if not check.exists:
            return Looked(sentence, [], related)
        return Looked(sentence, [_missing(check, all_items(stage, table))], related)
    found = _as_json(plain(answer["Item"]))
    if not check.exists:
        return Looked(sentence, [f"it is there: {found}"], related)
    return Looked(sentence, json_problems(found, check.json_), related)


def _missing(check: ItemCheck, items: list[dict[str, Any]]) -> str:
    if not items:
        return f"it is not there; {check.table} is empty"
    keys = [_as_json({name: item.get(name) for name in check.key}) for item in items]
    return f"it is not there; {check.table} holds {explain.few(keys)}"


def _item_sentence(check: ItemCheck) -> str:
    head = f"item {_as_json(check.key)} in {check.table} {'exists' if check.exists else 'does not exist'}"
    wishes = explain.wishes("JSON value", check.json_)
    return f"{head}, with {explain.join(wishes)}" if wishes else head


def look_at_items(stage: Stage, check: ItemsCheck) -> Looked:
    """All items of a table."""
    table = stage.resource(check, check.table, TABLE).physical_id
    items = all_items(stage, table)
    problems = []
    if check.count is not None and check.count.check(len(items)) is not None:
        shown = explain.few([_as_json(item) for item in items], most=3)
        problems.append(f"it holds {len(items):,}" + (f": {shown}" if items else ""))
    problems += json_problems(_as_json(items), check.json_)
    wishes = [f"holds {explain.amount(check.count, 'item')}"] if check.count is not None else []
    wishes += explain.wishes("has, as a list, the JSON value", check.json_)
    return Looked(f"{check.table} {explain.join(wishes) or 'can be read'}", problems, (check.table,))


def all_items(stage: Stage, table: str) -> list[dict[str, Any]]:
    """All items as plain JSON, in the order of their keys."""
    client = stage.client("dynamodb")
    keys = [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [plain(item) for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: [_in_order(item[key]) for key in keys])


def _in_order(value: Any) -> tuple[float, str]:
    # A key is a text or a number, the same for the whole table.
    return (0, value) if isinstance(value, str) else (value, "")


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
