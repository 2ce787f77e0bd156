from __future__ import annotations

from typing import Any

import pytest

from harness.errors import ScenarioError
from harness.world.parameters import parameter_values
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
        ("{Type: 'AWS::SSM::Parameter::Value<String>'}", {"A": "b"}, "Parameter Store is not read here"),
        ("{Type: String}", {"A": {"b": 1}}, "must be a text or a list of texts"),
    ],
)
def test_what_aws_would_refuse_is_refused_with_the_line(
    folder: Folder, declared: str, given: dict[str, Any], expected: str
) -> None:
    text = refusal(folder, f"  A: {declared}", given)
    assert expected in text
    assert text.startswith(f"{folder.file}:") and ": " in text
