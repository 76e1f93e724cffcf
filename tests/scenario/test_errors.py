"""What people get wrong, and what they are told: file, line, column, and the nearest right word."""

from __future__ import annotations

import pickle
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from statesim.errors import Finding, ScenarioError
from statesim.scenario.load import load
from tests.scenario.two_postgres import WORLD

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {name: demo}
duration: 10m
"""


def complaints(text: str, folder: Path) -> list[str]:
    (folder / "pg.yaml").write_text(WORLD)
    file = folder / "s.yaml"
    file.write_text(text)
    try:
        load(file)
    except ScenarioError as error:
        return [str(finding).replace(f"{folder}/", "") for finding in error.findings]
    return []


# line 5 and following, what is said
CASES: list[tuple[str, list[str]]] = [
    ("sede: 3", ["s.yaml:5:1: sede: unknown key (did you mean seed?)"]),
    ("seed: three", ["s.yaml:5:7: seed: expected a whole number, found 'three'"]),
    ("cluster: {zoness: 3}", ["s.yaml:5:11: cluster.zoness: unknown key (did you mean zones?)"]),
    (
        "cluster: {nodes_per_zone: 3}",
        ["s.yaml:5:11: cluster.nodes_per_zone: unknown key (did you mean nodesPerZone?)"],
    ),
    (
        "cluster: {kubernetes: 1.32}",
        ['s.yaml:5:23: cluster.kubernetes: the version must be a text, or 1.30 becomes 1.3 (write "1.32")'],
    ),
    (
        "cluster: {timings: {atach: 2s}}",
        ["s.yaml:5:28: cluster.timings.atach: there is no timing atach (did you mean attach?)"],
    ),
    (
        "cluster: {timings: {attach: 2sec}}",
        [
            "s.yaml:5:29: cluster.timings.attach: '2sec' is not a duration; "
            "expected one like 300ms, 90s, 5m, 1h30m or 2d (did you mean 2s?)"
        ],
    ),
    (
        "images: {web: {start: 5min}}",
        [
            "s.yaml:5:23: images.web.start: '5min' is not a duration; "
            "expected one like 300ms, 90s, 5m, 1h30m or 2d (did you mean 5m?)"
        ],
    ),
    (
        "images: {web: {start: {unifrom: [1s, 2s]}}}",
        ["s.yaml:5:23: images.web.start: unifrom is not a distribution (did you mean uniform?)"],
    ),
    (
        "images: {web: {start: {uniform: [2s, 1s]}}}",
        ["s.yaml:5:23: images.web.start: uniform expects the smaller one first, found 2s and 1s"],
    ),
    (
        "timeline: [{do: drain, on: Node/node-a-1}]",
        [
            "s.yaml:5:12: timeline[0]: at is missing: when it happens, like at: 60s (or every: 30d, or alert: {notReady: Pod/pg-0, for: 5m})"
        ],
    ),
    (
        "timeline: [{at: 1m, on: Node/node-a-1}]",
        ["s.yaml:5:12: timeline[0]: do is missing: what happens, like do: node-crash"],
    ),
    (
        "timeline: [{at: 1m, do: node-crush, on: Node/node-a-1}]",
        [
            "s.yaml:5:25: timeline[0].do: node-crush is not something that can be done (did you "
            "mean node-crash?)"
        ],
    ),
    (
        "timeline: [{at: 1m, do: network-delay, on: Node/node-a-1}]",
        [
            "s.yaml:5:25: timeline[0].do: network-delay is a known word that this version does not simulate yet"
        ],
    ),
    (
        "timeline: [{at: 1m, do: scale, on: StatefulSet/pg}]",
        [
            "s.yaml:5:12: timeline[0]: replicas is missing",
            "s.yaml:5:36: timeline[0].on: there is no StatefulSet/pg",
        ],
    ),
    (
        "timeline: [{at: 1m, do: drain, on: Node/node-a-1, for: 5m}]",
        ["s.yaml:5:51: timeline[0].for: unknown key (did you mean force?)"],
    ),
    (
        "timeline: [{at: 1m, do: node-crash, on: sts/pg}]",
        ["s.yaml:5:41: timeline[0].on: sts is not a kind of object (did you mean StatefulSet/pg?)"],
    ),
    (
        "timeline: [{at: 1m, do: node-crash, on: {nodeof: Pod/pg-0}}]",
        ["s.yaml:5:41: timeline[0].on: nodeof is not a way to name a target (did you mean nodeOf?)"],
    ),
    (
        "timeline: [{at: 1m, do: scale, on: Service/pg, replicas: 1}]",
        [
            "s.yaml:5:36: timeline[0].on: scale cannot aim at a Service (it takes StatefulSet, Deployment, "
            "ReplicaSet)",
            "s.yaml:5:36: timeline[0].on: there is no Service/pg",
        ],
    ),
    (
        "timeline: [{at: 1m, do: taint, on: Node/node-a-1, taint: {key: k, effect: NoExecut}}]",
        [
            "s.yaml:5:75: timeline[0].taint.effect: 'NoExecut' is not the effect of a taint (did "
            "you mean NoExecute?)"
        ],
    ),
    (
        "timeline: [{at: 1m, random: {mtbf: 1d, mttr: 1h}, do: node-crash, on: {zone: a}}]",
        ["s.yaml:5:17: timeline[0].at: at and random are both given; write one of them"],
    ),
    (
        "timeline: [{do: pod-kill, on: {anyPod: {}}}]",
        [
            "s.yaml:5:12: timeline[0]: at is missing: when it happens, like at: 60s (or random: {mtbf: …})",
            "s.yaml:5:31: timeline[0].on: no pod is made with these labels",
        ],
    ),
    (
        "timeline: [{random: {mtbf: 1h, mttr: 1m}, do: pod-kill, on: {anyPod: {}}}]",
        [
            "s.yaml:5:32: timeline[0].random.mttr: unknown key (known: mtbf, per)",
            "s.yaml:5:61: timeline[0].on: no pod is made with these labels",
        ],
    ),
    (
        "timeline: [{random: {mtbf: 0s}, do: container-kill, on: {anyPod: {}}}]",
        [
            "s.yaml:5:28: timeline[0].random.mtbf: mtbf is longer than 0",
            "s.yaml:5:57: timeline[0].on: no pod is made with these labels",
        ],
    ),
    (
        "clients: [{name: shop, target: Service/pg, operations: {rate: 20/sec}}]",
        [
            "s.yaml:5:32: clients[0].target: there is no Service/pg",
            "s.yaml:5:63: clients[0].operations.rate: '20/sec' is not a rate; expected one like "
            "20/s or 5/m (did you mean 20/s?)",
        ],
    ),
    (
        "clients: [{name: shop, target: pg, operations: {rate: 20/s}, recording: flows}]",
        [
            "s.yaml:5:32: clients[0].target: expected Kind/name, like Pod/pg-0, found 'pg'",
            "s.yaml:5:73: clients[0].recording: expected full or flow, found 'flows' (did you mean flow?)",
        ],
    ),
    (
        "clients: [{name: Shop, target: Service/pg, operations: {rate: 20/s, kind: sets}}]",
        [
            "s.yaml:5:18: clients[0].name: expected a name of small letters, digits and dashes, found 'Shop' "
            "(did you mean shop?)",
            "s.yaml:5:32: clients[0].target: there is no Service/pg",
            "s.yaml:5:75: clients[0].operations.kind: expected set, register, counter, bank, append, web, login, cache or stream, found 'sets' (did you mean set?)",
        ],
    ),
    (
        "expect: [{metric: clients.shop.lost, equals: 0, atMost: 3}]",
        [
            "s.yaml:5:10: expect[0]: expected one of equals, atMost, atLeast, between; found 2 of them",
            "s.yaml:5:19: expect[0].metric: there is no client shop",
        ],
    ),
    (
        "expect: [{metric: client.shop.lost, equals: 0}]",
        ["s.yaml:5:19: expect[0].metric: there are no metrics of client (did you mean clients?)"],
    ),
    (
        "expect: [{metric: volumes.count, variant: stateful, equals: 0}]\nvariants: [{name: statefulset}]",
        ["s.yaml:5:43: expect[0].variant: there is no variant stateful (did you mean statefulset?)"],
    ),
    (
        "variants: [{name: a, patch: {expect: []}}]",
        ["s.yaml:5:38: variants[0].patch.expect: a variant cannot change expect"],
    ),
    (
        "variants: [{name: a, patch: {chapters: []}}]",
        ["s.yaml:5:40: variants[0].patch.chapters: a variant cannot change chapters"],
    ),
    (
        "chapters: [{at: 1m, titel: The power is cut}]",
        ["s.yaml:5:21: chapters[0].titel: unknown key (did you mean title?)"],
    ),
    ("chapters: [{at: 1m}]", ["s.yaml:5:12: chapters[0]: title is missing"]),
    (
        "chapters: [{at: soon, title: x}]",
        [
            "s.yaml:5:17: chapters[0].at: 'soon' is not a duration; expected one like 300ms, 90s, 5m, 1h30m or 2d"
        ],
    ),
    (
        "variants: [{name: a, patch: {cluster: {zoness: 1}}}]",
        ["s.yaml:5:40: cluster.zoness: unknown key (did you mean zones?)"],
    ),
    ("manifests: [{file: gp.yaml}]", ["s.yaml:5:20: there is no file gp.yaml (did you mean pg.yaml?)"]),
    (
        "manifests: nothing",
        ["s.yaml:5:12: manifests: expected a list of Kubernetes objects, or of {file: …}, found 'nothing'"],
    ),
]


@pytest.mark.parametrize(("line", "said"), CASES, ids=[case[0][:50] for case in CASES])
def test_a_mistake_is_named_with_its_place_and_the_right_word(
    line: str, said: list[str], tmp_path: Path
) -> None:
    assert complaints(HEAD + line + "\n", tmp_path) == said


REFERENCES: list[tuple[str, list[str]]] = [
    (
        "systems: [{name: pg, kind: postgres, workload: StatefulSet/gp}]",
        ["s.yaml:6:48: systems[0].workload: there is no StatefulSet/gp (did you mean StatefulSet/pg?)"],
    ),
    (
        "systems: [{name: pg, kind: postgres, workload: Deployment/pg}]",
        ["s.yaml:6:48: systems[0].workload: there is no Deployment/pg (did you mean Service/pg?)"],
    ),
    (
        "clients: [{name: shop, target: Service/pgs, operations: {rate: 1/s}}]",
        ["s.yaml:6:32: clients[0].target: there is no Service/pgs (did you mean Service/pg?)"],
    ),
    (
        "clients: [{name: shop, target: Service/pg, zone: d, operations: {rate: 1/s}}]",
        ["s.yaml:6:50: clients[0].zone: there is no zone d (known: a, b, c)"],
    ),
    (
        "timeline: [{at: 1m, do: pod-kill, on: Pod/pg-2}]",
        ["s.yaml:6:39: timeline[0].on: there is no Pod/pg-2 (did you mean Pod/pg-1?)"],
    ),
    (
        "timeline: [{at: 1m, do: node-crash, on: {nodeOf: Pod/gp-0}}]",
        ["s.yaml:6:50: timeline[0].on.nodeOf: there is no Pod/gp-0 (did you mean Pod/pg-0?)"],
    ),
    (
        "timeline: [{at: 1m, do: node-crash, on: Node/node-d-1}]",
        ["s.yaml:6:41: timeline[0].on: there is no Node/node-d-1 (did you mean Node/node-c-1?)"],
    ),
    (
        "timeline: [{at: 1m, do: node-crash, on: {primaryOf: pg}}]",
        ["s.yaml:6:41: timeline[0].on: there is no system pg"],
    ),
    (
        "timeline: [{at: 1m, do: pod-kill, on: {anyPod: {app: web}}}]",
        ["s.yaml:6:39: timeline[0].on: no pod is made with these labels"],
    ),
    (
        "timeline: [{at: 1m, do: set-image, on: StatefulSet/pg, container: postgre, image: x}]",
        [
            "s.yaml:6:67: timeline[0].container: StatefulSet/pg has no container postgre "
            "(did you mean postgres?)"
        ],
    ),
    (
        "timeline: [{at: 1m, do: patch, on: StatefulSet/pg, patch: {spec: {replica: 3}}}]",
        [
            "s.yaml:6:59: timeline[0].patch: the API server would refuse it: spec.replica: a "
            "StatefulSet spec has "
            "no such field (did you mean replicas?)"
        ],
    ),
    (
        "expect: [{metric: workloads.gp.created, equals: 2}]",
        ["s.yaml:6:19: expect[0].metric: there is no workload gp (did you mean pg?)"],
    ),
    (
        "variants: [{name: a}, {name: b, patch: {manifests: []}}]\ntimeline: [{at: 1m, do: "
        "pod-kill, on: Pod/pg-0}]",
        ["s.yaml:7:39: variant b: timeline[0].on: there is no Pod/pg-0"],
    ),
]


@pytest.mark.parametrize(("line", "said"), REFERENCES, ids=[case[0][:60] for case in REFERENCES])
def test_a_reference_to_nothing_is_named(line: str, said: list[str], tmp_path: Path) -> None:
    assert complaints(f"{HEAD}manifests: [{{file: pg.yaml}}]\n{line}\n", tmp_path) == said


def test_a_scale_makes_room_for_later_pods(tmp_path: Path) -> None:
    rows = "{at: 1m, do: scale, on: StatefulSet/pg, replicas: 4}, {at: 2m, do: pod-kill, on: Pod/pg-3}"
    assert complaints(f"{HEAD}manifests: [{{file: pg.yaml}}]\ntimeline: [{rows}]\n", tmp_path) == []


def test_all_problems_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(
        "kind: Deploymnt\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: A}\nspec: {}\n"
    )
    text = dedent("""\
        apiVersion: statesim/v2
        kind: Scenario
        metadata: {name: demo}
        duration: ten minutes
        manifests: [{file: pg.yaml}, {file: web.yaml}]
        timeline:
          - {at: 1m, do: node-crash, on: Pod}
        """)
    assert complaints(text, tmp_path) == [
        "s.yaml:1:13: apiVersion: expected statesim/v1, found 'statesim/v2' (did you mean statesim/v1?)",
        "s.yaml:4:11: duration: 'ten minutes' is not a duration; expected one like 300ms, "
        "90s, 5m, 1h30m or 2d",
        "s.yaml:7:34: timeline[0].on: expected Kind/name, like Pod/pg-0, found 'Pod'",
        "web.yaml:1:7: kind: Deploymnt is not a kind of Kubernetes object (did you mean Deployment?)",
        "web.yaml:5:18: metadata.name: 'A' is not a name: small letters, digits, dashes and "
        "dots, at most 253 "
        "(did you mean a?)",
        "web.yaml:6:7: spec: containers is missing",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["s.yaml: expected one scenario, found none"]),
        ("- 1\n", ["s.yaml:1:1: expected a scenario: apiVersion, kind, metadata, …"]),
        (
            "seed: 1\n",
            [
                "s.yaml:1:1: apiVersion is missing (write apiVersion: statesim/v1)",
                "s.yaml:1:1: kind is missing (write kind: Scenario)",
                "s.yaml:1:1: metadata is missing",
                "s.yaml:1:1: duration is missing",
            ],
        ),
        (HEAD + "---\n" + HEAD, ["s.yaml: expected one scenario, found 2"]),
    ],
)
def test_what_is_no_scenario_is_said_so(text: str, said: list[str], tmp_path: Path) -> None:
    assert complaints(text, tmp_path) == said


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"there is no file .*nothing\.yaml"):
        load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    "value", ["7", "[1]", "{a: 1}", "text", "null", "true", "-1", "1.5", "[]", "{}", "[null]"]
)
@pytest.mark.parametrize(
    "key",
    [
        "seed",
        "duration",
        "cluster",
        "images",
        "manifests",
        "systems",
        "clients",
        "timeline",
        "variants",
        "expect",
        "metadata",
    ],
)
def test_no_input_brings_words_of_a_library_or_a_crash(key: str, value: Any, tmp_path: Path) -> None:
    head = "\n".join(line for line in HEAD.splitlines() if not line.startswith(key))
    for said in complaints(f"{head}\n{key}: {value}\n", tmp_path):
        assert "pydantic" not in said.lower()
        assert "validation" not in said.lower()
        assert "http" not in said


def test_a_scenario_error_crosses_processes_with_its_findings() -> None:
    error = ScenarioError([Finding("one"), Finding("two", hint="three")])
    again = pickle.loads(pickle.dumps(error))
    assert again.findings == error.findings
    assert str(again) == str(error)


def test_a_shipped_scenario_that_is_misspelt_is_met_with_the_nearest_name() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean pg-node-crash\?"):
        load("pg-node-crsh")
