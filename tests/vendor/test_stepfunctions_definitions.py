from __future__ import annotations

from typing import Any

import pytest

from harness.vendor.stepfunctions_definitions import faults, uses_jsonata


@pytest.mark.parametrize(
    ("state", "where"),
    [
        ({"Type": "Pass", "Next": "X"}, "/States/A/Next"),
        ({"Type": "Choice", "Choices": [{"Next": "A"}, {"Next": "X"}]}, "/States/A/Choices[1]/Next"),
        ({"Type": "Choice", "Choices": [], "Default": "X"}, "/States/A/Default"),
        ({"Type": "Task", "End": True, "Catch": [{"Next": "X"}]}, "/States/A/Catch[0]/Next"),
        ({"Type": "Map", "ItemProcessor": {"StartAt": "X", "States": {}}}, "/States/A/ItemProcessor/StartAt"),
        ({"Type": "Map", "Iterator": {"StartAt": "X", "States": {}}}, "/States/A/Iterator/StartAt"),
    ],
)
def test_sfn_08_a_dangling_transition_is_found_wherever_it_is(state: dict[str, Any], where: str) -> None:
    assert [place for _, place in faults({"StartAt": "A", "States": {"A": state}})] == [where]


def test_a_whole_definition_has_no_faults() -> None:
    assert (
        list(faults({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}})) == []
    )


def test_sfn_22_jsonata_is_found_in_a_single_state() -> None:
    assert uses_jsonata({"States": {"A": {"Branches": [{"States": {"B": {"QueryLanguage": "JSONata"}}}]}}})
    assert not uses_jsonata({"QueryLanguage": "JSONPath", "States": {"A": {"Type": "Pass"}}})
