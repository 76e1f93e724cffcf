"""Each parameter of a MySQL group moves what it should, in the direction that its page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from statesim.kernel.clock import SECOND
from statesim.systems.catalogue import problems
from statesim.systems.mysql_group.parameters import GroupParameters
from tests.systems.mysql_group_lab import KIND, NAMES, back, fails_over_s, group, weighted

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


def joins_s(**parameters: Any) -> tuple[str, float]:
    """Return how m-2 joins after a hundred writes, and after how long."""
    lab = group(**parameters)
    lab.stop("m-2")
    lab.run(3)
    for _ in range(100):
        lab.write("m-0")
    since = lab.clock.now
    back(lab, "m-2")
    while len(lab.system.replicas()) < 2:
        lab.run(0.05)
    return "clone" if lab.events("Cloned", "Member/m-2") else "log", (lab.clock.now - since) / SECOND


def test_how_long_a_silence_is_borne() -> None:
    assert silent_s() == pytest.approx(10.5, abs=0.2)
    assert silent_s(detection_period="8s") == pytest.approx(13.5, abs=0.2)
    assert silent_s(group_replication_member_expel_timeout=0) == pytest.approx(5.5, abs=0.2)
    assert silent_s(election_time="3s") == pytest.approx(13, abs=0.2)


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


def test_consistency_moves_what_waits() -> None:
    def waits(level: str) -> tuple[bool, bool, bool]:
        """Return whether a new primary, a secondary's read and a commit wait."""
        lab = group(apply_lag="20s", group_replication_consistency=level)
        commit = lab.write("m-0")
        read = lab.ask("m-1", "read", 1)
        lab.run(0.1)
        slow = not commit.type, not read.type
        lab.run(30)
        lab.write("m-0")
        lab.power_cut("m-0")
        lab.run(13)
        new = str(lab.primary)
        return not lab.ask(new, "read", 1).type, slow[1], slow[0]

    assert waits("EVENTUAL") == (False, False, False)
    assert waits("BEFORE_ON_PRIMARY_FAILOVER") == (True, False, False)
    assert waits("BEFORE") == (True, True, False)
    assert waits("AFTER") == (True, False, True)
    assert waits("BEFORE_AND_AFTER") == (True, True, True)


def test_the_backlog_is_as_long_as_members_lag() -> None:
    def held_s(lag: str) -> float:
        lab = group(apply_lag=lag, **EXACT)
        lab.write("m-0")
        lab.power_cut("m-0")
        return fails_over_s(lab) or 0

    assert held_s("5ms") == pytest.approx(10.5, abs=0.2)
    assert held_s("15s") == pytest.approx(15, abs=0.2)
    assert held_s("30s") == pytest.approx(30, abs=0.2)


@pytest.mark.parametrize(("limit", "gives_up_s"), [(0, None), ("20s", 25)])
def test_a_minority_waits_for_ever_or_leaves(limit: Any, gives_up_s: float | None) -> None:
    lab = group(group_replication_unreachable_majority_timeout=limit, group_replication_autorejoin_tries=0)
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    waits = lab.write("m-0")
    lab.run(600)
    left = [event.t_us / SECOND - 60 for event in lab.events("LeftGroup")]
    assert left == ([] if gives_up_s is None else [gives_up_s])
    assert waits.type == ("" if gives_up_s is None else "fail")


def test_tries_to_join_again_and_how_far_apart() -> None:
    def out_s(**parameters: Any) -> float:
        lab = group(group_replication_unreachable_majority_timeout="10s", **parameters)
        lab.power_cut("m-1")
        lab.power_cut("m-2")
        lab.run(4000)
        return lab.events("LeftGroup")[0].t_us / SECOND - 60

    assert out_s() == 15 + 2 * 300
    assert out_s(group_replication_autorejoin_tries=0) == 15
    assert out_s(group_replication_autorejoin_tries=5) == 15 + 4 * 300
    assert out_s(autorejoin_interval="1m") == 15 + 2 * 60


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


def test_who_begins_again() -> None:
    def begins(word: str) -> str | None:
        lab = group(bootstrap=word)
        for pod in NAMES:
            lab.power_cut(pod)
        back(lab, *NAMES)
        lab.run(60)
        return lab.primary

    assert begins("none") is None
    assert begins("ordinal-0") == "m-0"
    assert begins("most-transactions") is not None


def test_how_a_joiner_gets_what_it_lacks_and_how_fast() -> None:
    assert joins_s()[0] == "log"
    assert joins_s(group_replication_clone_threshold=99)[0] == "clone"
    assert joins_s(group_replication_clone_threshold=100)[0] == "log"
    big = joins_s(transaction_size="1Mi", transfer_rate="10Mi")[1]
    assert big == pytest.approx(11, abs=0.2)
    assert joins_s(transaction_size="1Mi")[1] == pytest.approx(2, abs=0.2)
    clone = {"group_replication_clone_threshold": 1}
    assert joins_s(**clone, data_size="1000Mi")[1] == pytest.approx(joins_s(**clone)[1] + 9, abs=0.2)
    assert joins_s(start_time="4s")[1] >= joins_s()[1] + 2.9


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


def test_every_parameter_is_turned_in_this_file() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in GroupParameters.__dataclass_fields__ if name not in text] == []
