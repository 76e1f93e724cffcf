"""Names are stable, addresses are not: who remembers which answer, and for how long."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from statesim.analysis.sentences import sentence
from statesim.clients.resolver import NO_ANSWER, NO_NAME
from statesim.cluster.dns import PodAddress
from tests.acceptance.small import IMAGES, Small, workload
from tests.acceptance.test_network import service, slices

KILL = {"at": "40s", "do": "delete", "on": "Pod/a-0"}
FRESH = {"dnsServerCache": "0s"}
HEADLESS = service(clusterIP="None")


def caller(target: str = "Pod/a-0", **more: Any) -> dict[str, Any]:
    operations = {"kind": "web", "rate": "10/s"}
    return {"name": "c", "target": target, "sessions": 1, "operations": operations, **more}


def world(
    *timeline: dict[str, Any],
    client: dict[str, Any] | None = None,
    replicas: int = 1,
    timings: dict[str, str] | None = None,
    objects: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Small:
    cluster = {"kubernetes": "1.32", "zones": 3, "nodesPerZone": 1, "timings": timings or {}}
    found = objects or [HEADLESS, workload("StatefulSet", replicas=replicas)]
    return Small(*timeline, objects=found, cluster=cluster, clients=[client or caller()], **more)


def served(made: Small, *, after: float = 0) -> float | None:
    """Return when the first request that was made after an instant was answered."""
    rows = made.world.history.rows
    return next((row[0] / 1e6 for row in rows if row[3] == "ok" and row[0] > after * 1e6), None)


def errors(made: Small) -> set[str]:
    return {row[6] for row in made.world.history.rows if row[6]}


# -- which names there are -------------------------------------------------------------------------------------


def addresses(made: Small, name: str) -> list[str]:
    answer = made.world.dns.ask(f"{name}.default.svc.cluster.local")
    assert answer is not None
    return [a.pod if isinstance(a, PodAddress) else f"Service/{a.service}" for a in answer.addresses]


def test_a_headless_name_gives_all_ready_pods_and_each_pod_its_own() -> None:
    made = world(replicas=3, timings=FRESH).run(5)
    assert addresses(made, "a") == ["a-0", "a-1"], "the third is not Ready yet"
    made.run(20)
    assert addresses(made, "a") == ["a-0", "a-1", "a-2"]
    assert addresses(made, "a-1.a") == ["a-1"]
    assert addresses(made, "a-3.a") == []
    assert addresses(made, "nobody") == []


def test_a_pod_has_a_name_only_under_the_headless_service_that_its_set_names() -> None:
    objects = [HEADLESS, service("rw", app="a"), service("ro", app="a", clusterIP="None")]
    made = world(objects=[*objects, workload("StatefulSet", replicas=1)], timings=FRESH).run(20)
    assert addresses(made, "a-0.a") == ["a-0"]
    assert addresses(made, "a-0.ro") == []
    assert addresses(made, "a-0.rw") == []
    assert addresses(made, "ro") == ["a-0"]
    assert addresses(made, "rw") == ["Service/rw"]


def test_a_headless_name_gives_the_endpoints_of_all_slices() -> None:
    sets = workload("StatefulSet", replicas=205, spec={"podManagementPolicy": "Parallel"})
    cluster = {"kubernetes": "1.32", "zones": 1, "nodesPerZone": 3, "timings": FRESH}
    made = Small(objects=[HEADLESS, service("vip", app="a"), sets], cluster=cluster, clients=[caller()])
    made.run(60)
    assert sorted(addresses(made, "a")) == sorted(f"a-{n}" for n in range(205))
    assert addresses(made, "a-204.a") == ["a-204"]
    rng = Random(0)
    found = {str(made.world.clients[0].find("Service/vip", rng)) for _ in range(4000)}
    assert len(found) == 205, "kube-proxy chooses among all of them"


def test_without_its_service_a_set_has_no_names() -> None:
    made = world(objects=[workload("StatefulSet", replicas=1)]).run()
    assert served(made) is None
    assert errors(made) == {NO_NAME}


def test_a_service_that_is_not_headless_has_its_own_address_with_or_without_endpoints() -> None:
    made = world(objects=[service("a", app="nobody")], client=caller("Service/a")).run(80)
    assert addresses(made, "a") == ["Service/a"]
    assert errors(made) == {"connection refused: the Service has no endpoints"}


def test_peers_find_each_other_before_they_are_ready_only_if_addresses_are_published() -> None:
    images = {"*": {**IMAGES["*"], "ready": "never"}}
    sets = workload("StatefulSet", replicas=2, spec={"podManagementPolicy": "Parallel"})
    hidden = world(objects=[HEADLESS, sets], images=images, timings=FRESH).run(20)
    assert addresses(hidden, "a") == []
    told = service(clusterIP="None", publishNotReadyAddresses=True)
    shown = world(objects=[told, sets], images=images, timings=FRESH).run(20)
    assert addresses(shown, "a") == ["a-0", "a-1"]
    assert addresses(shown, "a-1.a") == ["a-1"]


# -- who remembers ---------------------------------------------------------------------------------------------


def test_a_name_that_is_looked_up_before_its_pod_exists_stays_unknown_until_the_answer_is_too_old() -> None:
    cached = world().run(60)
    assert cached.times("Ready", "Pod/a-0")[0] < 4
    assert served(cached) == pytest.approx(30, abs=2.5)
    fresh = world(timings=FRESH).run(60)
    assert served(fresh) == pytest.approx(fresh.times("Ready", "Pod/a-0")[0], abs=2.5)


def test_a_pod_made_again_is_found_when_the_servers_answer_is_too_old() -> None:
    made = world(KILL).run(120)
    assert made.times("Ready", "Pod/a-0")[1] < 45
    again = served(made, after=41.2)
    assert again is not None
    assert 60 <= again <= 65, "asked at 30 s, so the old address is given until 60 s"
    assert "no route to host" in errors(made)
    fresh = world(KILL, timings=FRESH).run(120)
    again = served(fresh, after=41.2)
    assert again == pytest.approx(fresh.times("Ready", "Pod/a-0")[1], abs=2.5)
    assert "no route to host" not in errors(fresh)


@pytest.mark.parametrize(
    ("dns", "back_s"),
    [
        ({"cache": "none"}, 44),
        ({"cache": "ttl"}, 61),
        ({"cache": "ttl", "ttl": "50s"}, 81),
        ({"cache": "forever"}, None),
    ],
)
def test_a_client_that_remembers_longer_goes_longer_to_an_address_that_nobody_has(
    dns: dict[str, str], back_s: float | None
) -> None:
    # asked at 30 s by a client whose first answer, none, is 30 s old
    patient = {"negativeTtl": "30s", **dns} if dns["cache"] != "none" else dns
    made = world(KILL, client=caller(dns=patient), timings=FRESH, duration="300s").run(39)
    old = made.pod("a-0").ip
    made.run()
    back = served(made, after=41.2)
    if back_s is None:
        assert back is None
    else:
        assert back == pytest.approx(back_s, abs=4)
    stale = made.events("StaleAddress")
    assert len(stale) == (dns["cache"] != "none"), "said once"
    if stale:
        assert (stale[0].fields["pod"], stale[0].fields["address"]) == ("a-0", old)
        assert stale[0].fields["name"] == "a-0.a.default.svc.cluster.local"


def test_an_outage_for_an_old_address_is_explained_by_it() -> None:
    client = caller(dns={"cache": "forever", "negativeTtl": "1s"})
    made = world(KILL, client=client, timings=FRESH).run(100)
    events = made.world.trace.events
    outage = next(e for e in made.events("Outage") if e.t > 41)
    chain = []
    at: int | None = outage.id
    while at is not None:
        chain.append(f"{events[at].object} {events[at].event}")
        at = events[at].cause
    assert chain[:5] == [
        "Client/c Outage",
        "Client/c StaleAddress",
        "Client/c SessionBroken",
        "Process/a-0 Exited",
        "Pod/a-0 Terminating",
    ]


def test_a_remembered_service_address_does_no_harm_while_pods_come_and_go() -> None:
    objects = [service(), workload("StatefulSet", replicas=1)]
    client = caller("Service/a", dns={"cache": "forever"})
    made = world(KILL, objects=objects, client=client).run(80)
    assert served(made, after=41.2) == pytest.approx(made.times("Ready", "Pod/a-0")[1], abs=3)


def test_a_service_made_again_has_another_address_which_a_long_memory_never_learns() -> None:
    objects = [service(), workload("StatefulSet", replicas=1)]
    again = [
        {"at": "20s", "do": "delete", "on": "Service/a"},
        {"at": "21s", "do": "apply", "manifests": [service()]},
        KILL,
    ]
    client = caller("Service/a", dns={"cache": "forever"}, timeouts={"connect": "2s"})
    made = world(*again, objects=objects, client=client).run(100)
    before = [row for row in made.world.history.rows if row[3] == "ok" and row[0] < 40e6]
    assert before[-1][0] > 39e6, "who is connected does not notice"
    assert served(made, after=41.2) is None
    assert "connect timeout" in errors(made)
    asks = world(*again, objects=objects, client=caller("Service/a"), timings=FRESH).run(100)
    assert served(asks, after=41.2) is not None


def test_the_address_leads_to_the_pod_that_has_it_whatever_the_api_says() -> None:
    cut = {"at": "40s", "do": "network-partition", "on": {"nodeOf": "Pod/a-0"}, "from": "control-plane"}
    forced = {"at": "100s", "do": "delete", "on": "Pod/a-0", "force": True}
    client = caller(dns={"cache": "forever", "negativeTtl": "1s"})
    made = world(cut, forced, client=client, timings=FRESH).run(39)
    old = made.pod("a-0")
    made.run(190)
    assert made.pod("a-0").uid != old.uid
    assert made.pod("a-0").ready
    found = made.world.clients[0].find("Pod/a-0", Random(0))
    assert found == PodAddress("a-0", old.uid, old.node or "", old.ip)
    process = made.world.program_at(found)
    assert process is not None
    assert process.running, "two pods called a-0 run, and this client writes to the old one"
    assert made.events("SessionBroken") == []


# -- nobody answers --------------------------------------------------------------------------------------------

OUTAGE = {"at": "35s", "do": "dns-outage", "for": "25s"}


def test_without_dns_who_is_connected_goes_on() -> None:
    made = world(OUTAGE, objects=[service(), workload(replicas=2)], client=caller("Service/a")).run(59)
    assert not made.events("SessionBroken")
    assert errors(made) <= {NO_NAME, "connection refused: the Service has no endpoints"}
    assert [e.event for e in made.world.trace.events if e.object.startswith("Fault/")] == ["Started"]


def test_without_dns_new_connections_fail_until_it_is_back_or_go_where_the_client_remembers() -> None:
    objects = [service(), workload("StatefulSet", replicas=2)]
    asks = caller("Service/a", sessions=4)
    made = world(OUTAGE, KILL, objects=objects, client=asks).run(100)
    assert NO_ANSWER in errors(made)
    opened = [e.t for e in made.events("SessionOpened") if e.t > 41]
    assert opened
    assert min(opened) >= 60
    remembers = world(OUTAGE, KILL, objects=objects, client={**asks, "dns": {"cache": "ttl", "ttl": "60s"}})
    remembers.run(100)
    assert NO_ANSWER not in errors(remembers)
    opened = [e.t for e in remembers.events("SessionOpened") if e.t > 41]
    assert opened
    assert max(opened) < 45


def test_an_outage_of_dns_is_told_without_naming_anybody() -> None:
    made = world({**OUTAGE, "label": "no names"}).run(60.5)
    told = [sentence(e) for e in made.world.trace.events if e.object.startswith("Fault/")]
    assert told == ["no names", "dns-outage is over"]


def test_an_outage_takes_the_servers_cache_with_it() -> None:
    made = world({"at": "10s", "do": "dns-outage", "for": "5s"}).run(60)
    assert served(made) == pytest.approx(15, abs=2.5), "not 30: the old answer, none, is forgotten"


def test_outages_by_chance_end_and_come_again() -> None:
    row = {"random": {"mtbf": {"fixed": "30s"}, "mttr": {"fixed": "10s"}}, "do": "dns-outage"}
    made = world(row).run(130)
    faults = [(e.t, e.event) for e in made.world.trace.events if e.object.startswith("Fault/")]
    assert faults == [(t, kind) for n in (30, 70, 110) for t, kind in ((n, "Started"), (n + 10, "Ended"))]


# -- cost ------------------------------------------------------------------------------------------------------


def test_looking_a_name_up_costs_no_event() -> None:
    made = world(timings=FRESH).run(39)
    before = (made.world.clock.events, len(made.world.trace.events))
    rng = Random(0)
    for _ in range(1000):
        made.world.clients[0].find("Pod/a-0", rng)
    made.run(39.0)
    assert (made.world.clock.events, len(made.world.trace.events)) == before


def test_a_pod_on_a_rebooted_machine_keeps_its_name_and_gets_another_address() -> None:
    crash = {"at": "30s", "do": "node-crash", "on": {"nodeOf": "Pod/a-0"}, "for": "20s"}
    patient = caller(dns={"cache": "ttl", "ttl": "100s", "negativeTtl": "1s"}, timeouts={"statement": "2s"})
    made = world(crash, client=patient, timings=FRESH).run(29)
    before = made.pod("a-0")
    uid, ip = before.uid, before.ip
    made.run(80)
    after = made.pod("a-0")
    assert (after.uid, after.ready) == (uid, True)
    assert after.ip != ip
    told = [e for part in slices(made) for e in part.endpoints]
    assert [(e.pod, e.address, e.ready) for e in told] == [("a-0", after.ip, True)]
    assert addresses(made, "a-0.a") == ["a-0"]
    assert served(made, after=33) is None, "the client still believes in the old one"
    assert made.events("StaleAddress")[0].fields["address"] == ip
    made.run(140)
    assert served(made, after=33) == pytest.approx(104, abs=4)
