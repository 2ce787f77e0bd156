"""This file decides the order in which moto's Step Functions is put under the kernel, and when: on first use.

Upstream: moto 5.2.5 loads its interpreter with the first call of the Step Functions API; that takes about a second.
Why that can't stay as it is: the seams need the interpreter's modules, and a pipeline without a state machine should
not pay for them. What we do: hang one hook on the API's door, which applies the other seams the first time somebody
comes in. See ``docs/decisions/0003-step-functions.md`` for why it is moto's interpreter at all.
Since: moto 5.0 (the vendored interpreter). Not needed any more when: the other seams are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.stepfunctions import responses

from harness.kernel.scheduler import Kernel
from harness.vendor.patches import Patches
from harness.vendor.spared_imports import without_batch

if TYPE_CHECKING:
    from harness.vendor.stepfunctions_invoke import OnInvoke
    from harness.vendor.stepfunctions_status import OnStatus


def apply(
    patches: Patches,
    kernel: Kernel,
    *,
    on_invoke_function: OnInvoke,
    on_status: OnStatus = lambda change: None,
) -> None:
    """Run state machines on ``kernel``.

    A Task calls ``on_invoke_function(function_arn, payload, cause)``, which blocks until the call has ended and
    gives its result, or None if there is no such function. ``on_status`` is told when a Standard execution's status
    changes.
    """
    get_backend: Callable[[str, str], Any] = responses.get_backend
    installed = False

    def install_and_get(account: str, region: str) -> Any:
        nonlocal installed
        if not installed:
            installed = True
            install(patches, kernel, on_invoke_function, on_status)
        return get_backend(account, region)

    patches.put(responses, "get_backend", install_and_get)


def install(patches: Patches, kernel: Kernel, on_invoke_function: OnInvoke, on_status: OnStatus) -> None:
    """Apply every seam of Step Functions now."""
    with without_batch():
        from moto.stepfunctions.parser import models  # noqa: F401 - loads the interpreter, whose modules are changed

    from harness.vendor import (
        stepfunctions_api,
        stepfunctions_branches,
        stepfunctions_errors,
        stepfunctions_executions,
        stepfunctions_express,
        stepfunctions_history,
        stepfunctions_ids,
        stepfunctions_integrations,
        stepfunctions_invoke,
        stepfunctions_lexing,
        stepfunctions_machines,
        stepfunctions_map_runs,
        stepfunctions_parsing,
        stepfunctions_past,
        stepfunctions_paths,
        stepfunctions_queries,
        stepfunctions_redrive,
        stepfunctions_starts,
        stepfunctions_variables,
        stepfunctions_waits,
    )
    from harness.vendor.stepfunctions_tasks import TaskTree

    tree = TaskTree(kernel)
    stepfunctions_ids.apply(patches, kernel)
    stepfunctions_lexing.apply(patches)
    stepfunctions_parsing.apply(patches)
    stepfunctions_paths.apply(patches)
    stepfunctions_integrations.apply(patches)
    stepfunctions_errors.apply(patches)
    stepfunctions_queries.apply(patches, kernel)
    stepfunctions_variables.apply(patches)
    stepfunctions_history.apply(patches)
    stepfunctions_past.apply(patches)
    ended = stepfunctions_executions.apply(patches, tree, on_status)
    stepfunctions_branches.apply(patches, tree)
    stepfunctions_map_runs.apply(patches, tree)
    stepfunctions_waits.apply(patches, tree, ended)
    stepfunctions_invoke.apply(patches, kernel, on_invoke_function)
    stepfunctions_machines.apply(patches)
    stepfunctions_starts.apply(patches, kernel)
    stepfunctions_express.apply(patches, ended)
    stepfunctions_api.apply(patches, kernel)
    stepfunctions_redrive.apply(patches, tree, ended)


def express_executions(state_machine_arn: str) -> list[dict[str, Any]]:
    """Every execution of an Express machine, the first one first, as the API describes a Standard one.

    ``entered`` lists the names of the states it entered.
    """
    from harness.vendor import stepfunctions_express

    return stepfunctions_express.executions_of(state_machine_arn)
