"""What a MySQL group suspects, elects, and does when it is out: the parameters that work together."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.systems.catalogue import problems
from tests.systems.mysql_group_lab import KIND, fails_over_s, group, weighted

EXACT = {"suspicions_processing_period": 0}


def silent_s(**parameters: Any) -> float:
    """Return how long a failover takes when the primary's machine dies."""
    lab = group(**{**EXACT, **parameters})
    lab.power_cut("m-0")
    return fails_over_s(lab) or 0


def killed_s(**parameters: Any) -> float:
    """Return the same when only its program dies."""
    lab = group(**{**EXACT, **parameters})
    lab.kill("m-0")
    return fails_over_s(lab) or 0


def test_suspicions_are_looked_at_once_in_a_while() -> None:
    def took(seed: int) -> float:
        lab = group(seed=seed, suspicions_processing_period="15s")
        lab.power_cut("m-0")
        return fails_over_s(lab) or 0

    every = [took(seed) for seed in range(12)]
    assert min(every) >= 10.4
    assert max(every) <= 25.8
    assert max(every) - min(every) > 5


def test_a_reset_counts_for_nothing_unless_it_is_told_to() -> None:
    assert killed_s() == pytest.approx(silent_s(), abs=0.01)
    assert killed_s(detection_after_reset="1s") == pytest.approx(6.5, abs=0.2)
    assert silent_s(detection_after_reset="1s") == pytest.approx(10.5, abs=0.2)


@pytest.mark.parametrize("pod", ["m-1", "m-2"])
def test_weight(pod: str) -> None:
    lab = group(group_replication_member_weight=weighted(pod))
    lab.stop("m-0")
    lab.run(2)
    assert lab.primary == pod


def test_a_try_that_finds_the_group_again_brings_it_back() -> None:
    lab = group(group_replication_unreachable_majority_timeout="10s")
    lab.cut("m-0", "m-1")
    lab.cut("m-0", "m-2")
    lab.run(60)
    lab.heal()
    lab.run(200)
    assert len(lab.system.replicas()) == 1, "it looks again five minutes after it gave up"
    lab.run(80)
    assert len(lab.system.replicas()) == 2


@pytest.mark.parametrize("action", ["READ_ONLY", "OFFLINE_MODE", "ABORT_SERVER"])
def test_exit_action(action: str) -> None:
    lab = group(
        group_replication_unreachable_majority_timeout="10s",
        group_replication_autorejoin_tries=0,
        group_replication_exit_state_action=action,
    )
    lab.write("m-0")
    for pod in ("m-1", "m-2"):
        lab.power_cut(pod)
    lab.run(30)
    process = lab.processes["m-0"]
    refused = lab.system.accept(process, read_write=False) if process.alive else "dead"
    assert process.alive is (action != "ABORT_SERVER")
    assert ("offline mode" in str(refused)) is (action == "OFFLINE_MODE")
    assert (lab.ask("m-0", "read", 1).result is True) is (action == "READ_ONLY")
    if action == "READ_ONLY":
        assert "--super-read-only" in lab.write("m-0").error


def test_a_member_that_is_out_refuses_everybody_by_default_as_since_8_4() -> None:
    lab = group(group_replication_unreachable_majority_timeout="10s", group_replication_autorejoin_tries=0)
    lab.write("m-0")
    for pod in ("m-1", "m-2"):
        lab.power_cut(pod)
    lab.run(30)
    assert lab.ask("m-0", "read", 1).result is not True


def test_what_does_not_fit_is_refused() -> None:
    assert problems(KIND, {"detection_after_reset": "9s"}) == [
        "detection_after_reset must be at most detection_period"
    ]
    wrong = problems(
        KIND,
        {
            "group_replication_consistency": "EVENTUALL",
            "group_replication_member_weight": 50,
            "group_replication_exit_state_action": "ABORT",
            "group_replication_autorejoin_tries": -1,
        },
    )
    assert len(wrong) == 4
    assert "did you mean EVENTUAL?" in wrong[0]
