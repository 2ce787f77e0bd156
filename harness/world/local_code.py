"""This file decides where code, layers, workflow definitions and nested templates lie on disk.

It does what ``sam package`` does, except that no folder is copied: the place in the template gets an
``s3://`` address that stands for the folder, and the folder is remembered; a single file or an archive gets a folder
(``made_folders``). Nested templates and layers are found the same way. Rule: a place that does not exist is refused
with its line, and code that is not on this disk is refused by name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import ScenarioError, did_you_mean
from harness.world import made_folders
from harness.world.includes import local_file
from harness.world.template import Template
from harness.world.yaml_lines import Path as KeyPath

LOCAL_BUCKET = "code-on-disk"
"""The bucket of the addresses that stand for local places; the key is the logical id."""

_LEFT_OUT = ("__pycache__", "env", "venv")


@dataclass(frozen=True, slots=True)
class LocalCode:
    """The local places of one template.

    By logical id: functions' folders, definitions' files, nested stacks' templates, and layers' folders. SAM gives a
    layer another logical id, but its content's ``S3Key`` stays the one that ``layers`` knows. A layer's folder is what
    AWS puts under ``/opt``; one with a ``BuildMethod`` for Python is what ``sam build`` puts under ``/opt/python``, and
    is in ``built_layers`` instead.
    """

    folders: dict[str, Path] = field(default_factory=dict)
    definitions: dict[str, Path] = field(default_factory=dict)
    templates: dict[str, Path] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    built_layers: dict[str, Path] = field(default_factory=dict)
    _sizes: dict[Path, int] = field(default_factory=dict)

    def size(self, logical_id: str) -> int:
        """How many bytes the function's folder has, without what ``sam build`` leaves out."""
        folder = self.folders.get(logical_id)
        if folder is None:
            return 0  # inline code, which has a limit of its own
        if folder not in self._sizes:
            self._sizes[folder] = _size(folder)
        return self._sizes[folder]


def _size(folder: Path) -> int:
    total = 0
    for inside, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith(".")]
        total += sum(Path(inside, name).lstat().st_size for name in files)
    return total


def take_local_code(template: Template, body: dict[str, Any]) -> LocalCode:
    """The local places that ``body`` names; each is replaced in ``body`` by an address that stands for it.

    Raises:
        ScenarioError: a place does not exist, or the code is somewhere else than on disk.
    """
    found = LocalCode()
    if template.fetch is not None:
        _refuse_paths(template, body)
        return found
    globals_function = (body.get("Globals") or {}).get("Function") or {}
    global_code = globals_function.pop("CodeUri", None) if isinstance(globals_function, dict) else None
    handle: dict[str, Callable[[_Place], None]] = {
        "AWS::Serverless::Function": lambda place: _serverless_function(place, found, global_code),
        "AWS::Lambda::Function": lambda place: _function(place, found),
        "AWS::Serverless::StateMachine": lambda place: _definition(place, found, "DefinitionUri"),
        "AWS::StepFunctions::StateMachine": lambda place: _definition(place, found, "DefinitionS3Location"),
        "AWS::Serverless::LayerVersion": lambda place: _layer(place, found, "ContentUri"),
        "AWS::Lambda::LayerVersion": lambda place: _layer(place, found, "Content"),
        "AWS::Serverless::Application": lambda place: _template(place, found, "Location"),
        "AWS::CloudFormation::Stack": lambda place: _template(place, found, "TemplateURL"),
    }
    for logical_id, resource in body["Resources"].items():
        if resource["Type"] in handle:
            resource["Properties"] = resource.get("Properties") or {}
            handle[resource["Type"]](_Place(template, logical_id, resource["Properties"]))
    return found


# What names files in a template: the type, and its property.
_NAMES_FILES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::LayerVersion": "Content",
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}


def _refuse_paths(template: Template, body: dict[str, Any]) -> None:
    """A template that a client has sent names what it has uploaded, and no files of its own disk or of ours."""
    for logical_id, resource in body["Resources"].items():
        name = _NAMES_FILES.get(resource["Type"])
        value = (resource.get("Properties") or {}).get(name) if name else None
        if isinstance(value, str) and not value.startswith(("s3://", "http://", "https://")):
            raise _Place(template, logical_id, resource["Properties"]).refuse(
                str(name),
                f'The {name} of "{logical_id}" is "{value}", a path; the template was sent here without the files.',
                'Upload them first: "aws cloudformation package" or "sam package" does, and names what it uploaded.',
            )
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
            _refuse_image(_Place(template, logical_id, resource.get("Properties") or {}))


@dataclass(frozen=True, slots=True)
class _Place:
    template: Template
    logical_id: str
    properties: dict[str, Any]

    def path(self, name: str) -> KeyPath:
        return ("Resources", self.logical_id, "Properties", name)

    def refuse(self, name: str, problem: str, hint: str, *, at: KeyPath | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self.template.where(at or self.path(name)), hint=hint)


def _serverless_function(place: _Place, found: LocalCode, global_code: Any) -> None:
    _refuse_image(place)
    if "InlineCode" in place.properties:
        return
    own = "CodeUri" in place.properties
    at = place.path("CodeUri") if own else ("Globals", "Function", "CodeUri")
    # Without any CodeUri, sam takes the template's own folder.
    code = place.properties.get("CodeUri") if own else (global_code if global_code is not None else ".")
    found.folders[place.logical_id] = _folder(place, "CodeUri", code, at)
    place.properties["CodeUri"] = f"s3://{LOCAL_BUCKET}/{place.logical_id}"


def _function(place: _Place, found: LocalCode) -> None:
    code = place.properties.get("Code")
    _refuse_image(place)
    if isinstance(code, dict) and "ZipFile" in code:
        return
    found.folders[place.logical_id] = _folder(place, "Code", code, place.path("Code"))
    place.properties["Code"] = {"S3Bucket": LOCAL_BUCKET, "S3Key": place.logical_id}


def _refuse_image(place: _Place) -> None:
    for name in ("ImageUri", "ImageConfig"):
        if name in place.properties:
            raise place.refuse(
                name,
                f'The function "{place.logical_id}" is a container image; images are not run here.',
                "Give it a CodeUri folder and a Handler.",
            )
    code = place.properties.get("Code")
    if place.properties.get("PackageType") == "Image" or (isinstance(code, dict) and "ImageUri" in code):
        raise place.refuse(
            "Code",
            f'The function "{place.logical_id}" is a container image; images are not run here.',
            "For the rehearsal give it code in a folder, and a Handler and Runtime.",
        )


def _folder(place: _Place, name: str, code: Any, at: KeyPath) -> Path:
    what = f'The {name} of "{place.logical_id}"'
    if not isinstance(code, str) or code.startswith(("s3://", "http://", "https://")):
        shown = f' is "{code}", which' if isinstance(code, str) else ""
        raise place.refuse(
            name,
            f"{what}{shown} is not a folder on disk.",
            f"Name the folder that holds it, seen from {place.template.path.parent or '.'}.",
            at=at,
        )
    folder = _resolved(place, name, code, at)
    if folder.is_file():
        try:
            return made_folders.of_file(folder)
        except made_folders.BadArchive as error:
            raise place.refuse(
                name, f'{what} is "{code}", which cannot be unpacked: {error}.', "Name its folder.", at=at
            ) from None
    if not folder.is_dir():
        raise place.refuse(
            name,
            f'{what} is "{code}", and there is no folder "{place.template.path.parent / code}".',
            _beside(folder, folders_only=True),
            at=at,
        )
    return folder


def _definition(place: _Place, found: LocalCode, name: str) -> None:
    uri = place.properties.get(name)
    if uri is None:
        return
    if not isinstance(uri, str) or uri.startswith(("s3://", "http://", "https://")):
        raise place.refuse(
            name,
            f'The {name} of "{place.logical_id}" is not a file on disk.',
            f"Name the file that holds the definition, seen from {place.template.path.parent or '.'}.",
        )
    file = _resolved(place, name, uri, place.path(name))
    if not file.is_file():
        raise place.refuse(
            name,
            f'The {name} of "{place.logical_id}" is "{uri}", and there is no such file.',
            _beside(file, folders_only=False),
        )
    found.definitions[place.logical_id] = file
    address = {"Bucket": LOCAL_BUCKET, "Key": place.logical_id}
    place.properties[name] = address


def _layer(place: _Place, found: LocalCode, name: str) -> None:
    folder = _folder(place, name, place.properties.get(name), place.path(name))
    metadata = place.template.resources[place.logical_id].get("Metadata")
    method = metadata.get("BuildMethod") if isinstance(metadata, dict) else None
    if method is None:
        found.layers[place.logical_id] = folder
    elif isinstance(method, str) and method.startswith("python"):
        found.built_layers[place.logical_id] = folder
    else:
        raise ScenarioError(
            f'The layer "{place.logical_id}" is built with {method!r}; only layers of Python code are built here.',
            where=place.template.where(("Resources", place.logical_id, "Metadata", "BuildMethod")),
            hint='Name a runtime such as "python3.12", or build the layer first and leave BuildMethod out.',
        )
    address: Any = {"S3Bucket": LOCAL_BUCKET, "S3Key": place.logical_id}
    place.properties[name] = address if name == "Content" else f"s3://{LOCAL_BUCKET}/{place.logical_id}"


def _template(place: _Place, found: LocalCode, name: str) -> None:
    location = place.properties.get(name)
    what = f'The {name} of "{place.logical_id}"'
    if not isinstance(location, str):
        raise place.refuse(
            name,
            f"{what} is not a file on disk; applications of the Serverless Application Repository are not here."
            if isinstance(location, dict) and "ApplicationId" in location
            else f"{what} must be the path of a template.",
            f"Name a template, seen from {place.template.path.parent or '.'}.",
        )
    found.templates[place.logical_id] = local_file(place.template, location, place.path(name), what)
    place.properties[name] = f"https://s3.amazonaws.com/{LOCAL_BUCKET}/{place.logical_id}"


def _resolved(place: _Place, name: str, text: str, at: KeyPath) -> Path:
    try:
        return (place.template.path.parent / text).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise place.refuse(
            name, f'"{text}" is not a path: {error}.', "Name a folder or file beside the template.", at=at
        ) from None


def _beside(missing: Path, *, folders_only: bool) -> str:
    if not missing.parent.is_dir():
        return f'There is no "{missing.parent.name}" either; the path is seen from the template\'s folder.'
    names = [p.name for p in missing.parent.iterdir() if p.is_dir() or not folders_only]
    return did_you_mean(missing.name, [n for n in names if not n.startswith((".", "__"))])
