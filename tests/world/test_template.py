from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.world.template import load_template
from tests.world.conftest import Folder

QUEUE = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n"


def refusal(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_template(path)
    return str(caught.value)


def test_a_template_knows_its_resources_and_their_lines(folder: Folder) -> None:
    template = folder.template(QUEUE)
    assert list(template.resources) == ["Q"]
    assert str(template.where(("Resources", "Q", "Type"))) == f"{folder.file}:3  Resources.Q.Type"


@pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
def test_a_folder_stands_for_the_template_in_it(folder: Folder, name: str) -> None:
    folder.add(name, '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    assert load_template(folder.path).path == folder.path / name


def test_a_missing_file_is_named_with_the_nearest(folder: Folder) -> None:
    folder.add("template.yaml", QUEUE)
    wrong = folder.path / "tmplate.yaml"
    assert refusal(wrong) == f'There is no template "{wrong}".\n  Did you mean "template.yaml"?'


def test_a_missing_folder_is_no_traceback(folder: Folder) -> None:
    assert refusal(folder.path / "a" / "b.yaml").startswith("There is no template ")


def test_a_folder_without_a_template_is_refused(folder: Folder) -> None:
    assert refusal(folder.path).startswith(f'The folder "{folder.path}" holds no template.')


def test_a_file_that_is_not_utf8_is_refused(folder: Folder) -> None:
    folder.file.write_bytes(b"Description: caf\xe9\n")
    assert "is not UTF-8 text" in refusal(folder.file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "A template is a mapping with a Resources section; this file is empty."),
        ("- a\n", "this file is a list."),
        ("hello\n", "this file is a text."),
        ("Description: x\n", "The template has no Resources."),
        ("Resources:\n", "The template has no Resources."),
        ("Resources: [a]\n", "The section Resources must be a mapping; it is a list."),
        ("Ressources: {}\n" + QUEUE, ':1  Ressources: A template has no section "Ressources"'),
        ("Hooks: {}\n" + QUEUE, "or nothing here behaves like it yet"),
        (QUEUE.rstrip() + "\n    DeletionPolicy: Keep\n", "The DeletionPolicy of \"Q\" is 'Keep'"),
        (
            "Resources:\n" + "".join(f"  Q{i}: {{Type: 'AWS::SQS::Queue'}}\n" for i in range(501)),
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        ("Resources:\n  Q: x\n", ':2  Resources.Q: The resource "Q" must be a mapping'),
        ("Resources:\n  Q: {}\n", 'The resource "Q" has no Type.'),
        ("Resources:\n  Q: {Type: 1}\n", 'The resource "Q" has no Type.'),
        ("Resources:\n  Q-1: {Type: x}\n", 'The logical id "Q-1" must be made of letters and digits only.'),
        (QUEUE + "    Propertys: {}\n", ':4  Resources.Q.Propertys: The resource "Q" has a part "Propertys"'),
        (QUEUE + "    Properties: []\n    DependsOn: A\n", None),
        (QUEUE + "    Properties: [a]\n", 'The Properties of "Q" must be a mapping, not a list.'),
        (QUEUE + "    CreationPolicy: {}\n", 'has a part "CreationPolicy" that no resource has here'),
    ],
)
def test_what_is_not_a_template_is_refused_with_its_line(folder: Folder, text: str, expected: str | None) -> None:
    file = folder.add("template.yaml", text)
    if expected is None:
        load_template(file)
    else:
        assert expected in refusal(file)


def test_the_same_text_is_parsed_once(folder: Folder) -> None:
    assert folder.template(QUEUE) is folder.template(QUEUE)
