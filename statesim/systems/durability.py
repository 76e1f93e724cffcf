"""What a crash leaves of what was acknowledged: memory, the operating system's cache, the disk.

| a commit is | its program crashes | its machine loses power | its disk is lost |
| --- | --- | --- | --- |
| in the program's memory | gone | gone | gone |
| written: in the page cache | kept | gone | gone |
| synced: on the disk | kept | kept | gone |

A program that ends in order writes and syncs all that it has. How far it was otherwise follows from when it
began and how often it writes and syncs: nothing happens at a round. A driver keeps a `Durability` for each
log that it promises something of, and asks it when a program has ended (`System.exited`)::

    kept = durability.kept(how, process.started_us, now, timeline)
    directory.contents.timeline = timeline.cut(kept)        # TailLost: see `Disks.lose_tail`

For data that is no log, `instant` says up to when it is kept, and a `Tail` remembers what came after.

| system | setting | `Durability` |
| --- | --- | --- |
| InnoDB | ``innodb_flush_log_at_trx_commit`` 0, 1 or 2 | ``innodb(0)``, ... |
| MySQL's binary log | ``sync_binlog`` 1 | ``Durability()`` |
| | N | ``Durability(sync_every=N)`` |
| | 0 | ``Durability(sync_us=None)`` |
| Cassandra | ``commitlog_sync`` periodic | ``Durability(sync_us=commitlog_sync_period)`` |
| PostgreSQL | ``fsync`` off | ``Durability(sync_us=None)`` |

Sources: MySQL manual, "InnoDB Startup Options",
"Binary Logging Options"; cassandra.yaml; PostgreSQL docs, "Reliability", ``fsync``. PostgreSQL's asynchronous
commits have a rule of their own: `postgres.asynchronous`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

# What nobody syncs the kernel writes out: every five seconds whatever has been dirty for thirty
# (Linux admin-guide/sysctl/vm.rst, dirty_writeback_centisecs and dirty_expire_centisecs).
OS_LOOKS_US = 5 * SECOND
OS_EXPIRES_US = 30 * SECOND


class Positions(Protocol):
    """A log whose entries have times."""

    @property
    def length(self) -> int:
        """Return how many entries it has."""

    def position_at(self, at: int) -> int:
        """Return how many there were at an instant."""


def last_round(started_us: int, period_us: int, now: int) -> int:
    """Return the last of the instants at which a program does something periodically."""
    return started_us + (now - started_us) // period_us * period_us


def written_out(now: int) -> int:
    """Return up to when the kernel has written out everything by itself."""
    return last_round(0, OS_LOOKS_US, now) - OS_EXPIRES_US


@dataclass(frozen=True, slots=True)
class Durability:
    """How far behind its commits a program writes and syncs.

    Attributes
    ----------
    write_us
        How often it hands what it has to the operating system; 0 = before a commit is acknowledged.
    sync_us
        How often it syncs; 0 = before a commit is acknowledged; ``None`` = never: the kernel does, in time.
    sync_every
        It syncs when this many commits have come since the last time (with `sync_us` 0).
    """

    write_us: int = 0
    sync_us: int | None = 0
    sync_every: int = 1

    @property
    def horizon_us(self) -> int:
        """Return how old what was acknowledged may be and still be lost in a crash."""
        by_kernel = self.sync_us is None or (self.sync_us == 0 and self.sync_every > 1)
        return OS_EXPIRES_US + OS_LOOKS_US if by_kernel else max(self.write_us, self.sync_us or 0)

    def instant(self, how: Exit, started_us: int, now: int) -> int | None:
        """Return up to when what was acknowledged is kept; ``None`` = all of it.

        Parameters
        ----------
        how
            How the program ended.
        started_us, now
            When it began, and when it ended.
        """
        if how is Exit.STOPPED:
            return None
        bounds = [last_round(started_us, self.write_us, now)] if self.write_us else []
        if how is Exit.POWER_CUT:
            if self.sync_us is None:
                bounds.append(max(started_us, written_out(now)))
            elif self.sync_us:
                bounds.append(last_round(started_us, self.sync_us, now))
        return min(bounds, default=None)

    def kept(self, how: Exit, started_us: int, now: int, log: Positions) -> int:
        """Return how many entries of a log are kept."""
        instant = self.instant(how, started_us, now)
        kept = log.length if instant is None else min(log.length, log.position_at(instant))
        if how is Exit.POWER_CUT and self.sync_every > 1 and self.sync_us == 0:
            before = log.position_at(started_us)  # what was there when it began was synced by its recovery
            synced = before + (log.length - before) // self.sync_every * self.sync_every
            kept = min(kept, max(synced, log.position_at(written_out(now))))
        return kept


def innodb(flush_log_at_trx_commit: int, timeout_us: int = SECOND) -> Durability:
    """Return what is left of InnoDB's log, by ``innodb_flush_log_at_trx_commit`` and ``..._at_timeout``."""
    match flush_log_at_trx_commit:
        case 0:
            return Durability(write_us=timeout_us, sync_us=timeout_us)
        case 2:
            return Durability(sync_us=timeout_us)
        case _:
            return Durability()


class Tail(Generic[T]):
    """Writes with their times, so that the latest of them can be taken back."""

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: list[tuple[int, T]] = []

    def add(self, now: int, what: T) -> None:
        """Note a write."""
        self._writes.append((now, what))

    def lose(self, kept_us: int | None) -> Iterable[T]:
        """Yield the writes that came after an instant, the latest first, and forget them."""
        while kept_us is not None and self._writes and self._writes[-1][0] > kept_us:
            yield self._writes.pop()[1]
