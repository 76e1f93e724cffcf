"""How far a PostgreSQL's log is on its disk when commits do not wait for that (``synchronous_commit: off``).

The WAL writer wakes every ``wal_writer_delay`` and flushes up to the last page that is full; if it had
flushed that far before, it flushes all asynchronous commits (xlog.c: XLogBackgroundFlush). So a commit is
safe after three rounds at the latest (PostgreSQL docs, "Asynchronous Commit"). Until then it is in the
server's own memory, so that a crash of the server takes it as a power cut does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.durability import last_round

if TYPE_CHECKING:
    from statesim.systems.durability import Positions

PAGE = 8192  # XLOG_BLCKSZ


def flushed(log: Positions, started_us: int, now: int, delay_us: int, record: int) -> int:
    """Return how many entries are on the disk.

    Parameters
    ----------
    started_us
        When the WAL writer began.
    delay_us
        ``wal_writer_delay``.
    record
        How many bytes of log an entry makes.
    """
    latest = last_round(started_us, delay_us, now)
    if latest == started_us:
        return log.position_at(started_us)
    end = log.position_at(latest)
    page = end * record // PAGE
    before = log.position_at(latest - delay_us) * record // PAGE
    # a page was filled since the round before: that far, so that a record that ends beyond it is not safe
    return max(log.position_at(started_us), page * PAGE // record) if page > before else end
