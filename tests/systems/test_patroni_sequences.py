"""The order of what happens, against three repetitions that were recorded observation by observation.

The store and the servers were looked at five to ten times a second: two things that were seen closer together than
that have no recorded order, and all others happen in the model in the order in which they were seen.
"""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from statesim.kernel.spans import MILLISECOND, SECOND
from tests.systems.harness import Lab, patroni

RECORDINGS = Path(__file__).parent / "recordings"
RESOLUTION_S = 0.2
SEEDS = 20
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "a_async_crash": {"replication_lag": "1ms"},
    "b_sync_crash": {"replication_lag": "1ms", "synchronous_mode": True},
    "f_switchover": {"replication_lag": "1ms"},
}


def recording(experiment: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((RECORDINGS / f"sequence_{experiment}_01.json").read_text("utf-8"))
    return document


def seen(experiment: str) -> dict[str, float]:
    """Return when each thing was first seen, from the fault on."""
    document = recording(experiment)
    old, after = "n1", [row for row in document["observations"] if row["t"] > 0]
    gone, elected = [row for row in document["dcs_leader"] if row["t"] > 0]
    new = elected["leader"]
    (other,) = {"n1", "n2", "n3"} - {old, new}

    def first(member: str, **fields: str) -> float:
        wanted = fields.items() | {("src", "pg")}
        return next(float(row["t"]) for row in after if row["member"] == member and wanted <= row.items())

    found = {
        "the old primary refuses": first(old, state="conn_lost"),
        "the key is gone": gone["t"],
        "the new leader holds it": elected["t"],
        "it is promoted": first(new, role="primary", tl="2"),
        "the first write is acknowledged": document["client"]["first_ok_after_s"],
        "the other replica follows": first(other, role="replica", tl="2"),
        "the old primary follows": first(old, role="replica", tl="2"),
    }
    if experiment == "b_sync_crash":
        found["it names its standby"] = first(new, sync_names=other)
    return found


def returned_s(experiment: str) -> float:
    """Return when the old primary's agent was seen again, after it had been killed with its server."""
    rows = recording(experiment)["observations"]
    return next(
        float(row["t"])
        for row in rows
        if row["t"] > 1 and row["member"] == "n1" and row["src"] == "rest" and row["state"] == "stopped"
    )


def hit(experiment: str, seed: int) -> tuple[Lab, float]:
    """Return a cluster to which the same has happened at the same phase of the leader's loop, and when."""
    lab, left_s = patroni(seed, **EXPERIMENTS[experiment]), recording(experiment)["fault"]["lease_ttl_left_s"]
    age_s = lab.system.parameters.ttl / SECOND - (left_s + 0.5)  # the key shows whole seconds
    fault_s = lab.system.group.leader.next_loop(63 * SECOND) / SECOND + age_s
    lab.at(fault_s - 2, lab.writer, 50 * MILLISECOND, round((fault_s + 35) * SECOND))
    if experiment == "f_switchover":
        lab.at(fault_s, lab.system.switch_over, "pg-1")
    else:
        lab.at(fault_s, lab.kill, "pg-0")
        lab.at(fault_s + returned_s(experiment), lab.start, "pg-0")
    lab.run(fault_s + 40 - lab.clock.now / SECOND)
    return lab, fault_s


def happened(experiment: str, seed: int) -> dict[str, float]:
    """Return when the same happens in the model."""
    lab, fault_s = hit(experiment, seed)

    def first(event: str, obj: str = "", **fields: object) -> float:
        rows = (
            e for e in lab.events(event, obj) if e.t > fault_s - 0.001 and fields.items() <= e.fields.items()
        )
        return next(rows).t

    new = lab.system.primary().pod
    (other,) = {"pg-0", "pg-1", "pg-2"} - {"pg-0", new}
    timeline = lab.system.group.leader.data.timeline
    gone = lab.events("LeaseExpired")
    found = {
        "the old primary refuses": first("Role", "Member/pg-0", accepts_writes=False),
        "the key is gone": gone[0].t if gone else lab.system.group.lease.released_us / SECOND,
        "the new leader holds it": first("Elected"),
        "it is promoted": first("Promoted", f"Member/{new}"),
        "the first write is acknowledged": timeline.log.times[0] / SECOND,
        "the other replica follows": first("CaughtUp", f"Member/{other}", timeline=2),
        "the old primary follows": first("CaughtUp", "Member/pg-0", timeline=2),
    }
    if experiment == "b_sync_crash":
        found["it names its standby"] = first("SyncNames", pods=[other])
    return found


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_what_was_seen_one_after_the_other_happens_in_that_order(experiment: str) -> None:
    real = seen(experiment)
    ordered = [(a, b) for a, b in permutations(real, 2) if real[a] + RESOLUTION_S < real[b]]
    assert len(ordered) >= 12
    for seed in range(SEEDS):
        model = happened(experiment, seed)
        assert real.keys() == model.keys()
        wrong = [f"{a} before {b}" for a, b in ordered if not model[a] < model[b]]
        assert wrong == [], f"seed {seed}: {model}"
