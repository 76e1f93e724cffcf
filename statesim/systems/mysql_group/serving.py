"""What clients ask of a group: who answers, from which data, and what waits for whom.

A commit is answered when a majority has received the transaction and it is certified; the others apply it a
little later (MySQL manual, "Group Replication", "Configuring Transaction Consistency Guarantees"). Without a
majority a commit waits, for ever unless the member gives up; reads are answered all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.systems.mysql_group.certification import Behind, Transaction, conflicts
from statesim.systems.mysql_group.membership import GroupMembership
from statesim.systems.mysql_group.views import Stage
from statesim.systems.statements import changes, execute
from statesim.systems.wal import Snapshot, Writer

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.base import Member
    from statesim.systems.driver import Request
    from statesim.systems.mysql_group.views import History, Node, View

SUPER_READ_ONLY = "ERROR 1290 (HY000): the server is running with the --super-read-only option"
ROLLED_BACK = "ERROR 3101 (HY000): Plugin instructed the server to rollback the current transaction"
NO_TABLE = "ERROR 1146 (42S02): the table does not exist"
OFFLINE = "ERROR 3032 (HY000): The server is currently in offline mode"


class GroupService(GroupMembership):
    """How the members of one group answer."""

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`."""
        node = self._nodes.get(process.uid)
        if node is not None and node.offline_mode:
            return OFFLINE
        return super().accept(process, read_write=read_write)

    def serve(self, member: Member, request: Request) -> None:
        """See `MemberSystem.serve`: the primary writes, all read."""
        node = self._nodes.get(member.process.uid)
        if node is None or node.offline_mode:
            request.answer("fail", error=OFFLINE)
            return
        view, writes = node.view, changes(request)
        if view is None or node.stage is not Stage.ONLINE:
            self._serve_outside(node, request, writes=writes)
        elif writes and not node.leads:
            request.answer("fail", error=SUPER_READ_ONLY)
        elif node.held or (node not in view.main and (writes or self.parameters.waits_before)):
            node.waiting.append(request)
        elif writes:
            self._write(node, view, request)
        else:
            self._read(node, view, request)

    def _serve_outside(self, node: Node, request: Request, *, writes: bool) -> None:
        """Answer at a member that is not ONLINE: from what it has, and nothing is written."""
        store = node.store
        if writes:
            request.answer("fail", error=SUPER_READ_ONLY)
        elif store is None:
            request.answer("fail", error=NO_TABLE)
        else:
            request.answer(*execute(request, Snapshot(store.history.timeline, store.position)))

    def _copy(self, node: Node, view: View) -> Any:
        """Return what a member's transactions see."""
        timeline, applied = view.history.timeline, self.applied(node)
        if node.leads and applied < node.position:
            return Behind(timeline, applied, view.opened)
        return Snapshot(timeline, applied)

    def _read(self, node: Node, view: View, request: Request) -> None:
        if self.parameters.waits_before and not node.leads:
            node.member.life.later(
                self.parameters.apply_lag, self._read_upto, view.history, view.history.length, request
            )
        else:
            request.answer(*execute(request, self._copy(node, view)))

    def _read_upto(self, history: History, upto: int, request: Request) -> None:
        request.answer(*execute(request, Snapshot(history.timeline, upto)))

    def _write(self, node: Node, view: View, request: Request) -> None:
        """Execute a transaction on the primary, certify and commit it."""
        history, now, copy = view.history, self.clock.now, self._copy(node, view)
        if isinstance(copy, Behind):
            transaction = Transaction(copy)
            outcome = execute(request, transaction)
            if outcome.type == "ok" and conflicts(transaction):
                request.answer("fail", error=ROLLED_BACK)
                return
            transaction.commit(history.timeline, now)
        else:
            outcome = execute(request, Writer(history.timeline, now))
        history.written_us = now
        self._latest = node.member.directory
        if self.parameters.waits_after and outcome.type == "ok":
            node.unconfirmed.append((now + self.parameters.apply_lag, request, outcome))
            node.member.life.later(self.parameters.apply_lag, self._confirm, node)
        else:
            request.answer(*outcome)

    def _confirm(self, node: Node) -> None:
        """Answer the commits that all members of the view have applied; a silent one holds them up."""
        view = node.view
        if view is None or node not in view.main or view.silent:
            return
        ready = [each for each in node.unconfirmed if each[0] <= self.clock.now]
        node.unconfirmed = [each for each in node.unconfirmed if each[0] > self.clock.now]
        for _, request, outcome in ready:
            request.answer(*outcome)

    def _resume(self, view: View) -> None:
        """See `GroupMembership._resume`."""
        for node in view.online():
            self._confirm(node)
            if not node.held:
                waiting, node.waiting = node.waiting, []
                for request in waiting:
                    self.serve(node.member, request)

    def _roll_back(self, node: Node) -> None:
        """See `GroupMembership._roll_back`: of a commit that others may have applied nobody can say."""
        waiting, node.waiting = node.waiting, []
        unconfirmed, node.unconfirmed = node.unconfirmed, []
        for request in waiting:
            request.answer("fail", error=ROLLED_BACK)
        for _, request, _ in unconfirmed:
            request.answer("info", error="the member has left the group")
