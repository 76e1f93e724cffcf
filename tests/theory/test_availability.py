"""One server that fails and is mended is up for MTTF / (MTTF + MTTR) of the time.

Only the ratio counts, and so the times are short: a control plane that does not notice most failures has nothing to do.
"""

from __future__ import annotations

from math import exp, gamma, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.theory.bounds import normal
from tests.theory.failing import changes, machines, ran, shares

if TYPE_CHECKING:
    from statesim.analysis.statistics import Interval

END_S = 500_000


class Law(NamedTuple):
    """A distribution as a scenario writes it, its mean and its standard deviation (seconds)."""

    written: Any
    mean: float
    deviation: float


def exponential(mean: float) -> Law:
    """Return an exponential time: it deviates by its mean."""
    return Law(f"{mean}s", mean, mean)


def weibull(scale: float, shape: float) -> Law:
    """Return the times of what wears out (shape above 1) or fails young."""
    mean, square = (scale**k * gamma(1 + k / shape) for k in (1, 2))
    return Law({"weibull": {"scale": f"{scale}s", "shape": shape}}, mean, sqrt(square - mean**2))


def lognormal(median: float, sigma: float) -> Law:
    """Return the times of repairs as they are usually found."""
    mean = median * exp(sigma**2 / 2)
    return Law({"lognormal": {"median": f"{median}s", "sigma": sigma}}, mean, mean * sqrt(exp(sigma**2) - 1))


def deviation(up: Law, down: Law, seconds: float) -> float:
    """Return the standard deviation of the share of a long time in which it is up.

    The variance of an alternating renewal process: (s² v² + r² u²) / (u + v)³ T, where u and v are the means, r and s
    the deviations of the times up and down (Takács, Acta
    Math. Hung. 8, 1957; the central limit theorem of renewal reward processes, Ross, "Stochastic Processes", 3.6).
    """
    cycle = up.mean + down.mean
    return sqrt(((down.deviation * up.mean) ** 2 + (up.deviation * down.mean) ** 2) / cycle**3 / seconds)


def found(up: Law, down: Law, start_s: float = 0.0) -> tuple[Interval, Interval]:
    """Return for which share of the time the machine is up, and the server on it, which takes a time to start."""
    scenario = machines(
        1,
        END_S,
        {"mtbf": up.written, "mttr": down.written},
        containers=[{"name": "web", "image": "web:1", "nodes": ["n-a-1"], "port": 80, "restart": "always"}],
        images={"*": {"pull": "0s", "start": f"{start_s}s"}},
    )
    record = ran(scenario, 11)
    of = deviation(up, down, END_S)
    machine = shares(changes(record, "Node", "Recovered", "Crashed"), 1, 0, END_S, up=True)
    server = shares(changes(record, "Process", "Running", "Exited"), 1, 0, END_S, up=False)
    return normal(machine[1], of), normal(server[1], of)


CASES = [
    (exponential(100), exponential(10)),
    (weibull(120, 3), lognormal(8, 1)),
    pytest.param(weibull(40, 0.7), exponential(20), marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("up", "down"), CASES, ids=lambda law: str(law.written))
def test_a_machine_is_up_for_its_share_of_a_cycle(up: Law, down: Law) -> None:
    """A = MTTF / (MTTF + MTTR), whatever the distributions are: renewal reward (Ross, "Stochastic Processes", 3.6)."""
    machine, server = found(up, down)
    expected = up.mean / (up.mean + down.mean)
    assert expected in machine
    assert expected in server, "which starts at once"
    assert up.mean / (up.mean + 1.1 * down.mean) not in machine
    assert 0.9 * up.mean / (0.9 * up.mean + down.mean) not in machine


def test_what_a_server_needs_to_start_again_is_taken_from_each_time_between_failures() -> None:
    """A = E[(U - s)⁺] / (MTTF + MTTR) = MTTF exp(-s / MTTF) / (MTTF + MTTR): it may fail again before it has started."""
    up, down, start_s = exponential(100), exponential(10), 10.0
    machine, server = found(up, down, start_s)
    share = up.mean / (up.mean + down.mean)
    assert share in machine
    assert share not in server
    assert share * exp(-start_s / up.mean) in server
    assert share * exp(-1.5 * start_s / up.mean) not in server
