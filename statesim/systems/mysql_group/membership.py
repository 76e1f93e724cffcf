"""The views of a group: who is silent, who is put out and by whom, who is primary, who must wait.

MySQL manual, "Group Replication", sections "Failure Detection", "Responses to Failure Detection and Network
Partitioning", "Handling a Network Partition and Loss of Quorum", "Single-Primary Mode". Unlike with Galera,
writes go on while a member is suspected, if a majority is left: it is the primary whose silence is felt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import Exit
from statesim.systems.components import components
from statesim.systems.consensus import outweighs
from statesim.systems.life import hang_up
from statesim.systems.mysql_group.decide import Candidate, Step, Suspicion, elect, judge, rejoin
from statesim.systems.mysql_group.joining import GroupJoining
from statesim.systems.mysql_group.parameters import ABORT_SERVER, OFFLINE_MODE
from statesim.systems.mysql_group.views import Node, Stage, View

if TYPE_CHECKING:
    from statesim.systems.base import Member


class GroupMembership(GroupJoining):
    """The views of one group, as its members come, go and fall silent."""

    # -- the life of a member ----------------------------------------------------------------------------

    def gone(self, member: Member) -> None:
        """See `MemberSystem.gone`: who stops leaves the group; who dies or stands still falls silent."""
        node = self._nodes.get(member.process.uid)
        if node is None or node.member is not member:
            return
        view = node.view
        self._save(node)
        if view is not None and node.received is None:
            node.received = node.position
        if member.stopping and view is not None and node in view.main:
            self._part(node, view)
        if member.stopping or not member.process.alive:
            del self._nodes[member.process.uid]
        self.rethink()

    def _part(self, node: Node, view: View) -> None:
        """Leave in order: the others agree on a view without it, at once."""
        self._roll_back(node)
        others = [each for each in view.nodes if each is not node]
        following = view.next(others)
        node.view = None
        if others:
            self._install(following, f"{node.name} has left", (node,))

    def resumed(self, member: Member) -> None:  # noqa: ARG002 - all look again
        """See `Members.resumed`: it finds out whether the others have gone on without it."""
        self.rethink()

    def timeline_of(self, member: Member) -> None:
        """See `Members.timeline_of`: there is but one history."""

    def network_changed(self) -> None:
        """See `MemberSystem.network_changed`."""
        before = self.clock.cause
        self.rethink()
        self.clock.cause = before

    def rethink(self) -> None:
        """See who is silent, who learns that it is out, and who can join."""
        again = True
        while again:
            for view in self.views():
                self._listen(view)
            again = self._learn() or self._look() or self._begin_again()

    # -- who is silent -----------------------------------------------------------------------------------

    def _listen(self, view: View) -> None:
        """Note who is heard in a view, and do about the others what is due."""
        before = view.main
        groups = components(view.believers(), self.hears)
        heard = groups[0] if groups else []
        view.main = heard if outweighs(len(heard), len(view.nodes)) else []
        for node in view.nodes:
            self._note(node, view, heard)
        if view.timer is not None:
            view.timer.cancel()
        verdict = judge(view.silent, self.clock.now, majority=bool(view.main))
        for node in view.nodes:
            if node in verdict.suspected and node not in view.suspected and view.main:
                view.suspected.add(node)
                self._told(node, "Unreachable", of=view.group)
        if verdict.wake_us is not None:
            view.timer = self.clock.after(verdict.wake_us - self.clock.now, self._wake, view)
        if view.main != before:
            for node in view.believers():
                alone = "it hears no majority: commits wait"
                self._speak(node, "it hears a majority" if node in view.main else alone)
            self._recover(view)
        if verdict.expelled:
            self._expel(view, tuple(node for node in view.nodes if node in verdict.expelled))
        elif view.main:
            self._call_election(view)
            self._resume(view)

    def _note(self, node: Node, view: View, heard: list[Node]) -> None:
        """Note that a member is heard or not, by those who hear each other and by itself."""
        if node in view.main:
            node.received, node.alone = None, None
        elif node.view is view:
            if node.received is None:
                node.received = node.position
            if node.leads:
                node.applied = node.received
            if node.up and node.alone is None:
                node.alone = object()
                node.member.life.later(self.parameters.detection_period, self._cut_off, node, node.alone)
        if node in heard:
            view.silent.pop(node, None)
            view.suspected.discard(node)
        elif heard and node not in view.silent:
            process = node.member.process
            reset = not process.alive and self.host.answers(process)
            heartbeat = self.parameters.heartbeat(reset=reset)
            view.silent[node] = Suspicion.of(heartbeat, self.clock.now, self._phase_us)

    def _wake(self, view: View) -> None:
        view.timer = None
        if view in self.views():
            self._listen(view)
            self.rethink()

    def _expel(self, view: View, nodes: tuple[Node, ...]) -> None:
        """Agree on a view without some; they do not know of it."""
        for node in nodes:
            self._told(node, "Expelled", of=view.group)
        names = ", ".join(sorted(node.name for node in nodes))
        following = view.next([node for node in view.nodes if node not in nodes])
        self._install(following, f"{names} was not heard, and is expelled", nodes)
        self._listen(following)

    def _install(self, view: View, why: str, gone: tuple[Node, ...] = ()) -> None:
        """See `GroupJoining._install`."""
        self._context.trace.emit(
            f"System/{self.name}", "ViewInstalled", members=view.names(), primary=bool(view.main)
        )
        for node in view.main:
            self._speak(node, why)
        self._label(view, gone)
        self._call_election(view)
        self._resume(view)

    # -- who is primary ----------------------------------------------------------------------------------

    def _call_election(self, view: View) -> None:
        """See `GroupJoining._call_election`."""
        running = view.election is not None and view.election.active
        if view.primary is None and view.online() and not running:
            view.election = self.clock.after(self.parameters.election_time, self._elect, view)

    def _elect(self, view: View) -> None:
        view.election = None
        by_name = {node.name: node for node in view.online()}
        chosen = elect(Candidate(name, self.uuid(node), self.weight(node)) for name, node in by_name.items())
        if chosen is None or view.primary is not None or view not in self.views():
            return
        node = view.primary = by_name[chosen.name]
        view.opened = view.history.length
        self.clock.cause = self._context.trace.emit(
            f"System/{self.name}", "Elected", pod=node.name, term=view.number
        )
        backlog_us = view.history.written_us + self.parameters.apply_lag - self.clock.now
        node.held = self.parameters.holds and backlog_us > 0 and node.applied < view.opened
        self._label(view)
        for each in view.main:
            held = "it is primary, and applies its backlog first" if node.held else "it has been elected"
            self._speak(each, held if each is node else f"{node.name} is primary")
        if node.held:
            node.member.life.later(backlog_us, self._caught_up, node)
        self._resume(view)

    def _caught_up(self, node: Node) -> None:
        """Let sessions of a new primary go on: its backlog is applied."""
        node.held = False
        if node.leads and node.view is not None:
            self._speak(node, "its backlog is applied")
            self._resume(node.view)

    # -- who is out --------------------------------------------------------------------------------------

    def _learn(self) -> bool:
        """Let one that was expelled, and hears the others again, find it out; tell whether any did."""
        for node in list(self._nodes.values()):
            view = node.view
            if view is None or not node.up or node in view.main:
                continue
            for other in self.views():
                met = any(self.hears(node.member, each.member) for each in other.main)
                if met and self._supersedes(other, view):
                    self._put_out(node, "the others have gone on without it")
                    return True
        return False

    def _supersedes(self, other: View, view: View) -> bool:
        """Tell whether another view is a later one of the same group; an operator looks at any that works."""
        later = other.group == view.group and other.number > view.number
        by_operator = self.parameters.bootstrap == "most-transactions"
        return later or (by_operator and other.works and not view.main)

    def _cut_off(self, node: Node, mark: object) -> None:
        """Note that a member has not heard a majority for the detection period."""
        if node.alone is mark:
            wait = self.parameters.group_replication_unreachable_majority_timeout
            self._told(node, "MajorityLost", of=node.view.group if node.view is not None else "")
            if wait:
                node.member.life.later(wait, self._give_up, node, mark)

    def _give_up(self, node: Node, mark: object) -> None:
        if node.alone is mark:
            self._put_out(node, "it has not heard a majority for too long")
            self.rethink()

    def _put_out(self, node: Node, why: str) -> None:
        """Be out of the group, in ERROR: what waited is rolled back, and it may try to join again."""
        self._save(node)
        self._roll_back(node)
        node.view, node.stage, node.alone, node.donor = None, Stage.ERROR, None, None
        node.tries = self.parameters.group_replication_autorejoin_tries
        self._speak(node, why)
        self._try(node)

    def _try(self, node: Node) -> None:
        if node.stage is not Stage.ERROR or not node.up:
            return
        view = self._target(node)
        step = rejoin(node.tries, possible=view is not None)
        if step is Step.EXIT:
            self._leave_for_good(node, "it could not join again")
        elif step is Step.WAIT:
            node.tries -= 1
            node.member.life.later(self.parameters.autorejoin_interval, self._retry, node)
        elif view is not None:
            node.stage = Stage.OFFLINE
            self._admit(node, view)

    def _retry(self, node: Node) -> None:
        self._try(node)
        self.rethink()

    def _leave_for_good(self, node: Node, why: str) -> None:
        """See `GroupJoining._leave_for_good` (MySQL manual, "Exit Action")."""
        action = self.parameters.group_replication_exit_state_action
        node.stage, node.tries, node.looking = Stage.ERROR, 0, False
        self._told(node, "LeftGroup", action=action, reason=why)
        self._speak(node, why)
        if action == OFFLINE_MODE:
            node.offline_mode = True
            hang_up(node.member.process, "closed")
        elif action == ABORT_SERVER:
            told = f"Plugin group_replication reported: {why}. The server will now shut down."
            node.member.life.later(0, self.host.exit, node.member.process, Exit.CRASHED, told)

    # -- what a subclass says ----------------------------------------------------------------------------

    def _begin_again(self) -> bool:
        """Begin the group again if somebody can; tell whether it has."""
        return False

    def _resume(self, view: View) -> None:
        """Do what has waited for a majority."""

    def _roll_back(self, node: Node) -> None:
        """Give up what has waited at a member."""
