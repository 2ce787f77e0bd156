from __future__ import annotations

import textwrap

import pytest

from harness.errors import ScenarioError
from harness.world import yaml_lines
from harness.world.yaml_lines import read


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        read(text, "t.yaml")
    return str(caught.value)


def test_every_key_and_item_remembers_its_line() -> None:
    _, lines = read("a:\n  b: 1\n  c:\n    - x\n    - y\n", "t.yaml")
    assert [lines.at(p) for p in [("a",), ("a", "b"), ("a", "c"), ("a", "c", 1)]] == [1, 2, 3, 5]


def test_a_path_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    _, lines = read("a:\n  b: 1\n", "t.yaml")
    assert lines.at(("a", "b", "c", 7)) == 2
    assert not lines.knows(("a", "b", "c", 7))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Condition A", {"Condition": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub '${A}-x'", {"Fn::Sub": "${A}-x"}),
        ("!Sub ['${A}', {A: 1}]", {"Fn::Sub": ["${A}", {"A": 1}]}),
        ("!If [c, !Ref A, 2]", {"Fn::If": ["c", {"Ref": "A"}, 2]}),
        ("!Base64 {Ref: A}", {"Fn::Base64": {"Ref": "A"}}),
        ("!Join ['', [a, 1]]", {"Fn::Join": ["", ["a", 1]]}),
        ("!Base64 123", {"Fn::Base64": "123"}),
    ],
)
def test_short_tags_are_written_out(short: str, long: object) -> None:
    assert read(f"x: {short}\n", "t.yaml")[0] == {"x": long}


def test_lines_inside_a_short_form_are_found_under_the_long_one() -> None:
    _, lines = read("x: !If\n  - c\n  - a\n  - b\n", "t.yaml")
    assert lines.at(("x", "Fn::If", 2)) == 4


def test_dates_stay_texts_and_keys_are_always_texts() -> None:
    data, _ = read("Version: 2012-10-17\n1: a\nyes: b\n", "t.yaml")
    assert data == {"Version": "2012-10-17", "1": "a", "yes": "b"}


def test_scalars_have_yaml_types() -> None:
    data, _ = read("a: 1\nb: 1.5\nc: true\nd:\ne: '1'\nf: .inf\n", "t.yaml")
    assert data == {"a": 1, "b": 1.5, "c": True, "d": None, "e": "1", "f": ".inf"}


def test_json_is_read_by_its_own_rules_with_lines() -> None:
    data, lines = read('{\n\t"a": {\n\t\t"b": "\\ud83d\\ude00"\n\t}\n}', "t.json")
    assert data == {"a": {"b": "😀"}}
    assert lines.at(("a", "b")) == 3


def test_anchors_and_merges_are_unfolded() -> None:
    data, _ = read("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "t.yaml")
    assert data["b"] == {"p": 1, "q": 3}


def test_an_unknown_tag_is_refused_with_line_and_nearest() -> None:
    assert refusal("a: 1\nb: !Reff A\n") == (
        't.yaml:2: The tag "!Reff" is not one of CloudFormation\'s.\n  Did you mean "!Ref"?'
    )


@pytest.mark.parametrize(
    "text",
    ["a: !!python/object/apply:os.system [ls]", "a: !!binary aGk=", "a: !!set {x}", "a: !<tag:x.org,1:y> z"],
)
def test_no_tag_can_build_an_object(text: str) -> None:
    assert "t.yaml:1: The tag " in refusal(text)


def test_a_key_that_stands_twice_is_refused() -> None:
    assert refusal("a:\n  b: 1\n  b: 2\n").startswith('t.yaml:3: The key "b" stands here twice; first on line 2.')


def test_a_syntax_error_names_its_line() -> None:
    assert refusal("a: 1\nb: [\n").startswith("t.yaml:3: This is not YAML: ")


def test_broken_json_names_its_line() -> None:
    assert refusal('{\n"a": 1,\n"b" 2}').startswith("t.yaml:3: This is not YAML: ")


def test_two_documents_are_refused() -> None:
    assert "t.yaml:2: This is not YAML" in refusal("a: 1\n---\nb: 2\n")


def test_an_alias_that_contains_itself_is_refused() -> None:
    assert "This alias contains itself." in refusal("a: &x [1, *x]\n")


def test_aliases_that_multiply_are_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    assert f"more than {yaml_lines.MAX_NODES} values" in refusal("\n".join(rows))


@pytest.mark.parametrize("depth", [80, 3000, 200_000])
def test_what_is_nested_too_deep_is_refused(depth: int) -> None:
    assert refusal("a: " + "[" * depth + "]" * depth).startswith("t.yaml")


@pytest.mark.parametrize("text", ["a: \x00", "? [a]\n: 1", "<<: 1", "a: !!int x", "a: *nowhere", "\ta: 1"])
def test_odd_texts_are_refused_not_crashed_on(text: str) -> None:
    assert refusal(text).startswith("t.yaml")


def test_an_empty_text_says_nothing() -> None:
    assert (
        read(
            textwrap.dedent("""
        # only a comment
        """),
            "t.yaml",
        )[0]
        is None
    )
