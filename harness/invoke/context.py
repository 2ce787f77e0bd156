"""This file decides what a handler is given as ``context``, and which variables its environment has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from harness.world.functions import FunctionSpec

_LIBRARY_PATH = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"


class Context:
    """The documented attributes of Lambda's context object (LAM-22)."""

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        invoked_arn: str,
        request_id: str,
        log_stream: str,
        client_context: bytes | None,
        remaining_ms: Callable[[], int],
    ) -> None:
        self.function_name = spec.name
        self.function_version = spec.version
        self.invoked_function_arn = invoked_arn
        self.memory_limit_in_mb = str(spec.memory_mb)  # LAM-22: a string
        self.aws_request_id = request_id
        self.log_group_name = log_group(spec)
        self.log_stream_name = log_stream
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = _client_context(client_context)
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of virtual time until the call times out."""
        return self._remaining_ms()


def _client_context(raw: bytes | None) -> Any:
    if raw is None:
        return None
    given = json.loads(raw)
    return SimpleNamespace(custom=given.get("custom"), env=given.get("env"), client=given.get("client"))


def log_group(spec: FunctionSpec) -> str:
    """The function's log group (LAM-23)."""
    return f"/aws/lambda/{spec.name}"


def variables(spec: FunctionSpec, *, log_stream: str, path: str, temp_dir: str) -> dict[str, str]:
    """The variables of a new environment (LAM-21), the template's own last.

    Three depart from AWS. So that code finds its files and programs, ``LAMBDA_TASK_ROOT`` is the folder on disk and
    ``PATH`` is the machine's. And X-Ray's SDK is told to do nothing: it would change botocore and others for the whole
    process, for a daemon that is not there.
    """
    region = spec.arn.split(":")[3]
    # Stands for the role's temporary credentials: the same for the same role, and nobody's.
    key = hashlib.sha256(spec.role_arn.encode()).hexdigest().upper()
    return {
        "_HANDLER": spec.handler,
        "AWS_ACCESS_KEY_ID": f"ASIA{key[:16]}",
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(spec),
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": key[16:56].lower(),
        "AWS_SESSION_TOKEN": key.lower(),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "AWS_XRAY_SDK_ENABLED": "false",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": str(spec.code_dir),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": _LIBRARY_PATH,
        "PATH": path,
        "PYTHONPATH": "/var/runtime",
        "TMPDIR": temp_dir,
        "TZ": ":UTC",
        **spec.environment,
    }
