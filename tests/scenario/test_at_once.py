"""One mistake hides no other: all of them come at once, and none that is not there."""

from __future__ import annotations

import random
from copy import deepcopy
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from statesim.analysis.metric_names import METRIC_NAMES
from statesim.api import load
from statesim.errors import ScenarioError
from statesim.library import shipped
from statesim.scenario.load import load as load_scenario
from statesim.scenario.positions import read_yaml
from statesim.systems.catalogue import problems
from tests.scenario.two_postgres import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def findings(text: str, folder: Path, world: str = WORLD) -> list[str]:
    """Return what is wrong with a scenario, by line."""
    (folder / "world.yaml").write_text(world)
    file = folder / "s.yaml"
    file.write_text("apiVersion: statesim/v1\nkind: Scenario\nmetadata: {name: demo}\n" + dedent(text))
    try:
        load(file)
    except ScenarioError as error:
        return [str(found).replace(f"{folder}/", "") for found in error.findings]
    return []


def test_a_wrong_key_hides_no_missing_target(tmp_path: Path) -> None:
    assert findings(
        """\
        duration: 10m
        manifests: [{file: world.yaml}]
        systems: [{name: pg, kind: postgres, workload: StatefulSet/gp, params: {}}]
        clients: [{name: shop, target: Service/gp, session: 3, operations: {rate: 1/s}}]
        timeline: [{at: 1m, do: pod-kill, on: Pod/pg-7}]
        expect: [{metric: clients.shop.losst, equals: 0}]
        """,
        tmp_path,
    ) == [
        "s.yaml:6:48: systems[0].workload: there is no StatefulSet/gp (did you mean StatefulSet/pg?)",
        "s.yaml:6:64: systems[0].params: unknown key (did you mean parameters?)",
        "s.yaml:7:32: clients[0].target: there is no Service/gp (did you mean Service/pg?)",
        "s.yaml:7:44: clients[0].session: unknown key (did you mean sessions?)",
        "s.yaml:8:39: timeline[0].on: there is no Pod/pg-7 (did you mean Pod/pg-1?)",
        "s.yaml:9:19: expect[0].metric: there is no metric clients.shop.losst (did you mean lost?)",
    ]


def test_wrong_values_in_each_section_hide_nothing_of_the_others(tmp_path: Path) -> None:
    assert findings(
        """\
        duration: ten minutes
        cluster: {kubernetes: 1.30, zones: 2, timings: {atach: 1s, detach: 2sec}}
        images: {"postgres:*": {start: 5min}}
        manifests: [{file: world.yaml}]
        clients:
          - {name: shop, target: Service/gp, operations: {rate: 20/sec}, zone: c}
          - {name: shop, target: Service/pg, operations: {rate: 1/s}}
        timeline:
          - {at: 1m, do: network-delay, on: Pod/pg-3}
          - {at: soon, do: node-crash, on: Node/node-c-1}
          - {at: 1m, do: pod-kill, on: Deployment/pg}
        expect:
          - {metric: clients.sho.lost, equals: 0, atMost: 1}
          - {metric: nodes.contu, equals: 0}
          - {metric: nodes.count, variant: b, equals: 0}
        """,
        tmp_path,
    ) == [
        "s.yaml:4:11: duration: 'ten minutes' is not a duration; expected one like 300ms, 90s, 5m, 1h30m or "
        "2d",
        's.yaml:5:23: cluster.kubernetes: the version must be a text, or 1.30 becomes 1.3 (write "1.30")',
        "s.yaml:5:56: cluster.timings.atach: there is no timing atach (did you mean attach?)",
        "s.yaml:5:68: cluster.timings.detach: '2sec' is not a duration; expected one like 300ms, 90s, 5m, "
        "1h30m or 2d (did you mean 2s?)",
        "s.yaml:6:32: images.postgres:*.start: '5min' is not a duration; expected one like 300ms, 90s, 5m, "
        "1h30m or 2d (did you mean 5m?)",
        "s.yaml:9:26: clients[0].target: there is no Service/gp (did you mean Service/pg?)",
        "s.yaml:9:57: clients[0].operations.rate: '20/sec' is not a rate; expected one like 20/s or 5/m "
        "(did you mean 20/s?)",
        "s.yaml:9:72: clients[0].zone: there is no zone c (known: a, b)",
        "s.yaml:10:12: clients[1].name: a second one is called shop",
        "s.yaml:12:18: timeline[0].do: network-delay is a known word that this version does not simulate yet",
        "s.yaml:12:37: timeline[0].on: there is no Pod/pg-3 (did you mean Pod/pg-1?)",
        "s.yaml:13:10: timeline[1].at: 'soon' is not a duration; expected one like 300ms, 90s, 5m, 1h30m or "
        "2d",
        "s.yaml:13:36: timeline[1].on: there is no Node/node-c-1 (did you mean Node/node-b-1?)",
        "s.yaml:14:32: timeline[2].on: there is no Deployment/pg (did you mean Service/pg?)",
        "s.yaml:16:5: expect[0]: expected one of equals, atMost, atLeast, between; found 2 of them",
        "s.yaml:16:14: expect[0].metric: there is no client sho (did you mean shop?)",
        "s.yaml:17:14: expect[1].metric: there is no metric nodes.contu (did you mean count?)",
        "s.yaml:18:36: expect[2].variant: there is no variant b (known: default)",
    ]


# what is wrong, and what it leaves open; every reference below would be right once it is put right
REFERRING = """\
systems: [{name: db, kind: postgres, workload: StatefulSet/pg}]
clients: [{name: shop, target: Service/pg, operations: {rate: 1/s}}]
timeline:
  - {at: 1m, do: pod-kill, on: Pod/pg-1}
  - {at: 1m, do: disk-loss, on: PersistentVolumeClaim/data-pg-1}
  - {at: 1m, do: node-crash, on: {primaryOf: db}}
  - {at: 1m, do: pod-kill, on: {anyPod: {app: pg}}}
expect:
  - {metric: workloads.pg.created, equals: 2}
  - {metric: clients.shop.lost, equals: 0}
"""
SET = (
    WORLD
    + """\
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("replicas: 2", "replica: 2", ["world.yaml:11:3: spec.replica: "]),
        ("kind: StatefulSet", "kind: StatefulSett", ["world.yaml:7:7: kind: StatefulSett is not a kind"]),
        (
            "metadata: {name: pg}\nspec:\n",
            "metadata: {name: PG}\nspec:\n",
            ["world.yaml:8:18: metadata.name"],
        ),
        ("metadata: {name: pg}\nspec:\n", "metadata: {nam: pg}\nspec:\n", ["world.yaml:8:12: metadata.nam"]),
        ("---\n", "---\n}", ["world.yaml:6:1: not valid YAML"]),
        ("storage: 1Gi", "storage: 1GB", ["world.yaml:20:"]),
    ],
)
def test_what_a_broken_manifest_describes_is_not_called_missing(
    old: str, new: str, said: list[str], tmp_path: Path
) -> None:
    found = findings(f"duration: 10m\nmanifests: [{{file: world.yaml}}]\n{REFERRING}", tmp_path, SET)
    assert found == []
    world = SET.replace(old, new)
    found = findings(f"duration: 10m\nmanifests: [{{file: world.yaml}}]\n{REFERRING}", tmp_path, world)
    assert len(found) == len(said), found
    assert all(line.startswith(begin) for line, begin in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("manifests:", "manifest:", ["s.yaml:5:1: manifest: unknown key (did you mean manifests?)"]),
        ("clients:", "client:", ["s.yaml:7:1: client: unknown key (did you mean clients?)"]),
        ("systems:", "sistems:", ["s.yaml:6:1: sistems: unknown key (did you mean systems?)"]),
        ("name: db", "nam: db", ["s.yaml:6:12: systems[0].nam: unknown key (did you mean name?)"]),
        ("name: shop", "name: Shop", ["s.yaml:7:18: clients[0].name: expected a name of small letters"]),
        ("name: db", "name: 7", ["s.yaml:6:18: systems[0].name: expected a name of small letters"]),
        ("world.yaml", "wrld.yaml", ["s.yaml:5:20: there is no file wrld.yaml (did you mean world.yaml?)"]),
        ("[{file: world.yaml}]", "{file: world.yaml}", ["s.yaml:5:12: manifests: expected a list"]),
        ("[{file: world.yaml}]", "[world.yaml]", ["s.yaml:5:13: manifests[0]: expected a Kubernetes object"]),
    ],
)
def test_a_mistake_in_the_scenario_leaves_what_it_concerns_unjudged(
    old: str, new: str, said: list[str], tmp_path: Path
) -> None:
    text = f"duration: 10m\nmanifests: [{{file: world.yaml}}]\n{REFERRING}".replace(old, new)
    found = findings(text, tmp_path, SET)
    assert len(found) == len(said), found
    assert all(line.startswith(begin) for line, begin in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("row", "judged"),
    [
        ("{at: 30s, do: scale, on: StatefulSet/pg, replicas: four}", True),
        ("{at: 30s, do: scael, on: StatefulSet/pg, replicas: 4}", True),
        ("{at: 30s, do: scale, on: sts/pg, replicas: 4}", True),
        ("{at: 30s, do: patch, on: StatefulSet/pg, patch: 4}", True),
        ("{at: 30s, do: apply, manifests: [{file: later.yaml}]}", False),
        ("{at: 30s, do: aply, manifests: [{file: world.yaml}, 7]}", False),
    ],
)
def test_a_row_that_cannot_be_read_may_have_made_the_pods_of_later_rows(
    row: str, judged: bool, tmp_path: Path
) -> None:
    text = f"""\
        duration: 10m
        manifests: [{{file: world.yaml}}]
        timeline:
          - {row}
          - {{at: 1m, do: pod-kill, on: Pod/pg-3}}
          - {{at: 1m, do: drain, on: Node/node-q}}
        """
    found = findings(text, tmp_path)
    assert ":7:" in found[0]
    assert [line.partition(": ")[0] for line in found[1:]] == ["s.yaml:9:29"] * judged


def test_machines_that_cannot_be_counted_are_not_called_missing(tmp_path: Path) -> None:
    text = """\
        duration: 10m
        cluster: {zones: four, storageClasses: [{name: Fast}, {name: slow}]}
        timeline:
          - {at: 1m, do: node-crash, on: Node/node-d-1}
          - {at: 1m, do: zone-outage, on: {zone: d}}
          - {at: 1m, do: node-crash, on: {nodeOf: Pod/x}}
        """
    found = findings(text, tmp_path)
    assert [line.partition(": ")[0] for line in found] == ["s.yaml:5:18", "s.yaml:5:48", "s.yaml:9:43"]


def test_what_is_wrong_with_a_cluster_as_a_whole_is_seen_beside_a_wrong_value(tmp_path: Path) -> None:
    text = """\
        duration: 10m
        cluster:
          kubernetes: 1.30
          nodes: [{name: n}, {name: n}]
          storageClasses: [{name: a}, {name: a}]
        """
    found = findings(text, tmp_path)
    assert found == [
        's.yaml:6:15: cluster.kubernetes: the version must be a text, or 1.30 becomes 1.3 (write "1.30")',
        "s.yaml:7:29: cluster.nodes[1].name: a second node would be called n",
        "s.yaml:8:38: cluster.storageClasses[1].name: a second storage class is called a",
    ]


def test_each_variant_is_looked_at_although_the_scenario_is_wrong(tmp_path: Path) -> None:
    text = """\
        duration: 10m
        seed: one
        manifests: [{file: world.yaml}]
        timeline: [{at: 1m, do: pod-kill, on: Pod/pg-0}]
        variants:
          - {name: a, patch: {manifests: []}}
          - {name: b, patch: {timeline: [{at: 1m, do: pod-kill, on: Pod/gp-0}]}}
          - {name: b}
        """
    assert findings(text, tmp_path) == [
        "s.yaml:5:7: seed: expected a whole number, found 'one'",
        "s.yaml:7:39: variant a: timeline[0].on: there is no Pod/pg-0",
        "s.yaml:10:61: variant b: timeline[0].on: there is no Pod/gp-0 (did you mean Pod/pg-0?)",
        "s.yaml:11:12: variants[2].name: a second one is called b",
    ]


# -- any mistake in any scenario -----------------------------------------------------------------------------


def written_out(file: Path) -> dict[str, Any]:
    """Return a shipped scenario with its manifests written inside it."""
    data: dict[str, Any] = read_yaml(file.read_text(), str(file), [])[0].data
    rows = []
    for row in data.get("manifests", ()):
        named = isinstance(row, dict) and "file" in row
        rows += (
            [d.data for d in read_yaml((file.parent / row["file"]).read_text(), "", [])] if named else [row]
        )
    return {**data, "manifests": rows}


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping or list below `data` with each of its keys or indexes."""
    rows = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in rows:
        yield data, key
        yield from places(inner)


def told(data: dict[str, Any], file: Path) -> list[str]:
    try:
        load_scenario(data, folder=file.parent, systems=problems, metrics=METRIC_NAMES)
    except ScenarioError as error:
        return [str(found) for found in error.findings]
    return []


@pytest.mark.parametrize("seed", range(60))
def test_a_misspelt_key_is_all_that_is_said_of_it(seed: int) -> None:
    chance = random.Random(seed)
    file = chance.choice(shipped())
    data = written_out(file)
    where, key = chance.choice([(w, k) for w, k in places(data) if isinstance(k, str) and len(k) > 4])
    letter = chance.randrange(1, len(key) - 1)
    rows = list(where.items())
    where.clear()
    where.update((key[:letter] + key[letter + 1 :] if k == key else k, value) for k, value in rows)
    assert len(told(data, file)) <= 1  # a label, a timing or an image may have any name


WRONG: tuple[Any, ...] = (7, [1], {"a": 1}, "text", None, True, -1, 1.5, [], {}, [None], "Pod/zz", [{}])


@pytest.mark.parametrize("seed", range(60))
def test_wrong_values_never_end_in_anything_but_findings(seed: int) -> None:
    chance = random.Random(seed)
    file = chance.choice(shipped())
    data = written_out(file)
    for _ in range(chance.choice([1, 2, 4])):
        where, key = chance.choice(list(places(data)))
        where[key] = deepcopy(chance.choice(WRONG))
    for line in told(data, file):
        assert "pydantic" not in line.lower()
