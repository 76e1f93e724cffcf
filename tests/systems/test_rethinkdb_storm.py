"""Any sequence of faults that leave disks alone: with majorities on both sides a table is a single copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from tests.systems.registers import Caller, judged
from tests.systems.rethink_lab import SERVERS, start, table

if TYPE_CHECKING:
    from tests.systems.harness import Lab

UNTIL = 90 * SECOND
FAULTS = st.lists(
    st.tuples(
        st.floats(0, 80),
        st.sampled_from(("kill", "power_cut", "freeze", "thaw", "part", "part", "heal", "return", "stop")),
        st.sampled_from(SERVERS),
        st.sampled_from(SERVERS),
    ),
    min_size=1,
    max_size=16,
)


def storm(faults: list[tuple[float, str, str, str]], seed: int = 1, **parameters: Any) -> tuple[Lab, Any]:
    """Let callers and faults loose on a table, and calm after them; return what the judge says."""
    lab = table(seed=seed, **parameters)
    begun, rows = lab.clock.now, list[tuple[Any, ...]]()
    for number in range(4):
        Caller(lab, number, SERVERS, rows, begun + UNTIL)
    for at, what, pod, other in faults:
        if what == "return":
            lab.at(begun / SECOND + at, back, lab, pod)
        else:
            lab.at(begun / SECOND + at, lab.strike, what, pod, other)
    lab.run(100)
    lab.heal()
    for pod in SERVERS:
        lab.thaw(pod)
    lab.run(5)
    for pod in SERVERS:
        back(lab, pod)
    lab.run(60)
    return lab, judged(lab, rows)


def back(lab: Lab, pod: str) -> None:
    if not lab.processes[pod].alive:
        start(lab, pod)


@pytest.mark.parametrize("shards", [1, 3])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS)
def test_with_majorities_a_register_is_linearizable_keeps_everything_and_calm_brings_all_back(
    shards: int, faults: list[tuple[float, str, str, str]]
) -> None:
    lab, verdict = storm(faults, read_mode="majority", shards=shards)
    assert verdict.anomalies == ()
    assert verdict.valid
    assert lab.dual_primary_s() == 0
    assert lab.primary == "db-0", "the preferred primary has its role again"
    assert [process.pod for process in lab.system.replicas()] == ["db-1", "db-2"]
    asks = [lab.write(pod) for pod in SERVERS]
    lab.run(1)
    assert [ask.type for ask in asks] == ["ok"] * 3
    before = lab.clock.events
    lab.run(24 * 3600)
    assert lab.clock.events == before, "health costs nothing"


def test_the_same_seed_gives_the_same_trace() -> None:
    faults = [(3.0, "kill", "db-0", "db-1"), (20.0, "part", "db-1", "db-2"), (40.0, "return", "db-0", "db-0")]

    def trace() -> list[tuple[int, str, str]]:
        return [(event.t_us, event.object, event.event) for event in storm(faults)[0].trace.events]

    assert trace() == trace()
