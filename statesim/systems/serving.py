"""An operation at a server of a replicated log: read from what it has, committed where it is a primary.

PostgreSQL's servers and MySQL's do the same here and say it in words of their own: a server that cannot write
its log ends (PostgreSQL: a PANIC; MySQL docs, ``binlog_error_action``: ABORT_SERVER).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from statesim.node.process import Exit
from statesim.systems.data import NO_SPACE
from statesim.systems.replication import Streamer
from statesim.systems.statements import changes, execute
from statesim.systems.wal import Snapshot, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.data import Disks
    from statesim.systems.driver import Request
    from statesim.systems.replication import Replication

M = TypeVar("M", bound=Streamer)


def serve(
    group: Replication[M],
    member: M,
    request: Request,
    disks: Disks,
    visible: Callable[[M], int],
    *,
    read_only: str,
    no_write: str,
) -> None:
    """Take an operation at a server that is up.

    Parameters
    ----------
    visible
        Returns up to where a reader sees its log.
    read_only
        What a client hears that writes to a standby.
    no_write
        What a server says last that cannot write its log.
    """
    process, directory = member.process, member.directory
    if disks.find(directory.id) is not directory:
        group.host.exit(process, Exit.CRASHED, f"{no_write}: Input/output error")
    elif not changes(request):
        request.answer(*execute(request, Snapshot(member.data.timeline, visible(member))))
    elif not member.accepts_writes:
        request.answer("fail", error=read_only)
    elif disks.is_full(directory.id):
        group.host.exit(process, Exit.CRASHED, f"{no_write}: {NO_SPACE}")
    else:
        writer = Writer(member.data.timeline, group.clock.now)
        outcome = execute(request, writer)
        group.commit(member, writer.upto, request, outcome)
