"""Docker's restart policies, rule by rule (moby restartmanager, TestRestartManagerTimeout and its docs)."""

from __future__ import annotations

import pytest

from statesim.node.restart_policy import GOOD_RUN_US, Past, after_exit, at_boot
from statesim.scenario.containers import parse_restart

CRASHED = Past(exit_code=1, ran_us=1_000_000, wait_us=0, restarts=0, by_hand=False)


def waits(policy: str, times: int) -> list[int]:
    """Return how long each restart of a program is put off that crashes after a second."""
    past, found = CRASHED, []
    for _ in range(times):
        verdict = after_exit(parse_restart(policy), past)
        found.append(verdict.wait_us)
        past = past._replace(wait_us=verdict.wait_us, restarts=past.restarts + 1)
    return found


def test_the_wait_begins_at_a_tenth_of_a_second_and_is_doubled_up_to_a_minute() -> None:
    seconds = [wait / 1_000_000 for wait in waits("always", 12)]
    assert seconds == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]


@pytest.mark.parametrize(("ran_us", "wait_us"), [(GOOD_RUN_US, 100_000), (GOOD_RUN_US - 1, 51_200_000)])
def test_a_run_of_ten_seconds_begins_the_waiting_anew(ran_us: int, wait_us: int) -> None:
    past = CRASHED._replace(ran_us=ran_us, wait_us=25_600_000)
    assert after_exit(parse_restart("unless-stopped"), past).wait_us == wait_us


@pytest.mark.parametrize(
    ("policy", "exit_code", "by_hand", "after", "boot"),
    [
        ("no", 1, False, False, False),
        ("no", 255, False, False, False),
        ("on-failure", 0, False, False, False),
        ("on-failure", 1, False, True, True),
        ("on-failure", 255, False, True, True),  # a power cut: moby issue 47846
        ("on-failure", 137, True, False, False),
        ("unless-stopped", 0, False, True, True),
        ("unless-stopped", 0, True, False, False),
        ("always", 0, False, True, True),
        ("always", 0, True, False, True),  # the difference between the two
    ],
)
def test_who_is_started_again(policy: str, exit_code: int, by_hand: bool, after: bool, boot: bool) -> None:
    past = CRASHED._replace(exit_code=exit_code, by_hand=by_hand)
    assert after_exit(parse_restart(policy), past).restart is after
    assert at_boot(parse_restart(policy), past).restart is boot


def test_on_failure_gives_up_after_so_many_tries() -> None:
    policy = parse_restart("on-failure:3")
    assert [after_exit(policy, CRASHED._replace(restarts=n)).restart for n in (2, 3)] == [True, False]
