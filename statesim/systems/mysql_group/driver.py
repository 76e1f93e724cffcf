"""MySQL Group Replication (InnoDB Cluster): a majority agrees on who leads, people do what no majority can.

Two things wait for a person: a group that has lost its majority (force the membership), and one that has
stopped everywhere (reboot it from the member that has all transactions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from statesim.systems.components import components
from statesim.systems.mysql_group.portrait import MYSQL_GROUP
from statesim.systems.mysql_group.serving import GroupService
from statesim.systems.mysql_group.views import History, Node, Stage, Store, View
from statesim.systems.statements import Nothing
from statesim.systems.wal import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy


class MysqlGroup(GroupService):
    """One group: a server in each pod of its workload."""

    kind: ClassVar[str] = "mysql-group-replication"
    portrait: ClassVar[Portrait | None] = MYSQL_GROUP

    # -- what the scenario and the judge ask ---------------------------------------------------------------

    def primary(self) -> Process | None:
        """See `System.primary`: of the group that works, or of one that has lost its majority."""
        view = self.view_of_clients()
        leading = [node for node in self._nodes.values() if node.leads and node.up]
        node = view.primary if view is not None else next(iter(leading), None)
        return node.member.process if node is not None and node.up else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: the other ONLINE members of that group."""
        view = self.view_of_clients()
        nodes = view.online() if view is not None else []
        return [node.member.process for node in nodes if view is not None and node is not view.primary]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: what the group has, else the disk that has most."""
        view = self.view_of_clients()
        if view is not None and view.primary is not None:
            return view.primary.name, Snapshot(view.history.timeline, view.history.length)
        for node in self._nodes.values():
            self._save(node)
        left: list[tuple[str, Store]] = []
        for id_ in self._known:
            found = self._disks.find(id_)
            if found is not None and found.contents is not None:
                left.append((id_, found.contents))
        if not left:
            return "nothing", Nothing()
        id_, store = max(left, key=lambda pair: pair[1].position)
        return f"DataDirectory/{id_}", Snapshot(store.history.timeline, store.position)

    # -- who begins again ----------------------------------------------------------------------------------

    def _begin_again(self) -> bool:
        """See `GroupMembership._begin_again`: an operator does, once all who have data hear each other."""
        if self.parameters.bootstrap != "most-transactions" or any(view.main for view in self.views()):
            return False
        held = {id_ for id_ in self._known if self._has_data(id_)}
        able = [node for node in self._nodes.values() if node.ready_to_begin]
        groups = components(able, self.hears)
        there = [node for node in groups[0] if node.store is not None] if groups else []
        if not there or not held <= {node.id for node in there}:
            return False
        self._reboot(max(there, key=lambda node: node.position), "all are there, and it has most")
        return True

    def _has_data(self, id_: str) -> bool:
        found = self._disks.find(id_)
        return found is not None and found.contents is not None

    def _reboot(self, node: Node, why: str) -> None:
        """Begin the group again from a member, and have all who are heard join it.

        Source: MySQL Shell manual, "Rebooting a Cluster from a Major Outage".
        """
        groups = components(self._nodes.values(), self.hears)
        for each in next(group for group in groups if node in group):
            stopped = each.view is None or not each.view.main
            if each is not node and each.ready_to_begin and stopped:
                self._save(each)
                self._roll_back(each)
                each.view, each.alone, each.stage = None, None, Stage.OFFLINE
                each.looking, each.offline_mode = True, False
                self._speak(each, "it is to join again")
        self._roll_back(node)
        self.bootstrap(node, why)

    def _force(self, node: Node, old: View) -> None:
        """Make those whom a member hears the whole group.

        What only the others have is no longer part of it (MySQL manual, ``group_replication_force_members``;
        MySQL Shell, ``Cluster.forceQuorumUsingPartitionOf``).
        """
        groups = components(old.believers(), self.hears)
        kept = next(group for group in groups if node in group)
        length = max((each.position for each in kept if each.stage is Stage.ONLINE), default=0)
        history = History(old.history.timeline.branch(length), old.history.written_us)
        leader = old.primary
        view = View(old.group, old.number + 1, kept, history)
        view.main, view.opened = kept, length
        view.primary = leader if leader in kept else None
        for each in kept:
            each.received, each.alone = None, None
        self.clock.cause = self._context.trace.emit(
            f"System/{self.name}", "MembershipForced", members=view.names()
        )
        self._install(view, "a person has forced the membership")

    # -- what people do ------------------------------------------------------------------------------------

    def _named(self, pod: str) -> Node | None:
        found = [node for node in self._nodes.values() if node.name == pod and node.up]
        return max(found, key=lambda node: node.position, default=None)

    def cannot_promote(self, pod: str) -> str | None:
        """See `ByHand.cannot_promote`: only where no majority is there is something for people to do."""
        node = self._named(pod)
        if node is None or not self.host.api_reachable(node.member.process):
            return f"no server runs in {pod}"
        if node.view is not None and node in node.view.main:
            return f"{pod} is in a group that has a majority"
        return None

    def promote(self, pod: str) -> None:
        """See `ByHand.promote`: force the membership if it is in a group, else reboot the group from it."""
        node = self._named(pod)
        if node is None:
            return
        if node.view is not None:
            self._force(node, node.view)
        elif node.ready_to_begin:
            self._reboot(node, "a person reboots the group from here")
        else:
            self._to_bootstrap.add(pod)
        self.rethink()

    def progress(self, pod: str) -> int:
        """See `ByHand.progress`: how many transactions it has."""
        node = self._named(pod)
        return node.position if node is not None else 0

    def rivals(self, pod: str) -> list[str]:
        """See `ByHand.rivals`: where members of another group with a majority are."""
        others = [node for view in self.views() for node in view.main]
        return [node.member.process.node for node in others if node.name != pod]

    def rebuild(self, pod: str) -> str | None:
        """See `ByHand.rebuild`: remove its data, and have it join as a new member."""
        node = self._named(pod)
        if node is not None and node.view is not None and node in node.view.main:
            return f"{pod} is in a group that has a majority: stop it first"
        if node is None:
            self._to_wipe.add(pod)
            return None
        node.member.directory.contents = None
        node.view, node.alone, node.stage, node.looking = None, None, Stage.OFFLINE, True
        node.offline_mode = False
        self._speak(node, "a person has removed its data")
        self.rethink()
        return None
