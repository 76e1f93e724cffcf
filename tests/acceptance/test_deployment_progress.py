"""When a rollout counts as complete, as getting on and as overdue: rows D21 to D23 of the list."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.control import progress
from statesim.control.progress import Condition, complete, moved, rollout
from statesim.control.rolling import fenceposts, may_be_unavailable, new_size
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from tests.control.workbench import Cluster, deployment

NEVER = 2**31 - 1


def counts(replicas: int, updated: int, ready: int, available: int) -> dict[str, int]:
    return {
        "replicas": replicas,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": available,
    }


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        (5, counts(5, 5, 5, 5), True),
        (5, counts(4, 4, 4, 4), False),  # not as many as wanted
        (5, counts(5, 4, 5, 5), False),  # an old one among them
        (5, counts(6, 5, 6, 6), False),  # an old one beside them
        (5, counts(5, 5, 5, 4), False),  # one is not available
        (0, counts(0, 0, 0, 0), True),
    ],
)
def test_d22_complete(wanted: int, status: dict[str, int], expected: bool) -> None:
    assert complete(wanted, status) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (counts(10, 4, 4, 4), counts(10, 4, 4, 4), False),
        (counts(10, 4, 4, 4), counts(10, 6, 4, 4), True),  # more new ones
        (counts(10, 4, 4, 4), counts(8, 4, 4, 4), True),  # fewer old ones
        (counts(10, 4, 4, 4), counts(11, 4, 4, 4), False),  # more old ones
        (counts(10, 4, 4, 4), counts(10, 4, 5, 4), True),
        (counts(10, 4, 5, 4), counts(10, 4, 5, 5), True),
        (counts(10, 4, 5, 5), counts(10, 4, 4, 4), False),
        (counts(10, 6, 5, 5), counts(10, 4, 5, 5), False),
    ],
)
def test_d22_progressing(before: dict[str, int], after: dict[str, int], expected: bool) -> None:
    assert moved(before, after) is expected


@pytest.mark.parametrize(
    ("deadline", "reason", "since", "now", "overdue"),
    [
        (10, progress.UPDATED, 0, 9, False),
        (10, progress.UPDATED, 0, 11, True),
        (10, progress.CREATED, 5, 11, False),
        (10, progress.FOUND, 0, 11, True),
        (10, progress.RESUMED, 0, 11, True),
        (10, progress.AVAILABLE, 0, 1000, False),  # finished before: not timed
        (10, progress.OVERDUE, 0, 1000, True),
        (10, None, 0, 1000, False),
        (NEVER, progress.UPDATED, 0, 10**9, False),  # no deadline
    ],
)
def test_d22_timed_out(deadline: int, reason: Any, since: int, now: int, overdue: bool) -> None:
    spec = deployment(replicas=3, progress_deadline_us=deadline * SECOND).spec
    still = counts(4, 1, 3, 3)
    after = rollout(spec, Condition(reason, since * SECOND), still, still, now * SECOND)
    assert (after.reason == progress.OVERDUE) is overdue


def test_d22_while_paused_nothing_is_timed() -> None:
    spec = deployment(replicas=3, paused=True, progress_deadline_us=10 * SECOND).spec
    assert progress.deadline(spec, Condition(progress.UPDATED, 0)) is None
    assert progress.pause(spec, Condition(progress.UPDATED, 0), 99) == Condition(progress.PAUSED, 99)


def test_d22_without_a_deadline_there_is_no_condition() -> None:
    cluster, web = Cluster(), deployment(replicas=2, progress_deadline_us=NEVER * SECOND)
    cluster.create(web)
    cluster.run(10)
    cluster.change(web, "broken")
    before = cluster.clock.now
    cluster.run(4000)
    assert "progressing" not in web.status
    assert [e for e in cluster.trace.events if e.t > before / SECOND + 10] == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (progress.CREATED, 17),
        (progress.UPDATED, 17),
        (progress.FOUND, 17),
        (progress.RESUMED, 17),
        (progress.AVAILABLE, None),
        (progress.OVERDUE, None),
        (None, None),
    ],
)
def test_d23_a_rollout_that_stands_still_is_looked_at_again_at_its_deadline(
    reason: Any, expected: int | None
) -> None:
    spec = deployment(replicas=3, progress_deadline_us=10 * SECOND).spec
    due = progress.deadline(spec, Condition(reason, 7 * SECOND))
    assert due == (None if expected is None else expected * SECOND)


def test_d23_the_reasons_follow_one_another() -> None:
    cluster, web = Cluster(), deployment(replicas=2, progress_deadline_us=20 * SECOND)
    cluster.create(web)
    cluster.run(10)
    for image, wait in (("broken", 60), ("v3", 30)):
        cluster.change(web, image)
        cluster.run(wait)
    reasons = [row[0] for row in cluster.statuses(web.key, "progressing")]
    done = ["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"]
    stuck = ["NewReplicaSetCreated", "ReplicaSetUpdated", "ProgressDeadlineExceeded"]
    assert reasons == done + stuck + done
    (overdue,) = [e.t for e in cluster.trace.events if e.fields.get("progressing") == reasons[5]]
    moved_last = max(
        e.t for e in cluster.trace.events if e.fields.get("progressing") == reasons[4] and e.t < overdue
    )
    assert overdue == pytest.approx(moved_last + 20, abs=0.1)


@pytest.mark.parametrize(
    ("strategy", "replicas", "unavailable", "expected"),
    [
        ("RollingUpdate", 10, IntOrPercent(0), 0),
        ("RollingUpdate", 10, IntOrPercent(1), 1),
        ("RollingUpdate", 2, IntOrPercent(5), 2),  # no more than there are
        ("RollingUpdate", 0, IntOrPercent(2), 0),
        ("RollingUpdate", 10, IntOrPercent(50, percent=True), 5),
        ("Recreate", 10, IntOrPercent(25, percent=True), 0),
    ],
)
def test_d21_max_unavailable(strategy: Any, replicas: int, unavailable: IntOrPercent, expected: int) -> None:
    spec = deployment(strategy=strategy, replicas=replicas, max_unavailable=unavailable).spec
    assert may_be_unavailable(spec) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [(1, 8, 6), (6, 5, 9), (0, 0, 10), (3, 10, 4), (3, 11, 3), (12, 0, 10)],
)
def test_d21_the_new_set_takes_what_the_surge_leaves(new: int, old: int, expected: int) -> None:
    surge, _ = fenceposts(deployment(replicas=10, max_surge=IntOrPercent(40, percent=True)).spec)
    assert new_size(10, surge, new, new + old) == expected


def test_d21_recreate_makes_the_new_set_at_full_size() -> None:
    cluster, web = Cluster(), deployment(replicas=4, strategy="Recreate")
    cluster.create(web)
    cluster.run(0.03)
    assert [rs.replicas for rs in cluster.sets()] == [4]
    assert fenceposts(web.spec)[0] == 0
