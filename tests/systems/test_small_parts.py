"""The parts that the systems share, the catalogue, and the web tier."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.errors import ModelError
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.systems.catalogue import SHIPPED, problems
from statesim.systems.lease import Lease
from statesim.systems.wal import Stream, Timeline, shared
from tests.systems.harness import Lab


def lease() -> tuple[Clock, Lease, list[tuple[int, str, int]]]:
    clock = Clock()
    seen: list[tuple[int, str, int]] = []
    return (
        clock,
        Lease(
            clock, Random(1), 30 * SECOND, 10 * SECOND, lambda who, last: seen.append((clock.now, who, last))
        ),
        seen,
    )


def test_renewals_are_derived_and_cost_nothing() -> None:
    clock, key, _ = lease()
    assert key.acquire("a", 3 * SECOND)
    clock.run(24 * 3600 * SECOND)
    assert clock.events == 0
    assert key.last_renewal() == 24 * 3600 * SECOND - 7 * SECOND
    assert not key.acquire("b", 0), "one holder"


def test_a_lease_expires_a_ttl_after_its_last_renewal_and_up_to_half_a_second_late() -> None:
    clock, key, seen = lease()
    key.acquire("a", 3 * SECOND)
    clock.run(58 * SECOND)
    key.fall_silent()
    clock.run(200 * SECOND)
    ((at, who, last),) = seen
    assert (who, last) == ("a", 53 * SECOND)
    assert 83 * SECOND <= at <= 83.5 * SECOND
    assert key.acquire("b", 0)
    assert key.term == 2


def test_a_renewal_in_time_keeps_it() -> None:
    clock, key, seen = lease()
    key.acquire("a", 0)
    key.fall_silent()
    clock.run(20 * SECOND)
    key.renew(0)
    clock.run(200 * SECOND)
    assert seen == []
    key.release()
    assert key.holder is None


def test_timelines_share_their_past() -> None:
    first = Timeline()
    for n in range(10):
        first.append(n, n)
    second = first.branch(6)
    second.append(20, "x")
    assert (second.id, second.length) == (2, 7)
    assert second.elements(second.length) == [0, 1, 2, 3, 4, 5, "x"]
    assert second.get(5, 7)
    assert second.get(6, 7) is None, "it is beyond the fork"
    assert first.get(6, 10)
    assert first.get(6, 6) is None
    second.append(21, 5, "again")
    assert [second.get(5, upto) for upto in (5, 6, 7, 8)] == [None, True, True, "again"]
    assert first.get(5, 10) is True
    assert shared(first, 10, second, 7) == 6
    assert shared(first, 4, second, 7) == 4


@given(
    st.lists(st.integers(0, 100), max_size=40), st.integers(0, 40), st.integers(0, 60), st.integers(0, 200)
)
def test_a_replica_never_goes_back_and_never_passes_its_primary(
    steps: list[int], base: int, lag: int, now: int
) -> None:
    timeline, at = Timeline(), 0
    for n, step in enumerate(steps):
        at += step
        timeline.append(at, n)
    base = min(base, timeline.length)
    stream = Stream(timeline, base, 0, lag)
    positions = [stream.position(t) for t in range(0, now + 1, 10)]
    assert positions == sorted(positions)
    assert all(base <= position <= timeline.length for position in positions)


def test_the_catalogue_complains_about_everything_at_once() -> None:
    assert (
        problems("patroni", {"ttl": "30s", "synchronous_mode": True, "maximum_lag_on_failover": 1048576})
        == []
    )
    wrong = problems("patroni", {"tll": 30, "loop_wait": "10 secs", "use_pg_rewind": "yes"})
    assert len(wrong) == 3
    assert "did you mean ttl?" in wrong[0]
    assert "did you mean 10s?" in wrong[1]
    assert "true or false" in wrong[2]
    assert problems("postgress", {}) == ["there is no system postgress; did you mean postgres?"]
    assert "ttl must be at least" in problems("patroni", {"ttl": 20})[0]
    assert "synchronous_mode" in problems("patroni", {"synchronous_mode_strict": True})[0]
    assert problems("patroni", {"synchronous_mode": "quorum", "failover_priority": {"pg-1": 2}}) == []
    assert "true, false or quorum" in problems("patroni", {"synchronous_mode": "quorrum"})[0]
    assert "nobody may ever lead" in problems("patroni", {"watchdog_mode": "required"})[0]
    assert problems("stateless", {"ttl": 1}) != []
    with pytest.raises(ModelError, match="no parameter tll"):
        Lab("patroni", tll=3)


def test_every_parameter_has_a_default_a_unit_a_source_and_a_meaning() -> None:
    for driver in SHIPPED:
        for parameter in driver.takes.__dataclass_fields__.values():
            assert set(parameter.metadata) == {"unit", "source", "meaning"}


def test_a_web_tier_answers_finishes_and_keeps_nothing() -> None:
    lab = Lab("stateless")
    process = lab.start("web-0")
    assert lab.ask("web-0", "request").type == "ok"
    assert lab.write("web-0").type == "fail"
    lab.stop("web-0")
    assert lab.system.accept(process, read_write=False) == "connection refused"
    lab.run(2)
    assert not process.alive
    assert lab.system.replicas() == []
    assert lab.system.surviving()[1].keys() == []


def test_the_reference_lists_every_parameter_with_its_meaning_and_source() -> None:
    docs = Path(__file__).parents[2] / "docs"
    for driver in SHIPPED:
        own = docs / f"systems/{driver.kind}.md"
        text = (own if own.exists() else docs / "reference/systems.md").read_text(encoding="utf-8")
        for name, parameter in driver.takes.__dataclass_fields__.items():
            line = [
                rest
                for rest in text.splitlines()
                if rest.startswith(f"| `{name}` |") and parameter.metadata["meaning"] in rest
            ]
            assert line, name
            assert all(parameter.metadata["source"] in rest for rest in line)
