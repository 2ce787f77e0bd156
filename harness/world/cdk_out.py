"""This file decides what a folder that ``cdk synth`` wrote holds: which template, and where its code lies.

Beside the stacks' templates stand the files they need (*assets*); in a template an asset is the key under which
``cdk deploy`` would upload it. The format is the cloud assembly's: ``manifest.json`` names the stacks and the lists of
assets. Nothing is uploaded here: what names an asset's key gets the asset's path instead, as a template of SAM has
it. A stage of CDK is an assembly inside of the assembly, with templates of its own and the assets of the whole. Rule:
what the manifests name must lie inside the outermost folder, since they are files from outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import Location, ScenarioError
from harness.world.cdk_handlers import with_handlers_in_python

_MANIFEST = "manifest.json"
_STACK, _ASSETS = "aws:cloudformation:stack", "cdk:asset-manifest"
_STAGE = "cdk:cloud-assembly"
_DEEPEST = 8

# By these CDK asks AWS how old its own bootstrap stack is; there is none here to be old.
_BOOTSTRAP = (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion"))

# Where a template names code by the key it was uploaded under: the property, and the key's name in it.
_NAMED_BY_KEY = {
    "AWS::Lambda::Function": ("Code", "S3Key"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Key"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Key"),
}


def is_cloud_assembly(folder: Path) -> bool:
    """Whether ``cdk synth`` wrote this folder."""
    return (folder / _MANIFEST).is_file() and (folder / "cdk.out").is_file()


def is_manifest(file: Path) -> bool:
    """Whether this is the file that says what is in a folder that ``cdk synth`` wrote."""
    return file.name == _MANIFEST and is_cloud_assembly(file.parent)


def only_template(folder: Path) -> Path:
    """The template of the only stack in this cloud assembly and its stages.

    Raises:
        ScenarioError: there is no stack or more than one, or a manifest cannot be read.
    """
    files = _templates(folder, folder)
    if len(files) != 1:
        names = ", ".join(file.relative_to(folder).as_posix() for file in files)
        raise ScenarioError(
            f'"{folder}" has {len(files) or "no"} stack{"s" if len(files) > 1 else ""}.',
            where=Location(str(folder / _MANIFEST)),
            hint=f"Name one of them as the pipeline: {names}." if files else "Run cdk synth again.",
        )
    return files[0]


def _templates(folder: Path, root: Path) -> list[Path]:
    """The stacks' templates, and those of the stages."""
    found = [_inside(folder, properties.get("templateFile")) for properties in _artifacts(folder, _STACK)]
    for properties in _artifacts(folder, _STAGE):
        stage = _inside(folder, properties.get("directoryName"))
        if stage.resolve() == folder.resolve() or len(stage.parts) > len(root.parts) + _DEEPEST:
            raise _strange(folder, properties.get("directoryName"))
        found += _templates(stage, root)
    return found


def localised(body: dict[str, Any], template: Path) -> dict[str, Any]:
    """``body`` with its assets' paths where it has their keys, if ``template`` stands in a cloud assembly.

    Raises:
        ScenarioError: a manifest cannot be read, or names something outside the folder.
    """
    if not is_cloud_assembly(template.parent):
        return body
    assets = _assets(template.parent)
    for section, name in _BOOTSTRAP:
        if isinstance(body.get(section), dict):
            body[section].pop(name, None)
            if not body[section]:
                del body[section]
    resources = body.get("Resources")
    for resource in resources.values() if isinstance(resources, dict) else ():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if isinstance(properties, dict):
            _localise(str(resource.get("Type")), properties, assets)
    if isinstance(resources, dict):
        with_handlers_in_python(resources)
    return body


def _localise(kind: str, properties: dict[str, Any], assets: Mapping[str, str]) -> None:
    if kind == "AWS::CloudFormation::Stack":
        # An address joined of several parts; the key is what follows its last slash.
        uploaded = json.dumps(properties.get("TemplateURL")).rstrip('"]}').rpartition("/")[2]
        if uploaded in assets:
            properties["TemplateURL"] = assets[uploaded]
        return
    name, key_name = _NAMED_BY_KEY.get(kind, ("", ""))
    value = properties.get(name)
    key = value.get(key_name) if isinstance(value, dict) else None
    if isinstance(key, str) and key in assets:
        properties[name] = assets[key]


def _assets(folder: Path) -> dict[str, str]:
    """The assets' paths, seen from the folder, by key."""
    found: dict[str, str] = {}
    for properties in _artifacts(folder, _ASSETS):
        files = _read(_inside(folder, properties.get("file"))).get("files")
        for asset in files.values() if isinstance(files, dict) else ():
            destinations = _part(asset, "destinations").values()
            keys = [d["objectKey"] for d in destinations if isinstance(d, dict) and isinstance(d.get("objectKey"), str)]
            path = _part(asset, "source").get("path")
            if keys and path is not None:
                _inside(folder, path)
                found.update(dict.fromkeys(keys, path))
    return found


def _artifacts(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The properties of the assembly's artifacts of this kind."""
    artifacts = _part(_read(folder / _MANIFEST), "artifacts").values()
    return [_part(a, "properties") for a in artifacts if isinstance(a, dict) and a.get("type") == kind]


def _part(value: Any, name: str) -> dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _inside(folder: Path, name: Any) -> Path:
    if not isinstance(name, str) or not (folder / name).resolve().is_relative_to(_outermost(folder).resolve()):
        raise _strange(folder, name)
    return folder / name


def _strange(folder: Path, name: Any) -> ScenarioError:
    return ScenarioError(
        f'This output of CDK names "{name}", which is no file inside its folder.',
        where=Location(str(folder / _MANIFEST)),
        hint="Run cdk synth again; what it writes stands in one folder.",
    )


def _outermost(folder: Path) -> Path:
    """The assembly that this one is a stage of, or a stage of a stage."""
    outer = folder.absolute().parent
    return _outermost(outer) if is_cloud_assembly(outer) else folder


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ScenarioError(
            f"This output of CDK cannot be read: {error}.", where=Location(str(path)), hint="Run cdk synth again."
        ) from None
