"""Docker's restart policies: whether a container that has ended is started again, and after how long.

Sources: moby restartmanager/restartmanager.go (ShouldRestart: the wait begins at 100 ms, is doubled up to a
minute, and begins anew after a run of ten seconds); moby container/container.go (ShouldRestart, which the
daemon asks as well when it starts); Docker documentation, "Start containers automatically".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from statesim.scenario.containers import RestartPolicy

FIRST_WAIT_US = 100_000
LONGEST_WAIT_US = 60_000_000
GOOD_RUN_US = 10_000_000


class Past(NamedTuple):
    """What the daemon remembers of a container that has ended.

    Attributes
    ----------
    exit_code
        Its last one.
    ran_us
        How long its last run was.
    wait_us
        How long the latest restart was put off; 0 = there was none, or a person has started it since.
    restarts
        How often the policy has started it since a person did.
    by_hand
        Whether a person has stopped it.
    """

    exit_code: int
    ran_us: int
    wait_us: int
    restarts: int
    by_hand: bool


class Verdict(NamedTuple):
    """Whether it is started again, after how long, and why or why not."""

    restart: bool
    wait_us: int
    why: str


def after_exit(policy: RestartPolicy, past: Past) -> Verdict:
    """Decide what follows when a container's program ends."""
    if past.by_hand:
        return Verdict(False, 0, "a person has stopped it")
    wait_us = 0 if past.ran_us >= GOOD_RUN_US else past.wait_us
    wait_us = min(2 * wait_us, LONGEST_WAIT_US) if wait_us else FIRST_WAIT_US
    match policy.name:
        case "always" | "unless-stopped":
            return Verdict(True, wait_us, f"its restart policy is {policy}")
        case "on-failure" if past.exit_code == 0:
            return Verdict(False, 0, "its restart policy is on-failure, and it ended with exit code 0")
        case "on-failure" if policy.retries and past.restarts >= policy.retries:
            return Verdict(False, 0, f"its restart policy is {policy}, and so often it was started again")
        case "on-failure":
            return Verdict(
                True, wait_us, f"its restart policy is {policy}, and its exit code {past.exit_code}"
            )
        case _:
            return Verdict(False, 0, "its restart policy is no")


def at_boot(policy: RestartPolicy, past: Past) -> Verdict:
    """Decide what the daemon does with a container when it starts: with its machine, after a power cut too.

    `always` starts even what a person has stopped; `unless-stopped` does not. The documentation says that
    `on-failure` starts nothing then; the daemon asks for the last exit code, which is 255 after a power cut
    (moby issue 47846), and that is what is done here.
    """
    if policy.name == "always":
        return Verdict(True, 0, "its restart policy is always, and the daemon has started")
    verdict = after_exit(policy, past)
    return verdict._replace(wait_us=0) if verdict.restart else verdict
