"""What a crash takes of a source's log: what was only in its memory, or only in the system's page cache.

The engine's redo log and the binary log are flushed apart, and crash recovery keeps what is in both
(MySQL Reference Manual, ``innodb_flush_log_at_trx_commit``, ``sync_binlog``, "The Binary Log").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import Exit

if TYPE_CHECKING:
    from statesim.systems.mysql.parameters import AsyncParameters
    from statesim.systems.wal import Database


def on_disk(p: AsyncParameters, data: Database, now: int, how: Exit | None) -> int:
    """Return how much of a source's log is left after it has ended like that; ``None`` = in order."""
    everything = data.timeline.length
    if how is None or how is Exit.STOPPED:
        return everything
    power_cut = how is Exit.POWER_CUT
    return min(_engine(p, data, now, power_cut=power_cut), _binlog(p, data, now, power_cut=power_cut))


def _engine(p: AsyncParameters, data: Database, now: int, *, power_cut: bool) -> int:
    """Count: 0 writes and flushes once a second; 2 writes at each commit, which is safe from mysqld."""
    mode = p.innodb_flush_log_at_trx_commit
    if mode == 1 or (mode == 2 and not power_cut):
        return data.timeline.length
    every = p.innodb_flush_log_at_timeout
    return data.timeline.position_at(data.opened_us + (now - data.opened_us) // every * every)


def _binlog(p: AsyncParameters, data: Database, now: int, *, power_cut: bool) -> int:
    """Count what was flushed: what is only written is the system's, which a crash of mysqld does not take."""
    timeline = data.timeline
    if not power_cut or p.sync_binlog == 1:
        return timeline.length
    written_back = timeline.position_at(now - p.dirty_expire)
    if p.sync_binlog == 0:
        return written_back
    return max(written_back, timeline.length - timeline.length % p.sync_binlog)
