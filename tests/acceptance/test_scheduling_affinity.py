"""Which pods a pod must be near or away from: predicates.go of test/e2e/scheduling."""

from __future__ import annotations

from typing import Any

from tests.acceptance.scheduling_worlds import (
    HOST,
    ZONE,
    crowd,
    labelled,
    near,
    nodes,
    placed,
    required,
    run,
    said,
)
from tests.acceptance.small import pod, workload


def away(key: str, app: str = "a") -> dict[str, Any]:
    return {"affinity": {"podAntiAffinity": required(near(key, app))}}


def test_k03_required_anti_affinity_allows_one_replica_a_domain() -> None:
    rows = [{"name": f"n-{z}-{i}", "zone": z} for z in "ab" for i in (1, 2)]
    made = run(workload(replicas=3, **away(ZONE)), cluster=nodes(*rows))
    where = [node for node in placed(made).values() if node]
    assert len(where) == 2
    assert len({str(node).split("-")[1] for node in where}) == 2
    (last,) = made.events("FailedScheduling")
    assert "4 node(s) didn't match pod anti-affinity rules" in str(last.fields["why"])


def test_k03_anti_affinity_is_symmetric_and_looked_at_only_when_a_pod_is_placed() -> None:
    shy = pod("shy", **away(HOST, "loud"))
    loud = pod("loud")
    made = run(shy, cluster=nodes("n-a"), timeline=({"at": "30s", "do": "apply", "manifests": [loud]},))
    assert placed(made) == {"shy": "n-a", "loud": None}
    assert "1 node(s) didn't satisfy existing pods anti-affinity rules" in said(made, "loud")
    relabel = {
        "at": "30s",
        "do": "patch",
        "on": "Pod/other",
        "patch": {"metadata": {"labels": {"app": "loud"}}},
    }
    stays = run(shy, pod("other"), cluster=nodes("n-a"), timeline=(relabel,))
    assert placed(stays) == {"shy": "n-a", "other": "n-a"}


def test_k03_required_affinity_waits_for_company_and_the_first_of_its_own_kind_goes_ahead() -> None:
    rows = [{"name": "n-a", "zone": "a"}, {"name": "n-b", "zone": "b"}]
    wants = {"affinity": {"podAffinity": required(near(ZONE, "cache"))}}
    cache = pod("cache", nodeSelector={ZONE: "b"})
    made = run(
        pod("web", **wants),
        cluster=nodes(*rows),
        timeline=({"at": "30s", "do": "apply", "manifests": [cache]},),
    )
    assert "2 node(s) didn't match pod affinity rules" in said(made, "web")
    assert placed(made) == {"web": "n-b", "cache": "n-b"}
    group = run(
        workload(replicas=4, affinity={"podAffinity": required(near(ZONE, "a"))}), cluster=nodes(*rows)
    )
    assert crowd(group) == [4]


def test_k03_match_label_keys_let_each_revision_keep_to_itself() -> None:
    rows = nodes("n-a", "n-b", version="1.32")
    term = {**near(HOST, "a"), "matchLabelKeys": ["rev"]}
    old, new, newer = (
        labelled(pod(f"p{i}", affinity={"podAntiAffinity": required(term)}), app="a", rev=rev)
        for i, rev in enumerate(("1", "1", "2"))
    )
    made = run(old, new, newer, cluster=rows)
    where = placed(made)
    assert where["p0"] != where["p1"]
    assert where["p2"] is not None
    before = run(old, new, newer, cluster={**rows, "kubernetes": "1.28"})
    assert placed(before)["p2"] is None
