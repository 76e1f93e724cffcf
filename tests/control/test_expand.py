from __future__ import annotations

import pytest

from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim
from statesim.control.actions import Decision, Write
from statesim.control.expand import View, decide
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import ClaimSpec

GROWN = ClaimSpec(size_bytes=20)


def view(now: int = 0, *, size: int = 10, **kwargs: object) -> View:
    claim = PersistentVolumeClaim(
        name="data",
        spec=GROWN,
        phase="Bound",
        volume="v",
        capacity_bytes=10,
        **kwargs,  # type: ignore[arg-type]
    )
    volume = PersistentVolume(
        name="v", access_modes=("ReadWriteOnce",), storage_class="", size_bytes=size, reclaim_policy="Delete"
    )
    return View(now, claim, volume, 5 * SECOND)


def written(decision: Decision) -> list[tuple[str, dict[str, object]]]:
    return [(a.event, dict(a.changes)) for a in decision.actions if isinstance(a, Write)]


def test_resizing_begins_when_the_claim_asks_for_more() -> None:
    decision = decide(view(7))
    assert written(decision) == [("Resizing", {"resizing_us": 7, "conditions": ("Resizing",)})]
    assert decision.wake_at == 7 + 5 * SECOND


@pytest.mark.parametrize(("now", "wakes"), [(SECOND, True), (5 * SECOND, False)])
def test_volume_is_larger_when_its_time_has_come_and_the_file_system_is_still_to_grow(
    now: int, wakes: bool
) -> None:
    decision = decide(view(now, resizing_us=0, conditions=("Resizing",)))
    if wakes:
        assert (decision.actions, decision.wake_at) == ((), 5 * SECOND)
        return
    assert written(decision) == [
        ("Resized", {"size_bytes": 20}),
        ("FileSystemResizeRequired", {"conditions": ("FileSystemResizePending",), "resizing_us": None}),
    ]


def test_volume_that_is_large_enough_is_left_alone() -> None:
    assert decide(view(size=20)).actions == ()
    assert decide(view(size=30)).actions == ()
