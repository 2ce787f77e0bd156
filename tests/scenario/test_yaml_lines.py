from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.scenario.yaml_lines import MOST_BYTES, MOST_VALUES, read_documents


def read(text: str | bytes, tmp_path: Path) -> list[Any]:
    file = tmp_path / "f.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [document.value for document in read_documents(file)]


def refused(text: str | bytes, tmp_path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        read(text, tmp_path)
    return str(caught.value).replace(str(tmp_path / "f.yaml"), "f.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2030-01-15", "2030-01-15"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        ("+1", "+1"),
        ("12", 12),
        ("-3", -3),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("é😀", "é😀"),
        ("-", [None]),
    ],
)
def test_plain_scalars_are_those_of_json_and_all_others_texts(text: str, value: Any, tmp_path: Path) -> None:
    (found,) = read(text, tmp_path)
    assert found == value
    assert type(found) is type(value)


def test_the_line_of_every_key_path_is_known(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a: 1\nb:\n  - c: 2\n    d:\n      e: 3\n  - x\n---\n# second\nf: 1\n")
    first, second = read_documents(file)
    assert first.lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 0, "c"): 3,
        ("b", 0, "d"): 4,
        ("b", 0, "d", "e"): 5,
        ("b", 1): 6,
    }
    assert second.line == 9
    assert first.value["b"][0]["d"].where.line == 4


def test_an_alias_is_written_out_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a: &x {k: 1}\nb: *x\n")
    (document,) = read_documents(file)
    assert document.value == {"a": {"k": 1}, "b": {"k": 1}}
    assert document.lines["b",] == 2
    assert document.value["b"].where.key_path == ("b",)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    message = 'f.yaml:3  a: The key "a" stands here twice; the first is on line 1.'
    assert refused("a: 1\nb: 2\na: 3\n", tmp_path) == message


def test_an_alias_inside_its_own_value_is_refused(tmp_path: Path) -> None:
    message = "f.yaml:1  a[0]: An alias stands inside the very value it stands for."
    assert refused("a: &x [*x]\n", tmp_path) == message


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    message = refused("\n".join(lines), tmp_path)
    assert f"The document holds more than {MOST_VALUES} values once its aliases are written out." in message


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert refused("[" * 5000, tmp_path) == "f.yaml:1: This is nested more than 40 levels deep."
    assert refused("a:\n" + "- " * 60 + "x", tmp_path) == "f.yaml:2: This is nested more than 40 levels deep."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: \xff\n", "f.yaml:1: The file is not UTF-8: byte 0xFF does not fit."),
        ("a: 1\nb: \x07\n", "f.yaml:2: The character U+0007 is not allowed in YAML."),
        ("a: 'x\n", "f.yaml:2: This is not YAML: while scanning a quoted scalar found unexpected end of stream."),
        ("a:\n\tb: 1\n", "f.yaml:2: This is not YAML: while scanning for the next token found character '\\t'"),
        ("a: b: c\n", "f.yaml:1: This is not YAML: mapping values are not allowed here.\n  A text with"),
        ("a: *x\n", "f.yaml:1: This is not YAML: found undefined alias 'x'."),
        ("a: !!python/object:os.system {}\n", "f.yaml:1  a: The tag !!python/object:os.system is not allowed here."),
        ("a: !!int x\n", "f.yaml:1  a: The tag !!int is not allowed here."),
        ("a: !!binary aGk=\n", "f.yaml:1  a: The tag !!binary is not allowed here."),
        ("a: !Ref x\n", "f.yaml:1  a: The tag !Ref is not allowed here."),
        ("1: x\n", 'f.yaml:1: The key 1 is not a text.\n  Write "1".'),
        ("[a]: x\n", "f.yaml:1: A key is a text, not a list or a mapping."),
        ("? {a: b}\n: x\n", "f.yaml:1: A key is a text, not a list or a mapping."),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "f.yaml:3  c: Merge keys (<<) are not supported."),
        ("a: 1e999\n", "f.yaml:1  a: This number is too large."),
        (f"a: {'9' * 5000}\n", "f.yaml:1  a: This number is too large."),
        ('a: "\\ud800"\n', "f.yaml:1  a: This text holds half of a character (a lone surrogate)."),
        ('a: "\\UFFFFFFFF"\n', "f.yaml: This is not YAML: "),
    ],
)
def test_what_is_not_such_yaml_is_refused_at_its_line(text: str | bytes, message: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path).startswith(message)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    message = refused("#" * (MOST_BYTES + 1), tmp_path)
    assert message.startswith("f.yaml: The file has 1000001 bytes; a scenario file may have 1000000.")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="The file cannot be read: "):
        read_documents(tmp_path)
