"""This file decides what the interpreter works out once instead of each time: programs, paths, clients, copies.

Upstream: moto 5.2.5 parses the definition with ANTLR for each execution (tens of milliseconds), builds a JSONPath
parser for each path it evaluates (milliseconds), makes a boto3 client for each task, copies JSON with
``copy.deepcopy`` at every step, and describes every component with ``repr`` whenever an error passes through it, to
log it as an error on a terminal that is not its own.
Why that can't stay: a burst of 1000 executions would be spent on that. What we do: keep programs, paths and clients
for the process (a program holds no state of an execution: that lives in its ``Environment``, under ``heap_key``), copy
JSON as JSON, log nothing; the trace says what happened.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: a profile of 200 executions no longer shows them.
"""

from __future__ import annotations

import functools
import itertools
import logging
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from moto.stepfunctions.parser.asl.component import eval_component
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.eval.states import States
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, encoding, json_path

from harness.vendor.patches import Patches
from harness.vendor.stepfunctions_map_fields import with_map_fields
from harness.vendor.stepfunctions_modules import ASL, interpreter_modules, put_everywhere
from harness.vendor.stepfunctions_rules import json_copy, json_text

_PROGRAMS_KEPT = 256
_PATHS_KEPT = 4096

_heap_keys = itertools.count(1)
_parse_definition = with_map_fields(AmazonStateLanguageParser.parse)
_parse_path = vars(json_path)["parse"]
_parse_result_path = vars(result_path)["parse"]


@functools.lru_cache(maxsize=_PROGRAMS_KEPT)
def parsed(definition: str) -> Any:
    """The program of a definition and its syntax tree; the same objects for the same text."""
    return _parse_definition(definition)


@functools.lru_cache(maxsize=_PATHS_KEPT)
def parsed_path(path: str) -> Any:
    """The JSONPath expression of a text; the same object for the same text."""
    return _parse_path(path)


@functools.lru_cache(maxsize=_PATHS_KEPT)
def parsed_result_path(path: str) -> Any:
    """As ``parsed_path``, in the plainer grammar of ResultPath."""
    return _parse_result_path(path)


@functools.cache
def _client(service: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        aws_access_key_id="harness",
        aws_secret_access_key="harness",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )


def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    """The one client of a service and region that tasks call through."""
    return _client(service, region)


def _say_nothing(*_: Any, **__: Any) -> None:
    """Stands where a component would log itself."""


def apply(patches: Patches) -> None:
    """Work out once what does not change."""
    patches.put(AmazonStateLanguageParser, "parse", staticmethod(parsed))
    patches.put(json_path, "parse", parsed_path)
    patches.put(result_path, "parse", parsed_result_path)
    put_everywhere(patches, "boto_client_for", boto_client.boto_client_for, client_for)
    put_everywhere(patches, "to_json_str", encoding.to_json_str, _to_json_str)
    # Not drawn from the run's ids: a program outlives the run that parsed it.
    patches.put(eval_component, "long_uid", lambda: str(next(_heap_keys)))
    for name in ("_log_evaluation_step", "_log_failure_event_exception", "_log_exception"):
        patches.put(EvalComponent, name, _say_nothing)
    silent = logging.Logger("silent")
    silent.disabled = True
    for module in interpreter_modules():
        if module.__name__.startswith(ASL):
            if "copy" in vars(module):
                patches.put(module, "copy", SimpleNamespace(deepcopy=json_copy))
            if "LOG" in vars(module):
                patches.put(module, "LOG", silent)
    patches.put(States, "_extract", staticmethod(_extract))


def _to_json_str(obj: Any, separators: tuple[str, str] | None = None) -> str:
    return json_text(obj, separators)


def _extract(query: str | None, data: Any) -> Any:
    return json_copy(data if query is None or query == "$" else json_path.extract_json(query, data))
