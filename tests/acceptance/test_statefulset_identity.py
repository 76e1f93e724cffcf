"""Identity and ownership of StatefulSets: rows S01, S02, S10, S11, S44 and S47 to S49 of the acceptance list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statesim.cluster.objects import (
    ControllerRevision,
    OwnerRef,
    PersistentVolumeClaim,
    Pod,
    StatefulSet,
)
from statesim.control.effects import apply
from statesim.control.revisions import resolve
from statesim.control.statefulset_pods import ordinal_of, pod_for
from statesim.errors import Conflict, Forbidden
from statesim.scenario.specs import ClaimSpec, ClaimTemplate, Volume
from tests.acceptance.small import Small, with_claim, workload
from tests.acceptance.small import pod as bare_pod
from tests.acceptance.storage_worlds import Lab
from tests.acceptance.storage_worlds import workload as stored
from tests.control.workbench import TOLERATION, Cluster, flat, running, settled, stateful, template

NAME = "statefulset.kubernetes.io/pod-name"


# -- identity ------------------------------------------------------------------------------------------


def test_s01_hostname_is_the_name_and_each_ordinal_meets_its_volume_again() -> None:
    headless = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"clusterIP": "None", "selector": {"app": "a"}, "ports": [{"port": 1}]},
    }
    deletions = [{"at": "60s", "do": "delete", "on": f"Pod/a-{i}"} for i in range(3)]
    made = with_claim(workload("StatefulSet", replicas=3))
    small = Small(*deletions, objects=[headless, made], duration="120s").run(55)
    pods = {f"a-{i}": small.pod(f"a-{i}") for i in range(3)}
    uids = {name: p.uid for name, p in pods.items()}
    volume_of = {i: small.find(f"PersistentVolumeClaim/data-a-{i}").volume for i in range(3)}
    assert all((p.hostname, p.labels[NAME], p.subdomain) == (name, name, "a") for name, p in pods.items())
    assert len(set(volume_of.values())) == 3
    small.run()
    for i in range(3):
        again = small.pod(f"a-{i}")
        assert again.ready
        assert again.uid != uids[again.name]
        assert again.hostname == f"a-{i}"
        assert again.spec.claims == (f"data-a-{i}",)
        assert small.find(f"PersistentVolumeClaim/data-a-{i}").volume == volume_of[i]


def test_s01_what_each_ordinal_wrote_is_there_again_after_all_pods_were_deleted() -> None:
    names = [f"db-{ordinal}" for ordinal in range(3)]
    deletions = [{"at": 60, "do": "delete", "on": f"Pod/{name}"} for name in names]
    lab = Lab(stored("StatefulSet", "db", "data", replicas=3), timeline=deletions).run(55)
    pods = {name: lab.the(Pod, name).uid for name in names}
    written = {name: lab.data_of(name) for name in names}
    assert len(set(written.values())) == 3
    lab.run(120)
    assert not set(pods.values()) & {lab.the(Pod, name).uid for name in names}
    assert {name: lab.data_of(name) for name in names} == written


def test_s02_orphans_are_adopted_relabelled_pods_released_and_taken_back() -> None:
    cluster, db = settled(replicas=2)
    before = {name: cluster.pod(name).uid for name in cluster.pods()}
    cluster.delete(db, cascade="orphan")
    cluster.run(5)
    assert {p.owner for p in cluster.store.all(Pod)} == {None}
    again = stateful(replicas=2)
    cluster.create(again)
    cluster.run(5)
    assert {p.owner for p in cluster.store.all(Pod)} == {again.ref()}
    labels = dict(cluster.pod("db-1").labels)
    cluster.relabel("db-1", **{**labels, "app": "debug"})
    cluster.run(5)
    assert cluster.pod("db-1").owner is None
    cluster.relabel("db-1", **labels)
    cluster.run(5)
    assert cluster.pod("db-1").owner == again.ref()
    assert {name: cluster.pod(name).uid for name in cluster.pods()} == before


def test_s44_only_pods_with_a_name_of_the_set_and_only_orphan_revisions_are_claimed() -> None:
    cluster, db = Cluster(), stateful(replicas=1)
    other = OwnerRef("StatefulSet", "other", "u-other")
    old = resolve(stateful(image="v0"), ()).update
    old.owner = None
    foreign = ControllerRevision(name="db-foreign", template=template("x"), labels=old.labels, owner=other)
    cluster.create(running("db-0"), running("db-a"), running("web-0"), running("db-7", app="x"), old, foreign)
    cluster.create(running("db-1", owner=other), db)
    controller = cluster.loops[2].controller
    decision = controller.decide(controller.look(db.key))
    claimed = [a.object.key for a in flat(decision) if getattr(a, "event", "") == "OwnerChanged"]
    assert claimed == ["Pod/db-0", f"ControllerRevision/{old.name}"]
    cluster.run(1)
    assert old.owner == db.ref()
    assert foreign.owner == other


@pytest.mark.parametrize(
    ("name", "ordinal"),
    [
        ("db-0", 0),
        ("db-10", 10),
        ("db", None),
        ("db-", None),
        ("db-x", None),
        ("db-00", None),
        ("db-01", None),
        ("other-0", None),
        ("x-db-1", None),
    ],
)
def test_s48_names_are_parsed_as_they_are_formed(name: str, ordinal: int | None) -> None:
    assert ordinal_of("db", name) == ordinal
    made = pod_for(stateful(), 10, resolve(stateful(), ()).update, TOLERATION)
    assert ordinal_of("db", made.name) == made.ordinal == 10


def test_s48_one_claim_a_template_and_a_revision_gives_its_template_back() -> None:
    db = stateful(replicas=1)
    templates = tuple(ClaimTemplate(n, ClaimSpec(), labels={"tier": n, "app": "x"}) for n in ("data", "log"))
    db = StatefulSet(name="db", spec=replace(db.spec, claim_templates=templates))
    cluster = Cluster()
    cluster.create(db)
    cluster.run(5)
    assert cluster.claims() == ["data-db-0", "log-db-0"]
    found = cluster.store.get(PersistentVolumeClaim, "log-db-0")
    assert found is not None
    assert found.labels == {"tier": "log", "app": "db"}  # the selector's labels go over the template's
    assert cluster.pod("db-0").spec.claims == ("data-db-0", "log-db-0")
    revision = resolve(db, ()).update
    assert revision.template == db.spec.template
    assert pod_for(db, 0, revision, TOLERATION).spec.containers == db.spec.template.spec.containers


def test_s47_drifted_labels_are_repaired_also_after_a_conflict() -> None:
    cluster, _ = settled(replicas=2)
    zero = cluster.pod("db-0")
    cluster.refuse("label", "Pod/db-0", times=3)
    cluster.store.write(zero, "Drifted", {"labels": {"app": "db", NAME: "nonsense"}})
    cluster.run(2)
    assert cluster.store.faults == []
    assert zero.labels[NAME] == "db-0"
    assert zero.labels["apps.kubernetes.io/pod-index"] == "0"
    assert zero.hostname == "db-0"


def test_s47_claims_that_a_pod_should_have_are_put_back_and_the_api_server_refuses_it() -> None:
    cluster, db = Cluster(), stateful(replicas=1, claims=True)
    bare = running("db-0", revision="")
    cluster.create(db, bare)
    controller = cluster.loops[2].controller
    decision = controller.decide(controller.look(db.key))
    repair = next(a for a in flat(decision) if getattr(a, "changes", {}).get("spec") is not None)
    assert repair.changes["spec"].volumes == (Volume("data", "claim", "data-db-0"),)
    assert repair.changes["labels"][NAME] == "db-0"
    with pytest.raises(Forbidden, match="pod updates may not change fields other than"):
        apply(cluster.store, repair)
    cluster.run(1)
    assert bare.spec.claims == ()
    (first, *_) = cluster.told("FailedUpdate")
    assert first.startswith('update Pod db-0 in StatefulSet db failed error: Pod "db-0" is invalid')


def test_s47_a_namesake_that_took_the_pods_place_is_not_written_to() -> None:
    cluster, db = settled(replicas=1)
    zero = cluster.pod("db-0")
    cluster.store.write(zero, "Drifted", {"labels": {"app": "db"}})
    controller = cluster.loops[2].controller
    decision = controller.decide(controller.look(db.key))
    repair = next(a for a in flat(decision) if getattr(a, "event", "") == "Labelled")
    cluster.store.remove(zero)
    with pytest.raises(Conflict):
        apply(cluster.store, repair)


def test_s49_an_edit_of_the_claim_templates_that_changes_nothing_does_not_roll() -> None:
    cluster, db = settled(replicas=2, claims=True)
    first = db.update_revision
    labelled = (ClaimTemplate("data", ClaimSpec(), labels={"tier": "db"}),)
    cluster.store.write(db, "Changed", {"spec": replace(db.spec, claim_templates=labelled)})
    cluster.run(30)
    assert db.update_revision == first
    assert cluster.seen("Terminating") == []
    assert db.status["observedGeneration"] == db.generation


# -- the scale subresource, evictions -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment", "ReplicaSet"])
def test_s11_scaling_writes_the_replicas_as_an_edit_of_the_spec_does(kind: str) -> None:
    made = workload(kind, replicas=1)
    scaled = Small(
        {"at": "20s", "do": "scale", "on": f"{kind}/a", "replicas": 3}, objects=[made], duration="60s"
    )
    patch = {"at": "20s", "do": "patch", "on": f"{kind}/a", "patch": {"spec": {"replicas": 3}}}
    edited = Small(patch, objects=[made], duration="60s")
    for small in (scaled, edited):
        small.run()
        assert len([p for p in small.world.store.all(Pod) if p.ready]) == 3
        assert len(small.events("Scaled", f"{kind}/a")) == 1
        assert small.find(f"{kind}/a").generation == 2
    story = [(e.t, e.object, e.event) for e in scaled.world.trace.events if "/a" in e.object]
    assert story == [(e.t, e.object, e.event) for e in edited.world.trace.events if "/a" in e.object]


def test_s10_a_pod_that_its_node_does_not_take_is_made_again_until_it_does() -> None:
    """As upstream: a naked pod holds the host port, so the set's pod on that node fails at admission."""
    ports = [{"containerPort": 1, "hostPort": 4100}]
    blocker = bare_pod("blocker", nodeName="node-a-1", container={"ports": ports})
    made = workload("StatefulSet", replicas=1, nodeName="node-a-1", container={"ports": ports})
    go = {"at": "4s", "do": "delete", "on": "Pod/blocker"}
    small = Small(go, objects=[blocker, {**made}], duration="20s").run(3.9)
    refused = small.events("Failed", "Pod/a-0")
    assert {e.fields["reason"] for e in refused} == {"NodePorts"}
    assert len({e.fields["uid"] for e in refused}) > 1  # again and again, each time a new pod
    small.run()
    assert small.pod("a-0").ready
    assert small.pod("a-0").uid not in {e.fields["uid"] for e in small.events("Failed", "Pod/a-0")}
