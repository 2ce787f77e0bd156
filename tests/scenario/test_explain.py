"""Every message here is what an author reads; items of the scenario begin in line 4."""

from __future__ import annotations

from typing import Any

import pytest

USUAL = "Durations are written like 250ms, 30s, 5m, 2h, 1d or 1m30s."
STEPS = (
    "upload, send, publish, put_events, invoke, start, request, connect, say, disconnect, delete, put_item, "
    "delete_item, put_record, advance, settle, repeat, redeliver, redrive, replay, python"
)

BAD_STEPS = [
    ("- {}", f"4  when[0]: This item is empty; one verb is wanted.\n  Verbs: {STEPS}."),
    ("- []", '4  when[0]: This is a list; a mapping with one verb is wanted.\n  For example "- settle: true".'),
    ("-", '4  when[0]: This is empty; a mapping with one verb is wanted.\n  For example "- settle: true".'),
    (
        "- settle",
        '4  when[0]: The text "settle" is no item; an item is a mapping with one verb.\n  Write "settle: ...".',
    ),
    (
        "- advance: 1s\n  settle: true",
        '4  when[0]: One item has 2 verbs, "advance" and "settle"; it may have one.\n'
        '  Put "- " in front of each to make them items of their own.',
    ),
    ("- uplaod: {}", '4  when[0].uplaod: There is no step "uplaod".\n  Did you mean "upload"?'),
    ("- object: {}", '4  when[0].object: "object" is no step; it is a check.\n  Put it under "then:".'),
    ("- fail: {}", '4  when[0].fail: "fail" is no step; it is a fault.\n  Put it under "disturb:".'),
    (
        "- upload: [a]",
        '4  when[0].upload: This is a list; a mapping is wanted.\n  Leave the "- " out.',
    ),
    (
        "- send: {queue: Q, bdy: x}",
        '4  when[0].send.bdy: There is no key "bdy" here.\n  Did you mean "body"?',
    ),
    (
        "- send: {queue: Q}",
        '4  when[0].send: The key "body" is missing.\n  body: The body: a text as it is; a mapping or list as JSON.',
    ),
    (
        "- send: {queue: 12, body: x}",
        '4  when[0].send.queue: This is the number 12; a text is wanted.\n  Write "12" in quotes if it is a text.',
    ),
    ('- send: {queue: "", body: x}', "4  when[0].send.queue: This text is empty."),
    (
        "- send: {queue: Q, body: x, attributes: {a: [1]}}",
        "4  when[0].send.attributes.a: This is a list; a text or a number is wanted.",
    ),
    ("- advance: 30", '4  when[0].advance: 30 is no duration: its unit is missing.\n  Did you mean "30s"?'),
    ('- advance: "30"', '4  when[0].advance: "30" is no duration: its unit is missing.\n  Did you mean "30s"?'),
    ("- advance: -5s", f'4  when[0].advance: "-5s" is no duration: time does not go backwards.\n  {USUAL}'),
    ("- advance: -5", f"4  when[0].advance: -5 is no duration: time does not go backwards.\n  {USUAL}"),
    ("- advance: 5 parsecs", f'4  when[0].advance: "5 parsecs" is no duration.\n  {USUAL}'),
    ("- advance: soon", f'4  when[0].advance: "soon" is no duration.\n  {USUAL}'),
    ("- advance: 5 minutes", '4  when[0].advance: "5 minutes" is no duration.\n  Did you mean "5m"?'),
    ("- advance: 5 sec", '4  when[0].advance: "5 sec" is no duration.\n  Did you mean "5s"?'),
    ("- advance: 5 MS", '4  when[0].advance: "5 MS" is no duration.\n  Did you mean "5ms"?'),
    ("- settle: false", "4  when[0].settle: false cannot stand here; there is only true."),
    (
        "- upload: {bucket: B, key: k}",
        "4  when[0].upload: Exactly one of file, text, json, base64, csv must be given; there is none.",
    ),
    (
        "- upload: {bucket: B, key: k, text: a, json: null}",
        '4  when[0].upload: Exactly one of file, text, json, base64, csv may be given; there are "text" and "json".',
    ),
    (
        "- upload: {bucket: B, key: k, file: order.csv}",
        '4  when[0].upload.file: There is no fixture "order.csv".\n'
        '  Did you mean "orders.csv"? Looked for fixtures/shop/order.csv and scenarios/shop/order.csv.',
    ),
    (
        "- upload: {bucket: B, key: k, base64: '%'}",
        '4  when[0].upload.base64: "%" is not base64.',
    ),
    (
        "- upload: {bucket: B, key: k, csv: {header: [a, b], row: [x], rows: 1}}",
        "4  when[0].upload.csv: row has 1 cells and header has 2.",
    ),
    (
        "- upload: {bucket: B, key: k, csv: {header: [a], row: [x]}}",
        "4  when[0].upload.csv: The length of the CSV is missing.\n  Give rows (a number) or at_least (a size).",
    ),
    (
        "- upload: {bucket: B, key: k, csv: {header: [a], row: [x], at_least: 1 tonne}}",
        '4  when[0].upload.csv.at_least: "1 tonne" is no size.\n'
        "  Sizes are written like 1MB (1000 × 1000 bytes), 256KiB (1024 bytes each) or 1048576.",
    ),
    (
        "- upload: {bucket: B, key: k, csv: {header: [a], row: ['{m}'], rows: 1}}",
        '4  when[0].upload.csv: "{m}" is no placeholder; there are {n} and, padded with zeros, {n:04}.\n'
        '  For a literal brace write "{{m}".',
    ),
    (
        "- invoke: {function: F, type: asnyc}",
        '4  when[0].invoke.type: "asnyc" cannot stand here; sync or event can.\n  Did you mean "sync"?',
    ),
    (
        "- redeliver: {}",
        "4  when[0].redeliver: Exactly one of object, message must be given; there is none.",
    ),
    (
        "- python: chekcs.py:total",
        '4  when[0].python: There is no Python file "chekcs.py".\n'
        '  Did you mean "checks.py"? Looked for scenarios/shop/chekcs.py.',
    ),
    ("- python: total", '4  when[0].python: "total" is no call.\n  Write it like "file.py:function".'),
    ("- repeat: {times: 0, steps: [{settle: true}]}", "4  when[0].repeat.times: 0 is too small; 1 is the limit."),
    (
        "- repeat: {times: 100001, steps: [{settle: true}]}",
        "4  when[0].repeat.times: 100001 is too large; 100000 is the limit.",
    ),
    (
        "- repeat: {times: 1, steps: []}",
        "4  when[0].repeat.steps: This list is empty; it needs at least one item.",
    ),
    (
        "- repeat: {times: 2, steps: [{repeat: {times: 2, steps: [{settle: true}]}}]}",
        "4  when[0].repeat.steps: A repeat cannot stand inside a repeat.\n"
        "  Multiply the times, or put the repeats one after the other.",
    ),
    (
        "- repeat:\n    times: 2\n    steps:\n      - settle: true\n      - sned: {}",
        '8  when[0].repeat.steps[1].sned: There is no step "sned".\n  Did you mean "send"?',
    ),
    (
        "- repeat: {times: 2, steps: [{send: {queue: Q, body: '{i}'}}]}",
        '4  when[0].repeat.steps: "{i}" is no placeholder; there are {n} and, padded with zeros, {n:04}.\n'
        '  For a literal brace write "{{i}".',
    ),
    (
        '- repeat: {times: 3, steps: [{upload: {bucket: B, key: k, file: "o{n}.csv"}}]}',
        '4  when[0].repeat.steps[0].upload.file: There is no fixture "o1.csv".\n'
        '  Did you mean "orders.csv"? Looked for fixtures/shop/o1.csv and scenarios/shop/o1.csv.',
    ),
]

BAD_CHECKS = [
    (
        "- object: {bucket: B, key: k}\n  within: 5m",
        '5  then[0].within: "within" belongs to "object".\n  Indent it so that it stands inside "object:".',
    ),
    ("- metric: {name: A}", '4  then[0].metric: There is no check "metric".\n  Valid names: '),
    ("- send: {}", '4  then[0].send: "send" is no check; it is a step.\n  Put it under "when:".'),
    (
        "- queue: {name: Q, messages: three}",
        '4  then[0].queue.messages: This is the text "three"; a whole number is wanted.',
    ),
    (
        "- queue: {name: Q, messages: '3'}",
        '4  then[0].queue.messages: This is the text "3"; a whole number is wanted.\n  Leave the quotes out.',
    ),
    (
        "- queue: {name: Q, messages: }",
        "4  then[0].queue.messages: Nothing stands behind this key; a whole number is wanted.\n"
        "  Leave the key out, or indent its content.",
    ),
    (
        "- queue: {name: Q, messages: {atleast: 3}}",
        '4  then[0].queue.messages.atleast: There is no key "atleast" here.\n  Did you mean "at_least"?',
    ),
    (
        "- queue: {name: Q, messages: {}}",
        "4  then[0].queue.messages: This matcher is empty.\n  Operators: equals, at_least, at_most, one_of, not.",
    ),
    (
        "- queue: {name: Q, body: [a]}",
        "4  then[0].queue.body: This is a list; a text is wanted.\n  To look inside JSON use the key json.",
    ),
    (
        "- queue: {name: Q, body: {matches: '('}}",
        "4  then[0].queue.body.matches: This is no regular expression: "
        "missing ), unterminated subpattern at position 0.",
    ),
    (
        "- queue: {name: Q, body: {matches: " + "a" * 501 + "}}",
        "4  then[0].queue.body.matches: This regular expression has 501 characters; 500 are the limit.\n"
        "  Use contains, or a check in Python.",
    ),
    (
        "- queue: {name: Q, json: {a: {contain: x}}}",
        '4  then[0].queue.json.a: "contain" is no operator; did you mean "contains"?\n'
        "  To compare with a mapping that has this key write {equals: {contain: ...}}.",
    ),
    (
        "- object: {bucket: B, key: k, json: {'a[': 1}}",
        '4  then[0].object.json.a[: "a[" is no JMESPath: Incomplete expression.',
    ),
    (
        "- object: {bucket: B, key: k, exists: false, text: x}",
        "4  then[0].object: An object that must not exist has no content.\n  Leave out what else is said about it.",
    ),
    (
        "- execution: {state_machine: M, status: SUCEEDED}",
        '4  then[0].execution.status: "SUCEEDED" cannot stand here; '
        'RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED can.\n  Did you mean "SUCCEEDED"?',
    ),
    (
        "- execution: {state_machine: M, took: {at_most: 5}}",
        '4  then[0].execution.took.at_most: 5 is no duration: its unit is missing.\n  Did you mean "5s"?',
    ),
    (
        "- elapsed: {at_most: 5s, within: 1m}",
        '4  then[0].elapsed.within: There is no key "within" here.\n'
        "  Valid names: at_least, at_most, because, equals, not.",
    ),
    (
        "- log: {function: F}",
        "4  then[0].log: Exactly one of contains, line must be given; there is none.",
    ),
    (
        "- accounted_for: {uploads: {bucket: B}, exactly_one_of: [{object: {bucket: O, key: '{name}.json'}}]}",
        '4  then[0].accounted_for.exactly_one_of[0].object.key: "{name}" names nothing of an upload.\n'
        "  There are {key}, {file}, {stem}.",
    ),
    (
        "- accounted_for: {uploads: {bucket: B}, exactly_one_of: [{queue: Q}]}",
        '4  then[0].accounted_for.exactly_one_of[0].queue: This is the text "Q"; a mapping is wanted.',
    ),
]

BAD_REST = [
    ("starts: 2030-01-15\n", '5  starts: "2030-01-15" is no date and time with a zone.\n  Write it like'),
    ("starts: 2030-01-15T09:00:00\n", '5  starts: "2030-01-15T09:00:00" is no date and time with a zone.'),
    ("starts: 0001-01-01T00:00:00+14:00\n", '5  starts: "0001-01-01T00:00:00+14:00" is no date and time'),
    ("starts: 5\n", "5  starts: 5 is no date and time with a zone."),
    ("seed: -1\n", "5  seed: -1 is too small; 0 is the limit."),
    ("seed: '1'\n", '5  seed: This is the text "1"; a whole number is wanted.\n  Leave the quotes out.'),
    ("tags: slow\n", '5  tags: This is the text "slow"; a list is wanted.'),
    ("limits: {steps: 1.5}\n", "5  limits.steps: This is the number 1.5; a whole number is wanted."),
    ("limits: {virtual: 1 week}\n", '5  limits.virtual: "1 week" is no duration.'),
    ("parameters: {Stage: null}\n", "5  parameters.Stage: Nothing stands behind this key; a text, a number or true"),
    ("when: {settle: true}\n", '5  when: This is a mapping; a list is wanted.\n  Put "- " in front of each item.'),
    ("expect: []\n", '5  expect: There is no key "expect" here.\n  Valid names: '),
    (
        "disturb: [{fail: {function: F, times: sometimes}}]\n",
        '5  disturb[0].fail.times: "sometimes" cannot stand here; always can.',
    ),
    ("disturb: [{fail: {function: F, times: 0}}]\n", "5  disturb[0].fail.times: 0 is too small; 1 is the limit."),
    (
        "disturb: [{fail: {function: F, before: true, after: true}}]\n",
        "5  disturb[0].fail: Only one of before, after may be given.",
    ),
    (
        "disturb: [{fail_call: {call: GetObject, error: SlowDown}}]\n",
        '5  disturb[0].fail_call.call: "GetObject" is no call.\n  Write it like "s3.GetObject".',
    ),
    (
        "disturb: [{deliver_twice: {bucket: B, queue: Q}}]\n",
        "5  disturb[0].deliver_twice: Exactly one of bucket, queue, rule, stream, table, topic may be given; "
        'there are "bucket" and "queue".',
    ),
    ("disturb: [{upload: {}}]\n", '5  disturb[0].upload: "upload" is no fault; it is a step.\n  Put it under "when:".'),
]


@pytest.mark.parametrize(("item", "message"), BAD_STEPS)
def test_a_bad_step_is_told_at_its_line(item: str, message: str, project: Any) -> None:
    assert project.refusal(lambda: project.one(when=item)) == message


@pytest.mark.parametrize(("item", "message"), BAD_CHECKS)
def test_a_bad_check_is_told_at_its_line(item: str, message: str, project: Any) -> None:
    refusal = project.refusal(lambda: project.one(then=item))
    assert refusal.startswith(message) if message.endswith(": ") else refusal == message


@pytest.mark.parametrize(("line", "message"), BAD_REST)
def test_a_bad_key_of_the_scenario_is_told_at_its_line(line: str, message: str, project: Any) -> None:
    assert project.refusal(lambda: project.one(more=line)).startswith(message)


def test_a_body_that_is_not_indented_is_told_as_such(project: Any) -> None:
    refusal = project.refusal(lambda: project.one(when="- send:\n  queue: Q\n  body: x"))
    inside = 'belongs to "send". Indent it so that it stands inside "send:".'
    assert refusal == (
        "scenarios/shop/s.yaml: 3 things in this file cannot be used:\n"
        "  4  when[0].send: Nothing stands behind this key; a mapping is wanted. "
        "Leave the key out, or indent its content.\n"
        f'  5  when[0].queue: "queue" {inside}\n'
        f'  6  when[0].body: "body" {inside}'
    )


def test_a_pipeline_that_is_not_there_is_refused_with_the_nearest(project: Any) -> None:
    text = "pipeline: lambdas/shpo\nname: x\nthen:\n  - elapsed: 0s\n"
    assert project.refusal(lambda: project.load(text)) == (
        '1  pipeline: There is no pipeline "lambdas/shpo".\n'
        '  Did you mean "lambdas/shop"? Looked for scenarios/shop/lambdas/shpo and lambdas/shpo.'
    )


def test_a_missing_key_that_stands_there_misspelt_is_told_once(project: Any) -> None:
    refusal = project.refusal(lambda: project.load("pipline: lambdas/shop\nname: x\nthen:\n  - elapsed: 0s\n"))
    assert refusal == '1  pipline: There is no key "pipline" here.\n  Did you mean "pipeline"?'


def test_a_name_that_no_file_can_have_is_only_not_found(project: Any) -> None:
    when = f"- upload: {{bucket: B, key: k, file: {'x' * 5000}}}"
    assert 'There is no fixture "xxx' in project.refusal(lambda: project.one(when=when))
    assert 'There is no fixture "' in project.refusal(
        lambda: project.one(when='- upload: {bucket: B, key: k, file: "a\\0b"}')
    )
