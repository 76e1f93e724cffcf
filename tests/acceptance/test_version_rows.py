"""Each version behaves and speaks as the rows of the tables say, on both sides of the change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from statesim.analysis import event_others, event_pods
from statesim.analysis.event_scene import Scene
from statesim.cluster.objects import ZONE_LABEL, Node, Pod
from statesim.control.affinity import Company, unwelcome
from statesim.control.nodeinfo import describe
from statesim.control.score import scores
from statesim.kernel.trace import TraceEvent
from statesim.node.shutdown import ending
from statesim.scenario.behaviours import BEHAVIOURS
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Resources
from statesim.scenario.versions import Features
from tests.acceptance.scheduling_worlds import nodes, said
from tests.acceptance.small import Small, pod, workload

SOURCES = Path(__file__).parents[2] / "statesim"
AFFINITY = "node(s) didn't match pod affinity/anti-affinity"
AWAY = "node(s) didn't match pod anti-affinity rules"


def test_every_row_has_a_source_and_is_asked_for_somewhere() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path.name != "behaviours.py"
    )
    assert [name for name in BEHAVIOURS if f'"{name}"' not in code] == []
    assert [name for name, row in BEHAVIOURS.items() if not (row.meaning and row.source)] == []


def test_a_row_holds_from_its_version_on() -> None:
    for name, row in BEHAVIOURS.items():
        assert Features.for_version(f"1.{row.since}").has(name)
        assert not Features.for_version(f"1.{row.since - 1}").has(name)


def test_a_row_that_nobody_knows_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Features.for_version("1.30").has("Nonsense")


@pytest.mark.parametrize(
    ("version", "reasons"),
    [("1.20", (AFFINITY, AWAY)), ("1.21", (f"{AFFINITY} rules", AWAY)), ("1.22", (AWAY,)), ("1.32", (AWAY,))],
)
def test_pod_affinity_gives_a_general_reason_up_to_1_21(version: str, reasons: tuple[str, ...]) -> None:
    known = Company(frozenset({(ZONE_LABEL, "a")}), frozenset(), None, (), ())
    refusal = unwelcome(
        known, describe(Node(name="n", spec=NodeSpec(zone="a")), ()), Features.for_version(version)
    )
    assert refusal is not None
    assert refusal.reasons == reasons


@pytest.mark.parametrize(("version", "named"), [("1.20", ""), ("1.21", "/selector"), ("1.32", "/selector")])
def test_a_node_that_is_not_selected_is_told_so(version: str, named: str) -> None:
    made = Small(objects=[pod("p", nodeSelector={"disk": "fast"})], cluster=nodes("n", version=version)).run(
        5
    )
    assert f"1 node(s) didn't match Pod's node affinity{named}." in said(made, "p")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.23", "0/2 nodes are available: 2 {}."),
        ("1.25", "0/2 nodes are available: 2 {}. preemption: 0/2 nodes are available: 2 {help}."),
        ("1.26", "0/2 nodes are available: {}. preemption: 0/2 nodes are available: 2 {help}.."),
        ("1.28", "0/2 nodes are available: {}. preemption: 0/2 nodes are available: 2 {help}."),
    ],
)
def test_what_concerns_all_nodes_is_said_once_from_1_26_on(version: str, words: str) -> None:
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "gone"}}
    lost = pod("p", volumes=[volume])
    made = Small(objects=[lost], cluster=nodes("n-a", "n-b", version=version)).run(5)
    missing = 'persistentvolumeclaim "gone" not found'
    assert said(made, "p") == words.format(missing, help="Preemption is not helpful for scheduling")


@pytest.mark.parametrize(
    ("version", "reason", "why"),
    [("1.21", "Shutdown", "node is shutting"), ("1.22", "Terminated", "the pod was terminated")],
)
def test_a_shutdown_was_reworded_in_1_22(version: str, reason: str, why: str) -> None:
    how = ending(Features.for_version(version), "")
    assert how.reason == reason
    assert how.why.startswith(why)


# -- Events -----------------------------------------------------------------------------------------------


def _scene(version: str) -> Scene:
    return Scene(Features.for_version(version))


def _doc(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "uid": f"uid-{name}"}, "spec": {}, **more}


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.26", "Preempted by default/vip on node n"),
        ("1.27", "Preempted by a pod on node n"),
        ("1.28", "Preempted by a pod on node n"),
        ("1.29", "Preempted by pod uid-vip on node n"),
    ],
)
def test_a_victim_is_told_of_its_preemptor(version: str, words: str) -> None:
    scene = _scene(version)
    scene.documents["Pod/vip"] = _doc("Pod", "vip")
    event = TraceEvent(1, 0, "Pod/p", "Preempted", None, {"by": "Pod/vip", "node": "n"})
    (told,) = event_pods.WORDS["Pod", "Preempted"](scene, event, _doc("Pod", "p"))
    assert told.message == words


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.25", ""), ("1.26", " db in pod p_default(uid-p)"), ("1.34", " db in pod p_default(uid-p)")],
)
def test_a_back_off_names_its_container_from_1_26_on(version: str, words: str) -> None:
    event = TraceEvent(1, 0, "Pod/p", "BackOff", None, {"container": "db"})
    (told,) = event_pods.WORDS["Pod", "BackOff"](_scene(version), event, _doc("Pod", "p"))
    assert told.message == f"Back-off restarting failed container{words}"


@pytest.mark.parametrize(
    ("version", "new", "scaled"),
    [
        ("1.20", "to 3", "to 1"),
        ("1.25", "to 3", "to 1 from 3"),
        ("1.31", "to 3", "to 1 from 3"),
        ("1.32", "from 0 to 3", "from 3 to 1"),
    ],
)
def test_a_replica_sets_size_is_told(version: str, new: str, scaled: str) -> None:
    scene = _scene(version)
    scene.by = "deployment"
    scene.documents["Deployment/web"] = _doc("Deployment", "web")
    owner = {"kind": "Deployment", "name": "web", "uid": "uid-web"}
    rs = _doc("ReplicaSet", "web-1", spec={"replicas": 3})
    rs["metadata"]["ownerReferences"] = [owner]
    words = event_others.WORDS
    made = TraceEvent(1, 0, "ReplicaSet/web-1", "Created", None, {})
    (first,) = words["ReplicaSet", "Created"](scene, made, rs)
    fewer = TraceEvent(2, 0, "ReplicaSet/web-1", "Scaled", None, {"replicas": 1})
    (second,) = words["ReplicaSet", "Scaled"](scene, fewer, rs)
    assert first.message == f"Scaled up replica set web-1 {new}"
    assert second.message == f"Scaled down replica set web-1 {scaled}"


@pytest.mark.parametrize(("version", "balance"), [("1.21", 69), ("1.22", 84), ("1.23", 75), ("1.32", 75)])
def test_the_balance_of_a_node_is_of_guesses_up_to_1_22(version: str, balance: int) -> None:
    """Half of its processors are asked for, and no memory, for which 200 MiB of 1 GiB are guessed."""
    node = Node(name="n", spec=NodeSpec(cpu_milli=1000, memory_bytes=1 << 30))
    spec = PodSpec((Container("c", "v1", Resources(cpu_milli=500)),))
    known = describe(node, ())
    (score,) = scores(Pod(name="p", spec=spec), [known], [known], features=Features.for_version(version))
    room = (50 + 80) // 2
    assert score == room + balance


OF_1_20 = "'replicas', 'template', and 'updateStrategy'"
OF_1_22 = "'replicas', 'template', 'updateStrategy' and 'minReadySeconds'"
OF_1_23 = (
    "'replicas', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"
)
OF_1_26 = OF_1_23.replace("'replicas'", "'replicas', 'ordinals'")
OF_1_33 = OF_1_26.replace("'updateStrategy'", "'updateStrategy', 'revisionHistoryLimit'")


@pytest.mark.parametrize(
    ("version", "fields"),
    [("1.20", OF_1_20), ("1.22", OF_1_22), ("1.23", OF_1_23), ("1.26", OF_1_26), ("1.32", OF_1_26),
     ("1.33", OF_1_33)],
)  # fmt: skip
def test_a_refused_update_of_a_statefulset_says_what_can_change(version: str, fields: str) -> None:
    changed = [{"podManagementPolicy": "Parallel"}, {"revisionHistoryLimit": 3}, {"minReadySeconds": 3}]
    rows = [
        {"at": f"{20 + i}s", "do": "patch", "on": "StatefulSet/a", "patch": {"spec": spec}}
        for i, spec in enumerate(changed)
    ]
    run = Small(*rows, objects=[workload("StatefulSet")], version=version, duration="30s").run()
    said = [e.fields["why"] for e in run.events("Skipped")]
    wanted = f"spec: Forbidden: updates to statefulset spec for fields other than {fields} are forbidden"
    refused = (
        ["podManagementPolicy"] if version == "1.33" else ["podManagementPolicy", "revisionHistoryLimit"]
    )
    assert [why.partition(" of a ")[0].rpartition(" ")[2] for why in said] == refused
    assert all(why.endswith(wanted) for why in said)
    assert run.find("StatefulSet/a").spec.revision_history_limit == (3 if version == "1.33" else 10)
    assert run.find("StatefulSet/a").spec.min_ready_us == 3_000_000
