"""A Citus cluster: one coordinator that clients ask, and workers that hold the shards.

Which pod is which follows from its number, as in atomicdb (jberkus/atomicdb, citus_petset: entrypoint.py):
number 0 is the coordinator, the others are workers. A worker whose disk is empty registers with the
coordinator by its stable name, and by its address if it has none; the coordinator keeps what it was told for
ever. So a worker that comes back under its name with its disk is what it was; one with an empty disk has the
name and no tables; and a new name is a new worker without any shards (Citus docs, "Cluster Management",
"Citus FAQ").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import State
from statesim.systems.base import Member, Members
from statesim.systems.citus.commits import Commits
from statesim.systems.citus.groups import Groups
from statesim.systems.citus.parameters import CitusParameters
from statesim.systems.citus.portrait import CITUS
from statesim.systems.citus.reach import Reach
from statesim.systems.citus.shards import Catalogue, Shards, Union, place
from statesim.systems.citus.staging import NoNodeError
from statesim.systems.roles import PRIMARY, STARTING
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.life import Life
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

NO_TABLE = 'relation "t" does not exist'
QUERY, SHARD = "query", "shard"
WORKER = "worker"


def node_name(process: Process) -> str:
    """Return what the coordinator calls a worker: its name, or its address if DNS has no name of it."""
    return process.pod if process.ordinal is not None else process.ip


class Citus(Members[Member]):
    """A coordinator with its workers, or the workers of another system's coordinator."""

    kind: ClassVar[str] = "citus"
    takes: ClassVar[type[Any]] = CitusParameters
    portrait: ClassVar[Portrait | None] = CITUS

    def __init__(self, context: Context, parameters: CitusParameters) -> None:
        super().__init__(context, parameters)
        self.parameters: CitusParameters = parameters
        self._context = context
        self._commits: Commits | None = None
        self._catalogues: Directory | None = None
        self._workers: dict[str, Member] = {}
        self._waiting: list[tuple[Citus, Member]] = []
        self._reach = Reach(context.name, context.trace)
        self._groups = Groups(context, parameters, self._coordinator) if parameters.groups else None

    def member_of(self, process: Process, directory: Directory, life: Life) -> Member:
        """See `Members.member_of`."""
        return Member(process, directory, life)

    def head(self) -> Citus | None:
        """Return the system that has the coordinator."""
        name = self.parameters.coordinator
        other = self._context.systems.get(name) if name else self
        return other if isinstance(other, Citus) else None

    # -- beginning -------------------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """See `Members.begin`: its number says what it is."""
        if self.parameters.coordinator == "" and member.process.ordinal == 0:
            self._begin_coordinator(member)
            return
        if member.directory.contents is None:
            member.directory.contents = Shards()
        head = self.head()
        if head is not None:
            head.workers_begin(self, member)
        else:
            self.wait(member)

    def _begin_coordinator(self, member: Member) -> None:
        if member.directory.contents is None:
            member.directory.contents = Catalogue()
        self._catalogues = member.directory
        self._commits = Commits(self.name, member, self.parameters, self._context.trace, self.node)
        self.lead(member, "its number is 0: it is the coordinator")
        self._commits.recover()
        if self._groups is not None:
            self._groups.begin()
        self.network_changed()

    def workers_begin(self, system: Citus, member: Member) -> None:
        """Hear of a worker: one that has never registered does so first."""
        self._workers[node_name(member.process)] = member
        if not member.directory.contents.registered:
            self._waiting.append((system, member))
        else:
            system.follow(member, "its disk says that it is registered")
        self.network_changed()

    def lead(self, member: Member, why: str) -> None:
        """See `Members.lead`: the coordinator takes writes."""
        member.leads = True
        self._roles.become(member.process, PRIMARY, why, accepts_writes=True)
        self._show(member, QUERY)

    def follow(self, member: Member, why: str) -> None:
        """See `Members.follow`: a worker answers for its shards."""
        self._roles.become(member.process, WORKER, why)
        self._show(member, SHARD)

    def _show(self, member: Member, role: str) -> None:
        self.host.label(member.process, {self.parameters.role_label: role})
        self.host.listening(member.process, True)

    def wait(self, member: Member) -> None:
        """Let a worker wait for the coordinator."""
        self._roles.become(member.process, STARTING, "it cannot reach the coordinator to register")

    def network_changed(self) -> None:
        """See `System.network_changed`: who could not register tries again, and so does the recovery."""
        coordinator = self._coordinator()
        waiting, self._waiting = self._waiting, []
        for system, member in waiting:
            if member.process.state is not State.RUNNING:
                continue
            if coordinator is not None and self.hears(coordinator, member):
                self._register(coordinator, system, member)
            else:
                system.wait(member)
                self._waiting.append((system, member))
        if self._groups is not None:
            self._groups.network_changed()
        elif coordinator is not None:
            self._make_table(coordinator)
            if self._commits is not None and any(self._prepared(each) for each in self._workers.values()):
                self._commits.look_again()
            self.look()

    def look(self) -> None:
        """Tell which workers' shards cannot be asked for, and which can again."""
        coordinator = self._coordinator()
        if coordinator is not None and self._groups is None:
            self._reach.look(coordinator.directory.contents, self.node)

    def _register(self, coordinator: Member, system: Citus, worker: Member) -> None:
        """Enter a worker's name; one that is there stays as it is (citus: AddNodeMetadata)."""
        catalogue: Catalogue = coordinator.directory.contents
        name = node_name(worker.process)
        new = name not in catalogue.nodes
        if new:
            catalogue.nodes.append(name)
        worker.directory.contents.registered = True
        held = sum(1 for node in catalogue.placements.values() if node == name)
        self._roles.tell(worker.process, "Registered", node=name, new=new, missing=held or None)
        why = "its name has shards, its disk has not" if held else "it is registered, and has no shards"
        system.follow(worker, why)

    def _make_table(self, coordinator: Member) -> None:
        """Make the table as soon as all workers are there, as the application's migration would."""
        catalogue: Catalogue = coordinator.directory.contents
        if catalogue.placements or len(catalogue.nodes) < self.parameters.workers:
            return
        placements = place(catalogue.nodes, self.parameters.shard_count)
        try:
            stores = {name: self.node(name) for name in catalogue.nodes}
        except NoNodeError:
            return
        for name, store in stores.items():
            store.shards = frozenset(shard for shard, node in placements.items() if node == name)
        catalogue.placements = placements
        count = len(placements)
        self._context.trace.emit(f"System/{self.name}", "TableDistributed", shards=count, workers=len(stores))

    # -- who can be asked ------------------------------------------------------------------------------

    def _coordinator(self) -> Member | None:
        leading = (member for member in self.members.values() if member.leads)
        return next((member for member in leading if member.process.state is State.RUNNING), None)

    def node(self, name: str) -> Shards:
        """Return what a worker holds that the coordinator asks by its name.

        Raises
        ------
        NoNodeError
            If nobody answers there.
        """
        coordinator, worker = self._coordinator(), self._workers.get(name)
        refused = f"connection to the remote node {name}:5432 failed"
        if coordinator is None or worker is None:
            raise NoNodeError(refused)
        process = worker.process
        if not self.host.answers(process) or not self.host.reachable(coordinator.process, process):
            raise NoNodeError(f"{refused}: timeout expired", silent=True)
        if not worker.serves:
            raise NoNodeError(refused)
        store: Shards = worker.directory.contents
        return store

    def _prepared(self, worker: Member) -> bool:
        left = self._disks.find(worker.directory.id) is worker.directory
        return left and worker.directory.contents is not None and bool(worker.directory.contents.prepared)

    # -- going -----------------------------------------------------------------------------------------

    def gone(self, member: Member) -> None:
        """See `Members.gone`: what the coordinator had under way is in doubt, shards are out of reach."""
        frozen = member.process.state is State.FROZEN
        if not frozen and self._catalogues is member.directory and self._commits is not None:
            self._commits.end()
            self._commits = None
        head = self.head()
        if head is not None:
            head.look()

    def thawed(self, process: Process) -> None:
        """See `Members.thawed`: a worker that is back may have transactions in doubt."""
        super().thawed(process)
        head = self.head()
        if head is not None:
            head.network_changed()

    # -- clients and the judge -------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`: an application looks for its table when it connects."""
        member = self._of(process)
        table = member is not None and member.leads and bool(member.directory.contents.placements)
        return super().accept(process, read_write=read_write) or (None if table else NO_TABLE)

    def serve(self, member: Member, request: Request) -> None:
        """See `Members.serve`: the coordinator knows the table, a worker has only shards of it."""
        if member.leads and self._commits is not None and member.directory.contents.placements:
            (self._commits if self._groups is None else self._groups).serve(request)
        else:
            request.answer("fail", error=NO_TABLE)

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the coordinator would find if all that is left ran."""
        head = self.head()
        if head is not None and head is not self:
            return head.surviving()
        at = self._catalogues
        if at is None or self._disks.find(at.id) is not at or at.contents is None:
            return "nothing: nobody knows where the rows are", Nothing()
        if self._groups is not None:
            return "the groups", self._groups.surviving(at.contents)
        disks = {name: worker.directory for name, worker in self._workers.items()}
        left = {
            name: disk.contents
            for name, disk in disks.items()
            if self._disks.find(disk.id) is disk and disk.contents is not None
        }
        return "the disks of the workers", Union(at.contents, left)
