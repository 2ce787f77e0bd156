from __future__ import annotations

from pathlib import Path

from harness.kernel.scheduler import Kernel
from harness.world.cloud import Cloud
from harness.world.deploy import deploy
from harness.world.functions import Functions, FunctionSpec
from harness.world.stack import Stack
from harness.world.template import load_template

PIPELINE = Path(__file__).parents[2] / "lambdas" / "csv_report"


def deployed() -> tuple[Stack, list[FunctionSpec]]:
    functions = Functions()
    with Cloud(Kernel()) as cloud:
        return deploy(load_template(PIPELINE), cloud.client, functions), list(functions)


def test_the_pipeline_of_this_repository_comes_to_stand_with_its_seven_functions() -> None:
    stack, functions = deployed()
    assert sorted(spec.logical_id for spec in functions) == [
        "CsvProcessor",
        "CsvValidator",
        "MoveToFailed",
        "ParseCsv",
        "SendNotification",
        "TransformData",
        "ValidateSchema",
    ]
    assert {spec.code_dir for spec in functions} == {PIPELINE / "src"}
    assert len(stack.of_type("AWS::Lambda::EventSourceMapping")) == 1
    assert stack.resource("ProcessCsvWorkflow", "AWS::StepFunctions::StateMachine").line is not None


def test_two_worlds_hold_the_same_resources_under_the_same_names() -> None:
    assert deployed()[0].resources == deployed()[0].resources
