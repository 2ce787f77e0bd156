"""This file decides what is not loaded with a library, though the library asks for it: what no run has a use for.

Upstream: moto 5.2.5's Step Functions interpreter takes one enumeration from its Batch, whose package loads all of EC2,
a table of every instance type included; time-machine 2.16 to 3.2 loads pytest, if it is installed, for a fixture;
samtranslator 1.99 makes models of resources that a template does not have, and of functions, which it does not check
by them. Why that can't stay: the first is 80 MB and a third of a second, the second a tenth of a second, the third a
twentieth, in each process that runs a scenario. What we do: load Batch's enumeration without its package, have
time-machine find no pytest in a process of our own that is not pytest's, and load the models when somebody asks for
one. All can be loaded afterwards as ever. Not needed any more when: moto loads Batch where a state calls it;
time-machine has its fixture in a module of its own; samtranslator loads its models where it uses them.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

BATCH = "moto.batch"
OF_BATCH = "moto.batch.utils"
PYTEST = "pytest"
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
def models_when_asked() -> Iterator[None]:
    """Inside the block samtranslator's models are imported without being loaded: that happens at their first use."""
    put = [name for name in MODELS if name not in sys.modules]
    for name in put:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        # Found in its package, it is not asked for its spec, which would load it.
        package, _, last = name.rpartition(".")
        setattr(sys.modules[package], last, module)
    yield
