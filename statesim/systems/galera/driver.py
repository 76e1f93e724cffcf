"""A Galera cluster: every member takes writes, and all of them stop without a quorum.

A write is ordered and delivered to all members of the primary component before it is answered, and applied
elsewhere a little later; while somebody is silent and not dropped yet, writes wait. Outside of a primary
component every query fails: ERROR 1047 (Galera docs, "Certification-Based Replication", "Weighted Quorum").

Roles are told as `primary` (one synced member that stands for its component) and `replica` (the other synced
ones, which write as well), so that two clusters show as two primaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from statesim.systems.galera.group import GaleraGroup
from statesim.systems.galera.portrait import GALERA
from statesim.systems.galera.views import Node, Stage, Store, View, furthest
from statesim.systems.statements import Nothing, changes, execute
from statesim.systems.wal import Snapshot, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.base import Member
    from statesim.systems.driver import Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

NOT_PREPARED = "ERROR 1047 (08S01): WSREP has not yet prepared node for application use"


class Galera(GaleraGroup):
    """One cluster: a server in each pod of its workload."""

    kind: ClassVar[str] = "galera"
    portrait: ClassVar[Portrait | None] = GALERA

    # -- what clients ask --------------------------------------------------------------------------------

    def serve(self, member: Member, request: Request) -> None:
        """See `MemberSystem.serve`: any synced member of a primary component answers."""
        node = self._nodes.get(member.process.uid)
        view = node.view if node is not None else None
        if node is None or view is None or not view.primary or node.stage is not Stage.SYNCED:
            request.answer("fail", error=NOT_PREPARED)
        elif changes(request):
            if view.silent or node.blocked:
                node.waiting.append(request)
            else:
                self._write(node, view, request)
        elif self.parameters.wsrep_sync_wait:
            upto = view.timeline.length
            member.life.later(self.parameters.apply_lag, self._read, view, upto, request)
        else:
            applied = view.timeline.position_at(self.clock.now - self.parameters.apply_lag)
            self._read(view, max(applied, node.own), request)

    def _write(self, node: Node, view: View, request: Request) -> None:
        writer = Writer(view.timeline, self.clock.now)
        outcome = execute(request, writer)
        node.own = writer.upto
        self._latest = node.member.directory
        request.answer(*outcome)

    def _read(self, view: View, upto: int, request: Request) -> None:
        request.answer(*execute(request, Snapshot(view.timeline, upto)))

    def _resume(self, view: View) -> None:
        """See `GaleraGroup._resume`."""
        for node in view.synced() if view.primary else []:
            if not node.blocked:
                waiting, node.waiting = node.waiting, []
                for request in waiting:
                    self._write(node, view, request)

    def _fail(self, node: Node) -> None:
        """See `GaleraGroup._fail`: nobody else has got it."""
        waiting, node.waiting = node.waiting, []
        for request in waiting:
            request.answer("fail", error=NOT_PREPARED)

    # -- what the scenario and the judge ask ---------------------------------------------------------------

    def primary(self) -> Process | None:
        """See `System.primary`: who stands for the primary component of most members."""
        view = self.view_of_clients()
        speaker = view.speaker if view is not None else None
        return speaker.member.process if speaker is not None and speaker.up else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: the other synced members of that component."""
        view = self.view_of_clients()
        if view is None:
            return []
        return [node.member.process for node in view.synced() if node is not view.speaker]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the primary component has, else the disk that is furthest."""
        view = self.view_of_clients()
        if view is not None and view.speaker is not None:
            return view.speaker.name, Snapshot(view.timeline, view.timeline.length)
        left: list[tuple[str, Store]] = []
        for id_ in self._known:
            found = self._disks.find(id_)
            if found is not None and found.contents is not None:
                left.append((id_, found.contents))
        for node in self._nodes.values():
            self._save(node)
        if not left:
            return "nothing", Nothing()
        id_, store = max(left, key=lambda pair: pair[1].seqno)
        return f"DataDirectory/{id_}", Snapshot(store.timeline, store.seqno)

    # -- what people do ------------------------------------------------------------------------------------

    def _named(self, pod: str) -> Node | None:
        found = [node for node in self._nodes.values() if node.name == pod and node.up]
        return furthest(found) if found else None

    def cannot_promote(self, pod: str) -> str | None:
        """See `ByHand.cannot_promote`: only who is in no primary component can be bootstrapped."""
        node = self._named(pod)
        if node is None or not self.host.api_reachable(node.member.process):
            return f"no server runs in {pod}"
        if node.view is not None and node.view.primary:
            return f"{pod} is in a primary component already"
        return None

    def promote(self, pod: str) -> None:
        """See `ByHand.promote`: set `safe_to_bootstrap` and begin a cluster here, or `pc.bootstrap`."""
        node = self._named(pod)
        if node is not None and node.view is None:
            self._to_bootstrap.add(pod)
        elif node is not None:
            self.bootstrap(node, "a person bootstraps the cluster here")
            self.rethink()

    def progress(self, pod: str) -> int:
        """See `ByHand.progress`: the seqno."""
        node = self._named(pod)
        return node.seqno if node is not None else 0

    def rivals(self, pod: str) -> list[str]:
        """See `ByHand.rivals`: where another primary component is."""
        others = [node for view in self.views() if view.primary for node in view.nodes]
        return [node.member.process.node for node in others if node.name != pod]

    def rebuild(self, pod: str) -> str | None:
        """See `ByHand.rebuild`: remove its `grastate.dat`, so that it takes a full copy when it joins."""
        node = self._named(pod)
        if node is not None and node.view is not None and node.view.primary:
            return f"{pod} is in a primary component: stop it first"
        if node is None:
            self._to_wipe.add(pod)
        else:
            node.member.directory.contents = None
            node.stamp = 0
        return None
