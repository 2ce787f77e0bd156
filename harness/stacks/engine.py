"""This file decides how stacks are created, changed and deleted: each in a task, with CloudFormation's words.

What a request asks for is read by ``asked.py``; what becomes of each resource is ``world``'s. A refusal ends a creation
as ROLLBACK_COMPLETE, an update as UPDATE_ROLLBACK_COMPLETE, each with the reason; nothing is left half done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from harness.errors import HarnessError, ScenarioError
from harness.kernel.scheduler import Kernel
from harness.stacks.asked import Asked, invalid, require
from harness.stacks.record import REVIEW, STACK_TYPE, ChangeSet, Event, Record
from harness.vendor.cloudformation_api import StackRefused
from harness.world.account import Account
from harness.world.creation import stand
from harness.world.deployment import Deployed, Deployment, Step, World, prepared
from harness.world.differences import Difference, differences
from harness.world.functions import Functions
from harness.world.names import stack_id
from harness.world.nested import Nested
from harness.world.plan import Plan, read_through
from harness.world.providers.provider import Responses
from harness.world.removal import remove_all
from harness.world.stack import Resource, Stack
from harness.world.update import Updating

NO_UPDATES = "No updates are to be performed."
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class Engine:
    """The stacks of one account in one region."""

    def __init__(
        self,
        kernel: Kernel,
        client: Callable[[str], Any],
        functions: Functions,
        account: Account,
        *,
        region: str,
        account_id: str,
        on_created: Callable[[Resource], None],
        responses: Callable[[], Responses],
    ) -> None:
        self._kernel = kernel
        self._client = client
        self._functions = functions
        self.account = account
        self.region = region
        self.account_id = account_id
        self._on_created = on_created
        self._responses = responses
        self.records: list[Record] = []

    # -- finding ------------------------------------------------------------------------------------

    def find(self, name_or_id: str) -> Record | None:
        """The stack of this name, or of this id, which may be gone."""
        living = [r for r in self.records if r.status != "DELETE_COMPLETE" and name_or_id in (r.name, r.id)]
        gone = [r for r in self.records if r.id == name_or_id]
        return living[-1] if living else gone[-1] if gone else None

    def record(self, name_or_id: str) -> Record:
        """The same, and an error if there is none."""
        found = self.find(name_or_id)
        if found is None:
            raise invalid(f"Stack with id {name_or_id} does not exist")
        return found

    def new(self, name: str, asked: Asked, status: str) -> Record:
        """A record for a stack that is to be."""
        record = self.unborn(name, asked, status)
        self.records.append(record)
        return record

    def unborn(self, name: str, asked: Asked, status: str = REVIEW) -> Record:
        """A record that is not kept yet; its id is another one than those before it of its name had."""
        before = sum(r.name == name for r in self.records)
        of = stack_id(name, self.region, self.account_id)
        unique = stack_id(f"{name}#{before}", self.region, self.account_id).rpartition("/")[2]
        identity = f"{of.rpartition('/')[0]}/{unique}" if before else of
        return Record(name, identity, self._kernel.clock.now(), asked, status)

    def review(self, record: Record, name: str, asked: Asked, kind: str) -> ChangeSet:
        """A new change set of a stack, which is kept from now on."""
        unique = self._kernel.decisions.uuid("id of a change set")
        arn = f"arn:aws:cloudformation:{self.region}:{self.account_id}:changeSet/{name}/{unique}"
        if record not in self.records:
            self.records.append(record)
            self.tell(record, REVIEW, "User Initiated")
        one = ChangeSet(name, arn, asked, self._kernel.clock.now(), kind)
        record.change_sets[name] = one
        return one

    # -- what is to be done -------------------------------------------------------------------------

    def create(self, record: Record, on_failure: str = "ROLLBACK") -> None:
        """Create a stack, in a task of its own."""
        self.tell(record, "CREATE_IN_PROGRESS", "User Initiated")
        self._kernel.spawn(lambda: self._create(record, on_failure), name=f"creation of stack {record.name}")

    def update(self, record: Record, asked: Asked) -> None:
        """Change a stack, in a task of its own.

        Raises:
            StackRefused: nothing would change.
        """
        with suppress(ScenarioError):
            if not self.would_change(record, asked):
                raise invalid(NO_UPDATES)
        record.updated_at = self._kernel.clock.now()
        self.tell(record, "UPDATE_IN_PROGRESS", "User Initiated")
        self._kernel.spawn(lambda: self._update(record, asked), name=f"update of stack {record.name}")

    def delete(self, record: Record, retained: list[str]) -> None:
        """Delete a stack, in a task of its own."""
        self.tell(record, "DELETE_IN_PROGRESS", "User Initiated")
        self._kernel.spawn(lambda: self._delete(record, retained), name=f"deletion of stack {record.name}")

    def stand(self, name: str, asked: Asked) -> Stack:
        """Create a stack at once, as the one who starts the harness with a template wants it.

        Raises:
            ScenarioError: it cannot be.
        """
        record = self.new(name, asked, REVIEW)
        self.tell(record, "CREATE_IN_PROGRESS", "User Initiated")
        deployed = self._stood(record)
        self.tell(record, "CREATE_COMPLETE")
        resources = deployed.common.world.resources
        return Stack(name, self.region, self.account_id, resources, deployed.outputs)

    # -- what would change --------------------------------------------------------------------------

    def planned(self, record: Record, asked: Asked, *, check: bool = True) -> dict[str, Difference]:
        """What would be done to which resource.

        Raises:
            ScenarioError: it cannot be done.
            StackRefused: a capability is missing.
        """
        with self._without_exports(record):
            common, plan = self._read(record, asked)
        if check and asked.template.body.get("Transform"):
            require(asked, common.transformed.body)
        if record.deployed is None:
            return {i: Difference("Add", plan.providers[i].type) for i in plan.order}
        return differences(record.deployed, common, plan)

    def would_change(self, record: Record, asked: Asked) -> bool:
        """Whether anything would be another than it is."""
        found = self.planned(record, asked)
        before = record.asked
        real = [d for d in found.values() if d.action != "Modify" or d.changed]
        nested = any(d.action == "Modify" and not d.changed for d in found.values()) and asked.text != before.text
        outputs = asked.template.body.get("Outputs") != before.template.body.get("Outputs")
        return bool(real) or nested or outputs or list(asked.tags) != list(before.tags)

    # -- the tasks ----------------------------------------------------------------------------------

    def _create(self, record: Record, on_failure: str) -> None:
        try:
            self._stood(record)
        except (HarnessError, StackRefused) as error:
            self._creation_refused(record, error, on_failure)
        else:
            self.tell(record, "CREATE_COMPLETE")

    def _stood(self, record: Record) -> Deployed:
        common, plan = self._read(record, record.asked)
        if record.asked.template.body.get("Transform"):
            require(record.asked, common.transformed.body)
        record.deployed = Deployed(common, plan.providers, plan.needs)
        stand(record.deployed, plan)
        return record.deployed

    def _creation_refused(self, record: Record, error: Exception, on_failure: str) -> None:
        reason = self._tell_refused(record, error, "CREATE_FAILED")
        if on_failure == "DO_NOTHING":
            self.tell(record, "CREATE_FAILED", reason)
            return
        deleting = on_failure == "DELETE"
        self.tell(record, "DELETE_IN_PROGRESS" if deleting else "ROLLBACK_IN_PROGRESS", reason)
        failed = remove_all(record.deployed, rolling_back=True) if record.deployed is not None else {}
        ended = ("DELETE_FAILED" if deleting else "ROLLBACK_FAILED") if failed else ""
        self.tell(
            record, ended or ("DELETE_COMPLETE" if deleting else "ROLLBACK_COMPLETE"), _not_gone(failed) or reason
        )
        if not failed:
            record.deployed = None
        if deleting and not failed:
            record.deleted_at = self._kernel.clock.now()

    def _update(self, record: Record, asked: Asked) -> None:
        before = record.deployed
        assert before is not None
        try:
            with self._without_exports(record):
                common, plan = self._read(record, asked)
                found = differences(before, common, plan)
            updating = Updating(before, common, plan, found)
            self._refuse_used_exports(record, common)
            record.deployed = updating.run(
                lambda: self.tell(record, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
                lambda error: self.tell(
                    record, "UPDATE_ROLLBACK_IN_PROGRESS", self._tell_refused(record, error, "UPDATE_FAILED")
                ),
            )
        except (HarnessError, StackRefused) as error:
            if record.status == "UPDATE_IN_PROGRESS":  # nothing had been changed
                self.tell(record, "UPDATE_ROLLBACK_IN_PROGRESS", self._tell_refused(record, error, "UPDATE_FAILED"))
            reason = record.reason
            self.tell(record, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            self.tell(record, "UPDATE_ROLLBACK_COMPLETE", reason)
        else:
            record.asked = asked
            self.tell(record, "UPDATE_COMPLETE")

    def _delete(self, record: Record, retained: list[str]) -> None:
        deployed = record.deployed
        failed: dict[str, str] = {}
        if deployed is not None:
            used = self._used_exports(record)
            if used:
                self.tell(record, "DELETE_FAILED", used)
                return
            failed = remove_all(deployed, kept=retained)
        if failed:
            self.tell(record, "DELETE_FAILED", _not_gone(failed))
            return
        record.deployed, record.deleted_at = None, self._kernel.clock.now()
        self.tell(record, "DELETE_COMPLETE")

    # -- pieces -------------------------------------------------------------------------------------

    def _read(self, record: Record, asked: Asked) -> tuple[Deployment, Plan]:
        common = prepared(self._world(record), asked.template, record.name, dict(asked.parameters), "", ())
        plan = read_through(common)
        plan.refusals.raise_if_any()
        return common, plan

    def _world(self, record: Record) -> World:
        if record.deployed is not None:
            return record.deployed.common.world
        return World(
            self._client,
            self._functions,
            self.region,
            self.account_id,
            self.account,
            self._on_created,
            Nested,
            self._responses(),
            on_step=lambda step: self._step(record, step),
            pause=self._kernel.sleep,
        )

    def _without_exports(self, record: Record) -> _Withdrawn:
        return _Withdrawn(self.account, record.name)

    def tell(self, record: Record, status: str, reason: str = "") -> None:
        """Say what becomes of the stack itself."""
        self._step(record, Step(record.name, STACK_TYPE, record.id, status, reason))
        self._kernel.emit("world", "stack", record.name, status=status, reason=reason or None)

    def _step(self, record: Record, step: Step) -> None:
        at = self._kernel.clock.now()
        record.happened(Event(self._kernel.decisions.uuid("id of a stack's event"), at, step, record.token))

    def _tell_refused(self, record: Record, error: Exception, status: str) -> str:
        """Say of which resources what is refused; gives the reason for the stack."""
        if not isinstance(error, ScenarioError):
            return str(error)
        failed: list[str] = []
        last = {event.step.logical_id: event.step for event in record.events}
        for one in (error, *error.others):
            path = one.where.key_path if one.where is not None else ()
            logical_id = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
            if logical_id and logical_id not in failed:
                failed.append(logical_id)
                if logical_id not in last or not last[logical_id].status.endswith("_FAILED"):
                    raw = record.asked.template.resources.get(logical_id, {})
                    words = str(alone(one))
                    self._step(record, Step(logical_id, str(raw.get("Type", "")), "", status, words))
        if not failed:
            return str(error)
        return f"The following resource(s) failed to {status[:6].lower()}: [{', '.join(failed)}]. {error}"

    # -- exports ------------------------------------------------------------------------------------

    def importers(self, export: str) -> list[str]:
        """The stacks that import what is exported under a name."""
        return [r.name for r in self.records if r.deployed is not None and export in _imports(r.deployed)]

    def exports_of(self, record: Record) -> list[str]:
        """The names under which a stack exports something."""
        return [name for name in self.account.exports() if self.account.exporter(name) == record.name]

    def _used_exports(self, record: Record) -> str:
        for name in self.exports_of(record):
            users = [user for user in self.importers(name) if user != record.name]
            if users:
                return f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}"
        return ""

    def _refuse_used_exports(self, record: Record, common: Deployment) -> None:
        """An update may not take away or change what other stacks import."""
        kept = []
        for name, output in (common.transformed.body.get("Outputs") or {}).items():
            export = output.get("Export") if isinstance(output, Mapping) else None
            if export is not None and record.deployed is not None:
                at = ("Outputs", name, "Export", "Name")
                with suppress(ScenarioError):
                    kept.append(str(common.intrinsics.value(export["Name"], at, record.deployed.standing())))
        for name in self.exports_of(record):
            users = [user for user in self.importers(name) if user != record.name]
            if users and name not in kept:
                raise ScenarioError(f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}")


class _Withdrawn:
    """Inside the block a stack exports nothing, so that its own names are free for it."""

    def __init__(self, account: Account, name: str) -> None:
        self._account = account
        self._name = name
        self._exports: Mapping[str, Any] = {}

    def __enter__(self) -> None:
        self._exports = self._account.withdraw(self._name)

    def __exit__(self, *_: object) -> None:
        for export, value in self._exports.items():
            self._account.export(export, value, self._name)


def alone(error: ScenarioError) -> ScenarioError:
    """The error alone, without those found beside it."""
    return ScenarioError(error.problem, where=error.where, hint=error.hint)


def _not_gone(failed: Mapping[str, str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else ""


def _imports(deployed: Deployed) -> list[str]:
    """The names of the exports that a template's resources and outputs take."""
    found: list[str] = []

    def walk(value: Any, path: tuple[str | int, ...]) -> None:
        if isinstance(value, Mapping):
            for key, one in value.items():
                if key == "Fn::ImportValue":
                    with suppress(ScenarioError):
                        found.append(str(deployed.common.intrinsics.value(one, (*path, key), deployed.standing())))
                walk(one, (*path, key))
        elif isinstance(value, list):
            for number, one in enumerate(value):
                walk(one, (*path, number))

    for section in ("Resources", "Outputs"):
        walk(deployed.common.transformed.body.get(section) or {}, (section,))
    return found
