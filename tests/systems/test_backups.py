"""What backups and archived log bring back, and what they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from statesim.systems.backups import Archive, Restore, seen_at
from statesim.systems.catalogue import problems
from statesim.systems.parameters import parse
from statesim.systems.postgres.parameters import PostgresParameters
from statesim.systems.wal import Timeline
from tests.systems.harness import STEP, Ask, Lab

if TYPE_CHECKING:
    from tests.systems.harness import Process

DAY = 24 * 3600
ARCHIVED = {"backup_interval": "1d", "archive_mode": True, "archive_timeout": "30s"}


def archive(**parameters: Any) -> Archive:
    found, wrong = parse(PostgresParameters, {**ARCHIVED, **parameters})
    assert found is not None, wrong
    return Archive(found)


def write(timeline: Timeline, *seconds: float) -> None:
    for number, at in enumerate(seconds):
        timeline.append(round(at * SECOND), f"{timeline.id}-{number}")


def written(kept: Archive, *seconds: float, since: float = 0) -> Timeline:
    """Return what a server has written since it began to serve."""
    found = Timeline()
    kept.opens(found, round(since * SECOND))
    write(found, *seconds)
    return found


def plan(kept: Archive, to: float | None, now: float, **more: bool) -> Restore:
    found = kept.plan(None if to is None else round(to * SECOND), round(now * SECOND), **more)
    assert isinstance(found, Restore), found
    return found


# -- the archive -------------------------------------------------------------------------------------------


def test_a_segment_ends_with_the_timeout_if_something_was_written() -> None:
    kept = archive()
    written(kept, 10, 20, 40, 100)
    for now, position in ((29, 0), (30.5, 0), (31, 2), (61, 3), (120, 3), (121, 4)):
        assert plan(kept, None, now).point.position == position, now


def test_a_slow_archive_command_keeps_a_segment_back() -> None:
    kept = archive(archive_lag="20s")
    written(kept, 10, 20)
    assert plan(kept, None, 49).point.position == 0
    assert plan(kept, None, 50).point.position == 2


def test_the_log_of_another_database_does_not_get_in() -> None:
    kept = archive()
    first = written(kept, 10, 20)
    kept.closes(first, 35 * SECOND, clean=False)
    written(kept, 50, 60, since=40)
    assert not kept.takes(Timeline())
    assert plan(kept, None, 200).point == (first, 2, 30 * SECOND)


def test_a_segment_ends_when_it_is_full() -> None:
    kept = archive(wal_per_write="8Mi", archive_timeout="0s")
    written(kept, *range(10, 15))
    assert plan(kept, None, 11.9).point.position == 0
    assert plan(kept, None, 12).point.position == 2
    assert plan(kept, None, 10 * DAY).point.position == 4, "the fifth write waits for a sixth"


def test_a_timeout_counts_from_the_last_segment() -> None:
    kept = archive(wal_per_write="8Mi")
    written(kept, 10, 20, 45)
    assert plan(kept, None, 50.9).point.position == 2
    assert plan(kept, None, 51).point.position == 3


def test_a_shutdown_in_order_stores_the_rest_and_a_crash_does_not() -> None:
    for clean, position in ((True, 3), (False, 2)):
        kept = archive()
        timeline = written(kept, 10, 20, 40)
        kept.closes(timeline, 50 * SECOND, clean=clean)
        assert plan(kept, None, DAY).point.position == position, "who does not run stores nothing"


def test_a_server_that_runs_again_stores_what_the_crash_has_left() -> None:
    kept = archive()
    timeline = written(kept, 10, 20, 40)
    kept.closes(timeline, 50 * SECOND, clean=False)
    kept.opens(timeline, 70 * SECOND)
    assert plan(kept, None, 100).point.position == 2
    assert plan(kept, None, 101).point.position == 3


def test_a_target_lies_between_the_first_backup_and_the_end_of_the_archive() -> None:
    kept = archive()
    written(kept, 10, 20, 40, 50, since=5)
    assert kept.plan(4 * SECOND, 65 * SECOND) == "there is no backup that is old enough"
    late = kept.plan(41 * SECOND, 65 * SECOND)
    assert isinstance(late, str)
    assert "the archive ends at 35 s" in late
    assert plan(kept, 41, 65, in_order=True).point.position == 3
    assert plan(kept, 15, 100).point.position == 1
    assert plan(kept, 35, 100).point.position == 2


def test_what_is_not_kept_does_not_come_back() -> None:
    for parameters, to, said in (
        ({"backup_interval": "0s", "archive_mode": False}, None, "backup_interval is 0"),
        ({"archive_mode": False}, 15 * SECOND, "archive_mode is off"),
    ):
        kept = archive(**parameters)
        written(kept, 10, 20)
        found = kept.plan(to, 100 * SECOND)
        assert isinstance(found, str)
        assert said in found
    assert "give a backup_interval" in problems("postgres", {"archive_mode": True})[0]
    assert "give a backup_interval" in problems("postgres-replication", {"archive_mode": True})[0]


def test_without_an_archive_the_latest_backup_comes_back() -> None:
    kept = archive(archive_mode=False, backup_interval="1h")
    written(kept, 10, 3500, 3700)
    assert plan(kept, None, 3599).point.position == 0
    found = plan(kept, None, 4000)
    assert (found.point.position, found.base_us) == (2, 3600 * SECOND)


def test_a_restore_takes_a_copy_and_the_log_since_the_backup() -> None:
    size = {"data_size": "200Mi", "restore_rate": "10Mi", "wal_per_write": "1Mi", "replay_rate": "2Mi"}
    kept = archive(backup_interval="100s", **size)
    written(kept, *range(10, 210))
    found = plan(kept, 150, 400)
    assert found.base_us == 100 * SECOND
    assert found.took_us == (20 + 50 / 2) * SECOND


def test_a_restore_to_before_a_restore_goes_back_to_the_branch_that_was_given_up() -> None:
    kept = archive()
    first = written(kept, 10, 20, 30)
    kept.closes(first, 40 * SECOND, clean=True)
    second = kept.branch(plan(kept, 15, 40).point)
    kept.opens(second, 50 * SECOND)
    write(second, 60)
    assert plan(kept, None, 61).point.position == 1, "the new timeline is known from its begin"
    assert plan(kept, None, 81).point == (second, 2, 80 * SECOND)
    third = kept.branch(plan(kept, 12, 200).point)
    assert (second.id, second.length, third.id, third.length) == (2, 2, 3, 1)
    assert third.elements(1) == ["1-0"]


@given(st.lists(st.integers(1, 400), max_size=40), st.integers(0, 500), st.integers(0, 60))
def test_what_comes_back_is_what_was_there_and_never_more(times: list[int], now: int, timeout: int) -> None:
    kept = archive(archive_timeout=timeout)
    timeline = written(kept, *sorted(times))
    position = plan(kept, None, now).point.position
    assert position <= timeline.position_at(now * SECOND)
    if timeout:  # what is older than a timeout and the way to the archive is there
        assert position >= timeline.position_at((now - timeout - 1) * SECOND)
    to = min(now, kept.reaches_us(now * SECOND) // SECOND)
    found = plan(kept, to, now).point
    assert (found.timeline, found.position) == seen_at(timeline, to * SECOND)


# -- PostgreSQL alone --------------------------------------------------------------------------------------


def alone(**parameters: Any) -> Lab:
    """Return a server that has been written to a hundred times a second, for 95 s."""
    lab = Lab("postgres", **{**ARCHIVED, **parameters})
    lab.start("pg-0")
    lab.at(5, lab.writer, STEP, 100 * SECOND)
    lab.run(99)
    return lab


def truncate(lab: Lab) -> None:
    ask = Ask("truncate", None)
    ask.kind = "everything"
    lab.system.submit(lab.system.primary(), ask)
    assert ask.type == "ok"


def again(lab: Lab, pod: str = "pg-0", seconds: float = 60) -> Process:
    process = lab.start(pod)
    lab.run(seconds)
    return process


def test_a_mistake_is_undone_and_what_was_written_after_the_target_is_gone() -> None:
    lab = alone()
    truncate(lab)
    data = lab.system.surviving()[1]
    assert [key for key in lab.confirmed if data.get(key)] == []
    before = {ask.value for ask in lab.asked if ask.value <= 9000}
    assert lab.system.cannot_restore(95 * SECOND) is None
    lab.system.restore(95 * SECOND)
    assert lab.primary is None
    assert not lab.processes["pg-0"].alive
    again(lab)
    assert lab.primary == "pg-0"
    data = lab.system.surviving()[1]
    assert all(data.get(key) for key in before)
    assert len(data.keys()) == pytest.approx(9000, abs=2)
    (restored,) = lab.events("Restored")
    assert restored.fields["as_of_s"] == 95


@pytest.mark.parametrize(("timeout", "lost"), [("10s", 7.5), ("40s", 17.5), ("0s", 94)])
def test_a_lost_disk_costs_what_was_not_archived(timeout: str, lost: float) -> None:
    """Segments are counted from when the server takes connections, after 1.5 s; the disk is lost after 99 s."""
    lab = alone(archive_timeout=timeout)
    lab.disks.lose("pv/pg-0")
    lab.kill("pg-0", Exit.CRASHED)
    lab.run(60)
    assert lab.system.cannot_restore(98 * SECOND)
    assert lab.system.cannot_restore(None) is None
    lab.system.restore(None)
    again(lab)
    assert len(lab.lost) / 100 == pytest.approx(lost, abs=0.1)


def test_without_a_backup_an_empty_volume_stays_empty() -> None:
    lab = alone(backup_interval="0s", archive_mode=False)
    lab.disks.lose("pv/pg-0")
    lab.kill("pg-0", Exit.CRASHED)
    assert "there is no backup" in lab.system.cannot_restore(None)
    again(lab)
    assert lab.lost == lab.confirmed


def test_an_empty_database_that_takes_the_place_of_a_lost_one_is_given_up() -> None:
    lab = alone(archive_timeout="10s")
    lab.disks.lose("pv/pg-0")
    lab.kill("pg-0", Exit.CRASHED)
    lab.start("pg-0")
    lab.writer(STEP, 110 * SECOND)
    lab.run(20)
    late = [ask.value for ask in lab.asked if ask.type == "ok"][-1]
    assert lab.system.cannot_restore(95 * SECOND), "it is not this server's log that is archived"
    lab.system.restore(None)
    again(lab)
    data = lab.system.surviving()[1]
    assert data.get(8000) is True
    assert data.get(late) is None


def test_a_restore_that_is_interrupted_begins_anew() -> None:
    lab = alone(restore_rate="10Mi")
    lab.system.restore(50 * SECOND)
    lab.start("pg-0")
    lab.run(8)
    lab.kill("pg-0")
    lab.start("pg-0")
    lab.run(9)
    assert lab.primary is None
    lab.run(4)
    assert lab.primary == "pg-0"


# -- with replicas -----------------------------------------------------------------------------------------


def replicated(**parameters: Any) -> Lab:
    lab = Lab("postgres-replication", **{**ARCHIVED, **parameters})
    for number in range(3):
        lab.start(f"pg-{number}", ordinal=number)
    lab.run(30)
    for _ in range(50):
        assert lab.write("pg-0").type == "ok"
    lab.run(10)
    return lab


def test_a_mistake_is_on_every_replica_at_once_and_a_restore_takes_it_from_all() -> None:
    lab = replicated()
    truncate(lab)
    lab.run(1)
    assert [lab.ask(f"pg-{n}", "read", 7).result for n in range(3)] == [False] * 3
    lab.system.restore(35 * SECOND)
    assert lab.primary is None
    lab.run(60)
    assert lab.primary == "pg-0"
    assert [process.pod for process in lab.system.replicas()] == ["pg-1", "pg-2"]
    assert [lab.ask(f"pg-{n}", "read", 7).result for n in range(3)] == [True] * 3
    assert lab.write("pg-0").type == "ok"
    lab.run(1)
    assert lab.ask("pg-2", "read", 51).result is True


def test_replicas_are_no_archive_and_an_archive_outlives_them() -> None:
    lab = replicated()
    for number in range(3):
        lab.disks.lose(f"pv/pg-{number}")
        lab.kill(f"pg-{number}", Exit.POWER_CUT)
    lab.system.restore(None)
    for number in (2, 1, 0):
        lab.start(f"pg-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "pg-0"
    assert lab.lost == set()
    assert len(lab.system.replicas()) == 2


# -- a managed database ------------------------------------------------------------------------------------


def test_a_managed_database_comes_back_as_a_new_instance_under_the_old_name() -> None:
    lab = Lab("rds", deployment="single-az", allocated_storage="1Gi", restore_rate="10Mi")
    old = lab.system.primary()

    def write() -> Ask:
        ask = Ask("write", len(asks))
        lab.system.submit(lab.system.primary(), ask)
        asks.append(ask)
        return ask

    asks: list[Ask] = []
    for second in range(10, 400, 10):
        lab.at(second, write)
    lab.run(400)
    truncate(lab)
    assert "latest restorable time is 300 s" in lab.system.cannot_restore(399 * SECOND)
    assert lab.system.cannot_restore(250 * SECOND) is None
    lab.system.restore(250 * SECOND)
    lab.run(100)
    assert lab.system.primary() is old, "the old instance goes on meanwhile"
    assert write().type == "ok"
    lab.run(10)
    new = lab.system.primary()
    assert new is not old
    assert not old.alive
    assert new.ip != old.ip
    assert set(lab.system.surviving()[1].keys()) == set(range(25))
    assert write().type == "ok"
