"""Storms over servers that are told apart by their number alone, and what people do in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from tests.systems.harness import Lab

Row = tuple[
    float, str, str, str
]  # how long it waits before, in seconds; what happens; to which pod; with which
FAULTS = ("kill", "power_cut", "freeze", "thaw", "cut", "part", "heal", "return", "stop")
QUIET: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def acts(words: tuple[str, ...], pods: tuple[str, ...]) -> st.SearchStrategy[list[Row]]:
    """Return up to twelve things that happen to pods or that people do with them."""
    one = st.tuples(st.floats(0, 90), st.sampled_from(words), st.sampled_from(pods), st.sampled_from(pods))
    return st.lists(one, min_size=1, max_size=12)


def after(lab: Lab, pods: tuple[str, ...], rows: list[Row], *, calm_s: float) -> Lab:
    """Have a cluster go through a storm, mend all that has broken, and wait so long."""
    for pod in pods:
        _start(lab, pod)
    lab.run(30)
    lab.writer(SECOND, 900 * SECOND)
    for wait, what, pod, other in rows:
        lab.run(wait)
        _strike(lab, what, pod, other)
    lab.mend(pods, 10, lambda pod: _start(lab, pod))
    lab.run(calm_s)
    return lab


def rebuilt_from_one(lab: Lab, pods: tuple[str, ...], *, within_s: float) -> None:
    """Rebuild all but the one that leads, and see that they follow it and have what is written from then on."""
    if lab.primary is None:  # they were all rebuilt from each other: somebody has to lead
        pod = max(pods, key=lambda name: (lab.system.cannot_promote(name) is None, lab.system.progress(name)))
        lab.system.promote(pod)
        lab.run(10)
    primary = lab.primary
    assert primary is not None
    for pod in pods:
        if pod != primary:
            assert lab.system.rebuild(pod) is None
    lab.run(within_s)
    assert lab.primary == primary
    assert len(lab.system.replicas()) == len(pods) - 1
    write = lab.write(primary)
    lab.run(20)
    assert write.type == "ok"
    assert all(lab.ask(pod, "read", write.value).result is True for pod in pods)


def _start(lab: Lab, pod: str) -> None:
    lab.start(pod, ordinal=int(pod[-1]))


def _strike(lab: Lab, what: str, pod: str, other: str) -> None:
    match what:
        case "promote" if lab.system.cannot_promote(pod) is None:
            lab.system.promote(pod)
        case "rebuild":
            lab.system.rebuild(pod)
        case _:
            lab.strike(what, pod, other, start=lambda: _start(lab, pod))
