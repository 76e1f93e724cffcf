"""How a Patroni leader steps down: in order, at once, for a switchover, because it was told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.distributions import Uniform
from statesim.kernel.spans import MILLISECOND, MINUTE
from statesim.systems.patroni import failsafe
from statesim.systems.patroni.leading import YIELD_US
from statesim.systems.replication import Server

if TYPE_CHECKING:
    from statesim.systems.patroni.doing import Doing
    from statesim.systems.patroni.members import Member
    from statesim.systems.patroni.steps import Steps

# recordings of a Patroni 4.1 cluster: the standbys' positions are polled each second
HAND_OVER = Uniform(1_060 * MILLISECOND, 1_085 * MILLISECOND)
EXIT_US = 100 * MILLISECOND
DEAF_US = 24 * 60 * MINUTE


class Leaving:
    """Demotion and shutdown."""

    def __init__(self, doing: Doing, steps: Steps) -> None:
        self._do = doing
        self._g = doing.group
        self._steps = steps

    def _close(self, member: Member, *, clean: bool) -> None:
        """Shut a primary's server down."""
        g = self._g
        if clean:
            g.drain(member)
        member.server = Server.DOWN
        member.closing = False
        member.data.close(g.clock.now, clean=clean, checkpoint_us=g.p.checkpoint_timeout)
        g.refresh_streams()

    def demote(self, member: Member, why: str, *, clean: bool) -> None:
        """Stop being primary: in order, or at once where the lock is already somebody else's.

        Source: patroni/ha.py, `demote` (modes ``offline`` and ``immediate-nolock``).
        """
        member.busy = "demote"
        failsafe.end(self._g, member)
        self._g.roles.tell(member.process, "Demoted", member.data.timeline.id, why=why)
        self._do.silence(member, why)
        self._close(member, clean=clean)
        member.agent.later(self._g.p.shutdown_checkpoint, self._demoted, member)

    def _demoted(self, member: Member) -> None:
        member.busy = ""
        if self._g.reaches_store(member):
            self._do.loop(member)
        else:
            self._steps.start(member, "restarted read-only while the DCS is not accessible")

    def release(self, member: Member) -> None:
        """Give the leader key up, and let the others race for it."""
        self._g.release(member)
        self._do.wake()

    def hand_over(self, member: Member, why: str) -> None:
        """Step down in order for a switchover, and let the others race; then come back as a standby.

        The key is deleted when a replica has the shutdown checkpoint, as in `stop`; the server is started
        again when somebody has had the time to take the lock (patroni/ha.py, `demote`, mode ``graceful``).
        """
        g = self._g
        member.busy = "switchover"
        member.closing = True
        g.roles.tell(member.process, "Demoted", member.data.timeline.id, why=why)
        self._do.silence(member, why)
        polled = HAND_OVER.draw(g.rng(member.name, "hand-over"))
        took = g.p.shutdown_checkpoint + max(polled, g.p.replication_lag)
        member.agent.later(took, self._handed_over, member)

    def _handed_over(self, member: Member) -> None:
        if member.primary:
            self._close(member, clean=True)
        self._give_away(member)

    def fail_over(self, member: Member, why: str) -> None:
        """Give the lock up instead of starting a dead server again (``primary_start_timeout: 0``)."""
        member.busy = "demote"
        self._g.roles.tell(member.process, "Demoted", member.data.timeline.id, why=why)
        self._give_away(member)

    def _give_away(self, member: Member) -> None:
        if self._g.holds_lock(member) and self._g.reaches_store(member):
            self.release(member)
        member.agent.later(YIELD_US, self._steps.start, member, "starting after demotion")

    def kill_server(self, member: Member) -> None:
        """Let the server die by SIGKILL under a living agent, which notices at its next loop."""
        g = self._g
        g.note_optime(member)
        self._do.silence(member, "PostgreSQL was killed, and its agent has not looked yet", "reset")
        member.end_stream(g.clock.now)
        member.crashed = member.primary and not member.closing
        if member.primary:
            self._close(member, clean=False)
        member.server = Server.DOWN

    def wipe(self, member: Member) -> None:
        """Stop a member's server at once and remove its data (patroni/ha.py, `_do_reinitialize`)."""
        g = self._g
        self._do.silence(member, "a person has it reinitialised", "reset")
        member.end_stream(g.clock.now)
        member.server = Server.DOWN
        member.following = None
        member.stuck = member.crashed = False
        member.directory.contents = None
        g.refresh_streams()

    def stop(self, member: Member) -> int:
        """Shut down because of SIGTERM; return how long it takes.

        An agent that stands still does not hear it, until the kubelet kills it. In pause mode the server is
        not stopped, and ends with its container (patroni/ha.py, `shutdown`).

        A leader releases its key when a replica has received the shutdown checkpoint, or its server is down
        (patroni/ha.py, `shutdown`; recordings of switchovers).
        """
        g = self._g
        if member.agent.held:
            return DEAF_US
        member.stopping = True
        if member.paused:
            return EXIT_US
        member.stop_loop()
        leads = member.primary and g.holds_lock(member) and g.reaches_store(member)
        self._do.silence(member, "it was told to stop")
        took = g.p.shutdown_checkpoint
        if leads:
            polled = HAND_OVER.draw(g.rng(member.name, "hand-over"))
            took += max(polled, g.p.replication_lag)
            member.agent.later(took, self._hand_over, member)
        return took + EXIT_US

    def _hand_over(self, member: Member) -> None:
        g = self._g
        g.roles.tell(member.process, "Demoted", member.data.timeline.id, why="it hands the lead over")
        self._close(member, clean=True)
        if g.holds_lock(member) and g.reaches_store(member):
            self.release(member)
