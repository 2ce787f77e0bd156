"""This file decides what is not loaded with a library, though the library asks for it: what a run may have no use for.

Upstream, and what it costs each process that runs a scenario:

- moto 5.2.5's Step Functions interpreter takes one enumeration from its Batch, whose package loads all of EC2, a table
  of every instance type included: 80 MB and a third of a second.
- time-machine 2.16 to 3.2 loads pytest, if it is installed, for a fixture: a tenth of a second.
- moto's API Gateway loads a validator of OpenAPI documents, which is asked where an import is to fail on warnings: a
  twentieth of a second. Its Cognito loads all of joserfc, as our own check of tokens does: half as much.
- samtranslator 1.100 to 1.115 makes models of resources that a template does not have, and of functions, which it does
  not check by them: a twentieth of a second.

Why that can't stay: a scenario is run on every save. What we do: load Batch's enumeration without its package, have
time-machine find no pytest in a process of our own that is not pytest's, and load the others when somebody asks for
something in them. All can be loaded afterwards as ever. Not needed any more when: each is loaded where it is used.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

BATCH = "moto.batch"
OF_BATCH = "moto.batch.utils"
PYTEST = "pytest"
GATEWAY = "moto.apigateway.models"
VALIDATOR = "openapi_spec_validator"
VALIDATORS_ERRORS = f"{VALIDATOR}.validation.exceptions"
TOKENS = ("joserfc.jwk", "joserfc.jwt")
# Those of ``samtranslator.internal.schema_source`` that are not needed to define anything.
MODELS = tuple(
    f"samtranslator.internal.schema_source.aws_serverless_{resource}"
    for resource in ("capacity_provider", "function", "microvmimage", "networkconnector")
)


@contextmanager
def without_batch() -> Iterator[None]:
    """Inside the block the utilities of moto's Batch can be imported, and nothing of Batch is loaded but them."""
    if BATCH in sys.modules:
        yield
        return
    before = dict(sys.modules)
    spec = importlib.util.find_spec(BATCH)
    assert spec is not None
    # The package itself, but for what it would load.
    sys.modules[BATCH] = importlib.util.module_from_spec(spec)
    try:
        importlib.import_module(OF_BATCH)
        yield
    finally:
        # Whoever loads Batch later gets the whole of it.
        for name in [name for name in sys.modules if name.startswith(BATCH) and name not in before]:
            del sys.modules[name]


@contextmanager
def without_pytest() -> Iterator[None]:
    """Inside the block pytest is not there to be loaded, unless it is loaded."""
    if PYTEST in sys.modules:
        yield
        return
    modules: dict[str, ModuleType | Any] = sys.modules
    modules[PYTEST] = None
    try:
        yield
    finally:
        del modules[PYTEST]


@contextmanager
def without_validator() -> Iterator[None]:
    """Inside the block moto's API Gateway is loaded with a stand-in for the validator, which loads it when asked."""
    if GATEWAY in sys.modules or VALIDATOR in sys.modules:
        yield
        return
    errors, stand_in = ModuleType(VALIDATORS_ERRORS), ModuleType(VALIDATOR)
    vars(errors).update(OpenAPIValidationError=Exception)
    vars(stand_in).update(validate=_load_and_validate)
    put = {VALIDATOR: stand_in, f"{VALIDATOR}.validation": ModuleType("validation"), VALIDATORS_ERRORS: errors}
    sys.modules.update(put)
    try:
        yield
    finally:
        for name in put:
            del sys.modules[name]


def _load_and_validate(document: Any) -> None:
    validator, errors = importlib.import_module(VALIDATOR), importlib.import_module(VALIDATORS_ERRORS)
    # moto looks both up as it uses them: from now on it has the real ones.
    users: Any = sys.modules[GATEWAY]
    users.validate, users.OpenAPIValidationError = validator.validate, errors.OpenAPIValidationError
    validator.validate(document)


class _Later(ModuleType):
    """A module that is loaded when something in it is asked for.

    Unlike the standard library's lazy module, it is not loaded by the mere question whether it is a class.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # While it is loaded it is a module as any other, which may import others that import it.
        self.__class__ = ModuleType  # type: ignore[assignment]
        try:
            self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
        except BaseException:
            self.__class__ = _Later
            raise
        return getattr(self, name)


def when_asked(names: Sequence[str]) -> None:
    """Have these modules imported without being loaded: that happens at their first use."""
    for name in names:
        if name in sys.modules:
            continue
        spec = importlib.util.find_spec(name)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        module.__class__ = _Later
        sys.modules[name] = module
        package, _, last = name.rpartition(".")
        setattr(sys.modules[package], last, module)


@contextmanager
def spared() -> Iterator[None]:
    """Inside the block the embedded cloud is loaded without what a run may have no use for."""
    when_asked(TOKENS)
    with without_pytest(), without_validator():
        yield
