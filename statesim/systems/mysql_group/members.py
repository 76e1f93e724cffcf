"""The members of a MySQL group, and what is told of them: roles in the trace, labels for the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.systems.base import Member, MemberSystem
from statesim.systems.components import knows
from statesim.systems.mysql_group.parameters import WEIGHT, GroupParameters
from statesim.systems.mysql_group.views import Node, Stage, View
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.systems.driver import Context


class GroupMembers(MemberSystem):
    """The members of one group, whatever they believe."""

    takes: ClassVar[type[Any]] = GroupParameters
    role_label: ClassVar[str] = "mysql.oracle.com/cluster-role"  # mysql-operator, cluster_api.py
    parameters: GroupParameters

    def __init__(self, context: Context, parameters: GroupParameters) -> None:
        super().__init__(context, parameters)
        self._context = context
        self._nodes: dict[str, Node] = {}  # by uid of their pods
        self._known: list[str] = []  # directories that ever held data
        self._uuids: dict[str, str] = {}
        self._groups = 0
        self._to_bootstrap: set[str] = set()
        self._to_wipe: set[str] = set()
        phase = context.streams.get(f"System/{context.name}", "suspicions").random()
        self._phase_us = round(phase * parameters.suspicions_processing_period)

    # -- who is there ------------------------------------------------------------------------------------

    def hears(self, member: Member, other: Member) -> bool:
        """See `MemberSystem.hears`: and each has a name that the other knows."""
        return member is other or (knows(member, other) and super().hears(member, other))

    def views(self) -> list[View]:
        """Return the views that somebody believes in, by the age of who does."""
        return list(dict.fromkeys(node.view for node in self._nodes.values() if node.view is not None))

    def view_of_clients(self) -> View | None:
        """Return the view with a primary and a majority, of several the one of most members."""
        able = [view for view in self.views() if view.works]
        return max(able, key=lambda view: (len(view.online()), view.history.length), default=None)

    def uuid(self, node: Node) -> str:
        """Return its ``server_uuid``, which lies on its disk (``auto.cnf``)."""
        found = self._uuids.get(node.id)
        if found is None:
            rng = self._context.streams.get(f"System/{self.name}", "server_uuid", node.id)
            found = self._uuids[node.id] = f"{int(rng.random() * 16**8):08x}"
        return found

    def weight(self, node: Node) -> int:
        """Return its weight in elections."""
        return dict(self.parameters.group_replication_member_weight).get(node.name, WEIGHT)

    def applied(self, node: Node) -> int:
        """Return how many transactions readers of an ONLINE member see."""
        view = node.view
        if view is None:
            return node.position
        done = view.history.timeline.position_at(self.clock.now - self.parameters.apply_lag)
        reached = max(node.applied, min(done, node.position))
        whole = node.leads and (reached >= view.opened or node not in view.main)
        return node.position if whole else reached

    def _save(self, node: Node) -> None:
        """Note on its disk how far a member has come."""
        store, view = node.store, node.view
        if store is not None and view is not None and node.stage is Stage.ONLINE:
            store.history, store.position = view.history, node.position

    # -- what is told ------------------------------------------------------------------------------------

    def _speak(self, node: Node, why: str) -> None:
        """Tell a member's role, and whether it is Ready: as long as it takes itself for ONLINE."""
        process, view = node.member.process, node.view
        online = view is not None and node.stage is Stage.ONLINE
        node.member.leads = online and node.leads
        if view is not None and node.member.leads:
            takes = node in view.main and not node.held
            self._roles.become(process, PRIMARY, why, accepts_writes=takes, timeline=view.history.timeline.id)
        elif online:
            self._roles.become(process, REPLICA, why)
        else:
            self._roles.become(process, STARTING if node.store is None else RECOVERING, why)
        cloning = node.stage is Stage.RECOVERING and node.store is None
        self.host.listening(process, not cloning, ready=online)

    def _label(self, view: View, gone: Iterable[Node] = ()) -> None:
        """Have the operator label all pods: who is ONLINE bears its role, who is not bears none.

        Source: mysql-operator, ``cluster_api.py: MySQLPod.update_membership_status``.
        """
        if not any(self.host.api_reachable(node.member.process) for node in view.main):
            return
        for node in (*view.nodes, *gone):
            role = "PRIMARY" if node is view.primary else "SECONDARY"
            worn = role if node in view.online() else None
            self.host.label(node.member.process, {self.role_label: worn}, outside=True)

    def _told(self, node: Node, event: str, **fields: object) -> None:
        timeline = node.view.history.timeline.id if node.view is not None else 1
        self._roles.tell(node.member.process, event, timeline, **fields)
