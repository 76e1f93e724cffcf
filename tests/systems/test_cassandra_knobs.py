"""Every parameter of a Cassandra ring moves its outcome."""

from __future__ import annotations

from typing import Any

from statesim.kernel.clock import SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from tests.systems.cassandra_lab import HOSTS, away, finish, held, kinds, ring, write

# -- parameters --------------------------------------------------------------------------------------------


def marked_after(**parameters: Any) -> float:
    lab = ring(**parameters)
    start = lab.clock.now
    lab.power_cut("db-2")
    lab.run(100)
    return (lab.events("MarkedDown")[0].t_us - start) / SECOND


def test_every_detector_knob_moves_its_outcome() -> None:
    assert marked_after(phi_convict_threshold=12) > marked_after() > marked_after(gossip_interval="500ms")
    lab = ring(socket_detection="5s")
    lab.kill("db-2")
    lab.run(4)
    assert not lab.events("MarkedDown")
    lab.run(2)
    assert lab.events("MarkedDown")


def test_every_request_knob_moves_its_outcome() -> None:
    lab = ring(write_consistency="ALL", write_request_timeout="10s", replica_latency="100ms")
    ask = lab.write("db-0")
    lab.run(0.19)
    assert ask.type == ""
    lab.run(0.02)
    assert ask.type == "ok"
    lab.power_cut("db-2")
    assert lab.write("db-0").type == ""
    lab.run(9)
    assert lab.asked[-1].type == ""
    lab.run(1.5)
    assert lab.asked[-1].type == "info"
    for timeout, ended in (("1s", True), ("8s", False)):
        lab = ring(read_consistency="ALL", read_request_timeout=timeout)
        write(lab, "db-0", 1)
        lab.power_cut("db-2")
        assert (finish(lab, "db-0", "read", 1, 3).type == "fail") == ended
    lab = ring(speculative_retry="1s")
    write(lab, "db-0", 10)
    lab.power_cut("db-1")
    asks = [lab.ask("db-0", "read", element) for element in range(1, 11)]
    lab.run(0.9)
    assert kinds(asks) == {"", "ok"}
    lab.run(0.2)
    assert kinds(asks) == {"ok"}


def test_every_hint_and_repair_knob_moves_its_outcome() -> None:
    lab = ring(hinted_handoff_enabled=False)
    away(lab)
    lab.run(30)
    assert held(lab, "db-2") == set()
    for flush, there in (("2s", 50), ("20s", 0)):
        lab = ring(hints_flush_period=flush)
        away(lab)
        lab.run(5)
        assert len(held(lab, "db-2")) == there
    lab = ring(mutation_size="100Ki")
    away(lab)
    lab.run(12)
    assert len(held(lab, "db-2")) < 50
    lab = ring(hinted_handoff_enabled=False, read_repair="NONE")
    asks = away(lab)
    assert finish(lab, "db-2", "read", asks[0].value).result is True
    assert held(lab, "db-2") == set()


def test_every_other_knob_moves_its_outcome() -> None:
    lab = ring(commitlog_sync_period="1s")
    write(lab, "db-0", 5)
    for pod in HOSTS:
        lab.kill(pod, Exit.POWER_CUT)
    assert lab.lost == set()
    assert {len(peer.tokens) for peer in ring(num_tokens=4).system.ring.peers.values()} == {4}
    lab = ring(replication_factor=1, write_consistency="ONE", read_consistency="ONE")
    write(lab, "db-0", 60)
    assert sum(len(held(lab, pod)) for pod in HOSTS) == 60
    lab = ring(hosts=1, auto_bootstrap=True, consistent_rangemovement=False, ring_delay="1s", data_size="24Mi",
               stream_throughput_outbound="12Mi")  # fmt: skip
    lab.start("db-1")
    lab.start("db-2")
    lab.run(2.9)
    assert not lab.events("Joined")
    lab.run(0.2)
    assert len(lab.events("Joined")) == 2


def test_what_does_not_fit_together_is_said() -> None:
    assert "expected ONE, TWO, THREE, QUORUM or ALL" in problems("cassandra", {"read_consistency": "ANY"})[0]
    assert (
        "replicas of a key" in problems("cassandra", {"replication_factor": 1, "read_consistency": "TWO"})[0]
    )
