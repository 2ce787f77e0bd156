"""What a folder's requirements.txt asks for is there, or is named with the command that brings it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import Location, ScenarioError
from harness.world.providers.shapes import Place
from harness.world.requirements import check_requirements

PLACE = Place('"F" (AWS::Lambda::Function)', ("Resources", "F"), lambda path: Location("template.yaml", 7))


def check(folder: Path, text: str, **others: str) -> str:
    (folder / "requirements.txt").write_text(text, encoding="utf-8")
    for name, content in others.items():
        (folder / f"{name}.txt").write_text(content, encoding="utf-8")
    try:
        check_requirements(folder, PLACE)
    except ScenarioError as error:
        return str(error)
    return ""


def test_what_is_missing_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert check(tmp_path, "boto3\nno-such-package==1.2  # why\nNo_Other[x]>=2 --hash=sha256:00\n") == (
        'template.yaml:7: "F" (AWS::Lambda::Function) needs no-such-package==1.2, No_Other[x]>=2 '
        "(requirements.txt), which are not installed in this Python.\n"
        "  To bring it: python -m pip install -r requirements.txt"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n\n",
        "boto3==0.0.1\nPyYAML\npydantic_core\npydantic-core\n",
        'no-such-package; python_version < "3"\n',
        "--index-url https://example.com/simple\n-e .\n./local\nhttps://example.com/x.whl\ngit+https://example.com/y\n",
        "\\\nboto3\n",
        "\x00\x01 ???\n",
    ],
)
def test_what_is_there_or_not_wanted_here_or_only_for_pip_passes(text: str, tmp_path: Path) -> None:
    assert check(tmp_path, text) == ""


def test_a_file_that_is_included_counts_even_in_a_circle(tmp_path: Path) -> None:
    text = check(tmp_path, "-r more.txt\n", more="--requirement requirements.txt\nno-such-package\n")
    assert "needs no-such-package" in text


def test_a_package_that_pip_put_into_the_folder_is_there(tmp_path: Path) -> None:
    info = tmp_path / "no_such_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: no-such-package\nVersion: 1.0\n", encoding="utf-8")
    assert check(tmp_path, "no-such-package") == ""


def test_a_folder_without_the_file_asks_for_nothing(tmp_path: Path) -> None:
    check_requirements(tmp_path, PLACE)
