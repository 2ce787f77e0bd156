"""Layers: where their content lies, and in which order Python looks into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.world.providers import layer
from tests.world.conftest import Deployment

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
ONE = "  One: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: one}}\n"
TWO = "  Two: {Type: AWS::Lambda::LayerVersion, Properties: {Content: two, LayerName: second}}\n"
BUILT = (
    "  Built: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: built}, "
    "Metadata: {BuildMethod: python3.12}}\n"
)
POWERTOOLS = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7"


def function(layers: str, name: str = "F") -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: code\n"
        f"      Handler: app.handler\n      Runtime: python3.12\n      Layers: {layers}\n"
    )


@pytest.fixture(autouse=True)
def content(deployed: Deployment) -> None:
    deployed.folder.add("code/app.py")
    deployed.folder.add("one/python/shared.py")
    deployed.folder.add("two/python/lib/python3.12/site-packages/shared.py")
    deployed.folder.add("two/python/other.py")
    deployed.folder.add("built/shared.py")


def folders(deployed: Deployment, name: str = "F") -> list[str]:
    (spec,) = [s for s in deployed.functions if s.logical_id == name]
    return [folder.relative_to(deployed.folder.path).as_posix() for folder in spec.layers]


def test_the_last_layer_is_looked_into_first_and_site_packages_before_python(deployed: Deployment) -> None:
    deployed(HEAD + ONE + TWO + BUILT + function("[!Ref One, !Ref Two, !Ref Built]"))
    assert folders(deployed) == ["built", "two/python/lib/python3.12/site-packages", "two/python", "one/python"]


def test_the_last_layer_is_over_the_others_in_opt(deployed: Deployment) -> None:
    deployed(HEAD + ONE + TWO + BUILT + function("[!Ref One, !Ref Two, !Ref Built]"))
    (spec,) = deployed.functions
    assert [(at, folder.name) for at, folder in spec.mounts] == [
        ("/opt/python", "built"),
        ("/opt", "two"),
        ("/opt", "one"),
    ]


def test_each_function_has_its_own_layers_and_a_function_without_has_none(deployed: Deployment) -> None:
    deployed(HEAD + ONE + TWO + function("[!Ref One]", "F") + function("[!Ref Two]", "G") + function("[]", "H"))
    assert [folders(deployed, name)[-1:] for name in "FGH"] == [["one/python"], ["two/python"], []]


def test_ref_is_the_versions_arn_and_the_api_shows_what_a_function_has(deployed: Deployment) -> None:
    stack = deployed(HEAD + TWO + function("[!Ref Two]") + "Outputs: {L: {Value: !GetAtt Two.LayerVersionArn}}\n")
    arn = stack.resource("Two").physical_id
    assert arn == stack.outputs["L"] == "arn:aws:lambda:us-east-1:123456789012:layer:second:1"
    found = deployed.client("lambda").get_function_configuration(FunctionName=stack.resource("F").physical_id)
    assert [one["Arn"] for one in found["Layers"]] == [arn]


def test_a_handler_may_lie_in_a_layer(deployed: Deployment) -> None:
    deployed(HEAD + ONE + function("[!Ref One]").replace("app.handler", "shared.handler"))


def test_a_published_layer_is_the_package_that_is_installed_here(deployed: Deployment) -> None:
    deployed(HEAD + function(f'["{POWERTOOLS}"]'))
    assert folders(deployed) == []


def test_a_published_layer_whose_package_is_missing_is_named_with_the_command(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "_PUBLISHED", (("017000801446", "AWSLambdaPowertoolsPython", "no-such-package"),))
    error = deployed.refused(HEAD + function(f'["{POWERTOOLS}"]'))
    assert "takes no-such-package from the layer AWSLambdaPowertoolsPythonV3-python312-x86_64" in str(error)
    assert "python -m pip install no-such-package" in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Layers:")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ('["arn:aws:lambda:us-east-1:111122223333:layer:secret:1"]', "and its content is not on this disk."),
        ("[x]", 'is "x", which'),
        ("[!Ref One, !Ref One, !Ref One, !Ref One, !Ref One, !Ref One]", "has 6 items; AWS allows at most 5."),
    ],
)
def test_layers_that_cannot_be_had_are_refused(deployed: Deployment, layers: str, words: str) -> None:
    error = deployed.refused(HEAD + ONE + function(layers))
    assert words in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Layers:")


def test_what_a_built_layer_asks_for_is_looked_at(deployed: Deployment) -> None:
    deployed.folder.add("built/requirements.txt", "no-such-package\n")
    error = deployed.refused(HEAD + BUILT + function("[!Ref Built]"))
    assert "needs no-such-package" in str(error)


def test_a_layer_without_python_has_nothing_to_look_into(deployed: Deployment) -> None:
    deployed.folder.add("one/bin/tool", "")
    (Path(deployed.folder.path) / "one/python/shared.py").unlink()
    (Path(deployed.folder.path) / "one/python").rmdir()
    deployed(HEAD + ONE + function("[!Ref One]"))
    assert folders(deployed) == []
