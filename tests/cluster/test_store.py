from __future__ import annotations

import pytest

from statesim.cluster.objects import OwnerRef, Pod, PodDisruptionBudget
from statesim.cluster.store import Change, Store
from statesim.errors import Conflict
from statesim.kernel.clock import Clock
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, DisruptionBudgetSpec, LabelSelector, PodSpec, Volume

SPEC = PodSpec(containers=(Container("c", "v1"),), volumes=(Volume("data", "claim", "data-db-0"),))


@pytest.fixture
def store() -> Store:
    clock = Clock()
    return Store(clock, Trace(clock), seed=1)


def pod(name: str, **kwargs: object) -> Pod:
    return Pod(name=name, spec=SPEC, **kwargs)  # type: ignore[arg-type]


def test_every_write_is_versioned_traced_and_heard(store: Store) -> None:
    heard: list[Change] = []
    store.watch((Pod,), heard.append)
    db = store.create(pod("db-0"), why="slot 0 is empty")
    store.write(db, "Scheduled", {"node": "n1"}, node="n1")
    store.remove(db)
    assert [(c.verb, c.event) for c in heard] == [
        ("ADDED", "Created"),
        ("MODIFIED", "Scheduled"),
        ("DELETED", "Deleted"),
    ]
    assert (db.version, len(store.journal)) == (3, 3)
    assert [(e.object, e.event, e.fields) for e in store.trace.events] == [
        ("Pod/db-0", "Created", {"why": "slot 0 is empty"}),
        ("Pod/db-0", "Scheduled", {"node": "n1"}),
        ("Pod/db-0", "Deleted", {}),
    ]


def test_a_watcher_acts_because_of_the_event_it_heard_of(store: Store) -> None:
    store.watch((Pod,), lambda change: store.note(change.object, "Heard"))
    store.create(pod("db-0"))
    created, heard = store.trace.events
    assert (created.cause, heard.cause) == (None, created.id)
    assert store.clock.cause is None


def test_a_name_is_taken_once(store: Store) -> None:
    store.create(pod("db-0"))
    with pytest.raises(Conflict, match="already exists"):
        store.create(pod("db-0"))


def test_a_write_to_a_namesakes_predecessor_conflicts(store: Store) -> None:
    old = store.create(pod("db-0"))
    store.remove(old)
    new = store.create(pod("db-0"))
    assert old.uid != new.uid
    with pytest.raises(Conflict, match="gone"):
        store.write(old, "Ready", {"ready": True})
    with pytest.raises(Conflict, match="gone"):
        store.remove(old)


def test_objects_are_found_by_node_owner_claim_and_label(store: Store) -> None:
    owner = OwnerRef("StatefulSet", "db", "77")
    db = store.create(pod("db-0", labels={"app": "db", "role": "primary"}, owner=owner))
    web = store.create(pod("web-1", labels={"app": "web"}))
    store.write(db, "Scheduled", {"node": "n1"})
    assert store.by(Pod, "node", "n1") == (db,)
    assert store.by(Pod, "owner", "77") == (db,)
    assert store.by(Pod, "claim", "data-db-0") == (db, web)
    assert store.pods_matching({"app": "db", "role": "primary"}) == (db,)
    store.write(db, "Labelled", {"labels": {"app": "db"}})
    assert store.pods_matching({"app": "db", "role": "primary"}) == ()
    assert store.pods_matching({}) == ()
    store.remove(db)
    assert store.by(Pod, "node", "n1") == ()


def test_a_uid_depends_on_the_name_and_the_incarnation_alone() -> None:
    def uids(*names: str) -> dict[str, str]:
        clock = Clock()
        store = Store(clock, Trace(clock), seed=1)
        return {name: store.create(pod(name)).uid for name in names}

    assert uids("db-0", "db-9")["db-0"] == uids("db-9", "db-3", "db-0")["db-0"]


def test_the_journal_holds_what_every_write_changed_and_versions_count_over_the_cluster(store: Store) -> None:
    db, web = store.create(pod("db-0")), store.create(pod("web-1"))
    assert (db.version, web.version) == (1, 2)
    store.write(db, "Scheduled", {"node": "n1"})
    store.report(db, {"hostname": "db"})
    store.remove(db)
    added, _, scheduled, reported, gone = store.journal
    assert (added.verb, added.changes["name"], added.changes["node"]) == ("ADDED", "db-0", None)
    assert (scheduled.verb, scheduled.event, scheduled.changes) == ("MODIFIED", 2, {"node": "n1"})
    assert (reported.event, reported.changes) == (None, {"hostname": "db"})
    assert (gone.verb, gone.uid, gone.changes) == ("DELETED", db.uid, {})
    assert [event.event for event in store.trace.events] == ["Created", "Created", "Scheduled", "Deleted"]


def test_a_generation_counts_changes_of_the_spec_and_the_request_to_go(store: Store) -> None:
    budget = store.create(PodDisruptionBudget(name="db", spec=DisruptionBudgetSpec(LabelSelector())))
    store.write(budget, "Status", {"disruptions_allowed": 1})
    store.write(budget, "Changed", {"spec": budget.spec})
    assert budget.generation == 1
    store.write(budget, "Changed", {"spec": DisruptionBudgetSpec(LabelSelector({"app": "db"}))})
    assert budget.generation == 2
    store.write(budget, "Terminating", {"deleted_us": 0})
    assert budget.generation == store.journal[-1].changes["generation"] == 3
