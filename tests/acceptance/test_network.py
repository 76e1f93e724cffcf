"""Who stands behind a Service, and what happens to a pod that is asked to go: as upstream's cases say."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Endpoint, EndpointSlice, Pod, Service
from statesim.control.endpoints import endpoint_of
from statesim.scenario.specs import ServiceSpec
from tests.acceptance.small import IMAGES, Small, pod, workload


def service(name: str = "a", *, app: str | None = None, **spec: Any) -> dict[str, Any]:
    ports = [] if spec.get("clusterIP") == "None" else [{"port": 80}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app or name}, "ports": ports, **spec},
    }


def slices(made: Small, name: str = "a") -> list[EndpointSlice]:
    return list(made.world.store.by(EndpointSlice, "service", name))


def endpoints(made: Small, name: str = "a") -> dict[str, Endpoint]:
    return {e.pod: e for found in slices(made, name) for e in found.endpoints}


# -- K01 -----------------------------------------------------------------------------------------------------


def test_k01_a_pod_becomes_an_endpoint_with_its_address_its_machine_and_its_conditions() -> None:
    made = Small(objects=[service(), workload(replicas=1)]).run(1.5)
    (name,) = (p.name for p in made.world.store.all(Pod))
    one = made.pod(name)
    assert one.node is not None
    assert endpoints(made)[name] == Endpoint(
        pod=name,
        uid=one.uid,
        address=one.ip,
        node=one.node,
        zone=one.node.split("-")[1],
        ready=False,
        serving=False,
        terminating=False,
    )
    made.run(10)
    conditions = endpoints(made)[name]
    assert (conditions.ready, conditions.serving, conditions.terminating) == (True, True, False)


def test_k01_an_unready_pod_is_listed_and_is_ready_only_where_addresses_are_published_regardless() -> None:
    objects = [service(), service("all", app="a", publishNotReadyAddresses=True), workload(replicas=1)]
    images = {"*": {**IMAGES["*"], "ready": "never"}}
    made = Small(objects=objects, images=images).run(10)
    (one,) = endpoints(made).values()
    assert (one.ready, one.serving) == (False, False)
    (one,) = endpoints(made, "all").values()
    assert (one.ready, one.serving) == (True, False)
    assert made.events("EndpointsChanged", "EndpointSlice/all")[-1].fields["ready"] == [one.pod]


@pytest.mark.parametrize(
    ("hostname", "subdomain", "name", "told"),
    [
        ("a-0", "a", "a", "a-0"),
        ("a-0", "a", "other", ""),
        ("a-0", "", "a", ""),
        ("", "a", "a", ""),
    ],
)
def test_k01_the_hostname_is_told_only_under_the_pods_own_subdomain(
    hostname: str, subdomain: str, name: str, told: str
) -> None:
    spec = Small(objects=[pod()]).pod("p").spec
    one = Pod(name="a-0", spec=spec, ip="10.0.0.1", node="n", hostname=hostname, subdomain=subdomain)
    found = endpoint_of(one, Service(name=name, spec=ServiceSpec()), tells_terminating=True)
    assert found is not None
    assert found.hostname == told


def test_k01_a_statefulset_gives_its_pods_hostnames_under_its_own_service_only() -> None:
    objects = [service(clusterIP="None"), service("rw", app="a"), workload("StatefulSet", replicas=2)]
    made = Small(objects=objects).run(20)
    assert [e.hostname for e in endpoints(made).values()] == ["a-0", "a-1"]
    assert [e.hostname for e in endpoints(made, "rw").values()] == ["", ""]


def test_k01_a_slice_holds_a_hundred_endpoints_and_the_next_ones_have_names_like_pods() -> None:
    objects = [service(), workload("StatefulSet", replicas=205, spec={"podManagementPolicy": "Parallel"})]
    cluster = {"kubernetes": "1.32", "zones": 1, "nodesPerZone": 3}
    made = Small({"at": "60s", "do": "delete", "on": "Pod/a-7"}, objects=objects, cluster=cluster).run(59)
    sizes = {s.name: len(s.endpoints) for s in slices(made)}
    assert list(sizes.values()) == [100, 100, 5]
    first, *others = sizes
    assert first == "a"
    assert len(set(others)) == 2
    assert all(name.startswith("a-") and len(name) == 7 for name in others)
    assert len(endpoints(made)) == 205
    written = len(made.events("EndpointsChanged"))
    made.run(61.5)
    later = made.events("EndpointsChanged")[written:]
    assert {e.object for e in later} == {"EndpointSlice/a"}, "one pod is one slice's affair"


def test_k01_terminal_pods_are_dropped() -> None:
    objects = [service("p"), pod("p", restartPolicy="Never")]
    made = Small({"at": "20s", "do": "container-kill", "on": "Pod/p"}, objects=objects).run(19)
    assert list(endpoints(made, "p")) == ["p"]
    made.run(40)
    assert made.pod("p").finished
    assert endpoints(made, "p") == {}


@pytest.mark.parametrize(
    ("version", "kept"), [("1.20", False), ("1.21", False), ("1.22", True), ("1.32", True)]
)
def test_k01_a_terminating_pod_is_dropped_or_kept_as_serving_by_version(version: str, kept: bool) -> None:
    hook = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}}
    objects = [service(), workload("StatefulSet", replicas=1, container=hook)]
    made = Small({"at": "20s", "do": "delete", "on": "Pod/a-0"}, objects=objects, version=version).run(22)
    if kept:
        one = endpoints(made)["a-0"]
        assert (one.ready, one.serving, one.terminating) == (False, True, True)
    else:
        assert endpoints(made) == {}
    told = made.events("EndpointsChanged")[-1].fields
    assert (told["ready"], told["not_ready"]) == ([], [])
    made.run(40)
    assert endpoints(made)["a-0"].ready


def test_k01_published_addresses_stay_published_while_their_pod_terminates() -> None:
    hook = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}}}
    objects = [service(publishNotReadyAddresses=True), workload("StatefulSet", replicas=1, container=hook)]
    for version in ("1.20", "1.32"):
        made = Small({"at": "20s", "do": "delete", "on": "Pod/a-0"}, objects=objects, version=version)
        assert endpoints(made.run(22))["a-0"].ready


def test_a_changed_selector_moves_the_endpoints_and_connections_stay_where_they_are() -> None:
    move = {"at": "30s", "do": "patch", "on": "Service/a", "patch": {"spec": {"selector": {"app": "b"}}}}
    objects = [service(), workload("StatefulSet", replicas=1), workload("StatefulSet", "b", replicas=1)]
    client = {"name": "c", "target": "Service/a", "operations": {"kind": "web", "rate": "10/s"}}
    made = Small(move, objects=objects, clients=[client]).run(29)
    assert list(endpoints(made)) == ["a-0"]
    made.run(60)
    assert list(endpoints(made)) == ["b-0"]
    assert made.events("SessionBroken") == []
    assert {e.fields["pod"] for e in made.events("SessionOpened")} == {"a-0"}


def test_a_slice_follows_its_pods_after_the_endpoints_lag() -> None:
    for lag, text in ((0.02, "20ms"), (0.7, "700ms")):
        cluster = {"kubernetes": "1.32", "zones": 1, "nodesPerZone": 1, "timings": {"endpointsLag": text}}
        made = Small(objects=[service("p"), pod("p")], cluster=cluster).run(10)
        changed = next(e for e in made.events("EndpointsChanged") if e.fields["ready"] == ["p"])
        assert changed.t - made.events("Ready", "Pod/p")[0].t == pytest.approx(lag)


# -- K02 -----------------------------------------------------------------------------------------------------


def stopping(hook_s: int, grace_s: int, stop: str = "1s") -> Small:
    container = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", str(hook_s)]}}}}
    one = pod("p", container=container, terminationGracePeriodSeconds=grace_s)
    images = {"*": {**IMAGES["*"], "stop": stop}}
    return Small({"at": "20s", "do": "delete", "on": "Pod/p"}, objects=[one], images=images).run(100)


def test_k02_the_hook_is_called_and_the_program_is_asked_to_stop_after_it() -> None:
    made = stopping(hook_s=10, grace_s=30)
    (called,) = made.events("PreStop", "Pod/p")
    assert (called.t, called.fields["container"], called.fields["runs_s"]) == (20.0, "c", 10.0)
    (exited,) = made.events("Exited", "Process/p")
    assert (round(exited.t, 1), exited.fields["how"]) == (31.0, "stopped")


def test_k02_a_graceful_pod_lives_until_its_hook_is_done() -> None:
    made = stopping(hook_s=10, grace_s=30)
    assert made.times("Terminating", "Pod/p") == [20.0]
    assert made.times("Deleted", "Pod/p") == [31.0]


def test_k02_the_hooks_time_is_taken_from_the_grace_period() -> None:
    made = stopping(hook_s=10, grace_s=15, stop="never")
    (exited,) = made.events("Exited", "Process/p")
    assert (round(exited.t, 1), exited.fields["how"]) == (35.0, "killed")


def test_k02_a_hook_that_eats_the_grace_period_leaves_the_program_two_seconds() -> None:
    made = stopping(hook_s=60, grace_s=10, stop="never")
    (exited,) = made.events("Exited", "Process/p")
    assert (round(exited.t, 1), exited.fields["how"]) == (32.0, "killed")
    assert made.events("PreStop", "Pod/p")[0].fields["runs_s"] == 10.0
    obeys = stopping(hook_s=60, grace_s=10)
    assert [(round(e.t, 1), e.fields["how"]) for e in obeys.events("Exited")] == [(31.0, "stopped")]


def test_k02_a_machine_that_stands_still_during_the_hook_asks_the_program_to_stop_after_it() -> None:
    container = {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "10"]}}}}
    one = pod("p", container=container, terminationGracePeriodSeconds=60)
    gone = {"at": "20s", "do": "delete", "on": "Pod/p"}
    pause = {"at": "22s", "do": "node-pause", "on": {"nodeOf": "Pod/p"}, "for": "5s"}
    made = Small(gone, pause, objects=[one]).run(100)
    (exited,) = made.events("Exited", "Process/p")
    assert exited.fields["how"] == "stopped"
    assert 31 <= exited.t <= 36.1
