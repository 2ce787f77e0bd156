"""Service descriptions are read once."""

from __future__ import annotations

import inspect
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

from harness.vendor import botocore_loading
from harness.vendor.patches import Patches


def loaded_by_a_new_loader() -> Any:
    return Loader().load_service_model("sqs", "service-2")


def test_the_target_exists_with_this_signature() -> None:
    assert list(inspect.signature(JSONFileLoader.load_file).parameters) == ["self", "file_path"]


def test_upstream_still_reads_again_for_each_loader() -> None:
    first, second = loaded_by_a_new_loader(), loaded_by_a_new_loader()
    assert first["operations"] is not second["operations"]


def test_loaders_share_what_was_read_inside_a_world() -> None:
    with Patches() as patches:
        botocore_loading.apply(patches)
        first, second = loaded_by_a_new_loader(), loaded_by_a_new_loader()
    assert first["operations"] is second["operations"]


def test_a_file_that_is_not_there_is_looked_for_again(tmp_path: Any) -> None:
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert JSONFileLoader().load_file(str(tmp_path / "late")) is None
        (tmp_path / "late.json").write_text('{"a": 1}')
        assert JSONFileLoader().load_file(str(tmp_path / "late")) == {"a": 1}


def test_undo_restores_the_very_same_object() -> None:
    before = JSONFileLoader.load_file
    with Patches() as patches:
        botocore_loading.apply(patches)
        assert JSONFileLoader.load_file is not before
    assert JSONFileLoader.load_file is before
