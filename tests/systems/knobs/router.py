"""What the parameters of a pair of routers move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab
from tests.systems.knobs.table import Knobs

ROUTER = Knobs("router")


class Flow:
    """A client's connection through the routers, which counts how often it met one that did not know it."""

    def __init__(self) -> None:
        self.broken = 0

    def reset(self, how: str) -> None:
        self.broken += 1

    def move(self, process: Any, *, known: bool) -> None:
        self.broken += not known


def died(**parameters: Any) -> tuple[Lab, Flow]:
    """Return a pair, half a minute after its master has died."""
    lab, flow = Lab("router", **parameters), Flow()
    for number in range(2):
        lab.start(f"gw-{number}", ordinal=number)
    lab.run(60)
    lab.processes["gw-0"].connections[1] = flow
    lab.kill("gw-0")
    lab.run(30)
    return lab, flow


def returned(**parameters: Any) -> tuple[Lab, Flow]:
    """Return the same pair, two minutes after that router is there again."""
    lab, flow = died(**{"flow_sync": True, **parameters})
    lab.start("gw-0", ordinal=0)
    lab.run(120)
    return lab, flow


def taken_over_after_s(**parameters: Any) -> float:
    """Return when the backup is master after the master died, in seconds."""
    return died(**parameters)[0].events("Role", "Member/gw-1")[-1].t - 60


def broken(**parameters: Any) -> float:
    """Return how many flows are broken when the master dies."""
    return died(**parameters)[1].broken


def broken_by_the_return(**parameters: Any) -> float:
    """Return how many flows are broken when the first master comes back."""
    return returned(**parameters)[1].broken


def first_is_master_again(**parameters: Any) -> float:
    """Tell whether a master that comes back is master again."""
    return returned(**parameters)[0].accepting("gw-0")


def taken_back_after_s(**parameters: Any) -> float:
    """Return when a master that comes back is master again, in seconds."""
    lab, _ = returned(**parameters)
    back = [e for e in lab.events("Role", "Member/gw-0") if e.fields["role"] == "primary"]
    return back[-1].t_us / SECOND - 90


def masters_with_a_new_pod(**parameters: Any) -> float:
    """Return how many masters there are when the backup is another pod."""
    lab = Lab("router", **parameters)
    for number in range(2):
        lab.start(f"gw-{number}", ordinal=number)
    lab.run(60)
    lab.kill("gw-1")
    lab.start("gw-1", ordinal=1)
    lab.run(60)
    return sum(lab.accepting(pod) for pod in ("gw-0", "gw-1"))


ROUTER.rises("advert_int", taken_over_after_s, "100ms", "1s", "5s")
ROUTER.rises("preempt", first_is_master_again, False, True)
ROUTER.rises("preempt_delay", taken_back_after_s, "0s", ("15s", 15), ("1m", 60))
ROUTER.falls("flow_sync", broken, False, True)
ROUTER.rises("relearn", broken_by_the_return, "3s", "10s")
ROUTER.rises("unicast_peer", masters_with_a_new_pod, (False, 1), (True, 2))
ROUTER.falls("peer_names", masters_with_a_new_pod, (False, 2), (True, 1), unicast_peer=True)
