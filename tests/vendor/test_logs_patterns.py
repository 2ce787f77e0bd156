"""The filter patterns of CloudWatch Logs, as the User Guide has them ("Filter pattern syntax ...")."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.vendor.logs_patterns import parse, takes_dimensions
from harness.vendor.logs_values import PatternRefused, ordered, text_test

APACHE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
TRAIL = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "latency": 12.5,
        "code": "404",
        "a-b": {"c_d": "x"},
        "key.with.dots": 7,
    }
)


@pytest.mark.parametrize(
    ("pattern", "message", "passes"),
    [
        ("", "anything", True),
        ("   ", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "ERRORS", True),
        ("ERROR", "error", False),
        ("ERROR ARGUMENTS", "[ERROR 420] INVALID ARGUMENTS", True),
        ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", False),
        (r'"say \"hi\""', 'they say "hi" to all', True),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "a NOTE", False),
        ("ERROR -ARGUMENTS", "ERROR 1", True),
        ("ERROR -ARGUMENTS", "ERROR ARGUMENTS", False),
        ('-"Health check"', "a Health check", False),
        ("?ERROR REQUEST", "a REQUEST", True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("%[hc]at$%", "the cat", True),
        ("%^[hc]at%", "the cat", False),
        (r"%10\.10\.0\.1%", "at 10.10.0.1", True),
        (r"%10\.10\.0\.1%", "at 10a10.0.1", False),
    ],
)
def test_terms(pattern: str, message: str, passes: bool) -> None:
    assert (parse(pattern)(message) is not None) is passes


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ('$.eventType = "UpdateTrail"', True),
        ("$.eventType = UpdateTrail", True),
        ('$.eventType = "Update*"', True),
        ('$.eventType != "UpdateTrail"', False),
        ("$.sourceIPAddress != 123.123.*", True),
        ("$.sourceIPAddress = 111.*", True),
        ('$.arrayKey[0] = "value"', True),
        ('$.arrayKey[1] = "value"', False),
        ('$.arrayKey[9] = "value"', False),
        ("$.objectList[*].id = 2", True),
        ("$.objectList[*].id > 2", False),
        ("$.objectList[1].id = 2", True),
        ("$.SomeObject IS NULL", True),
        ("$.ThisFlag IS NULL", False),
        ("$.ThisFlag IS TRUE", True),
        ("$.ThisFlag IS FALSE", False),
        ("$.SomeOtherObject NOT EXISTS", True),
        ("$.SomeObject NOT EXISTS", False),
        ("$.latency > 12.4", True),
        ("$.latency >= 1.25e1", True),
        ("$.latency <= -1", False),
        ("$.latency = 12*", True),
        ("$.code = 404", False),
        ('$.code = "404"', True),
        ("$.code = %4[0-9]{2}%", True),
        ("$.code != %5[0-9]{2}%", True),
        ("$.nothing = 1", False),
        ("$.nothing != 1", False),
        ("$.arrayKey != 1", False),
        ("$.a-b.c_d = x", True),
        ("$['key.with.dots'] = 7", True),
        ('$.eventType = "UpdateTrail" && $.latency > 100', False),
        ('$.eventType = "no" || $.latency > 10', True),
        # && binds more strongly than ||.
        ("$.latency > 10 || $.latency > 10 && $.latency > 100", True),
        ("($.latency > 10 || $.latency > 10) && $.latency > 100", False),
    ],
)
def test_conditions_on_json(condition: str, passes: bool) -> None:
    assert (parse(f"{{ {condition} }}")(TRAIL) is not None) is passes


@pytest.mark.parametrize("message", ["plain text", "[ERROR]\t{}", '"a text"', "7", "", "[" * 3000])
def test_a_condition_on_json_is_true_of_json_only(message: str) -> None:
    assert parse("{ $.a NOT EXISTS }")(message) is None


@pytest.mark.parametrize(
    ("pattern", "message", "passes"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", APACHE, True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", APACHE, True),
        ("[ip, user, username, timestamp, request, status_code = 5*, bytes]", APACHE, False),
        ("[ip, user, username, timestamp, request, status_code = 5* || status_code = 4*, bytes]", APACHE, True),
        ("[ip, user, username, timestamp, request, status_code >= 400 && status_code < 404, bytes]", APACHE, False),
        ("[ip=%127\\.0\\.0\\.[1-9]%, user, ...]", APACHE, True),
        ("[..., status_code=404, bytes>1000]", APACHE, True),
        ("[..., status_code!=404, bytes]", APACHE, False),
        ("[ip, ..., bytes = 1534]", APACHE, True),
        ("[w1 = ERROR, w2]", "ERROR", False),
        ("[w1 = ERROR, w2]", "ERROR of many words", True),
        ('[w1 = "a, b || c", w2]', '"a, b || c" 1', True),
        ("[w1 > 5, w2]", "many words", False),
        ("[w1 != 5, w2]", "many words", True),
        ("[w1]", "", False),
        ("[...]", "", True),
    ],
)
def test_fields_between_spaces(pattern: str, message: str, passes: bool) -> None:
    assert (parse(pattern)(message) is not None) is passes


def test_the_last_field_takes_the_rest_of_the_event() -> None:
    # As in the pattern that AWS proposes for functions' logs.
    found = parse('[timestamp=*Z, request_id="*-*", event]')('2030Z a-b {"x": 1} and more\n')
    assert found is not None
    assert found.extracted == {"$timestamp": "2030Z", "$request_id": "a-b", "$event": '{"x": 1} and more'}


def test_what_a_pattern_names_is_extracted_and_the_rest_can_be_found() -> None:
    found = parse('{ $.eventType = "*" && $.objectList[0].id = 1 && $.nothing NOT EXISTS }')(TRAIL)
    assert found is not None
    assert found.extracted == {"$.eventType": "UpdateTrail", "$.objectList[0].id": "1"}
    assert (found.find("$.latency"), found.find("$.nothing"), found.find("latency")) == (12.5, None, None)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("a:b", "Invalid character(s) in term 'a:b'"),
        ('"never closed', "Invalid filter pattern"),
        ("%a(b)%", "Invalid character(s) in term 'a(b)'"),
        ("%something!%", "Invalid character(s) in term 'something!'"),
        ("%[%", "Invalid regex in term '['"),
        ("{ status = 401 }", "Invalid metric filter pattern"),
        ("{ $.a = 1", "Invalid metric filter pattern"),
        ("{ $.a = }", "Invalid metric filter pattern"),
        ("{ $.a > x }", "Invalid metric filter pattern"),
        ("{ $.a IS MAYBE }", "Invalid metric filter pattern"),
        ("{ ($.a = 1 }", "Invalid metric filter pattern"),
        ("{ $.a = 1 $.b = 2 }", "Invalid metric filter pattern"),
        ("{}", "Invalid metric filter pattern"),
        ("{" + "(" * 60 + "$.a = 1" + ")" * 60 + "}", "Invalid metric filter pattern: too many parentheses"),
        ("[]", "Invalid metric filter pattern"),
        ("[a, ..., b, ...]", "Invalid metric filter pattern"),
        ("[a = 1 && b = 2]", "Invalid metric filter pattern"),
        ("[a, b", "Invalid metric filter pattern"),
        ("x" * 1025, "Invalid filter pattern: it has 1025 characters, 1024 are the most"),
    ],
)
def test_what_aws_refuses_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(PatternRefused) as refused:
        parse(pattern)
    assert str(refused.value).startswith(says)


def test_only_json_and_fields_can_fill_dimensions() -> None:
    assert [takes_dimensions(p) for p in ("{ $.a = 1 }", " [a]", "ERROR", "")] == [True, True, False, False]


@given(st.text(alphabet="{}[]()$.ab1=!<>&|%*?-\"' ,\\ISNULTREXO", max_size=40), st.text(max_size=20))
def test_any_text_is_a_pattern_or_refused(pattern: str, message: str) -> None:
    try:
        match = parse(pattern)
    except PatternRefused:
        return
    match(message)


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=8))
def test_an_asterisk_is_any_text(pattern: str, text: str) -> None:
    import re

    expected = re.fullmatch(".*".join(re.escape(piece) for piece in pattern.split("*")), text) is not None
    assert text_test(pattern)(text) is expected


LEAVES = st.tuples(st.sampled_from("abc"), st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.integers(-2, 2))
TREES = st.recursive(LEAVES, lambda inner: st.tuples(st.sampled_from(["&&", "||"]), inner, inner), max_leaves=8)


def written(tree: Any) -> str:
    first, second, third = tree
    if first in ("&&", "||"):
        return f"({written(second)} {first} {written(third)})"
    return f"$.{first} {second} {third}"


def holds(tree: Any, event: dict[str, int]) -> bool:
    first, second, third = tree
    if first == "&&":
        return holds(second, event) and holds(third, event)
    if first == "||":
        return holds(second, event) or holds(third, event)
    return first in event and ordered(second, event[first], third)


@given(TREES, st.dictionaries(st.sampled_from("abc"), st.integers(-2, 2)))
def test_conditions_mean_what_they_are_made_of(tree: Any, event: dict[str, int]) -> None:
    assert (parse(f"{{{written(tree)}}}")(json.dumps(event)) is not None) is holds(tree, event)


WORDS = st.text(alphabet="abc123", min_size=1, max_size=5)


@given(st.lists(st.one_of(WORDS, st.lists(WORDS, min_size=2, max_size=3)), min_size=1, max_size=6))
def test_fields_are_found_where_they_stand(fields: list[Any]) -> None:
    texts = [one if isinstance(one, str) else " ".join(one) for one in fields]
    event = " ".join(f'"{text}"' if " " in text else text for text in texts)
    names = [f"f{number}" for number in range(len(texts))]
    found = parse(f"[{', '.join(names)}]")(event)
    assert found is not None
    assert list(found.extracted.values()) == texts


def test_a_regex_that_can_be_read_in_too_many_ways_is_given_up_with_its_name() -> None:
    test = text_test(f"%{'a*' * 12}[bc]%")
    assert test("aab")
    with pytest.raises(ScenarioError, match=r"The filter pattern %a\*.*3,000 characters"):
        test("a" * 3000)
