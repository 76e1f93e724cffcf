"""Any sequence of faults that leave disks and clocks alone: at QUORUM the ring is a single copy that loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.analysis.judge import judge
from statesim.kernel.clock import MILLISECOND, SECOND
from tests.systems.cassandra_lab import HOSTS, Put, ring

if TYPE_CHECKING:
    from tests.systems.harness import Lab

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


class Caller:
    """A client process: one call at a time, of one key after the other, to one host after the other."""

    def __init__(self, lab: Lab, number: int, rows: list[tuple[Any, ...]], until: int) -> None:
        self.lab = lab
        self.number = number
        self.rows = rows
        self.until = until
        self.calls = 0
        self.next()

    def next(self) -> None:
        lab = self.lab
        if lab.clock.now > self.until:
            return
        self.calls += 1
        # every caller writes and reads each of three keys, in an order of its own
        key = f"k{(self.calls + self.number) // 2 % 3}"
        writes = (self.calls + self.number) % 2
        value = len(self.rows) if writes else None  # nobody else writes that
        process = lab.processes[HOSTS[(self.calls * 2 + self.number) % 3]]
        f = "write" if writes else "read"
        if not (
            process.running and process.listening and lab.system.accept(process, read_write=True) is None
        ):
            lab.clock.after(100 * MILLISECOND, self.next)
            return
        self.rows.append((lab.clock.now, self.number, "shop", "invoke", f, [key, value], ""))
        ask = Put(f, [key, value])
        lab.system.submit(process, ask)
        self.wait(ask, lab.clock.now + 6 * SECOND)

    def wait(self, ask: Put, until: int) -> None:
        lab = self.lab
        if ask.type:
            ended = ask.type
        elif lab.clock.now < until:
            lab.clock.after(MILLISECOND // 4, self.wait, ask, until)
            return
        else:
            ended = "info" if ask.f == "write" else "fail"
        value = ask.result if ended == "ok" and ask.f == "read" else ask.value
        self.rows.append((lab.clock.now, self.number, "shop", ended, ask.f, value, ""))
        lab.clock.after(200 * MILLISECOND, self.next)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS)
def test_with_overlapping_levels_and_clocks_in_step_a_register_is_linearizable_and_keeps_everything(
    faults: list[tuple[float, str, str, str]],
) -> None:
    lab = ring(commitlog_sync="batch")
    begun, rows = lab.clock.now, list[tuple[Any, ...]]()
    for number in range(4):
        Caller(lab, number, rows, begun + UNTIL)
    for at, what, pod, other in faults:
        lab.at(begun / SECOND + at, lab.strike, what, pod, other)
    lab.run(80)
    lab.heal()
    for pod in HOSTS:
        lab.thaw(pod)
    lab.run(5)
    for pod in HOSTS:
        if not lab.processes[pod].alive:
            lab.start(pod)
    lab.run(30)
    rows.sort(key=lambda row: row[0])
    copy = lab.system.surviving()[1]
    keys = [f"k{number}" for number in range(3)]
    final = {key: values for key in keys if (values := copy.values(("shop", key)))}
    rows.append((lab.clock.now, "final", "shop", "ok", "final", final))
    verdict = judge("register", rows, "shop", lab.clock.now)
    assert verdict.anomalies == ()
    assert verdict.valid
