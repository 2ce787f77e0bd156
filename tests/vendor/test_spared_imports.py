"""What no run has a use for is not loaded, and can be loaded afterwards."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

from moto.batch.utils import JobStatus
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_batch

from harness.vendor.spared_imports import MODELS

INTERPRETER = "from moto.stepfunctions.parser import models"
WITHOUT_BATCH = f"""
from harness.vendor.spared_imports import without_batch
with without_batch():
    {INTERPRETER}
"""
WITHOUT_PYTEST = """
from harness.vendor.spared_imports import without_pytest
with without_pytest():
    import time_machine
"""

RESOURCES = "from samtranslator.model import sam_resources"
WITHOUT_MODELS = f"""
from harness.vendor.spared_imports import MODELS, when_asked
when_asked(MODELS)
{RESOURCES}
"""
WITHOUT_VALIDATOR = """
from harness.vendor.spared_imports import without_validator
with without_validator():
    from moto.apigateway import models
"""
SPARED = """
from harness.vendor.spared_imports import spared
with spared():
    import harness.run
"""
# Which of the models somebody has looked into.
LOOKED_INTO = """
import sys, types
from harness.vendor.spared_imports import MODELS
there = [name for name in MODELS if name in sys.modules]
print(*[name for name in there if type(sys.modules[name]) is types.ModuleType])
"""


def in_a_new_process(program: str) -> str:
    """What the program prints."""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def loaded(program: str, *names: str) -> list[str]:
    """Which of the modules are there at the program's end."""
    return in_a_new_process(f"{program}\nimport sys\nprint(*[n for n in {names!r} if n in sys.modules])").split()


def test_the_interpreter_takes_nothing_from_batch_but_an_enumeration_of_texts() -> None:
    source = inspect.getsource(state_task_service_batch)
    assert [line for line in source.splitlines() if "moto.batch" in line] == ["from moto.batch.utils import JobStatus"]
    assert JobStatus.SUCCEEDED == "SUCCEEDED"


def test_upstream_still_loads_ec2_with_the_interpreter_and_pytest_with_the_clock() -> None:
    assert loaded(INTERPRETER, "moto.batch", "moto.ec2") == ["moto.batch", "moto.ec2"]
    assert loaded("import time_machine", "pytest") == ["pytest"]


def test_the_interpreter_is_loaded_without_batch_and_ec2() -> None:
    assert loaded(WITHOUT_BATCH, "moto.stepfunctions.parser.models", "moto.batch", "moto.batch.utils", "moto.ec2") == [
        "moto.stepfunctions.parser.models"
    ]


def test_batch_can_be_loaded_afterwards() -> None:
    program = f"{WITHOUT_BATCH}\nimport moto.batch as b\nprint(b.utils.JobStatus.FAILED.value, b.models.__name__)"
    assert in_a_new_process(program) == "FAILED moto.batch.models"


def test_batch_stays_as_it_is_where_it_is_loaded() -> None:
    program = "import moto.batch, moto.batch.utils as before\n" + WITHOUT_BATCH
    program += "\nimport sys\nprint(sys.modules['moto.batch.utils'] is before, sys.modules['moto.batch'] is moto.batch)"
    assert in_a_new_process(program) == "True True"


def test_the_clock_is_loaded_without_pytest_which_can_be_loaded_afterwards() -> None:
    assert loaded(WITHOUT_PYTEST, "time_machine", "pytest") == ["time_machine"]
    assert loaded(WITHOUT_PYTEST + "import pytest\n", "pytest") == ["pytest"]


def test_pytest_stays_where_it_is_loaded() -> None:
    assert loaded("import pytest\n" + WITHOUT_PYTEST + "assert time_machine.HAVE_PYTEST\n", "pytest") == ["pytest"]


def test_upstream_still_loads_the_models_of_all_resources() -> None:
    assert in_a_new_process(RESOURCES + LOOKED_INTO).split() == list(MODELS)


def test_the_models_are_loaded_when_somebody_asks_for_one() -> None:
    assert in_a_new_process(WITHOUT_MODELS + LOOKED_INTO) == ""
    asked = "print(sam_resources.aws_serverless_function.Properties.__name__)"
    assert in_a_new_process(WITHOUT_MODELS + asked + LOOKED_INTO).split() == [
        "Properties",
        *[name for name in MODELS if name.endswith("function")],
    ]


def test_models_stay_where_they_are_loaded() -> None:
    program = f"{RESOURCES}\nbefore = sam_resources.aws_serverless_function\n{WITHOUT_MODELS}"
    assert in_a_new_process(program + "print(sam_resources.aws_serverless_function is before)") == "True"


def test_upstream_still_loads_the_validator_with_the_gateway_and_all_of_the_tokens_with_cognito() -> None:
    assert loaded("import moto.apigateway.models", "openapi_spec_validator") == ["openapi_spec_validator"]
    assert loaded("import moto.cognitoidp.models", "joserfc.jwk", "joserfc._keys") == ["joserfc.jwk", "joserfc._keys"]


def test_the_gateway_is_loaded_without_the_validator_which_is_there_when_it_is_asked() -> None:
    assert loaded(WITHOUT_VALIDATOR, "moto.apigateway.models", "openapi_spec_validator") == ["moto.apigateway.models"]
    program = f"""{WITHOUT_VALIDATOR}
import boto3, moto
with moto.mock_aws():
    gateway = boto3.client("apigateway", region_name="us-east-1")
    for body in (b'{{"openapi": "3.0.0", "info": {{}}}}',) * 2:
        try:
            gateway.import_rest_api(body=body, failOnWarnings=True)
        except gateway.exceptions.BadRequestException as refused:
            print(refused.response["Error"]["Message"][:30])
import openapi_spec_validator
print(models.validate is openapi_spec_validator.validate)
"""
    first, second, real = in_a_new_process(program).splitlines()
    assert first == second != ""
    assert real == "True"


def test_the_validator_stays_where_it_is_loaded() -> None:
    program = f"import openapi_spec_validator as before\n{WITHOUT_VALIDATOR}\nprint(models.validate is before.validate)"
    assert in_a_new_process(program) == "True"


def test_a_run_is_loaded_without_any_of_it() -> None:
    spared = ("pytest", "moto.batch", "moto.ec2", "openapi_spec_validator", "joserfc._keys", "moto.cloudformation")
    assert loaded(SPARED, "harness.run", *spared) == ["harness.run"]


def test_a_template_of_functions_is_deployed_without_any_of_it_and_without_models() -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "csv_report" / "happy_path.yaml"
    program = (
        f"""{SPARED}
from harness.scenario.load import load_file
print(*[harness.run.run(scenario).outcome for scenario in load_file({str(scenario)!r})])
"""
        + LOOKED_INTO
    )
    assert in_a_new_process(program) == "passed"
