"""A bare embedded cloud, and templates written into a folder of the test's own."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from harness.errors import ScenarioError
from harness.vendor import aws_managed_policies
from harness.vendor.patches import Patches
from harness.world.deploy import deploy
from harness.world.functions import Functions
from harness.world.stack import Stack
from harness.world.template import Template, load_template

Client = Callable[[str], Any]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws(), Patches() as patches:
        aws_managed_policies.apply(patches)
        session = boto3.Session(region_name="us-east-1")
        yield lru_cache(maxsize=None)(lambda service: session.client(service))


class Folder:
    """A folder with a template and what lies beside it; ``line`` finds the line of a piece of text."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "template.yaml"

    def add(self, name: str, text: str = "def handler(event, context): ...\n") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def template(self, text: str) -> Template:
        return load_template(self.add("template.yaml", text))

    def line(self, piece: str) -> int:
        lines = self.file.read_text(encoding="utf-8").splitlines()
        (found,) = [number for number, line in enumerate(lines, 1) if piece in line]
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


class Deployment:
    """Deploys texts into the embedded cloud and keeps what came of it."""

    def __init__(self, folder: Folder, client: Client) -> None:
        self.folder = folder
        self.client = client
        self.functions = Functions()
        self.created: list[str] = []

    def __call__(self, text: str, **options: Any) -> Stack:
        return deploy(
            self.folder.template(text),
            self.client,
            self.functions,
            on_created=lambda resource: self.created.append(resource.logical_id),
            **options,
        )

    def refused(self, text: str, **options: Any) -> ScenarioError:
        """The refusal of a template; checks that it came before anything was created."""
        with pytest.raises(ScenarioError) as caught:
            self(text, **options)
        assert self.created == []
        assert caught.value.where is not None
        assert caught.value.where.path == str(self.folder.file)
        return caught.value


@pytest.fixture
def deployed(folder: Folder, client: Client) -> Deployment:
    return Deployment(folder, client)
