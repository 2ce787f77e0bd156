from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.scenario.reference import reference_page
from harness.scenario.schema import scenario_schema, valid_keys
from harness.scenario.yaml_lines import read_documents

PAGE = Path(__file__).parents[2] / "docs/reference/scenario-language.md"

EVERYTHING = """
pipeline: lambdas/shop
name: everything
description: d
tags: [a]
starts: 2030-01-15T09:00:00Z
parameters: {Stage: dev, Size: 3, On: true}
seed: 4
limits: {steps: 10, virtual: 1d}
disturb:
  - fail: {function: F, times: always, error: {type: E, message: m}, after: true}
  - fail_call: {function: F, call: s3.GetObject, times: 2, error: SlowDown}
  - delay: {function: F, by: 3s}
  - deliver_twice: {queue: Q, times: all}
  - deliver_late: {bucket: B, by: 2m, times: all}
  - fail_delivery: {queue: Q, times: always}
  - reorder: {queue: Q}
  - kill: {function: F, times: 2}
  - throttle: {function: F, times: 2}
when:
  - upload: {bucket: B, key: k, file: orders.csv, metadata: {a: b}, content_type: text/csv}
  - upload: {bucket: B, key: k, json: {a: 1}}
  - upload: {bucket: B, key: k, base64: YQ==}
  - upload: {bucket: B, key: k, csv: {header: [a], row: ["{n}"], at_least: 1MB}}
  - send: {queue: Q, body: [1], attributes: {a: 1, b: c}, delay: 1s, group_id: g, deduplication_id: d}
  - publish: {topic: T, message: m, subject: s, attributes: {a: b}, group_id: g, deduplication_id: d}
  - put_events: {bus: B, source: s, detail_type: t, detail: {a: 1}, resources: ["arn:x"]}
  - invoke: {function: F, payload: {a: null}, type: event}
  - start: {state_machine: M, input: {a: 1}, name: n}
  - delete: {bucket: B, key: k}
  - put_item: {table: T, item: {id: "1", n: 2.5, more: {a: [true, null]}}}
  - put_record: {stream: S, data: {a: 1}, partition_key: k}
  - delete_item: {table: T, key: {id: "1"}}
  - advance: 1m30s
  - settle: true
  - repeat: {times: 3, steps: [{upload: {bucket: B, key: "{n}", text: t}}]}
  - request:
      {api: A, method: POST, path: "/a?b=c", query: {d: [e, f], g: 1}, headers: {h: i}, json: [1], stage: s, name: r}
  - request: {api: A, body: x, wait: false}
  - request: {api: A, as: {user: u, groups: [g], scopes: [s], claims: {c: 1}}}
  - connect: {api: A, name: c, query: {a: b}, headers: {h: i}, stage: s}
  - say: {client: c, json: {action: a}}
  - say: {client: c, text: t}
  - disconnect: {client: c}
  - redeliver: {object: {bucket: B, key: k}}
  - redeliver: {message: {queue: Q}}
  - redrive: {queue: Q, to: R, max_per_second: 10}
  - replay: {archive: A, rules: [R], name: n}
  - python: checks.py:total
  - python: {call: checks.py:total, args: {a: [1]}}
then:
  - object: {bucket: B, key: k, json: {a: 1, "b[0]": {c: 1}, d: {not: {one_of: [1, null]}}}, text: {contains: a},
      metadata: {reason: {exists: true}}, size: {at_most: 1MB}, within: 5m, because: b}
  - object: {bucket: B, key: k, exists: false}
  - item: {table: T, key: {id: "1"}, json: {n: 2.5}, within: 5m}
  - item: {table: T, key: {id: "1"}, exists: false}
  - items: {table: T, count: 1, json: {"[0].n": 2.5}}
  - objects: {bucket: B, prefix: p, count: {at_least: 1}, keys: [a, b]}
  - queue: {name: Q, messages: 1, in_flight: 0, body: b, bodies: [b, {matches: c}], json: {a: {length: 2}},
      attributes: {a: "1"}}
  - inbox: {to: a@example.com, topic: T, count: 1, subject: s, body: {ends_with: x}, json: {a: 1}}
  - function: {name: F, invocations: 1, errors: 0, succeeded: 1, timeouts: 0, throttles: 0, cold_starts: 1}
  - alarm: {name: A, is: ALARM, reason: {contains: x}, went_off: 1}
  - execution: {state_machine: M, count: 1, status: FAILED, path: [A, B], error: E, cause: {contains: c},
      output: {a: 1}, took: {at_least: 30s}}
  - response: {request: r, api: A, method: POST, path: /a, count: 1, status: {one_of: [200, 201]}, headers: {h: i},
      body: {contains: x}, json: {a: 1}, took: {at_most: 1s}}
  - connection: {client: c, status: 200, open: true, count: 1, body: {contains: x}, json: {a: 1}}
  - log: {function: F, contains: x}
  - log: {function: F, line: {matches: "^a"}}
  - elapsed: {at_most: 5m, because: quick}
  - calls: {call: s3.GetObject, function: F, count: 1, parameters: {Key: k}}
  - accounted_for:
      uploads: {bucket: B, prefix: p/, suffix: .csv}
      exactly_one_of:
        - object: {bucket: B, key: "processed/**/{stem}_result.json", metadata: {source: "{key}"}}
        - queue: {name: Q, mentions: "{file}"}
  - python: {call: checks.py:total, within: 1m}
"""


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for one in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nodes(one)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_the_schema_refuses_unknown_keys_everywhere() -> None:
    for node in nodes(scenario_schema()):
        if "properties" in node:
            assert node.get("additionalProperties") is False, node


def test_every_key_has_a_description() -> None:
    schema = scenario_schema()
    for node in nodes(schema):
        for key, one in node.get("properties", {}).items():
            if not isinstance(one, dict):
                continue
            target = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            assert one.get("description") or target.get("description"), key


def test_what_uses_every_key_passes_the_loader_and_the_schema(project: Any, tmp_path: Path) -> None:
    (scenario,) = project.load(EVERYTHING)
    assert (len(scenario.disturb), len(scenario.when), len(scenario.then)) == (9, 29, 19)
    (document,) = read_documents(Path("scenarios/shop/s.yaml"))
    jsonschema.validate(document.value, scenario_schema())


def test_the_example_uses_every_verb_there_is(project: Any) -> None:
    project.load(EVERYTHING)
    (document,) = read_documents(Path("scenarios/shop/s.yaml"))
    for key in ("disturb", "when", "then"):
        assert {verb for item in document.value[key] for verb in item} == set(valid_keys((key, 0)))


@pytest.mark.parametrize(
    ("key", "item"),
    [
        ("when", {"settle": True, "advance": "1s"}),
        ("when", {}),
        ("when", {"settle": False}),
        ("when", {"advance": 30}),
        ("when", {"upload": {"bucket": "B", "key": "k"}}),
        ("when", {"upload": {"bucket": "B", "key": "k", "text": "a", "file": "b"}}),
        ("when", {"send": {"queue": "Q", "body": "b", "dealy": "1s"}}),
        ("then", {"queue": {"name": "Q", "messages": None}}),
        ("then", {"queue": {"name": "Q", "messages": {"atleast": 1}}}),
        ("then", {"object": {"bucket": "B", "key": "k", "json": {"a": {"contains": 1, "b": 2}}}}),
        ("disturb", {"fail": {"function": "F", "times": "often"}}),
    ],
)
def test_the_schema_alone_refuses_what_the_loader_refuses(key: str, item: Any) -> None:
    written = {"pipeline": "p", "name": "n", "then": [{"elapsed": "1s"}]}
    jsonschema.validate(written, scenario_schema())
    written[key] = [item]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, scenario_schema())


def test_two_calls_give_schemas_of_their_own() -> None:
    first = scenario_schema()
    first["properties"].clear()
    assert scenario_schema()["properties"]


def test_the_schema_does_not_depend_on_the_order_of_calls() -> None:
    assert json.dumps(scenario_schema()) == json.dumps(scenario_schema())


def test_the_reference_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == reference_page(), "run: python -m harness.scenario.reference > docs/reference/scenario-language.md"


def test_the_reference_page_links_to_what_it_holds() -> None:
    page = reference_page()
    for name in valid_keys(("then", 0)):
        assert f"### `{name}`" in page
    linked = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert {name for name in linked if f'<a id="{name}"></a>' not in page} == set()


def test_the_example_of_the_reference_page_loads(project: Any) -> None:
    example = reference_page().split("```yaml\n")[1].split("```")[0]
    (scenario,) = project.load(example.replace("csv_report", "shop"))
    assert scenario.name == "a poison message ends in the dead-letter queue"
