"""Any sequence of faults that leave disks alone: no money is made or lost, and nothing stays in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.statements import execute
from tests.systems.citus_lab import BEGUN, Bank, again, cluster, transfer

if TYPE_CHECKING:
    from tests.systems.harness import Lab

PODS = ("c-0", "c-1", "c-2", "c-3")
ACCOUNTS = [f"a{number}" for number in range(8)]
FAULTS = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from(("kill", "power_cut", "freeze", "thaw", "part", "heal", "return", "return", "stop")),
        st.sampled_from(PODS),
        st.sampled_from(PODS),
    ),
    min_size=1,
    max_size=14,
)


def pay(lab: Lab, asks: list[Bank], until: int) -> None:
    """Transfer from one account after the other to the next but one."""
    number = len(asks)
    process = lab.processes["c-0"]
    if process.running and process.listening:
        asks.append(transfer(ACCOUNTS[number % 8], ACCOUNTS[(number * 3 + 2) % 8], 1 + number % 7))
        if asks[-1].value["from"] != asks[-1].value["to"]:
            lab.system.submit(process, asks[-1])
    if lab.clock.now < until:
        lab.clock.after(37 * MILLISECOND, pay, lab, asks, until)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FAULTS)
def test_what_is_answered_is_kept_as_a_whole_and_what_is_in_doubt_ends(
    faults: list[tuple[float, str, str, str]],
) -> None:
    lab = cluster(round_trip="30ms", recover_2pc_interval="5s")
    asks: list[Bank] = []
    pay(lab, asks, lab.clock.now + 45 * SECOND)
    for at, what, pod, other in faults:
        number = PODS.index(pod)
        lab.at(
            1 + at, lambda w=what, p=pod, o=other, n=number: lab.strike(w, p, o, start=lambda: again(lab, n))
        )
    lab.run(47)
    lab.mend(PODS, 3, lambda pod: again(lab, PODS.index(pod)))
    lab.run(10)
    assert not any(lab.disks.open(f"pv/{pod}").contents.prepared for pod in PODS[1:])
    copy = lab.system.surviving()[1]
    left = execute(Bank("read", dict.fromkeys(ACCOUNTS, BEGUN)), copy).value
    assert sum(left.values()) == BEGUN * len(ACCOUNTS)
    sure = [ask for ask in asks if ask.type == "ok"]
    open_ = [ask for ask in asks if ask.type == ""]
    for name in ACCOUNTS:
        moved = sum(_change(ask, name) for ask in sure)
        doubt = [_change(ask, name) for ask in open_]
        least = sum(each for each in doubt if each < 0)
        most = sum(each for each in doubt if each > 0)
        assert BEGUN + moved + least <= left[name] <= BEGUN + moved + most


def _change(ask: Bank, name: str) -> int:
    amount: int = ask.value["amount"]
    return amount * ((ask.value["to"] == name) - (ask.value["from"] == name))
