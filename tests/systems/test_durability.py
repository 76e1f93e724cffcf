"""What a crash, a power cut and a lost disk each take away, by when a program writes and syncs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.node.process import Exit
from statesim.systems.durability import OS_EXPIRES_US, OS_LOOKS_US, Durability, Tail, innodb
from statesim.systems.postgres.asynchronous import flushed
from statesim.systems.wal import Timeline

HOWS = [Exit.KILLED, Exit.CRASHED, Exit.POWER_CUT]


def log_of(times: list[int]) -> Timeline:
    timeline = Timeline()
    for number, at in enumerate(sorted(times)):
        timeline.append(at, number)
    return timeline


times = st.lists(st.integers(0, 20 * SECOND), max_size=60)
periods = st.integers(MILLISECOND, 5 * SECOND)
started = st.integers(0, SECOND)


@given(times, st.sampled_from(HOWS))
def test_what_is_synced_before_it_is_acknowledged_is_kept(at: list[int], how: Exit) -> None:
    log = log_of(at)

    assert Durability().instant(how, 0, 20 * SECOND) is None
    assert Durability().kept(how, 0, 20 * SECOND, log) == log.length


@given(times, periods, periods, started)
def test_a_stop_in_order_keeps_all(at: list[int], write: int, sync: int, began: int) -> None:
    log = log_of(at)

    for durability in (Durability(write, sync), Durability(sync_us=None), Durability(sync_every=7)):
        assert durability.kept(Exit.STOPPED, began, 20 * SECOND, log) == log.length


@given(times, periods, st.integers(2, 30), started)
def test_the_page_cache_outlives_the_program_and_not_the_machine(
    at: list[int], period: int, every: int, began: int
) -> None:
    log, now = log_of([began + each for each in at]), 21 * SECOND
    for durability in (Durability(sync_us=period), Durability(sync_us=None), Durability(sync_every=every)):
        assert durability.kept(Exit.KILLED, began, now, log) == log.length
        assert durability.kept(Exit.POWER_CUT, began, now, log) <= log.length
    kept = Durability(sync_us=period).kept(Exit.POWER_CUT, began, now, log)
    assert log.position_at(now - period) <= kept  # a round, at most
    assert log.length - Durability(sync_every=every).kept(Exit.POWER_CUT, began, now, log) < every


@given(times, periods, started)
def test_what_is_in_memory_goes_with_the_program(at: list[int], period: int, began: int) -> None:
    log, now = log_of([began + each for each in at]), 21 * SECOND
    kept = {how: Durability(period, period).kept(how, began, now, log) for how in HOWS}

    assert len(set(kept.values())) == 1  # a crash and a power cut alike
    assert log.position_at(now - period) <= kept[Exit.KILLED] <= log.length


def test_the_kernel_writes_out_what_is_thirty_seconds_old() -> None:
    never = Durability(sync_us=None)

    now = 100 * SECOND
    assert never.instant(Exit.POWER_CUT, 0, now) == now - OS_EXPIRES_US
    assert never.instant(Exit.POWER_CUT, 0, now + OS_LOOKS_US - 1) == now - OS_EXPIRES_US
    assert never.instant(Exit.POWER_CUT, 0, 3 * SECOND) == 0


def test_a_tail_gives_back_the_latest_first() -> None:
    tail: Tail[str] = Tail()
    for at, what in ((1, "a"), (2, "b"), (3, "c")):
        tail.add(at, what)

    assert list(tail.lose(None)) == []
    assert list(tail.lose(1)) == ["c", "b"]
    assert list(tail.lose(0)) == ["a"]


@given(times, st.integers(MILLISECOND, SECOND), st.integers(1, 9000), st.integers(0, 20 * SECOND))
def test_an_asynchronous_commit_is_flushed_after_three_rounds(
    at: list[int], delay: int, record: int, now: int
) -> None:
    log = log_of([each for each in at if each <= now])
    kept = flushed(log, 0, now, delay, record)

    assert log.position_at(now - 3 * delay) <= kept <= log.length


@given(times, st.integers(100 * MILLISECOND, SECOND), st.integers(1, 9000))
def test_what_was_flushed_stays_flushed(at: list[int], delay: int, record: int) -> None:
    log, page = log_of(at), 8192
    done = log.position_at(0) * record
    for turn in range(1, 20 * SECOND // delay):
        end = log.position_at(turn * delay) * record
        full = end // page * page
        done = full if full > done else end  # round by round, as XLogBackgroundFlush does
        assert flushed(log, 0, turn * delay, delay, record) == done // record


def test_innodb_flushes_at_each_commit_each_second_or_writes_each_second_too() -> None:
    ends = (Exit.KILLED, Exit.POWER_CUT)
    now = 100 * SECOND + 1

    assert [innodb(1).instant(how, 0, now) for how in ends] == [None, None]
    assert [innodb(2).instant(how, 0, now) for how in ends] == [None, 100 * SECOND]
    assert [innodb(0).instant(how, 0, now) for how in ends] == [100 * SECOND, 100 * SECOND]
