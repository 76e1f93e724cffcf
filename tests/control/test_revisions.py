"""Revisions of a StatefulSet: forward, back, and how many are kept."""

from __future__ import annotations

from statesim.cluster.objects import ControllerRevision, StatefulSet
from statesim.control.actions import Create, Decision, Write
from statesim.control.revisions import resolve, truncate
from tests.control.workbench import shown, stateful, template


def revision(owner: StatefulSet, image: str, number: int) -> ControllerRevision:
    return ControllerRevision(
        name=f"db-{image}", template=template(image), revision=number, owner=owner.ref()
    )


def test_s28_the_first_template_makes_the_first_revision() -> None:
    owner = stateful()
    found = resolve(owner, ())
    (create,) = found.actions
    assert isinstance(create, Create)
    assert found.current is found.update is create.object
    assert (found.update.revision, found.update.owner) == (1, owner.ref())
    assert found.update.name.startswith("db-")


def test_s28_a_new_template_makes_the_next_and_the_current_one_stays() -> None:
    owner = stateful(image="v2")
    old = revision(owner, "v1", 1)
    owner.current_revision = old.name
    found = resolve(owner, (old,))
    assert found.current is old
    assert found.update.revision == 2
    assert found.update.name != old.name


def test_s28_an_unchanged_template_makes_none() -> None:
    owner = stateful(image="v1")
    assert resolve(owner, (revision(owner, "v1", 1),)).actions == []


def test_s28_an_old_template_is_renumbered() -> None:
    owner = stateful(image="v1")
    first, second = revision(owner, "v1", 1), revision(owner, "v2", 2)
    found = resolve(owner, (first, second))
    (write,) = found.actions
    assert isinstance(write, Write)
    assert (found.update, write.changes) == (first, {"revision": 3})


def test_s33_unused_revisions_beyond_the_limit_go_and_live_ones_never() -> None:
    owner = stateful(revision_history_limit=1)
    known = [revision(owner, f"v{i}", i) for i in range(1, 6)]
    assert shown(Decision(tuple(truncate(owner, known, {"db-v5", "db-v1"})))) == [
        ("delete", "db-v2"),
        ("delete", "db-v3"),
    ]
    assert truncate(owner, known[3:], {"db-v5"}) == []
