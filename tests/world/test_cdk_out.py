from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.advise.examination import examination
from harness.errors import ScenarioError
from harness.world.template import load_template

KEY = "cafe.zip"
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::Region}"}, "S3Key": KEY},
        "Handler": "index.handler",
        "Runtime": "python3.12",
    },
}


def synthesised(folder: Path, resources: dict[str, Any], *, stacks: int = 1, asset: str = "asset.cafe") -> Path:
    """A cloud assembly as ``cdk synth`` writes it, with one asset."""
    template = {
        "Resources": resources,
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version"}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
    }
    names = ["One", "Two", "Three"][:stacks]
    artifacts: dict[str, Any] = {
        name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
        for name in names
    }
    artifacts["Assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "One.assets.json"}}
    listed = {"cafe": {"source": {"path": asset}, "destinations": {"here": {"objectKey": KEY}}}}
    files: dict[str, Any] = {
        "cdk.out": {"version": "55.0.0"},
        "manifest.json": {"version": "55.0.0", "artifacts": artifacts},
        "One.assets.json": {"files": listed},
        **{f"{name}.template.json": template for name in names},
    }
    (folder / "asset.cafe").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_the_folder_leads_to_its_only_stack(tmp_path: Path) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION})
    assert load_template(folder).path == folder / "One.template.json"


@pytest.mark.parametrize(
    ("kind", "name", "written"),
    [
        ("AWS::Lambda::Function", "Code", {"S3Bucket": "b", "S3Key": KEY}),
        ("AWS::Lambda::LayerVersion", "Content", {"S3Bucket": "b", "S3Key": KEY}),
        ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", {"Bucket": "b", "Key": KEY}),
        ("AWS::CloudFormation::Stack", "TemplateURL", {"Fn::Join": ["", ["https://s3.", f"/b/{KEY}"]]}),
    ],
)
def test_what_names_an_assets_key_gets_its_path(tmp_path: Path, kind: str, name: str, written: Any) -> None:
    resource = {"Type": kind, "Properties": {name: written}}
    template = load_template(synthesised(tmp_path / "cdk.out", {"It": resource}))
    assert template.resources["It"]["Properties"][name] == "asset.cafe"


def test_code_in_a_bucket_of_ones_own_stays_what_it_is(tmp_path: Path) -> None:
    code = {"S3Bucket": "mine", "S3Key": "code.zip"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}
    template = load_template(synthesised(tmp_path / "cdk.out", {"It": resource}))
    assert template.resources["It"]["Properties"]["Code"] == code


def test_nobody_is_asked_for_the_version_of_cdks_own_stack(tmp_path: Path) -> None:
    template = load_template(synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION}))
    assert "Parameters" not in template.body
    assert "Rules" not in template.body


def test_of_several_stacks_one_must_be_named(tmp_path: Path) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION}, stacks=2)
    with pytest.raises(ScenarioError) as caught:
        load_template(folder)
    assert f'"{folder}" has 2 stacks.' in str(caught.value)
    assert "One.template.json, Two.template.json" in str(caught.value)
    assert load_template(folder / "Two.template.json").resources["Worker"]["Properties"]["Code"] == "asset.cafe"


@pytest.mark.parametrize("path", ["../asset.cafe", "/etc", "asset.cafe/../../secret"])
def test_an_asset_outside_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION}, asset=path)
    with pytest.raises(ScenarioError, match="is no file inside its folder"):
        load_template(folder)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\udcff"])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION})
    (folder / "manifest.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_template(folder)


@pytest.mark.parametrize("value", [None, [], "x", {"artifacts": 3}, {"artifacts": {"One": 3}}])
def test_a_manifest_without_a_stack_is_refused(tmp_path: Path, value: Any) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION})
    (folder / "manifest.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ScenarioError, match="has no stack"):
        load_template(folder)


def staged(folder: Path, name: str = "assembly-Prod", **more: Any) -> Path:
    """An assembly with nothing but a stage, whose function's code stands with the assembly."""
    synthesised(folder / "assembly-Prod", {"Worker": FUNCTION}, asset="../asset.cafe", **more)
    (folder / "cdk.out").write_text("{}", encoding="utf-8")
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Prod": stage}}), encoding="utf-8")
    return folder


def test_the_stacks_of_a_stage_are_found_and_the_assets_of_the_whole(tmp_path: Path) -> None:
    template = load_template(staged(tmp_path / "cdk.out"))
    assert template.path == tmp_path / "cdk.out/assembly-Prod/One.template.json"
    assert template.resources["Worker"]["Properties"]["Code"] == "../asset.cafe"


def test_of_several_stacks_of_a_stage_one_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"assembly-Prod/One\.template\.json, assembly-Prod/Two\.template\.json"):
        load_template(staged(tmp_path / "cdk.out", stacks=2))


@pytest.mark.parametrize("name", ["..", ".", "../elsewhere", "/etc"])
def test_a_stage_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="is no file inside its folder"):
        load_template(staged(tmp_path / "cdk.out", name))


def test_the_manifest_may_be_named_for_the_folder(tmp_path: Path) -> None:
    folder = synthesised(tmp_path / "cdk.out", {"Worker": FUNCTION})
    assert load_template(folder / "manifest.json").path == folder / "One.template.json"


def test_a_container_image_is_refused_as_one(tmp_path: Path) -> None:
    image = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ImageUri": "x"}, "PackageType": "Image"}}
    checked = examination(synthesised(tmp_path / "cdk.out", {"Worker": image}))
    assert 'The function "Worker" is a container image; images are not run here.' in str(checked.refusals[0])
