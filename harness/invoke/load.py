"""This file decides how a function's code is loaded, and what is said when it cannot be (LAM-07)."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from dataclasses import dataclass

from harness.errors import nearest, shown_path
from harness.invoke import payloads
from harness.invoke.environment import Environment
from harness.invoke.payloads import ErrorPayload
from harness.world.functions import FunctionSpec

# Packages that are imported by another name than they are installed by.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "aws_lambda_powertools": "aws-lambda-powertools",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


class BadHandler(Exception):
    """The handler string does not lead to a function."""

    def __init__(self, error_type: str, message: str, hint: str = "") -> None:
        self.error_type = error_type
        self.hint = hint
        super().__init__(message)


def newer_runtime(runtime: str) -> str:
    """What is said of a function written for a newer Python than this one; nothing of any other."""
    minor = runtime.removeprefix("python3.")
    if not minor.isdecimal() or int(minor) <= sys.version_info.minor:
        return ""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"The runtime is {runtime}, and this is Python {here}: what is new since then fails here."


def load_handler(environment: Environment) -> None:
    """Import the handler's module, in the environment, and find the handler.

    Raises:
        BadHandler: the handler string is malformed, or the module has no such function.
        ImportError, SyntaxError, Exception: what importing the module raised.
    """
    handler = environment.spec.handler
    module_name, dot, function_name = handler.replace("/", ".").rpartition(".")
    if not dot:
        raise BadHandler("Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack")
    if not environment.has_module(module_name):
        # Never somebody else's module of that name.
        raise ModuleNotFoundError(f"No module named '{module_name}'", name=module_name)
    module = importlib.import_module(module_name)
    try:
        environment.handler = getattr(module, function_name)
    except AttributeError:
        names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
        close = nearest(function_name, names)
        raise BadHandler(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{module_name}'",
            f'Did you mean "{module_name}.{close}"?' if close else "",
        ) from None


@dataclass(frozen=True, slots=True)
class StartProblem:
    """Why a function's code could not be loaded: for its caller, and for the author.

    ``traceback`` is the author's own, with the paths on this machine; ``hint`` says what to do, if that is known.
    """

    spec: FunctionSpec
    payload: ErrorPayload
    traceback: str
    hint: str

    def __str__(self) -> str:
        """The author's traceback first, then whose code it is and what to do."""
        what = (
            f"Function {self.spec.logical_id} ({self.spec.handler} in {shown_path(self.spec.code_dir)}) could not start"
        )
        why = self.payload.message if self.unusable else f"{self.payload.error_type}: {self.payload.message}"
        return "\n".join(filter(None, [self.traceback.rstrip(), f"{what}: {why}", self.hint]))

    @property
    def unusable(self) -> bool:
        """Whether no call could ever start: a module, a package or the handler is missing, or is no Python."""
        return self.payload.error_type.startswith("Runtime.")

    @classmethod
    def of(cls, spec: FunctionSpec, error: Exception, request_id: str) -> StartProblem:
        """What ``error``, raised while loading ``spec``'s code, becomes."""
        module_name = spec.handler.rpartition(".")[0]
        if isinstance(error, BadHandler):
            payload = ErrorPayload(error.error_type, str(error), (), request_id)
            written = f"The handler is named in {spec.where}." if spec.where is not None else ""
            return cls(spec, payload, "", " ".join(filter(None, [error.hint, written])))
        if isinstance(error, ImportError):
            text = f"Unable to import module '{module_name}': {error}"
            payload = ErrorPayload("Runtime.ImportModuleError", text, (), request_id)
        elif isinstance(error, SyntaxError):
            text = f"Syntax error in module '{module_name}': {error}"
            line = f'  File "{payloads.lambda_path(error.filename or "", spec.code_dir)}" Line {error.lineno}\n'
            payload = ErrorPayload(
                "Runtime.UserCodeSyntaxError", text, (f"{line}    {(error.text or '').rstrip()}\n",), request_id
            )
        else:
            payload = payloads.raised(error, spec.code_dir, request_id)
        return cls(spec, payload, payloads.readable_traceback(error), _hint(spec, error))


def _hint(spec: FunctionSpec, error: Exception) -> str:
    if isinstance(error, SyntaxError) or type(error) is ImportError:
        # Grammar, or a name in the standard library, that this Python may not have yet.
        return newer_runtime(spec.runtime)
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    top = error.name.partition(".")[0]
    if top == spec.handler.replace("/", ".").partition(".")[0]:
        return (
            f'There is no "{top}.py" in {shown_path(spec.code_dir)}. '
            "Compare the template's Handler and CodeUri with the folder."
        )
    distribution = _DISTRIBUTIONS.get(top, top.replace("_", "-"))
    requirements = spec.code_dir / "requirements.txt"
    wanted = re.compile(rf"^\s*{re.escape(distribution)}\b", re.IGNORECASE | re.MULTILINE)
    if requirements.is_file() and wanted.search(requirements.read_text(encoding="utf-8").replace("_", "-")):
        command = f"python -m pip install -r {shlex.quote(shown_path(requirements))}"
        return f'The package "{top}" is not installed here. To bring it: {command}'
    return (
        f'There is no module "{top}" in {shown_path(spec.code_dir)}, and no package of that name is installed here. '
        f"If it is a package, bring it: python -m pip install {distribution}"
    )
