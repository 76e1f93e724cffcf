"""The rollout arithmetic, row by row as Kubernetes' own tests have it (the ids are the acceptance list's)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.control.rolling import (
    Revision,
    clean_broken,
    fenceposts,
    new_size,
    proportional,
    shrink_available,
    shrink_old,
)
from statesim.scenario.specs import IntOrPercent
from tests.control.workbench import deployment


def posts(replicas: int, surge: Any, unavailable: Any, strategy: str = "RollingUpdate") -> tuple[int, int]:
    def parsed(value: Any) -> IntOrPercent:
        text = str(value)
        return IntOrPercent(int(text.rstrip("%")), percent=text.endswith("%"))

    spec = deployment(
        replicas=replicas, strategy=strategy, max_surge=parsed(surge), max_unavailable=parsed(unavailable)
    ).spec
    return fenceposts(spec)


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        pytest.param(10, "39%", "39%", (4, 3), id="D21 surge rounds up, unavailable down"),
        pytest.param(10, 0, 0, (0, 1), id="D21 both zero means one unavailable"),
        pytest.param(10, "0%", "0%", (0, 1), id="D21 both zero percent"),
        pytest.param(1, "25%", "25%", (1, 0), id="D21 one replica surges"),
        pytest.param(3, 1, 5, (1, 3), id="D21 unavailable is capped at the replicas"),
        pytest.param(0, 0, 0, (0, 0), id="D21 nothing wanted, nothing unavailable"),
    ],
)
def test_d21_fenceposts(replicas: int, surge: Any, unavailable: Any, expected: tuple[int, int]) -> None:
    assert posts(replicas, surge, unavailable) == expected


@pytest.mark.parametrize(
    ("surge", "new", "old", "expected"),
    [
        pytest.param(0, 0, 10, 0, id="D09 no surge, no room"),
        pytest.param(2, 0, 10, 2, id="D09 the surge is the room"),
        pytest.param(2, 0, 5, 7, id="D09 room left by old pods"),
        pytest.param(2, 2, 10, 2, id="D09 the surge is used up"),
        pytest.param(0, 11, 0, 10, id="D09 too large is cut back"),
        pytest.param(5, 8, 0, 10, id="D21 never more than wanted"),
    ],
)
def test_d09_d21_new_revision_grows_into_the_surge(surge: int, new: int, old: int, expected: int) -> None:
    assert new_size(10, surge, new, new + old) == expected


@pytest.mark.parametrize(
    ("unavailable", "old", "ready", "new", "new_ready", "expected"),
    [
        pytest.param(0, 10, 10, 0, 0, 9, id="D10 both zero allows one"),
        pytest.param(2, 10, 10, 0, 0, 8, id="D10 two may be unavailable"),
        pytest.param(2, 10, 8, 0, 0, 8, id="D10 broken pods go first"),
        pytest.param(2, 10, 9, 0, 0, 8, id="D10 one broken, one spare"),
        pytest.param(2, 8, 8, 2, 0, 8, id="D10 unready new pods hold old ones back"),
        pytest.param(2, 10, 6, 2, 0, 8, id="D10 broken old ones too"),
    ],
)
def test_d10_old_revisions_shrink_as_availability_allows(
    unavailable: int, old: int, ready: int, new: int, new_ready: int, expected: int
) -> None:
    _, least = posts(10, 0, unavailable)
    sizes = shrink_old(10, least, Revision("new", new, new_ready), [Revision("old", old, ready)])
    assert sizes == {"old": expected}


@pytest.mark.parametrize(
    ("ready", "room", "removed"),
    [
        pytest.param(8, 1, 1, id="D11 at most the room"),
        pytest.param(8, 3, 2, id="D11 only the broken"),
        pytest.param(8, 0, 0, id="D11 no room"),
        pytest.param(10, 3, 0, id="D11 none is broken"),
    ],
)
def test_d11_broken_old_pods_are_cleaned_up(ready: int, room: int, removed: int) -> None:
    assert clean_broken([Revision("old", 10, ready)], room) == {"old": 10 - removed}


def test_the_oldest_revision_is_cleaned_up_first() -> None:
    old = [Revision("b", 3, 0, order=2), Revision("a", 2, 1, order=1)]
    assert clean_broken(old, 2) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("unavailable", "available", "old", "expected"),
    [
        pytest.param(0, 10, 10, 9, id="D12 both zero allows one"),
        pytest.param(2, 10, 10, 8, id="D12 two may go"),
        pytest.param(2, 8, 10, 10, id="D12 the least are left"),
        pytest.param(2, 10, 0, 0, id="D12 nothing to shrink"),
        pytest.param(2, 1, 10, 10, id="D12 far too few"),
    ],
)
def test_d12_available_old_pods_go_down_to_the_least(
    unavailable: int, available: int, old: int, expected: int
) -> None:
    _, most = posts(10, 0, unavailable)
    revision = Revision("old", old, available)
    assert shrink_available({"old": old}, [revision], available - (10 - most)) == {"old": expected}


@pytest.mark.parametrize(
    ("sizes", "before", "after", "surge", "expected"),
    [
        # sizes from the newest revision to the oldest
        pytest.param([2, 3], 5, 10, 0, [4, 6], id="D14 5 to 10"),
        pytest.param([2, 3], 5, 3, 0, [1, 2], id="D14 5 to 3"),
        pytest.param([8, 1], 9, 4, 0, [4, 0], id="D14 9 to 4"),
        pytest.param([1, 3], 4, 6, 0, [1, 5], id="D14 the largest has its share first"),
        pytest.param([1, 3], 4, 2, 0, [1, 1], id="D14 the largest gives what rounding leaves"),
        pytest.param([2, 3, 2], 7, 10, 0, [3, 4, 3], id="D15 7 to 10"),
        pytest.param([2, 8, 3], 13, 8, 0, [1, 5, 2], id="D15 13 to 8"),
        pytest.param([1, 1, 1], 3, 4, 0, [2, 1, 1], id="D15 the newest grows first"),
        pytest.param([1, 1, 1], 3, 2, 0, [1, 1, 0], id="D15 the oldest shrinks first"),
        pytest.param([2, 2], 4, 5, 0, [3, 2], id="D16 no new revision"),
        pytest.param([3, 3], 6, 0, 0, [0, 0], id="D16 to zero"),
        pytest.param([6, 6], 12, 20, 2, [11, 11], id="D17 with a surge of 2, 10 to 20"),
        pytest.param([7, 3], 10, 14, 0, [10, 4], id="D17 size and template at once"),
        pytest.param([8, 5], 13, 30, 3, [20, 13], id="D08 a broken rollout of 10, surge 3, to 30"),
    ],
)
def test_d14_d15_d16_d17_scaling_in_mid_rollout_is_proportional(
    sizes: list[int], before: int, after: int, surge: int, expected: list[int]
) -> None:
    sets = [
        Revision(f"v{len(sizes) - i}", size, size, order=len(sizes) - i, max_replicas=before)
        for i, size in enumerate(sizes)
    ]
    assert list(proportional(after, surge, sets).values()) == expected


def test_d17_a_larger_surge_counts_in_the_shares() -> None:
    """D17: surge 3 to 6, replicas 10 to 50, sizes 5 and 8."""
    sets = [Revision("new", 5, 5, order=2, max_replicas=13), Revision("old", 8, 8, order=1, max_replicas=13)]
    assert proportional(50, 6, sets) == {"new": 22, "old": 34}
