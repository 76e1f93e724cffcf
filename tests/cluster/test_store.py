from __future__ import annotations

import pytest

from statesim.cluster.objects import OwnerRef, Pod
from statesim.cluster.store import Change, Store
from statesim.errors import Conflict
from statesim.kernel.clock import Clock
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, PodSpec, Volume

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
    assert db.version == 2
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
