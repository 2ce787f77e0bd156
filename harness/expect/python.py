"""This file decides when a scenario's own Python check held: no AssertionError, no text, not False."""

from __future__ import annotations

from harness.act import python_call
from harness.act.stage import Stage
from harness.errors import ScenarioError
from harness.expect.looked import Looked
from harness.scenario.model import PythonCheck


def look_by_python(stage: Stage, check: PythonCheck) -> Looked:
    """What the function says."""
    sentence = f"{check.call} holds"
    try:
        said = python_call.call(stage, check)
    except AssertionError as error:
        return Looked(sentence, [str(error) or "it raised AssertionError without a text"])
    if said is None or said is True:
        return Looked(sentence)
    if said is False:
        return Looked(sentence, ["it returned False"])
    if isinstance(said, str):
        return Looked(sentence, [said] if said else ["it returned an empty text"])
    raise ScenarioError(
        f"{check.call} returned a {type(said).__name__}.",
        where=check.where,
        hint="A check returns nothing if it holds, and a text that says why not if it does not.",
    )
