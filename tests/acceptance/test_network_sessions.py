"""What sessions see of Services: proxies that learn late, endpoints that terminate, stickiness, connections that stay."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from statesim.clients.routing import NO_ENDPOINTS
from statesim.cluster.dns import PodAddress
from statesim.node.process import State
from tests.acceptance.small import IMAGES, Small, workload
from tests.acceptance.test_network import endpoints, service

HOOK = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "10"]}}}}


def callers(**more: Any) -> dict[str, Any]:
    operations = {"kind": "web", "rate": "50/s"}
    return {"name": "c", "target": "Service/a", "sessions": 10, "operations": operations, **more}


def behind(made: Small, times: int = 40, rng: Random | None = None) -> set[str]:
    """Return which pods new connections find now, or why they find none."""
    client, rng = made.world.clients[0], rng or Random(0)
    found = [client.find("Service/a", rng) for _ in range(times)]
    return {address.pod if isinstance(address, PodAddress) else str(address) for address in found}


# -- terminating endpoints -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "served"), [("1.21", False), ("1.25", False), ("1.26", True), ("1.32", True)]
)
def test_with_only_terminating_endpoints_the_serving_ones_are_used_by_version(
    version: str, served: bool
) -> None:
    objects = [service(), workload("StatefulSet", replicas=2, container=HOOK)]
    down = {"at": "20s", "do": "scale", "on": "StatefulSet/a", "replicas": 0}
    made = Small(down, objects=objects, version=version, clients=[callers()]).run(25)
    assert behind(made) == {"a-0"}, "ordered: a-1 terminates, a-0 is ready and the only one that is used"
    made.run(35)
    assert made.pod("a-0").terminating
    assert behind(made) == ({"a-0"} if served else {NO_ENDPOINTS})
    made.run(50)
    assert behind(made) == {NO_ENDPOINTS}


def test_a_terminating_endpoint_that_does_not_serve_is_not_used() -> None:
    images = {"*": {**IMAGES["*"], "ready": "never"}}
    objects = [service(), workload("StatefulSet", replicas=1, container=HOOK)]
    down = {"at": "20s", "do": "scale", "on": "StatefulSet/a", "replicas": 0}
    made = Small(down, objects=objects, images=images, version="1.32", clients=[callers()]).run(25)
    assert made.pod("a-0").terminating
    assert behind(made) == {NO_ENDPOINTS}


def test_a_gate_can_be_switched_off() -> None:
    objects = [service(), workload("StatefulSet", replicas=1, container=HOOK)]
    cluster = {"kubernetes": "1.27", "featureGates": {"ProxyTerminatingEndpoints": False}}
    down = {"at": "20s", "do": "scale", "on": "StatefulSet/a", "replicas": 0}
    made = Small(down, objects=objects, cluster=cluster, clients=[callers()]).run(25)
    assert behind(made) == {NO_ENDPOINTS}


def test_dns_gives_no_terminating_endpoint_though_it_serves() -> None:
    objects = [service(clusterIP="None"), workload("StatefulSet", replicas=1, container=HOOK)]
    down = {"at": "20s", "do": "scale", "on": "StatefulSet/a", "replicas": 0}
    cluster = {"kubernetes": "1.32", "timings": {"dnsServerCache": "0s"}}
    made = Small(down, objects=objects, cluster=cluster, clients=[callers()]).run(25)
    assert made.pod("a-0").terminating
    answer = made.world.dns.ask("a.default.svc.cluster.local")
    assert answer is not None
    assert answer.addresses == ()


# -- no endpoint, and connections that stay ----------------------------------------------------------------------


def test_without_endpoints_connections_are_refused_at_once() -> None:
    objects = [service(), workload(replicas=1)]
    down = {"at": "80s", "do": "scale", "on": "Deployment/a", "replicas": 0}
    made = Small(down, objects=objects, version="1.32", clients=[callers(sessions=1)]).run(100)
    failed = [row for row in made.world.history.rows if row[6] == NO_ENDPOINTS]
    begun, waited = 0, []
    for t, _, _, kind, _, _, error in made.world.history.rows:
        begun = t if kind == "invoke" else begun
        waited += [t - begun] if error == NO_ENDPOINTS else []
    assert len(failed) > 5
    assert max(waited) <= 2e6, "no longer than the session's own pause between two attempts"
    assert {row[6] for row in made.world.history.rows if row[0] > 86e6 and row[6]} == {NO_ENDPOINTS}


def test_a_connection_outlives_the_readiness_of_its_pod_and_its_endpoint() -> None:
    objects = [service(), workload("StatefulSet", replicas=1)]
    cut = {"at": "20s", "do": "network-partition", "on": {"nodeOf": "Pod/a-0"}, "from": "control-plane"}
    made = Small(cut, objects=objects, version="1.32", clients=[callers()]).run(110)
    assert not made.pod("a-0").ready
    assert made.events("EndpointsChanged")[-1].fields["ready"] == []
    assert behind(made) == {NO_ENDPOINTS}, "nobody new is sent there"
    assert made.events("SessionBroken") == []
    late = [row for row in made.world.history.rows if row[0] > 100e6]
    assert {row[3] for row in late} == {"invoke", "ok"}, "who was connected is served on"


# -- the race between the endpoint and SIGTERM -------------------------------------------------------------------


def rollout(container: dict[str, Any], image: dict[str, Any]) -> Small:
    """Return a run in which eight pods are replaced under forty busy sessions."""
    objects = [service(), workload(replicas=8, container={"image": "app:1", **container})]
    images = {"*": {**IMAGES["*"], "stop": "3s", **image}}
    roll = {"at": "30s", "do": "set-image", "on": "Deployment/a", "image": "app:2"}
    client = callers(sessions=40, operations={"kind": "web", "rate": "400/s"}, backoff={"initial": "10ms"})
    return Small(roll, objects=objects, images=images, version="1.32", clients=[client]).run(120)


def refused(made: Small) -> int:
    return sum("refused" in row[6] for row in made.world.history.rows)


def test_proxies_still_send_connections_to_a_pod_that_has_closed_its_socket() -> None:
    made = rollout({}, {"graceful": False})
    assert refused(made) > 0
    first = made.events("Terminating", "Pod/")[0]
    left = next(e for e in made.events("EndpointsChanged") if e.t > first.t)
    assert 0 < left.t - first.t < 0.1, "the slice follows soon; the proxies half a second later"
    failed = [row[0] / 1e6 for row in made.world.history.rows if "refused" in row[6]]
    stops = [e.t for e in made.events("Terminating", "Pod/")]
    assert all(any(0 <= t - stop <= 0.6 for stop in stops) for t in failed), "only while proxies do not know"


def test_a_pause_before_sigterm_closes_the_race() -> None:
    made = rollout({"lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}}, {"graceful": False})
    assert len(made.events("Deleted", "Pod/")) == 8
    assert refused(made) == 0


def test_connections_reach_a_process_that_is_already_stopping_while_proxies_do_not_know() -> None:
    objects = [service(), workload("StatefulSet", replicas=3)]
    down = {"at": "30s", "do": "scale", "on": "StatefulSet/a", "replicas": 2}
    made = Small(down, objects=objects, version="1.32", clients=[callers()]).run(30.4)
    one = made.pod("a-2")
    process = made.world.program_at(PodAddress("a-2", one.uid, one.node or "", one.ip))
    assert process is not None
    assert (process.state, process.listening) == (State.STOPPING, True)
    assert endpoints(made)["a-2"].ready is False, "the slice knows"
    assert behind(made) == {"a-0", "a-1", "a-2"}, "the proxies do not"
    assert behind(made.run(30.7)) == {"a-0", "a-1"}


# -- stickiness --------------------------------------------------------------------------------------------------


def sticky(*timeline: dict[str, Any], seconds: int | None = None, **client: Any) -> Small:
    config = {} if seconds is None else {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}}}
    objects = [service(sessionAffinity="ClientIP", **config), workload("StatefulSet", replicas=3)]
    return Small(*timeline, objects=objects, version="1.32", clients=[callers(**client)], duration="600s")


def test_all_sessions_of_a_client_stick_to_one_pod_until_it_goes() -> None:
    made = sticky().run(30)
    (first,) = {e.fields["pod"] for e in made.events("SessionOpened")}
    made = sticky({"at": "30s", "do": "delete", "on": f"Pod/{first}"}).run(60)
    later = [e.fields["pod"] for e in made.events("SessionOpened") if e.t > 30]
    assert len(later) == 10
    assert len(set(later)) == 1
    assert set(later) != {first}


def test_stickiness_ends_when_no_connection_was_opened_for_its_time() -> None:
    made = sticky(seconds=60).run(30)
    (first,) = behind(made)
    made.run(85)
    assert behind(made, 1) == {first}, "each new connection begins the time anew"
    made.run(140)
    assert behind(made, 1) == {first}
    found, rng = set(), Random(1)
    for t in range(205, 600, 65):
        found |= behind(made.run(t), 1, rng)
    assert len(found) > 1
    usual = sticky().run(30)
    (first,) = behind(usual)
    assert behind(usual.run(590)) == {first}, "three hours by default"
