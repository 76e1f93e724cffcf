"""Any sequence of faults that leave disks and clocks alone: at QUORUM the ring is a single copy that loses nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from tests.systems.cassandra_lab import HOSTS, ring
from tests.systems.registers import Caller, judged

UNTIL = 70 * SECOND
FAULTS = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.sampled_from(("kill", "power_cut", "freeze", "thaw", "part", "heal", "return", "stop")),
        st.sampled_from(HOSTS),
        st.sampled_from(HOSTS),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS)
def test_with_overlapping_levels_and_clocks_in_step_a_register_is_linearizable_and_keeps_everything(
    faults: list[tuple[float, str, str, str]],
) -> None:
    lab = ring(commitlog_sync="batch")
    begun, rows = lab.clock.now, list[tuple[Any, ...]]()
    for number in range(4):
        Caller(lab, number, HOSTS, rows, begun + UNTIL)
    for at, what, pod, other in faults:
        lab.at(begun / SECOND + at, lab.strike, what, pod, other)
    lab.run(80)
    lab.mend(HOSTS, 5, lab.start)
    lab.run(30)
    verdict = judged(lab, rows)
    assert verdict.anomalies == ()
    assert verdict.valid
