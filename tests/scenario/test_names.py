"""Whom clients name, what they remember of names, and what a Service may say of stickiness."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.clients import Client, Dns
from statesim.scenario.load import load
from statesim.scenario.manifests import Notes, parse_manifest
from statesim.scenario.specs import ServiceSpec
from tests.acceptance.small import pod, workload

SECOND = 1_000_000


def client(**more: Any) -> Client:
    return Client.model_validate({"name": "c", "target": "Service/a", "operations": {"rate": "1/s"}, **more})


def test_a_client_asks_each_time_unless_it_is_told_to_remember() -> None:
    assert client().dns == Dns(cache="none")
    jvm = client(dns={"cache": "ttl", "ttl": "30s", "negativeTtl": "10s"})
    assert (jvm.dns.ttl_us, jvm.dns.negative_ttl_us) == (30 * SECOND, 10 * SECOND)
    assert jvm.to_dict()["dns"] == {"cache": "ttl", "ttl": "30s", "negativeTtl": "10s"}


@pytest.mark.parametrize(
    ("dns", "said"),
    [
        ({"ttl": "30s"}, "dns.ttl: ttl is not for cache: none (write cache: ttl)"),
        ({"cache": "forever", "ttl": "30s"}, "dns.ttl: ttl is not for cache: forever (write cache: ttl)"),
        ({"negativeTtl": "1s"}, "dns.negativeTtl: negativeTtl is not for cache: none (write cache: ttl)"),
        ({"cache": "always"}, "cache: expected none, ttl or forever, found 'always'"),
        ({"cash": "ttl"}, "cash: unknown key (did you mean cache?)"),
    ],
)
def test_what_cannot_be_remembered_is_said(dns: dict[str, str], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        client(dns=dns)
    assert said in str(caught.value)


def scenario(target: str, *objects: dict[str, Any]) -> dict[str, Any]:
    row = {"name": "c", "target": target, "operations": {"rate": "1/s"}}
    return {"metadata": {"name": "x"}, "duration": "1m", "manifests": list(objects), "clients": [row]}


def test_a_client_talks_to_a_service_or_to_a_pod_that_has_a_name() -> None:
    headless: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"clusterIP": "None", "selector": {"app": "a"}},
    }
    assert load(scenario("Pod/a-0", headless, workload("StatefulSet"))).warnings == ()
    headless["spec"]["selector"] = {"app": "p"}
    named = pod("p", hostname="p", subdomain="a")
    assert load(scenario("Pod/p", headless, named)).warnings == ()
    (warning,) = load(scenario("Pod/p", headless, pod("p"))).warnings
    assert str(warning) == (
        "clients[0].target: Pod/p has no DNS name: nobody finds it (hostname and subdomain give it one)"
    )


GATEWAY = {"name": "gw", "kind": "router", "workload": "StatefulSet/a"}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "Deployment/a",
            "clients[0].target: expected Service or Pod or System or Container, found Deployment (like Service/a)",
        ),
        ("System/gv", "clients[0].target: there is no system gv (did you mean gw?)"),
        ("Pod/a-9", "clients[0].target: there is no Pod/a-9"),
        ("Service/b", "clients[0].target: there is no Service/b"),
    ],
)
def test_whom_a_client_cannot_name(target: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load({**scenario(target, workload("StatefulSet")), "systems": [GATEWAY]})
    assert said in str(caught.value)


def test_a_system_has_an_address_and_may_keep_its_data_in_another_one() -> None:
    made = {**scenario("System/gw", workload("StatefulSet")), "systems": [GATEWAY]}
    assert load(made).base.clients[0].target == "System/gw"
    for named, wrong in (("pg", True), ("auth", True), ("gw", False)):
        row = {"name": "auth", "kind": "auth", "workload": "StatefulSet/a", "parameters": {"system": named}}
        rows = [row, {**GATEWAY, "workload": "StatefulSet/b"}]
        objects = [workload("StatefulSet"), {**workload("StatefulSet"), "metadata": {"name": "b"}}]
        said = ""
        try:
            load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
        except ScenarioError as error:
            said = str(error)
        assert (f"there is no other system {named}" in said) is wrong, said


def test_the_groups_and_the_coordinator_of_a_citus_are_other_systems() -> None:
    row = {"name": "c", "kind": "citus", "workload": "StatefulSet/a", "parameters": {"groups": ["gv", "gw"]}}
    rows = [row, {**GATEWAY, "workload": "StatefulSet/b"}]
    objects = [workload("StatefulSet"), {**workload("StatefulSet"), "metadata": {"name": "b"}}]
    with pytest.raises(ScenarioError) as caught:
        load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
    assert "groups: there is no other system gv; did you mean gw?" in str(caught.value)
    rows[1]["kind"] = "router"
    row["parameters"] = {"groups": ["gw"]}
    with pytest.raises(ScenarioError, match="gw is of kind router, and a group is of kind patroni"):
        load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
    row["parameters"] = {"coordinator": "gw"}
    with pytest.raises(ScenarioError, match="gw is of kind router, and not of kind citus"):
        load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
    rows[1] = {"name": "gw", "kind": "citus", "workload": "StatefulSet/b", "parameters": {"coordinator": "c"}}
    with pytest.raises(ScenarioError, match="gw has none, its own is c"):
        load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
    row["parameters"] = {"coordinator": "d"}
    with pytest.raises(ScenarioError) as caught:
        load({**scenario("Pod/a-0", *objects), "systems": rows}, systems=lambda kind, mapping: [])
    assert "coordinator: there is no other system d" in str(caught.value)


def test_an_outage_of_dns_aims_at_nothing() -> None:
    row = {"at": "10s", "do": "dns-outage", "for": "5s"}
    made = load({**scenario("Pod/a-0", workload("StatefulSet")), "timeline": [row]})
    assert made.variants[0].scenario.to_dict()["timeline"] == [row]
    with pytest.raises(ScenarioError, match=r"timeline\[0\]\.on: unknown key"):
        load({**scenario("Pod/a-0", workload("StatefulSet")), "timeline": [{**row, "on": "Pod/a-0"}]})


@pytest.mark.parametrize(
    ("spec", "us", "said"),
    [
        ({"sessionAffinity": "ClientIP"}, 10_800, ""),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}},
            60,
            "",
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
            None,
            "must be at most 86400, found 86401",
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
            None,
            "timeoutSeconds",
        ),
        (
            {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}},
            None,
            "is only for sessionAffinity: ClientIP",
        ),
    ],
)
def test_stickiness_lasts_three_hours_or_as_it_says(spec: dict[str, Any], us: int | None, said: str) -> None:
    notes = Notes()
    raw = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}], **spec},
    }
    found = parse_manifest(raw, notes)
    assert notes.warnings == []
    if us is None:
        assert said in str(notes.errors)
    else:
        assert found is not None
        assert isinstance(found.spec, ServiceSpec)
        assert found.spec.affinity_us == us * SECOND


@pytest.mark.parametrize(
    ("version", "gates", "known"),
    [
        ("1.28", {}, False),
        ("1.29", {}, False),
        ("1.29", {"PodLifecycleSleepAction": True}, True),
        ("1.30", {}, True),
        ("1.34", {}, True),
    ],
)
def test_a_hook_sleeps_by_itself_only_where_the_version_knows_that(
    version: str, gates: dict[str, bool], known: bool
) -> None:
    hook = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    made = scenario("Pod/a-0", workload("StatefulSet", container=hook))
    made["cluster"] = {"kubernetes": version, "featureGates": gates}
    if known:
        assert load(made).variants
        return
    with pytest.raises(ScenarioError) as caught:
        load(made)
    assert str(caught.value) == (
        "spec.template.spec.containers[0].lifecycle.preStop.sleep: the API server of Kubernetes "
        f'{version} does not know sleep (exec: {{command: [sleep, "5"]}})'
    )


def test_transactions_read_where_they_write() -> None:
    with pytest.raises(ValueError, match="readTarget is not for kind: append"):
        client(readTarget="Service/pg-ro", operations={"kind": "append", "rate": "5/s"})
