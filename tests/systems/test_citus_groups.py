"""Workers that are Patroni clusters: a coordinator sends statements to who it thinks is primary of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.systems.citus_lab import balances
from tests.systems.harness import Lab

if TYPE_CHECKING:
    from statesim.systems.patroni.driver import Patroni

EVERY_US = 50_000


def groups(**parameters: Any) -> Lab:
    """Return a coordinator of two groups with synchronous commits, at work for a while."""
    lab = Lab("citus", groups=["a", "b"], **parameters)
    for name in ("a", "b"):
        system = lab.beside(name, "patroni", synchronous_mode=True)
        for number in (0, 1):
            lab.start(f"{name}-{number}", ordinal=number, system=system)
    lab.run(60)
    lab.start("c-0", ordinal=0)
    _write(lab)
    lab.run(10)
    assert {ask.type for ask in lab.asked} == {"ok"}
    return lab


def _write(lab: Lab) -> None:
    if lab.processes["c-0"].running:
        lab.write("c-0")
    lab.clock.after(EVERY_US, _write, lab)


def patroni(lab: Lab, name: str) -> Patroni:
    system: Patroni = lab.processes[f"{name}-0"].driver  # type: ignore[assignment]
    return system


def leader(lab: Lab, name: str) -> str:
    primary = patroni(lab, name).primary()
    assert primary is not None
    return primary.pod


def answers_after(lab: Lab, seconds: float) -> list[Any]:
    before = len(lab.asked)
    lab.run(seconds)
    return lab.asked[before:]


def test_a_group_that_fails_over_is_an_outage_of_its_part_of_the_keys() -> None:
    lab = groups(node_connection_timeout="1s")
    old = leader(lab, "a")
    lab.power_cut(old)
    asks = answers_after(lab, 60)
    failed = [number for number, ask in enumerate(asks) if ask.type == "fail"]
    assert 21 <= (failed[-1] - failed[0]) * EVERY_US / 1e6 <= 35
    during = asks[failed[0] : failed[-1]]
    assert 0.35 < sum(ask.type == "ok" for ask in during) / len(during) < 0.65, "the other group goes on"
    assert leader(lab, "a") != old
    assert lab.lost == set()


def test_a_group_that_hands_over_is_waited_for_and_nobody_sees_an_error() -> None:
    lab = groups()
    old = leader(lab, "a")
    patroni(lab, "a").switch_over(None)
    asks = answers_after(lab, 20)
    assert leader(lab, "a") != old
    assert {ask.type for ask in asks} == {"ok"}
    (held,) = lab.events("TrafficHeld")
    updated = lab.events("MetadataUpdated")[-1]
    assert 1 <= (updated.t_us - held.t_us) / 1e6 <= 4
    assert lab.lost == set()


def test_until_the_coordinator_knows_it_asks_the_one_that_was_primary() -> None:
    errors = {}
    for delay in ("0s", "20s"):
        lab = groups(update_metadata=delay)
        lab.cut(leader(lab, "a"))  # off from the store: it demotes itself, and the other is promoted
        patroni(lab, "a").network_changed()
        asks = answers_after(lab, 60)
        errors[delay] = [ask.error for ask in asks if ask.type == "fail"]
        assert any("read-only" in error for error in errors[delay])
    assert len(errors["20s"]) > len(errors["0s"]) + 100


def test_without_the_coordinator_all_rows_are_there_and_nobody_is_answered() -> None:
    lab = groups()
    lab.power_cut("c-0")
    assert answers_after(lab, 60) == []
    assert lab.lost == set()
    patroni(lab, "a").switch_over(None)
    lab.run(20)
    lab.start("c-0", ordinal=0)
    assert {ask.type for ask in answers_after(lab, 5)[:-1]} == {"ok"}, "it has looked who is primary now"


def test_a_transaction_over_several_groups_is_refused_and_says_so() -> None:
    lab = groups()
    names = [f"a{number}" for number in range(20)]
    assert "not modelled" in balances(lab, *names).error
