"""The contract with moto: what we change is there, still behaves as our headers say, and is put back."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import moto.stepfunctions
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchesDecl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.utils import TMP_THREADS

from harness.vendor.stepfunctions_modules import interpreter_modules
from tests.vendor.stepfunctions_stage import ROLE, Stage, one


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (AmazonStateLanguageParser, "parse", "definition"),
        (ErrorEqualsDecl, "_eval_body", "self env"),
        (BranchesDecl, "_eval_body", "self env"),
        (InlineIterationComponent, "_eval_body", "self env"),
        (InlineIterationComponent, "_launch_worker", "self env eval_input job_pool"),
        (IterationWorker, "eval", "self"),
        (EventManager, "add_event", "self context event_type event_details timestamp update_source_event_id"),
        (ExecutionState, "_evaluate_with_timeout", "self env"),
        (ExecutionState, "_handle_retry", "self env failure_event"),
        (ExecutionState, "_handle_catch", "self env failure_event"),
        (ExecutionWorker, "start", "self"),
        (ExecutionWorker, "stop", "self stop_date error cause"),
        (Program, "eval", "self env"),
        (StateTaskService, "_normalise_parameters", "self parameters boto_service_name service_action_name"),
        (StateTaskService, "_normalise_response", "self response boto_service_name service_action_name"),
        (StateTaskServiceCallback, "_wait_for_task_token_timeout", "self timeout_seconds callback_endpoint"),
        (StepFunctionsParserBackend, "start_execution", "self state_machine_arn name execution_input trace_header"),
        (Timestamp, "_get_wait_seconds", "self env"),
        (WaitFunction, "_wait_interval", "self env wait_seconds"),
        (quotas, "is_within_size_quota", "value"),
        (lambda_eval_utils, "execute_lambda_function_integration", "env parameters region state_credentials"),
    ],
)
def test_what_we_replace_is_there_with_this_signature(owner: Any, name: str, parameters: str) -> None:
    assert " ".join(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_interpreter_waits_and_starts_threads_nowhere_else() -> None:
    found = set()
    root = Path(moto.stepfunctions.__file__).parent / "parser"
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("threading.Thread", "Thread", "time.sleep"):
                found.add(path.name)
    assert found == {
        "branch_worker.py",
        "execute_state.py",
        "execution_worker.py",
        "inline_iteration_component.py",
        "program.py",
        "retrier_decl.py",
        "state_task_service_callback.py",
        # Not reachable through moto's API: TestState, and a provider that moto does not use.
        "provider.py",
        "test_state_program.py",
    }


@pytest.fixture
def stock() -> Iterator[Any]:
    """moto's own Step Functions, with its threads and on real time."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield boto3.client("stepfunctions", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def run_stock(client: Any, definition: dict[str, Any], value: Any = None) -> dict[str, Any]:
    machine = client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]
    arn = client.start_execution(stateMachineArn=machine, name="n", input=json.dumps(value or {}))["executionArn"]
    for thread in TMP_THREADS:
        thread.join()
    return dict(client.describe_execution(executionArn=arn))


def test_upstream_an_unnamed_execution_is_called_none_and_the_second_exists_already(stock: Any) -> None:
    definition = json.dumps(one({"Type": "Pass"}))
    machine = stock.create_state_machine(name="m", definition=definition, roleArn=ROLE)["stateMachineArn"]
    assert stock.start_execution(stateMachineArn=machine)["executionArn"].endswith(":None")
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        stock.start_execution(stateMachineArn=machine, input='{"a":1}')


def test_upstream_a_definition_that_cannot_be_read_has_no_error_code(stock: Any) -> None:
    with pytest.raises(ClientError) as refused:
        stock.create_state_machine(name="m", definition="{}", roleArn=ROLE)
    assert refused.value.response["Error"]["Code"] == ""
    assert InvalidDefinition.TYPE is None


def test_upstream_catch_all_catches_states_runtime(stock: Any) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl.$": "$.no"}}
    state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "S"}]
    assert run_stock(stock, one(state, S={"Type": "Succeed"}))["status"] == "SUCCEEDED"


def test_upstream_a_choice_without_a_match_is_states_runtime(stock: Any) -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "S"}]}
    assert run_stock(stock, one(state, S={"Type": "Succeed"}), {"n": 2})["error"] == "States.Runtime"


def test_upstream_a_child_execution_cannot_be_started(stock: Any) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution"}
    state["Parameters"] = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m", "Input": {}}
    assert run_stock(stock, one(state))["cause"].endswith("'StateMachineArn'")


def test_upstream_262144_bytes_are_too_many_and_letters_count_as_escapes() -> None:
    assert not quotas.is_within_size_quota("x" * 262_144)
    assert not quotas.is_within_size_quota(["ก" * 50_000])


def test_upstream_makes_a_client_for_each_task_and_parses_for_each_execution(stock: Any) -> None:
    assert boto_client_for("us-east-1", "sqs") is not boto_client_for("us-east-1", "sqs")
    definition = json.dumps(one({"Type": "Pass"}))
    assert AmazonStateLanguageParser.parse(definition)[0] is not AmazonStateLanguageParser.parse(definition)[0]


def _everything() -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for module in interpreter_modules():
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            seen[f"{module.__name__}.{name}"] = value
            if isinstance(value, type) and value.__module__ == module.__name__:
                seen.update(
                    {f"{module.__name__}.{name}.{n}": v for n, v in vars(value).items() if not n.startswith("__")}
                )
    return seen


def test_leaving_the_world_restores_the_very_same_objects() -> None:
    before = _everything()

    def main(stage: Stage) -> None:
        stage.machine(one({"Type": "Pass"}))
        during = _everything()
        assert sum(during[name] is not before.get(name) for name in during) > 100

    Stage().run(main)
    after = _everything()
    # moto's own list of what it created, which it empties itself.
    own = "instances_tracked"
    assert [n for n in before if not n.endswith(own) and after.get(n) is not before[n]] == []


def test_nothing_is_changed_until_somebody_calls_step_functions() -> None:
    before = _everything()

    def main(stage: Stage) -> list[str]:
        stage.cloud.client("s3").list_buckets()
        now = _everything()
        return [name for name in before if now.get(name) is not before[name]]

    assert Stage().run(main) == ["moto.stepfunctions.responses.get_backend"]


def test_upstream_another_machine_of_the_same_name_is_the_old_one(stock: Any) -> None:
    first = json.dumps(one({"Type": "Pass"}))
    arn = stock.create_state_machine(name="m", definition=first, roleArn=ROLE)["stateMachineArn"]
    other = json.dumps(one({"Type": "Succeed"}))
    assert stock.create_state_machine(name="m", definition=other, roleArn=ROLE)["stateMachineArn"] == arn
    assert stock.describe_state_machine(stateMachineArn=arn)["definition"] == first


def test_upstream_a_distributed_map_tolerates_any_failure_and_its_manifest_names_no_files(stock: Any) -> None:
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    s3.create_bucket(Bucket="results")
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **one({"Type": "Fail", "Error": "Boom", "Cause": "no"}),
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "results", "Prefix": ""},
        },
    }
    ended = run_stock(stock, one(state), {"items": [1]})
    assert ended["status"] == "SUCCEEDED"
    key = json.loads(ended["output"])["ResultWriterDetails"]["Key"]
    files = json.loads(s3.get_object(Bucket="results", Key=key)["Body"].read())["ResultFiles"]
    assert files == {"FAILED": [], "PENDING": [], "SUCCEEDED": []}


def test_upstream_an_express_execution_is_a_standard_one(stock: Any) -> None:
    asked = {"definition": json.dumps(one({"Type": "Pass"})), "roleArn": ROLE, "type": "EXPRESS"}
    arn = stock.create_state_machine(name="m", **asked)["stateMachineArn"]
    assert ":execution:m:n" in stock.start_execution(stateMachineArn=arn, name="n")["executionArn"]
