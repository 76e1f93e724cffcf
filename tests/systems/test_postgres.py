"""One server, one directory: what it finds there is what it is."""

from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.harness import STEP, Lab


def started(**parameters: object) -> Lab:
    lab = Lab("postgres", **parameters)
    lab.start("pg-0")
    lab.run(5)
    assert lab.primary == "pg-0"
    return lab


def test_an_empty_volume_becomes_an_empty_database_that_looks_healthy() -> None:
    lab = started()
    lab.write("pg-0")
    lab.kill("pg-0")
    lab.start("pg-1", "emptyDir/u2/data")
    lab.run(5)
    assert lab.processes["pg-1"].listening
    assert [e.object for e in lab.events("Initialised")] == [
        "DataDirectory/pv/pg-0",
        "DataDirectory/emptyDir/u2/data",
    ]
    source, data = lab.system.surviving()
    assert (source, data.keys()) == ("pg-1", [])
    assert lab.lost == {1}


def test_a_crash_loses_nothing_and_costs_a_replay() -> None:
    lab = started(replay_rate="1Mi", wal_per_write="8Ki")
    lab.writer(STEP, 105 * SECOND)
    lab.run(99.995)
    lab.kill("pg-0")
    lab.start("pg-0")
    lab.run(200)
    recovered = lab.events("Recovered")[0]
    assert recovered.fields["replayed_s"] == pytest.approx(10_000 * 8 / 1024, rel=0.01)
    assert lab.primary == "pg-0"
    assert lab.lost == set()


def test_a_clean_stop_needs_no_recovery() -> None:
    lab = started()
    lab.write("pg-0")
    lab.stop("pg-0")
    assert lab.system.accept(lab.processes["pg-0"], read_write=True) is not None
    lab.run(5)
    lab.start("pg-0")
    lab.run(5)
    assert lab.events("Recovered") == []
    assert lab.primary == "pg-0"
    assert lab.lost == set()


def test_two_servers_on_one_volume_corrupt_it_and_the_last_writer_survives() -> None:
    lab = started()
    lab.write("pg-0")
    lab.start("pg-1", "pv/pg-0")
    lab.run(5)
    assert lab.events("Corrupted")[0].fields["pods"] == ["pg-0", "pg-1"]
    mine, theirs = lab.write("pg-0"), lab.write("pg-1")
    assert (mine.type, theirs.type) == ("ok", "ok"), "neither notices"
    assert lab.ask("pg-0", "read", theirs.value).result is False
    assert lab.lost == {mine.value}
    last = lab.write("pg-0")
    assert lab.lost == {theirs.value}
    lab.kill("pg-0")
    lab.kill("pg-1")
    assert set(lab.system.surviving()[1].keys()) == {1, mine.value, last.value}
    lab.start("pg-2", "pv/pg-0")
    lab.run(5)
    assert lab.events("Exited", "Process/pg-2")[0].fields["how"] == Exit.CORRUPTED.value


def test_a_corrupted_directory_may_be_started_by_force() -> None:
    lab = started(ignore_corruption=True)
    lab.start("pg-1", "pv/pg-0")
    lab.run(5)
    lab.kill("pg-0")
    lab.kill("pg-1")
    lab.start("pg-2", "pv/pg-0")
    lab.run(5)
    assert lab.primary == "pg-2"


def test_two_servers_on_two_disks_are_two_databases() -> None:
    lab = started()
    lab.start("pg-1")
    lab.run(5)
    first, second = lab.write("pg-0"), lab.write("pg-1")
    assert lab.dual_primary_s() == 0
    assert (lab.accepting("pg-0"), lab.accepting("pg-1")) == (True, True)
    assert lab.ask("pg-1", "read", first.value).result is False
    source, data = lab.system.surviving()
    assert (source, data.keys()) == ("pg-1", [second.value])
    assert lab.events("Corrupted") == []


def test_nobody_serves_but_the_disk_is_there() -> None:
    lab = started()
    lab.write("pg-0")
    lab.power_cut("pg-0")
    source, data = lab.system.surviving()
    assert (source, data.keys()) == ("DataDirectory/pv/pg-0", [1])
    assert lab.events("PrimaryLost")[0].fields["pod"] == "pg-0"
    lab.disks.lose("pv/pg-0")
    assert lab.lost == {1}


def test_a_frozen_server_accepts_nothing_and_goes_on_where_it_was() -> None:
    lab = started()
    lab.freeze("pg-0")
    assert not lab.accepting("pg-0")
    lab.run(100)
    lab.thaw("pg-0")
    assert lab.write("pg-0").type == "ok"


def test_a_quiet_day_costs_nothing() -> None:
    lab = started()
    before = lab.clock.events
    lab.run(86_400)
    assert lab.clock.events == before


def crashed(how: str, **parameters: object) -> Lab:
    lab = started(**parameters)
    lab.writer(STEP, 8 * SECOND)
    lab.run(2.005)
    getattr(lab, how)("pg-0")
    lab.start("pg-0")
    lab.run(5)
    return lab


@pytest.mark.parametrize("how", ["kill", "power_cut"])
def test_asynchronous_commits_are_lost_with_the_server(how: str) -> None:
    lab = crashed(how, synchronous_commit=False)

    assert 0 < len(lab.lost) <= 60  # three rounds of 200 ms at a write each 10 ms
    assert lab.events("TailLost")[0].fields["count"] == len(lab.lost)
    assert lab.write("pg-0").type == "ok"


def test_the_wal_writers_delay_bounds_what_is_lost() -> None:
    short, long = (
        crashed("kill", synchronous_commit=False, wal_writer_delay=delay) for delay in ("20ms", "900ms")
    )

    assert len(short.lost) < len(long.lost)
    assert len(short.lost) <= 6


def test_a_stop_in_order_flushes_asynchronous_commits() -> None:
    lab = started(synchronous_commit="off")
    lab.write("pg-0")
    lab.stop("pg-0")
    lab.run(5)
    lab.start("pg-0")
    lab.run(5)
    assert lab.lost == set()


def test_without_fsync_a_power_cut_corrupts_and_a_crash_does_not() -> None:
    lab = crashed("kill", fsync="off")
    assert (lab.lost, lab.events("Corrupted")) == (set(), [])

    lab = crashed("power_cut", fsync="off")
    assert lab.events("Corrupted")[0].fields["pods"] == ["pg-0"]
    assert lab.events("Exited", "Process/pg-0")[-1].fields["how"] == Exit.CORRUPTED.value

    lab = crashed("power_cut", fsync="off", ignore_corruption=True)
    assert lab.primary == "pg-0"
    assert lab.events("TailLost")[0].fields["count"] == len(lab.lost) > 0


def test_without_fsync_a_power_cut_finds_what_the_kernel_has_written_out_in_order() -> None:
    lab = started(fsync=False)
    lab.write("pg-0")
    lab.run(60)
    lab.power_cut("pg-0")
    lab.start("pg-0")
    lab.run(5)
    assert lab.events("Corrupted") == []
    assert (lab.primary, lab.lost) == ("pg-0", set())
