"""Several servers in one connection string, by libpq's rules and by pgjdbc's."""

from __future__ import annotations

from random import Random

import pytest

from statesim.clients.hosts import Candidate, Hosts
from statesim.cluster.objects import EndpointSlice, Service
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.node.process import Process
from statesim.scenario.hosts import Connect
from statesim.scenario.specs import ServiceSpec

NAMES = ("Pod/pg-0", "Pod/pg-1", "Pod/pg-2")


class Pod:
    def __init__(self, name):
        self.name, self.uid, self.ordinal, self.ip = name, name, None, name


class Cluster:
    """A system in which everybody but one is a standby."""

    def __init__(self, primary):
        self.all = [Process(Pod(name), "n", "main", "", 0, "") for name in NAMES]
        self.lead = self.all[NAMES.index(primary)] if primary else None

    def replicas(self):
        return [process for process in self.all if process is not self.lead]

    def at(self, host):
        return self.all[NAMES.index(host)]


def hosts(clock=None, **rule):
    return Hosts(clock or Clock(), Connect.model_validate({"hosts": list(NAMES), **rule}))


def connect(chooser, cluster, down=(), rng=None):
    """Return where a connection goes in the end, and who was tried for it."""
    tried = []
    for candidate in chooser.plan(rng or Random(1)):
        tried.append(candidate.host)
        if candidate.host in down:
            chooser.failed(candidate)
        elif chooser.refuse(candidate, cluster.at(candidate.host), cluster) is None:
            return candidate.host, tried
    return None, tried


@pytest.mark.parametrize(
    ("attrs", "goes_to"),
    [
        ("any", "Pod/pg-0"),
        ("read-write", "Pod/pg-1"),
        ("primary", "Pod/pg-1"),
        ("read-only", "Pod/pg-0"),
        ("standby", "Pod/pg-0"),
        ("prefer-standby", "Pod/pg-0"),
    ],
)
def test_libpq_takes_the_first_that_will_do(attrs, goes_to):
    assert connect(hosts(targetSessionAttrs=attrs), Cluster("Pod/pg-1"))[0] == goes_to


def test_the_order_is_that_of_the_list():
    assert connect(hosts(targetSessionAttrs="read-write"), Cluster("Pod/pg-2"))[1] == list(NAMES)
    assert connect(hosts(), Cluster("Pod/pg-2"), down=("Pod/pg-0",)) == ("Pod/pg-1", ["Pod/pg-0", "Pod/pg-1"])


def test_prefer_standby_takes_a_primary_if_there_is_nobody_else():
    chooser = hosts(targetSessionAttrs="prefer-standby")
    assert connect(chooser, Cluster("Pod/pg-1"), down=("Pod/pg-0", "Pod/pg-2"))[0] == "Pod/pg-1"
    assert (
        connect(hosts(targetSessionAttrs="standby"), Cluster("Pod/pg-1"), down=("Pod/pg-0", "Pod/pg-2"))[0]
        is None
    )


def test_where_nobody_leads_there_is_no_read_write_session():
    chooser, cluster = hosts(targetSessionAttrs="read-write"), Cluster(None)
    assert connect(chooser, cluster) == (None, list(NAMES))
    assert (
        chooser.refuse(Candidate(NAMES[0], "primary"), cluster.all[0], cluster) == "session is not read-write"
    )


def test_load_balancing_leaves_the_order_to_chance():
    chooser, rng = hosts(loadBalanceHosts=True), Random(3)
    assert {connect(chooser, Cluster("Pod/pg-1"), rng=rng)[0] for _ in range(40)} == set(NAMES)


@pytest.mark.parametrize(
    ("wants", "goes_to"),
    [
        ("any", "Pod/pg-0"),
        ("primary", "Pod/pg-1"),
        ("secondary", "Pod/pg-0"),
        ("preferPrimary", "Pod/pg-1"),
        ("preferSecondary", "Pod/pg-0"),
    ],
)
def test_pgjdbc_has_words_of_its_own(wants, goes_to):
    assert connect(hosts(targetServerType=wants), Cluster("Pod/pg-1"))[0] == goes_to


def test_pgjdbc_leaves_out_what_will_not_do_and_libpq_asks_again():
    for rule, tried in (
        ({"targetServerType": "primary"}, ["Pod/pg-1"]),
        ({"targetSessionAttrs": "primary"}, list(NAMES[:2])),
    ):
        chooser = hosts(**rule)
        connect(chooser, Cluster("Pod/pg-1"))
        assert connect(chooser, Cluster("Pod/pg-1")) == ("Pod/pg-1", tried)


@pytest.mark.parametrize("recheck", [10, 30])
def test_for_so_long_pgjdbc_does_not_see_who_was_promoted(recheck):
    """pg-0 was a secondary a moment ago, so that it is not asked while another host may be the primary."""
    clock = Clock()
    chooser = hosts(clock, targetServerType="primary", hostRecheckSeconds=f"{recheck}s")
    assert connect(chooser, Cluster("Pod/pg-1"))[0] == "Pod/pg-1"
    promoted = Cluster("Pod/pg-0")
    assert connect(chooser, promoted) == (None, ["Pod/pg-1", "Pod/pg-2"])
    clock.run((recheck + 1) * SECOND)
    assert connect(chooser, promoted)[0] == "Pod/pg-0"


def test_pgjdbc_tries_all_if_it_knows_of_nobody_who_will_do():
    chooser = hosts(targetServerType="primary")
    assert connect(chooser, Cluster(None)) == (None, list(NAMES))
    assert connect(chooser, Cluster("Pod/pg-2")) == ("Pod/pg-2", list(NAMES))


# -- in a world ------------------------------------------------------------------------------------------

WRITER = {"operations": {"rate": "10/s", "mix": {"write": 1}}, "timeouts": {"statement": "1s"}}


def spread(bench, row):
    """Three pods under a headless Service, found by their names."""
    world = bench(row, pods=3)
    world.store.create(Service(name="peers", spec=ServiceSpec(headless=True)))
    peers = world.store.create(EndpointSlice(name="peers", service="peers"))
    world.place(peers, *world.programs)
    world.system.lead = "pg-0"
    world.system.replicas = lambda: [p for name, p in world.programs.items() if name != world.system.lead]
    world.system.read_only = {"pg-0", "pg-1", "pg-2"} - {"pg-0"}
    return world


@pytest.mark.parametrize(
    ("timeouts", "after"),
    [
        ({"connect": "3s"}, 3),
        ({"connect": "1s"}, 2),  # the least that libpq takes
        ({}, 127),  # connect_timeout 0: as long as TCP tries
    ],
)
def test_each_host_that_is_silent_costs_the_whole_timeout(bench, timeouts, after):
    row = {**WRITER, "timeouts": {"statement": "1s", **timeouts}}
    row["connect"] = {"hosts": list(NAMES), "targetSessionAttrs": "read-write"}
    world = spread(bench, row)
    world.run(5)
    assert {e.fields["pod"] for e in world.events("SessionOpened")} == {"pg-0"}
    world.system.lead, world.system.read_only = "pg-2", {"pg-0", "pg-1"}
    world.crash("n0")
    world.run(400)
    opened = world.events("SessionOpened")[-1]
    broken = world.events("SessionBroken")[-1]
    assert opened.fields["pod"] == "pg-2"
    assert opened.t_us - broken.t_us == pytest.approx(after * SECOND, abs=0.2 * SECOND)


def test_it_helps_when_a_connection_is_made_and_never_later(bench):
    row = {**WRITER, "timeouts": {"statement": "never"}}
    row["connect"] = {"hosts": list(NAMES), "targetSessionAttrs": "any"}
    world = spread(bench, row)
    world.run(5)
    world.system.lead, world.system.read_only = "pg-1", {"pg-0", "pg-2"}
    world.run(60)
    assert not world.rows("ok", after_s=6), "with any it comes back to the same demoted server"
    assert {"cannot execute INSERT in a read-only transaction"} == {
        r.error for r in world.rows("fail", after_s=6)
    }


def test_a_pool_goes_by_the_list_as_well(bench):
    row = {
        **WRITER,
        "timeouts": {"connect": "3s", "statement": "1s"},
        "pool": {"preset": "hikaricp", "size": 3, "keepaliveTime": "5s"},
    }
    row["connect"] = {"hosts": list(NAMES), "targetServerType": "primary"}
    world = spread(bench, row)
    world.run(5)
    assert [len(process.connections) for process in world.programs.values()] == [3, 0, 0]
    world.system.lead, world.system.read_only = "pg-2", {"pg-0", "pg-1"}
    world.crash("n0")
    world.run(60)
    assert len(world.programs["pg-2"].connections) == 3
    assert not world.rows("fail", "info", after_s=30)


def test_pgjdbc_waits_ten_seconds_for_a_silent_host(bench):
    row = {**WRITER, "connect": {"hosts": list(NAMES), "targetServerType": "primary"}}
    world = spread(bench, row)
    assert world.client.connect_us == 10 * SECOND
