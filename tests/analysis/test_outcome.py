"""The line that an audience remembers names the client whose requests stopped, where others noticed nothing."""

from __future__ import annotations

import pytest

import statesim
from statesim.analysis.outcome import outcome


@pytest.mark.parametrize(
    ("variant", "told"), [("reverted", "shard: no requests until the end"), ("deployment", "requests never")]
)
def test_the_outcome_names_whose_requests_stopped_if_not_everybodys(variant: str, told: str) -> None:
    result = statesim.run("broken-rollout", variants=[variant])
    assert outcome(result.metrics["variants"][variant]).startswith(told)


def test_the_outcome_names_nobody_if_all_clients_were_hurt_alike() -> None:
    result = statesim.run("pg-node-crash", variants=["statefulset"])
    assert outcome(result.metrics["variants"]["statefulset"]).startswith("no writes until the end")
