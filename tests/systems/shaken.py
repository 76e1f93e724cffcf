"""Groups that are shaken: members and their network break and mend, and all members are written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from tests.systems.harness import Lab


def storm(lab: Lab, rng: Random, steps: int, names: Sequence[str], leading: Callable[[Lab], int]) -> None:
    """Break and mend members and their network, and write to all: at no time does more than one lead."""
    for _ in range(steps):
        pod = rng.choice(names)
        process = lab.processes[pod]
        what = rng.randrange(8)
        if not process.alive:
            if what < 5:
                lab.start(pod, ordinal=int(pod[-1]))
        elif process.state is State.RUNNING and what < 4:
            (lab.kill, lab.power_cut, lab.freeze, lab.stop)[what](pod)
        elif process.state is State.FROZEN:
            lab.thaw(pod)
        elif what == 4:
            lab.cut(pod, rng.choice([other for other in names if other != pod]))
        elif what > 4:
            lab.heal()
        for name in names:
            if lab.processes[name].state is State.RUNNING:
                lab.write(name)
        lab.run(rng.choice((0.3, 2, 7, 20)))
        assert leading(lab) <= 1


def calm(lab: Lab, names: Sequence[str], times: int, seconds: float) -> None:
    """Mend everything; a kubelet starts again who has ended."""
    lab.heal()
    for _ in range(times):
        for pod in names:
            lab.thaw(pod)
            if not lab.processes[pod].alive:
                lab.start(pod, ordinal=int(pod[-1]))
        lab.run(seconds)
