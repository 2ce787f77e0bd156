from __future__ import annotations

import pytest

from harness.errors import ScenarioError
from harness.world.transform import transform
from tests.world.conftest import Deployment, Folder

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
ROLE = "arn:aws:iam::123456789012:role/r"


def sam(properties: str, globals_: str = "") -> str:
    return (
        f"{HEAD}{globals_}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      Runtime: python3.12\n      Handler: app.handler\n{properties}"
    )


def test_code_is_run_from_the_folder_beside_the_template(deployed: Deployment) -> None:
    deployed.folder.add("code/app.py")
    deployed(sam("      CodeUri: code/\n"))
    (spec,) = deployed.functions
    assert spec.code_dir == (deployed.folder.path / "code").resolve()


def test_code_uri_of_globals_counts_for_all(deployed: Deployment) -> None:
    deployed.folder.add("src/app.py")
    deployed(sam("", "Globals:\n  Function:\n    CodeUri: src\n"))
    assert [spec.code_dir.name for spec in deployed.functions] == ["src"]


def test_without_code_uri_the_templates_own_folder_is_the_code(deployed: Deployment) -> None:
    deployed.folder.add("app.py")
    deployed(sam(""))
    assert [spec.code_dir for spec in deployed.functions] == [deployed.folder.path.resolve()]


def test_code_above_the_template_is_allowed_if_it_is_there(deployed: Deployment) -> None:
    name = f"{deployed.folder.path.name}-beside"
    (deployed.folder.path.parent / name).mkdir()
    deployed.folder.add(f"../{name}/app.py")
    deployed(sam(f"      CodeUri: ../{name}\n"))
    assert [spec.code_dir.name for spec in deployed.functions] == [name]


def test_a_plain_function_may_name_a_folder_too(deployed: Deployment) -> None:
    deployed.folder.add("code/app.py")
    deployed(
        "Resources:\n  R: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {Statement: []}}}\n"
        "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: code\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      Role: !GetAtt R.Arn\n"
    )
    assert [spec.code_dir.name for spec in deployed.functions] == ["code"]


@pytest.mark.parametrize(
    ("properties", "piece", "expected"),
    [
        ("      CodeUri: cod\n", "CodeUri", 'and there is no folder "'),
        ("      CodeUri: cod\n", "CodeUri", 'Did you mean "code"?'),
        ("      CodeUri: /no/such/place\n", "CodeUri", "there is no folder"),
        ("      CodeUri: s3://bucket/key\n", "CodeUri", 'is "s3://bucket/key", which is not a folder on disk'),
        ("      CodeUri: {Bucket: b, Key: k}\n", "CodeUri", "is not a folder on disk"),
        ("      CodeUri: !Sub x\n", "CodeUri", "is not a folder on disk"),
        ('      CodeUri: "a\\0b"\n', "CodeUri", "is not a path"),
        ("      ImageUri: x\n", "ImageUri", "is a container image"),
    ],
)
def test_code_that_is_not_a_folder_on_disk_is_refused_with_its_line(
    deployed: Deployment, properties: str, piece: str, expected: str
) -> None:
    deployed.folder.add("code/app.py")
    error = deployed.refused(sam(properties))
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line(piece)


def test_code_that_globals_name_is_refused_at_that_line(deployed: Deployment) -> None:
    error = deployed.refused(sam("", "Globals:\n  Function:\n    CodeUri: nowhere\n"))
    assert error.where is not None and error.where.line == deployed.folder.line("CodeUri")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("flow.json", 'is "flow.json", and there is no such file'),
        ("s3://b/k", "is not a file on disk"),
        ("{Bucket: b, Key: k}", "is not a file on disk"),
    ],
)
def test_a_definition_that_is_not_there_is_refused_with_its_line(deployed: Deployment, uri: str, expected: str) -> None:
    error = deployed.refused(
        f"{HEAD}Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        f"      Role: {ROLE}\n      DefinitionUri: {uri}\n"
    )
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("DefinitionUri")


# ---- code without a folder of its own -----------------------------------------------------------------


def test_a_single_file_is_the_whole_code(deployed: Deployment) -> None:
    deployed.folder.add("code/app.py")
    deployed.folder.add("code/beside.py")
    deployed(sam("      CodeUri: code/app.py\n"))
    (spec,) = deployed.functions
    assert [p.name for p in spec.code_dir.iterdir()] == ["app.py"]


@pytest.mark.parametrize("intrinsic", ["'x = 1'", "!Sub 'x = \"${AWS::Region}\"'", "!Join ['', ['x', ' = 1']]"])
def test_inline_code_is_the_module_index(deployed: Deployment, intrinsic: str) -> None:
    deployed(sam(f"      InlineCode: {intrinsic}\n").replace("app.handler", "index.handler"))
    (spec,) = deployed.functions
    assert (spec.code_dir / "index.py").read_text() in ("x = 1", 'x = "us-east-1"')


def test_inline_code_may_hold_what_stands_only_later(deployed: Deployment) -> None:
    deployed(
        sam("      InlineCode: !Sub 'queue = \"${Q}\"'\n").replace("app.handler", "index.handler")
        + "  Q: {Type: 'AWS::SQS::Queue'}\n"
    )
    (spec,) = deployed.functions
    assert (spec.code_dir / "index.py").read_text().startswith('queue = "https://sqs.')


def test_a_handler_of_inline_code_is_in_the_module_index(deployed: Deployment) -> None:
    error = deployed.refused(sam("      InlineCode: 'x = 1'\n"))
    assert 'has no module "app".\n  ' in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Handler")


# ---- layers -------------------------------------------------------------------------------------------


def layers(folder: Folder, text: str) -> tuple[list[str], list[str]]:
    code = transform(folder.template(text), {}, "us-east-1").code
    return [p.name for p in code.layers.values()], [p.name for p in code.built_layers.values()]


@pytest.mark.parametrize("kind", ["AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"])
def test_a_layers_content_is_a_folder_beside_the_template(folder: Folder, kind: str) -> None:
    folder.add("layer/python/shared.py")
    name = "Content" if "Lambda" in kind else "ContentUri"
    text = f"{HEAD}Resources:\n  L:\n    Type: {kind}\n    Properties: {{{name}: layer}}\n"
    assert layers(folder, text) == (["layer"], [])
    assert layers(folder, text + "    Metadata: {BuildMethod: python3.12}\n") == ([], ["layer"])


def test_a_layer_of_another_language_is_refused_by_name(folder: Folder) -> None:
    folder.add("layer/python/shared.py")
    text = f"{HEAD}Resources:\n  L:\n    Type: AWS::Serverless::LayerVersion\n    Properties: {{ContentUri: layer}}\n"
    with pytest.raises(ScenarioError, match="is built with 'makefile'") as caught:
        layers(folder, text + "    Metadata: {BuildMethod: makefile}\n")
    assert caught.value.where is not None and caught.value.where.line == folder.line("BuildMethod")
