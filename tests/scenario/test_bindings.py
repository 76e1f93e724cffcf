"""Which systems have a workload: those of pods must, those outside the cluster cannot; what reaches the latter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import statesim
from statesim.errors import ScenarioError, StatesimError

WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "web:1"}]},
        },
    },
}
DB = {"name": "db", "kind": "rds", "parameters": {"failover": "60s", "dns_ttl": "20s"}}


def scenario(
    *timeline: dict[str, Any], system: dict[str, Any] | None = None, **client: Any
) -> dict[str, Any]:
    shop = {
        "name": "shop",
        "target": "System/db",
        "operations": {"kind": "set", "rate": "5/s", "mix": {"write": 1}},
        "timeouts": {"connect": "1s", "statement": "2s"},
        "backoff": {"initial": "100ms", "max": "200ms"},
    }
    return {
        "apiVersion": "statesim/v1",
        "kind": "Scenario",
        "metadata": {"name": "managed", "lookFor": ["it"]},
        "duration": "5m",
        "cluster": {"nodes": [{"name": "n", "count": 3, "zones": ["a", "b", "c"]}]},
        "manifests": [WEB],
        "systems": [system or DB],
        "clients": [{**shop, **client}],
        "timeline": list(timeline),
    }


def run(*timeline: dict[str, Any], **client: Any) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
    result = statesim.run(scenario(*timeline, **client))
    metrics = result.metrics["variants"]["default"]
    return metrics["systems"]["db"], metrics["clients"]["shop"], list(result.events.itertuples())


OUTAGE = {"at": "60s", "do": "zone-outage", "on": {"zone": "a"}, "for": "30s"}


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ({"name": "db", "kind": "postgres"}, "systems[0]: workload is missing: postgres runs in pods"),
        (
            {**DB, "workload": "Deployment/web"},
            "systems[0]: rds runs outside the cluster: it has no workload",
        ),
        ({"name": "db", "kind": "postgres", "workload": "Deployment/wob"}, "there is no Deployment/wob"),
    ],
)
def test_a_workload_is_for_systems_that_run_in_pods(system: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        statesim.load(scenario(system=system))
    assert said in str(caught.value)


def test_a_workload_that_cannot_be_read_is_not_missing_too() -> None:
    with pytest.raises(ScenarioError) as caught:
        statesim.load(scenario(system={"name": "db", "kind": "postgres", "workload": 3}))
    assert "missing" not in str(caught.value)


def test_a_zone_takes_the_providers_machines_with_it_and_the_name_moves() -> None:
    system, client, events = run(OUTAGE)
    assert system["rto_s"] == 60
    assert 60 <= client["unavailable_s"] <= 60 + 20 + 3
    assert client["lost"] == 0
    assert not [event for event in events if event.object.startswith("Node/db")], "they are no Nodes"


def test_a_zone_without_the_writer_is_not_noticed() -> None:
    system, client, _ = run({**OUTAGE, "on": {"zone": "b"}})
    assert system["failovers"] == 0
    assert client["unavailable_s"] == 0


def test_a_machine_of_the_provider_can_be_lost_alone_and_its_pods_cannot_be_touched() -> None:
    crash = {"at": "60s", "do": "node-crash", "on": {"primaryOf": "db"}, "for": "10s"}
    system, client, _ = run(crash)
    assert (system["failovers"], system["rto_s"]) == (1, 60)
    assert client["lost"] == 0
    kill = {"at": "60s", "do": "pod-kill", "on": {"primaryOf": "db"}}
    system, client, events = run(kill)
    assert system["failovers"] == 0
    assert [event.event for event in events if event.object.startswith("Fault/")][-1] == "Skipped"


@pytest.mark.parametrize(
    ("dns", "least", "most"),
    [
        ({"cache": "none"}, 60, 83),
        ({"cache": "ttl"}, 60, 83),
        ({"cache": "ttl", "ttl": "60s"}, 60, 143),
        ({"cache": "forever"}, 230, 300),
    ],
)
def test_what_a_client_remembers_of_the_name_makes_its_outage_longer(
    dns: dict[str, str], least: float, most: float
) -> None:
    system, client, events = run(OUTAGE, dns=dns)
    assert system["rto_s"] == 60
    assert least <= client["unavailable_s"] <= most
    stale = [event for event in events if event.event == "StaleAddress"]
    assert len(stale) <= 1
    assert (dns["cache"] == "forever") <= bool(stale)


def test_a_name_outside_is_not_found_while_the_clusters_dns_is_down() -> None:
    outage = {"at": "30s", "do": "dns-outage", "for": "4m"}
    _, client, _ = run(outage, OUTAGE)
    assert client["unavailable_s"] >= 270 - 60 - 1


def test_the_same_seed_gives_the_same_run() -> None:
    one, two = (statesim.run(scenario(OUTAGE)).events for _ in range(2))
    assert one.equals(two)


def stateful(
    kind: str, parameters: dict[str, Any], *timeline: dict[str, Any], of: str = "StatefulSet"
) -> dict[str, Any]:
    """Return a scenario with three pods called ``m-N`` (or a Deployment's)."""
    spec = {**WEB["spec"], "replicas": 3, **({"serviceName": "m"} if of == "StatefulSet" else {})}
    manifest = {**WEB, "kind": of, "metadata": {"name": "m"}, "spec": spec}
    system = {"name": "s", "kind": kind, "workload": f"{of}/m", "parameters": parameters}
    return {**scenario(*timeline, system=system), "manifests": [manifest], "clients": []}


def doubts(source: Any) -> list[tuple[int | None, str, str | None]]:
    found = statesim.load(source).warnings
    return [(each.line, each.message, each.hint) for each in found if each.message.startswith("systems")]


@pytest.mark.parametrize(
    ("kind", "parameters", "wrong", "hint"),
    [
        ("patroni", {"nofailover": ["m-7"]}, "nofailover: there is never a pod m-7", "m-"),
        ("patroni", {"failover_priority": {"pm-1": 3, "m-2": 2}}, "failover_priority: there is never", "m-1"),
        ("galera", {"pc_weight": {"m-8": 3, "m-0": 2}}, "pc_weight: there is never a pod m-8", "m-"),
        ("galera", {"pc_weight": {"8": 3}}, "pc_weight: there is never a pod 8", "m-0"),
        ("rethinkdb", {"replicas": 5}, "replicas: there are never 5 servers, at most 3", None),
    ],
)
def test_a_parameter_of_a_pod_that_never_is_is_doubted_where_it_stands(
    kind: str, parameters: dict[str, Any], wrong: str, hint: str | None, tmp_path: Path
) -> None:
    text = yaml.safe_dump(stateful(kind, parameters), sort_keys=False)
    file = tmp_path / "s.yaml"
    file.write_text(text, encoding="utf-8")
    ((line, message, told),) = doubts(file)
    assert f"systems[0].parameters.{wrong}" in message
    assert line is not None
    key = next(iter(parameters))
    assert key in "\n".join(text.splitlines()[line - 2 : line])
    assert hint is None or (told is not None and hint in told)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("patroni", {"nofailover": ["m-2"], "failover_priority": {"m-0": 3}}),
        ("galera", {"pc_weight": {"m-0": 3, "1": 2}}),
        ("rethinkdb", {"replicas": 3}),
    ],
)
def test_what_is_said_of_pods_that_there_are_is_not_doubted(kind: str, parameters: dict[str, Any]) -> None:
    assert doubts(stateful(kind, parameters)) == []


def test_a_pod_that_a_later_scale_makes_is_one_that_there_is() -> None:
    scale = {"at": "60s", "do": "scale", "on": "StatefulSet/m", "replicas": 5}
    for kind, parameters in (("patroni", {"nofailover": ["m-4"]}), ("rethinkdb", {"replicas": 5})):
        assert len(doubts(stateful(kind, parameters))) == 1
        assert doubts(stateful(kind, parameters, scale)) == []


def test_a_deployments_pods_are_counted_although_chance_names_them() -> None:
    assert doubts(stateful("patroni", {"nofailover": ["m-4"]}, of="Deployment")) == []
    assert len(doubts(stateful("rethinkdb", {"replicas": 4}, of="Deployment"))) == 1


def test_a_system_that_only_its_members_tell_of_is_known_and_has_no_events() -> None:
    one = statesim.run(stateful("rethinkdb", {"replicas": 5})).variants["default"]
    assert "System/s" in one.known
    with pytest.raises(StatesimError, match=r"nothing ever happens to System/s as a whole.*Member/m-0"):
        one.why("system/s")
    with pytest.raises(StatesimError, match=r"nothing called System/t .*System[ /]s"):
        one.why("System/t")
    with pytest.raises(StatesimError, match="no Client"):
        one.why("client/shop")


def test_before_a_systems_first_event_it_is_said_when_that_is() -> None:
    one = statesim.run(stateful("rethinkdb", {"replicas": 3})).variants["default"]
    with pytest.raises(StatesimError, match="nothing had happened to System/s yet; its first event is"):
        one.why("System/s", at=0)
