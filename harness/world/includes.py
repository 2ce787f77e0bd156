"""This file decides what ``AWS::Include`` puts into a template: a piece of YAML or JSON from a file on disk.

It reads files beside the template, as ``sam package`` would upload them, and nothing else. Rule: a path may lead out of
the template's folder only where the template says so; a link that leads out is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from harness.errors import Location, ScenarioError, did_you_mean
from harness.world import yaml_lines
from harness.world.template import Origin, Template
from harness.world.values import text_of
from harness.world.yaml_lines import Path as KeyPath

INCLUDE = "AWS::Include"


def with_includes(template: Template, values: dict[str, Any]) -> Template:
    """The template with every include put in; itself if it has none. ``values`` are the parameters'.

    Raises:
        ScenarioError: a file is not there or cannot be used, or another macro than AWS::Include is asked for.
    """
    including = _Including(template, values)
    body = including.body()
    return template.rewritten(body, including.origins) if including.origins else template


class _Including:
    def __init__(self, template: Template, values: dict[str, Any]) -> None:
        self._template = template
        self._values = values
        self.origins: dict[KeyPath, Origin] = {}

    def body(self) -> dict[str, Any]:
        body = {}
        for name, section in self._template.body.items():
            # A parameter is known before any transform is carried out.
            body[name] = section if name == "Parameters" else self._walked(section, (name,))
        transforms = body.get("Transform")
        for i, asked in enumerate(transforms if isinstance(transforms, list) else [transforms]):
            if isinstance(asked, dict) and asked.get("Name") == INCLUDE:
                at: KeyPath = ("Transform", i) if isinstance(transforms, list) else ("Transform",)
                body = self._merged(body, self._included(asked, at), (), at)
        return body

    def _walked(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, list):
            return [self._walked(item, (*path, i)) for i, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        walked = {k: self._walked(item, (*path, k)) for k, item in value.items() if k != "Fn::Transform"}
        if "Fn::Transform" not in value:
            return walked
        at = (*path, "Fn::Transform")
        asked = value["Fn::Transform"]
        if not isinstance(asked, dict) or asked.get("Name") != INCLUDE:
            name = asked.get("Name") if isinstance(asked, dict) else asked
            raise self._refuse(
                at,
                f'The macro "{name}" is a function of its own in AWS, and nothing here carries it out.',
                f"Only {INCLUDE} is. Apply the other one first and use its result.",
            )
        file, read, lines = self._included(asked, at)
        if not walked:
            self.origins[path] = Origin(str(file), lines, ())
            return read
        return self._merged(walked, (file, read, lines), path, at)

    def _merged(
        self, own: dict[str, Any], included: tuple[Path, Any, yaml_lines.Lines], path: KeyPath, at: KeyPath
    ) -> dict[str, Any]:
        file, read, lines = included
        if not isinstance(read, dict):
            raise self._refuse(at, f'The file "{file.name}" must be a mapping: its keys are put beside others.')
        merged = dict(own)
        for key, value in read.items():
            at_key = (*path, key)
            if isinstance(value, dict) and isinstance(merged.get(key), dict) and not path:
                merged[key] = self._merged(merged[key], (file, value, _Below(lines, key)), at_key, at)
            elif key in merged:
                raise self._refuse(at, f'The file "{file.name}" brings "{key}", which stands beside the include too.')
            else:
                merged[key] = value
                self.origins[at_key] = Origin(str(file), lines, (key,))
        return merged

    def _included(self, asked: dict[str, Any], at: KeyPath) -> tuple[Path, Any, yaml_lines.Lines]:
        parameters = asked.get("Parameters")
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        if isinstance(location, dict) and list(location) == ["Ref"]:
            location = self._values.get(str(location["Ref"]))
        if not isinstance(location, str):
            raise self._refuse(at, f"{INCLUDE} needs Parameters with a Location, the path of a file.")
        below, what = (*at, "Parameters", "Location"), f"The Location of {INCLUDE}"
        if self._template.fetch is not None:
            file = Path(location.rpartition("/")[2])
            text = fetched(self._template, location, below, what)
        else:
            file = local_file(self._template, location, below, what)
            try:
                text = file.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise self._refuse(at, f'The file "{file}" cannot be read: {error}.') from None
        read, lines = yaml_lines.read(text, str(file))
        self._refuse_short_tags(text, file)
        if _holds_transform(read):
            raise ScenarioError(
                "An included file cannot ask for a transform in turn; AWS does not carry it out.",
                where=Location(str(file)),
                hint="Write the include into the template itself.",
            )
        return file, read, lines

    def _refuse_short_tags(self, text: str, file: Path) -> None:
        if text.lstrip().startswith("{"):
            return
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            tag = getattr(event, "tag", None) or ""
            if tag.startswith("!") and len(tag) > 1:
                raise ScenarioError(
                    f'An included file cannot use the short form "{tag}"; AWS reads it without its tags.',
                    where=Location(str(file), event.start_mark.line + 1 if event.start_mark else None),
                    hint='Write it out, as in "Fn::Sub:" or "Ref:".',
                )

    def _refuse(self, path: KeyPath, problem: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(problem, where=self._template.where(path), hint=hint)


class _Below(yaml_lines.Lines):
    """The lines of a part of a text, seen from that part."""

    def __init__(self, lines: yaml_lines.Lines, key: str) -> None:
        self._lines, self._key = lines, key

    def at(self, path: KeyPath) -> int | None:
        return self._lines.at((self._key, *path))

    def knows(self, path: KeyPath) -> bool:
        return self._lines.knows((self._key, *path))


def _holds_transform(value: Any) -> bool:
    if isinstance(value, dict):
        return "Fn::Transform" in value or any(_holds_transform(item) for item in value.values())
    return isinstance(value, list) and any(_holds_transform(item) for item in value)


def fetched(template: Template, address: str, at: KeyPath, what: str) -> str:
    """The text under an address of S3's, for a template that a client has sent.

    Raises:
        ScenarioError: it is no such address, or nothing is there.
    """
    assert template.fetch is not None
    if not address.startswith(("s3://", "http://", "https://")):
        raise ScenarioError(
            f'{what} is "{address}", a path; the template was sent here without the file.',
            where=template.where(at),
            hint='Upload it first: "aws cloudformation package" or "sam package" does, and names what it uploaded.',
        )
    try:
        return template.fetch(address)
    except LookupError as error:
        raise ScenarioError(f'{what} is "{address}": {error.args[0]}', where=template.where(at)) from None


def local_file(template: Template, written: str, at: KeyPath, what: str) -> Path:
    """The file that ``written`` names, seen from the template's folder.

    Raises:
        ScenarioError: it is somewhere else than on this disk, there is none, or a link leads out of the folder.
    """
    where, folder = template.where(at), template.path.parent
    if written.startswith(("s3://", "http://", "https://")):
        raise ScenarioError(
            f'{what} is "{written}", which is not a file on this disk.',
            where=where,
            hint=f"Name a file, seen from {folder or '.'}; sam package uploads it.",
        )
    try:
        path, file = Path(written), (folder / written).resolve()
        is_file = file.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise ScenarioError(f'"{written}" is not a path: {error}.', where=where) from None
    if not is_file:
        beside = [p.name for p in file.parent.iterdir() if p.is_file()] if file.parent.is_dir() else []
        raise ScenarioError(
            f'{what} is "{text_of(written)}", and there is no such file.',
            where=where,
            hint=did_you_mean(file.name, beside),
        )
    if not path.is_absolute() and ".." not in path.parts and not file.is_relative_to(folder.resolve()):
        raise ScenarioError(
            f'{what} is "{written}", a link that leads out of the template\'s folder to {file}.',
            where=where,
            hint="Name the file itself.",
        )
    return file
