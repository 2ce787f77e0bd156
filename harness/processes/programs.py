"""This file decides which program runs a function, and what its process finds in its environment (LAM-21).

Python runs under ``awslambdaric``, AWS's own runtime client, in the Python that runs the harness; Node under a small
client beside this file; ``provided`` runtimes by the package's own ``bootstrap``. What cannot run here is refused by
name, as early as somebody can hear it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.invoke import context
from harness.world.functions import FunctionSpec

_HERE = Path(__file__).parent
_ELSEWHERE = {"java": "Java", "dotnet": ".NET", "ruby": "Ruby"}
# The supervisor's: where frames of the log go.
_LOG_FD = "3"


@dataclass(frozen=True, slots=True)
class Program:
    """What is run for a function: ``command`` in ``folder``, with these variables and no others."""

    command: tuple[str, ...]
    folder: Path
    variables: dict[str, str]


class CannotRun(Exception):
    """A runtime is missing. The text says which, and what to do."""


def check(runtime: str) -> None:
    """Refuse a runtime that no program here runs.

    Raises:
        CannotRun: with the words for whoever wants it.
    """
    if sys.platform == "win32":
        raise CannotRun("Functions run as processes on Linux and macOS only; on Windows use WSL.")
    if runtime.startswith("python"):
        _check_python()
    elif runtime.startswith("nodejs"):
        if shutil.which("node") is None:
            raise CannotRun(f'The runtime "{runtime}" needs "node", and there is none on the PATH.')
    elif not runtime.startswith("provided") and runtime != "go1.x":
        name = next((name for begins, name in _ELSEWHERE.items() if runtime.startswith(begins)), f'"{runtime}"')
        raise CannotRun(
            f'The runtime "{runtime}" is not here: {name} functions do not run in the harness. '
            "Those that run: python3.x, nodejs, and provided.* with a bootstrap."
        )


def why_not(runtime: str) -> str | None:
    """Why functions of this runtime do not run as processes; None if they do."""
    try:
        check(runtime)
    except CannotRun as error:
        return str(error)
    return None


def _check_python() -> None:
    if importlib.util.find_spec("awslambdaric") is None:
        raise CannotRun(
            "Python functions run as processes under awslambdaric, and it is not installed. "
            'To bring it: python -m pip install "pipeline-harness[up]"'
        )


def program(spec: FunctionSpec, *, address: str, endpoint: str, key: str, temp_dir: Path, log_stream: str) -> Program:
    """What to run for the function.

    ``address`` is the environment's Runtime API, ``endpoint`` where its AWS calls go, ``key`` the access key id that
    names it there.

    Raises:
        CannotRun: a runtime or the package's ``bootstrap`` is missing.
    """
    check(spec.runtime)
    command = _command(spec)
    return Program(command, spec.code_dir, _variables(spec, address, endpoint, key, temp_dir, log_stream))


def _command(spec: FunctionSpec) -> tuple[str, ...]:
    if spec.runtime.startswith("python"):
        return (sys.executable, "-m", "awslambdaric", spec.handler)
    if spec.runtime.startswith("nodejs"):
        node = shutil.which("node")
        assert node is not None  # checked
        return (node, str(_HERE / "node_client.mjs"))
    places = [folder / "bootstrap" for folder in (spec.code_dir, *spec.opts)]
    if spec.runtime == "go1.x":
        places = [spec.code_dir / spec.handler]
    for place in places:
        if place.is_file():
            return (str(place),)
    raise CannotRun(f"Couldn't find valid bootstrap(s): [{' '.join(map(str, places))}]")


def _variables(
    spec: FunctionSpec, address: str, endpoint: str, key: str, temp_dir: Path, log_stream: str
) -> dict[str, str]:
    opts = spec.opts
    path = (os.environ.get("PATH", os.defpath), *(opt / "bin" for opt in opts))
    shared = (spec.code_dir, spec.code_dir / "lib", *(opt / "lib" for opt in opts))
    variables = context.variables(
        spec,
        log_stream=log_stream,
        path=os.pathsep.join(map(str, path)),
        temp_dir=str(temp_dir),
    )
    variables |= {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_LAMBDA_RUNTIME_API": address,
        "HOME": str(temp_dir),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, shared)),
        "PYTHONPATH": os.pathsep.join(map(str, (*spec.layers, *_native_half()))),
    }
    if spec.runtime.startswith("python"):
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = _LOG_FD
    if opts:
        major = spec.runtime.removeprefix("nodejs").removesuffix(".x")
        modules = [o / "nodejs" / below for o in opts for below in (f"node{major}/node_modules", "node_modules")]
        variables["NODE_PATH"] = os.pathsep.join(map(str, modules))
    # What the function's own configuration says stands above what is general, as far as Lambda lets it.
    return {**variables, **spec.environment}


def _native_half() -> tuple[Path, ...]:
    """Where to find what stands for awslambdaric's own client, if that one is missing."""
    return () if importlib.util.find_spec("runtime_client") is not None else (_HERE / "without_native",)


def access_key(log_stream: str) -> str:
    """The access key id that names an environment to the server."""
    return f"ASIA{hashlib.sha256(log_stream.encode()).hexdigest()[:16].upper()}"
