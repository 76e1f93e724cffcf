"""Pods that are not to be scheduled yet: predicates.go of test/e2e/scheduling."""

from __future__ import annotations

from tests.acceptance.scheduling_worlds import (
    nodes,
    run,
)
from tests.acceptance.small import pod


def test_k03_gated_pods_wait_unseen_until_their_gates_are_removed() -> None:
    gated = pod("p", schedulingGates=[{"name": "example.com/quota"}])
    open_gate = {"at": "60s", "do": "patch", "on": "Pod/p", "patch": {"spec": {"schedulingGates": None}}}
    made = run(gated, cluster=nodes("n-a"), timeline=(open_gate,))
    assert made.events("FailedScheduling") == []
    assert made.times("Scheduled") == [60.0]
    assert made.times("Ungated") == [60.0]
    before = run(gated, cluster=nodes("n-a", version="1.25"))
    assert before.times("Scheduled") == [0.0]
