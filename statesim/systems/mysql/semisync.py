"""Semi-synchronous commits: they wait until a replica has them in its relay log, but not for ever.

Sources: MySQL Reference Manual, "Semisynchronous Replication"; plugin/semisync/semisync_source.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from statesim.systems.mysql.group import Member, Members

if TYPE_CHECKING:
    from statesim.systems.driver import Context, Request
    from statesim.systems.mysql.parameters import SemiSyncParameters


class SemiSyncMembers(Members):
    """Members whose commits wait while ``Rpl_semi_sync_source_status`` is on."""

    def __init__(self, context: Context, parameters: SemiSyncParameters) -> None:
        super().__init__(context, parameters)
        self.semi = parameters

    def opened(self, source: Member) -> None:
        """See `Members.opened`: it waits from its first commit on, whether anybody is connected or not."""
        source.semi_sync = True
        source.alone = self.clock.cause

    def visible(self, member: Member) -> int:
        """See `Members.visible`.

        With AFTER_SYNC a commit waits before the engine commits it, so that nobody sees it; with AFTER_COMMIT
        the others see it at once, and may see what a failover erases (worklog 6355).
        """
        if member.waiting and self.semi.rpl_semi_sync_source_wait_point == "AFTER_SYNC":
            return member.waiting[0][0] - 1
        return super().visible(member)

    def broken(self, member: Member) -> None:
        """See `Replication.broken`."""
        super().broken(member)
        if member.following is not None:
            self._count(member.following)

    def connect(self, member: Member, source: Member) -> None:
        """See `Replication.connect`: a replica that has caught up makes its source wait for it again."""
        super().connect(member, source)
        stream = member.stream
        if stream is not None:
            caught_up_us = max(0, stream.live_us - self.clock.now) + self.semi.replication_lag
            source.life.later(caught_up_us, self.confirm, source)
            source.life.later(caught_up_us, self._back, source)

    # -- commits that wait -----------------------------------------------------------------------------

    def confirms(self, primary: Member) -> bool:
        """See `Replication.confirms`."""
        self._count(primary)
        return primary.semi_sync

    def confirmed(self, primary: Member) -> int:
        """See `Replication.confirmed`: what so many replicas have received; all, while it is asynchronous."""
        return self._acknowledged(primary) if primary.semi_sync else primary.data.timeline.length

    def _acknowledged(self, primary: Member) -> int:
        now, count = self.clock.now, self.semi.rpl_semi_sync_source_wait_for_replica_count
        positions = sorted((member.position(now) for member in self.followers(primary)), reverse=True)
        return positions[count - 1] if len(positions) >= count else 0

    def commit(self, primary: Member, position: int, request: Request, outcome: Any) -> None:
        """See `Replication.commit`: whoever waits for too long ends the waiting of all."""
        super().commit(primary, position, request, outcome)
        if primary.waiting and primary.deadline is None:
            timeout_us = self.semi.rpl_semi_sync_source_timeout
            primary.deadline = primary.life.later(timeout_us, self._look, primary)
        elif not primary.semi_sync:
            primary.life.later(self.semi.replication_lag, self._back, primary)

    def _look(self, primary: Member) -> None:
        """Go on without the replicas if the oldest commit has waited for the timeout."""
        primary.deadline = None
        if not primary.waiting or not primary.primary:
            return
        timeout_us = self.semi.rpl_semi_sync_source_timeout
        left_us = primary.data.timeline.time_of(primary.waiting[0][0]) + timeout_us - self.clock.now
        if left_us > 0:
            primary.deadline = primary.life.later(left_us, self._look, primary)
        else:
            why = f"no acknowledgement came within {timeout_us / SECOND:g} s: commits wait for nobody now"
            self._off(primary, why)

    # -- on and off ------------------------------------------------------------------------------------

    def _off(self, primary: Member, why: str) -> None:
        before = self.clock.cause
        primary.semi_sync = False
        self.clock.cause = primary.alone
        self.roles.tell(primary.process, "SemiSyncOff", why=why)
        self.confirm(primary)
        self.clock.cause = before

    def _count(self, primary: Member) -> None:
        """Go on without the replicas at once if too few are connected, where that is wished.

        Source: ``rpl_semi_sync_source_wait_no_replica`` = OFF.
        """
        wanted = self.semi.rpl_semi_sync_source_wait_for_replica_count
        missing = wanted - len(primary.dumps)
        if missing > 0 and primary.semi_sync and not self.semi.rpl_semi_sync_source_wait_no_replica:
            self._off(primary, f"{missing} replica(s) too few are connected: commits wait for nobody now")

    def _back(self, primary: Member) -> None:
        """Wait again when enough replicas have all there is.

        Source: semisync_source.cc, try_switch_on: the acknowledged position is the last commit's.
        """
        if primary.semi_sync or not primary.primary:
            return
        if self._acknowledged(primary) >= primary.data.timeline.length and self.followers(primary):
            primary.semi_sync = True
            self.roles.tell(primary.process, "SemiSyncOn", why="a replica has caught up: commits wait for it")
