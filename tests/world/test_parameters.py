from __future__ import annotations

from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.world.parameters import parameter_values
from harness.world.values import PENDING
from tests.world.conftest import Folder


def values(folder: Folder, declared: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    text = f"Parameters:\n{declared}\nResources:\n  Q: {{Type: 'AWS::SQS::Queue'}}\n"
    return parameter_values(folder.template(text), given)


def refusal(folder: Folder, declared: str, given: dict[str, Any] | None = None) -> str:
    with pytest.raises(ScenarioError) as caught:
        values(folder, declared, given)
    return str(caught.value)


def test_a_given_value_comes_before_the_default(folder: Folder) -> None:
    declared = "  A: {Type: String, Default: x}\n  B: {Type: String, Default: y}"
    assert values(folder, declared, {"B": "z"}) == {"A": "x", "B": "z"}


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("{Type: String}", True, "true"),
        ("{Type: String}", 5, "5"),
        ("{Type: Number}", 5, "5"),
        ("{Type: Number}", "1.5", "1.5"),
        ("{Type: CommaDelimitedList}", "a, b,c", ["a", "b", "c"]),
        ("{Type: CommaDelimitedList}", ["a", "b"], ["a", "b"]),
        ("{Type: CommaDelimitedList}", "", []),
        ("{Type: List<Number>}", "1,2", ["1", "2"]),
        ("{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", "vpc-1"),
        ("{Type: 'List<AWS::EC2::Subnet::Id>'}", "a,b", ["a", "b"]),
        ("{Type: String, AllowedValues: [true, 2]}", "true", "true"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "abc", "abc"),
    ],
)
def test_values_are_texts_or_lists_of_texts(folder: Folder, declared: str, given: Any, expected: Any) -> None:
    assert values(folder, f"  A: {declared}", {"A": given}) == {"A": expected}


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("{Type: String}", {}, "Parameters: [A] must have values"),
        ("{Type: String}", {"A": "x", "AA": "y"}, 'the parameter "AA", which the template does not have'),
        ("{Type: String, AllowedValues: [a, b]}", {"A": "c"}, 'cannot be "c": it must be one of: a, b.'),
        ("{Type: Number}", {"A": "x"}, 'The value "x" of the parameter "A" is not a number.'),
        ("{Type: Number, MinValue: 3}", {"A": "2"}, 'cannot be "2": it must be at least 3.'),
        ("{Type: Number, MaxValue: 3}", {"A": "4"}, 'cannot be "4": it must be at most 3.'),
        ("{Type: Number, MaxValue: x}", {"A": "4"}, 'The value "x" of MaxValue is not a number.'),
        ("{Type: String, MinLength: 3}", {"A": "ab"}, "at least 3 characters"),
        ("{Type: String, MaxLength: 3}", {"A": "abcd"}, "at most 3 characters"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", {"A": "ab1"}, 'must match the pattern "[a-z]+"'),
        ("{Type: String, AllowedPattern: '['}", {"A": "a"}, 'The AllowedPattern "[" cannot be read'),
        ("{Type: String, AllowedValues: [a], ConstraintDescription: Only a.}", {"A": "b"}, "\n  Only a."),
        ("{Type: Strings}", {"A": "b"}, 'Did you mean "String"?'),
        ("{Typ: String}", {"A": "b"}, 'has no "Typ".\n  Did you mean "Type"?'),
        ("{}", {"A": "b"}, 'The parameter "A" has no Type.'),
        ("x", {}, 'The parameter "A" must be a mapping with a Type.'),
        (
            "{Type: 'AWS::SSM::Parameter::Value<String>'}",
            {"A": "b"},
            "Unable to fetch parameters [b] from parameter store for this account.",
        ),
        ("{Type: String}", {"A": {"b": 1}}, "must be a text or a list of texts"),
    ],
)
def test_what_aws_would_refuse_is_refused_with_the_line(
    folder: Folder, declared: str, given: dict[str, Any], expected: str
) -> None:
    text = refusal(folder, f"  A: {declared}", given)
    assert expected in text
    assert text.startswith(f"{folder.file}:") and ": " in text


def held(name: str) -> tuple[str, str] | None:
    return {"/a": ("String", "x"), "/l": ("StringList", "x, y"), "/s": ("SecureString", "z")}.get(name)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("AWS::SSM::Parameter::Value<String>", "/a", "x"),
        ("AWS::SSM::Parameter::Value<List<String>>", "/l", ["x", "y"]),
        ("AWS::SSM::Parameter::Value<CommaDelimitedList>", "/l", ["x", "y"]),
        ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "/a", "x"),
        ("AWS::SSM::Parameter::Name", "/s", "/s"),
    ],
)
def test_a_parameter_of_parameter_store_is_given_a_name_and_has_what_is_held_there(
    folder: Folder, kind: str, name: str, expected: Any
) -> None:
    template = folder.template(
        f"Parameters:\n  A: {{Type: '{kind}', Default: '{name}'}}\nResources: {{Q: {{Type: X}}}}\n"
    )
    assert parameter_values(template, {}, held) == {"A": expected}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("AWS::SSM::Parameter::Value<String>", "/b", "Unable to fetch parameters [/b] from parameter store"),
        ("AWS::SSM::Parameter::Name", "/b", "Unable to fetch parameters [/b] from parameter store"),
        ("AWS::SSM::Parameter::Value<String>", "/s", "have types not supported by CloudFormation"),
        ("AWS::SSM::Parameter::Value<Number>", "/a", "which does not exist"),
    ],
)
def test_what_parameter_store_cannot_give_is_refused(folder: Folder, kind: str, name: str, expected: str) -> None:
    template = folder.template(
        f"Parameters:\n  A: {{Type: '{kind}', Default: '{name}'}}\nResources: {{Q: {{Type: X}}}}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        parameter_values(template, {}, held)
    assert expected in str(caught.value)


def test_a_value_that_must_not_be_echoed_stands_in_no_refusal(folder: Folder) -> None:
    text = refusal(folder, "  A: {Type: String, NoEcho: true, MinLength: 9}", {"A": "hunter2"})
    assert "hunter2" not in text and 'cannot be "****"' in text


def test_a_value_that_is_still_pending_is_not_judged(folder: Folder) -> None:
    assert values(folder, "  A: {Type: Number, MinValue: 3}", {"A": PENDING}) == {"A": PENDING}
