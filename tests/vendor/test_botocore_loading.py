"""Service descriptions are read once."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.loaders import JSONFileLoader, Loader

from harness.kernel.scheduler import Kernel
from harness.vendor import botocore_loading
from harness.vendor.patches import Patches
from harness.world.cloud import Cloud


def loaded_by_a_new_loader() -> Any:
    return Loader().load_service_model("sqs", "service-2")


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(JSONFileLoader.load_file).parameters) == ["self", "file_path"]


def test_upstream_still_reads_again_for_each_loader() -> None:
    first, second = loaded_by_a_new_loader(), loaded_by_a_new_loader()
    assert first["shapes"] is not second["shapes"]


def test_loaders_share_what_was_read_inside_a_world() -> None:
    with Patches() as patches:
        botocore_loading.apply(patches)
        first, second = loaded_by_a_new_loader(), loaded_by_a_new_loader()
    assert first["shapes"] is second["shapes"]


def test_the_paths_that_botocore_changes_as_it_calls_s3_are_nobody_elses() -> None:
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        kernel.run(lambda: cloud.client("s3").create_bucket(Bucket="bucket"))
        read = Loader().load_service_model("s3", "service-2")
    assert read["operations"]["CreateBucket"]["http"]["requestUri"] == "/{Bucket}"


def test_a_file_that_is_not_there_is_looked_for_again(tmp_path: Any) -> None:
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert JSONFileLoader().load_file(str(tmp_path / "late")) is None
        (tmp_path / "late.json").write_text('{"a": 1}')
        assert JSONFileLoader().load_file(str(tmp_path / "late")) == {"a": 1}


class CountedFolders:
    """Stands in for ``os.listdir`` and counts its calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self._original = os.listdir
        monkeypatch.setattr(os, "listdir", self)

    def __call__(self, path: Any) -> list[str]:
        self.calls += 1
        return self._original(path)


def test_upstream_still_looks_into_every_folder_for_each_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(inspect.signature(Loader.list_available_services).parameters) == ["self", "args", "kwargs"]
    folders = CountedFolders(monkeypatch)
    for _ in range(2):
        Loader().list_available_services("service-2")
    assert folders.calls > 2 * 100


def test_the_services_there_are_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = boto3.Session()._session.get_available_services()
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert boto3.Session()._session.get_available_services() == upstream
        folders = CountedFolders(monkeypatch)
        assert boto3.Session()._session.get_available_services() == upstream
    assert folders.calls == 0


def test_services_in_a_folder_of_the_authors_are_looked_for_again(tmp_path: Path) -> None:
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert "ours" not in Loader(extra_search_paths=[str(tmp_path)]).list_available_services("service-2")
        (tmp_path / "ours" / "2030-01-15").mkdir(parents=True)
        (tmp_path / "ours" / "2030-01-15" / "service-2.json").write_text("{}")
        assert "ours" in Loader(extra_search_paths=[str(tmp_path)]).list_available_services("service-2")


def test_undo_restores_the_very_same_objects() -> None:
    before = (JSONFileLoader.load_file, Loader.list_available_services)
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert JSONFileLoader.load_file is not before[0]
        assert Loader.list_available_services is not before[1]
    assert (JSONFileLoader.load_file, Loader.list_available_services) == before
