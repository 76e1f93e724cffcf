"""How many events a second are simulated and traced, of those that bare SimPy fires with as many processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.world import World
from tests.benchmarks.bare import bare_timeouts
from tests.benchmarks.worlds import deployments

if TYPE_CHECKING:
    from tests.benchmarks.conftest import Racing
    from tests.benchmarks.race import Race


def rate(race: Race) -> float:
    """Return traced events a second over bare timeouts a second."""
    (traced, _), bare = race.one, race.other
    return traced / bare / race.ratio


@pytest.mark.parametrize(
    ("pods", "traced", "timers"),
    [(100, 2_490, 2_964), (1_000, 18_814, 26_062)],
    ids=["100 pods", "1,000 pods"],
)
def test_control_plane(race: Racing, pods: int, traced: int, timers: int) -> None:
    variant = deployments(pods)

    def ours() -> tuple[int, int]:
        run = World(variant).run()
        return len(run.events), run.cost

    measured = race(ours, lambda: bare_timeouts(pods, 20 * traced))
    assert measured.one == (traced, timers)
    measured.holds("traced events", rate, at_least=0.25, missed=0.005)
