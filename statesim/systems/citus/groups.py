"""Workers that are Patroni clusters: each group has a name, and the coordinator an address for it.

Patroni at the coordinator keeps ``pg_dist_node`` up to date: the new primary of a group says so when it has
been promoted, and a member that hands over in order says so before, so that the coordinator holds the group's
traffic back meanwhile (Patroni docs, citus.rst; patroni/ha.py: notify_mpp_coordinator;
postgresql/mpp/citus.py). Whoever dies says nothing: the old address stays until there is a new primary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.node.process import State
from statesim.systems.citus.shards import Catalogue, place
from statesim.systems.statements import Nothing, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from statesim.kernel.trace import TraceEvent
    from statesim.node.process import Process
    from statesim.systems.base import Member
    from statesim.systems.citus.parameters import CitusParameters
    from statesim.systems.driver import Answer, Context, Request, System
    from statesim.systems.statements import Copy

SEVERAL = "a transaction over several groups is not modelled"


class Touched(Nothing):
    """Notes which keys a statement is about; see `statements.Writable`."""

    def __init__(self) -> None:
        self.seen: dict[Hashable, None] = {}

    def get(self, key: Hashable) -> None:
        """See `statements.Copy.get`."""
        self.seen[key] = None

    def put(self, key: Hashable, value: Any) -> None:  # noqa: ARG002 - part of the protocol
        """See `statements.Writable.put`."""
        self.seen[key] = None


class Relayed:
    """A client's statement as the coordinator sends it on; implements `Request`."""

    __slots__ = ("_asked", "_coordinator", "f", "kind", "scope", "value")

    def __init__(self, asked: Request, coordinator: Member) -> None:
        self._asked = asked
        self._coordinator = coordinator
        self.kind, self.scope, self.f, self.value = asked.kind, asked.scope, asked.f, asked.value

    def answer(self, type_: Answer, value: Any = None, error: str = "") -> None:
        """Pass the answer on; a coordinator that has ended says nothing."""
        if self._coordinator.process.alive:
            self._coordinator.life.later(0, self._asked.answer, type_, value, error)


class Everywhere:
    """The rows of all groups; see `statements.Copy`."""

    __slots__ = ("_catalogue", "_copies")

    def __init__(self, catalogue: Catalogue, copies: Mapping[str, Copy]) -> None:
        self._catalogue = catalogue
        self._copies = copies

    def _at(self, key: Hashable) -> Copy:
        return self._copies[self._catalogue.node_of(key)[1]] if self._catalogue.placements else Nothing()

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        return self._at(key).get(key)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`."""
        found: list[Any] = []
        for _, copy in sorted(self._copies.items()):
            found.extend(copy.keys())
        return found

    def values(self, key: Hashable) -> list[Any]:
        """See `statements.Copy.values`."""
        return list(self._at(key).values(key))


class Groups:
    """What the coordinator knows of its groups, and how it sends statements on.

    Parameters
    ----------
    coordinator
        Returns the coordinator while it runs.
    """

    def __init__(
        self, context: Context, parameters: CitusParameters, coordinator: Callable[[], Member | None]
    ) -> None:
        self._context = context
        self._p = parameters
        self._coordinator = coordinator
        self._last: dict[str, Process] = {}
        self._planned: set[str] = set()
        self._held: dict[str, list[Request]] = {}
        context.trace.listen(self._heard)

    # -- what groups tell the coordinator --------------------------------------------------------------

    def begin(self) -> None:
        """Look at each group: a coordinator that has just started knows what its disk says."""
        self._held.clear()
        self._planned.clear()
        for group in self._p.groups:
            self._update(group)

    def _heard(self, event: TraceEvent) -> None:
        coordinator = self._coordinator()
        if coordinator is None:
            return
        if event.event == "SwitchoverRequested":
            group = event.object.removeprefix("System/")
            if group in self._p.groups:
                self._planned.add(group)
        elif event.event == "Role" and event.fields["system"] in self._p.groups:
            group, pod = event.fields["system"], event.object.removeprefix("Member/")
            if event.fields["accepts_writes"]:
                coordinator.life.later(self._p.update_metadata, self._update, group)
            elif self._catalogue(coordinator).addresses.get(group) == pod and self._in_order(group):
                self._hold(group)

    def _in_order(self, group: str) -> bool:
        """Tell whether a primary that writes no more has said so before."""
        process = self._last.get(group)
        stops = process is not None and process.state is State.STOPPING
        return stops or (group in self._planned and process is not None and process.running)

    def _hold(self, group: str) -> None:
        """Hold a group's traffic back: ``citus_update_node`` in an open transaction locks its placements.

        Patroni gives up after `ttl` (patroni/ha.py sends it as the timeout of ``before_demote``).
        """
        coordinator = self._coordinator()
        if coordinator is not None and group not in self._held:
            self._held[group] = []
            self._context.trace.emit(f"System/{self._context.name}", "TrafficHeld", group=group)
            patience: int = self._context.systems[group].parameters.ttl
            coordinator.life.later(patience, self._release, group, self._held[group])

    def _release(self, group: str, held: list[Request] | None = None) -> None:
        if held is None or self._held.get(group) is held:
            self._planned.discard(group)
            for request in self._held.pop(group, []):
                self.serve(request)

    def _update(self, group: str) -> None:
        """Enter who is primary of a group (``citus_update_node``); with the last of them make the table."""
        coordinator, system = self._coordinator(), self._context.systems.get(group)
        primary = system.primary() if system is not None else None
        if coordinator is None or primary is None:
            return
        if not self._context.host.reachable(coordinator.process, primary):
            return
        catalogue = self._catalogue(coordinator)
        self._last[group] = primary
        if catalogue.addresses.get(group) != primary.pod:
            catalogue.addresses[group] = primary.pod
            told = {"group": group, "pod": primary.pod}
            self._context.trace.emit(f"System/{self._context.name}", "MetadataUpdated", **told)
        if not catalogue.placements and len(catalogue.addresses) == len(self._p.groups):
            catalogue.placements = place(self._p.groups, self._p.shard_count)
            count = {"shards": self._p.shard_count, "workers": len(self._p.groups)}
            self._context.trace.emit(f"System/{self._context.name}", "TableDistributed", **count)
        self._release(group)

    def network_changed(self) -> None:
        """Let Patroni at the coordinator look again: it does so with each of its loops."""
        for group in self._p.groups:
            self._update(group)

    # -- statements ------------------------------------------------------------------------------------

    def serve(self, request: Request) -> None:
        """Send a statement to the address of the group that has its row, whoever is there now."""
        coordinator = self._coordinator()
        if coordinator is None:
            return
        catalogue, touched = self._catalogue(coordinator), Touched()
        execute(request, touched)
        names = {catalogue.node_of(key)[1] for key in touched.seen}
        if len(names) != 1:
            request.answer("fail", error=SEVERAL)
            return
        (group,) = names
        if group in self._held:
            self._held[group].append(request)
            return
        system, pod = self._context.systems[group], catalogue.addresses[group]
        process = self._at(system, group, pod)
        refused = f"connection to the remote node {pod}:5432 failed"
        host = self._context.host
        if not host.answers(process) or not host.reachable(coordinator.process, process):
            patience, why = self._p.node_connection_timeout, f"{refused}: timeout expired"
            coordinator.life.later(patience, request.answer, "fail", None, why)
        elif process.state is not State.RUNNING or not process.listening:
            request.answer("fail", error=refused)
        elif (refusal := system.accept(process, read_write=True)) is not None:
            request.answer("fail", error=refusal)
        else:
            system.submit(process, Relayed(request, coordinator))

    def _at(self, system: System, group: str, pod: str) -> Process:
        """Return the program that bears a name now; else the one that has last borne it."""
        primary = system.primary()
        running = [*([primary] if primary is not None else []), *system.replicas()]
        found = next((process for process in running if process.pod == pod), self._last[group])
        self._last[group] = found
        return found

    def _catalogue(self, coordinator: Member) -> Catalogue:
        catalogue: Catalogue = coordinator.directory.contents
        return catalogue

    def surviving(self, catalogue: Catalogue) -> Copy:
        """Return what all groups have."""
        copies = {group: self._context.systems[group].surviving()[1] for group in self._p.groups}
        return Everywhere(catalogue, copies)
