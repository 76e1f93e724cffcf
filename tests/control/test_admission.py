"""Admission: every pod tolerates a silent node for a while, unless it says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from statesim.cluster.objects import NOT_READY, UNREACHABLE
from statesim.control.admission import admit
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import Toleration
from tests.control.workbench import template

BARE = template().spec


def times(*own: Toleration) -> dict[str | None, int | None]:
    spec = admit(replace(BARE, tolerations=own), 300 * SECOND)
    return {t.key: None if t.seconds_us is None else t.seconds_us // SECOND for t in spec.tolerations}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param((), {NOT_READY: 300, UNREACHABLE: 300}, id="N09 the default is added"),
        pytest.param(
            (Toleration(UNREACHABLE, "Exists", effect="NoExecute", seconds_us=0),),
            {UNREACHABLE: 0, NOT_READY: 300},
            id="N09 its own time is kept",
        ),
        pytest.param(
            (Toleration(NOT_READY, "Exists"),),
            {NOT_READY: None, UNREACHABLE: 300},
            id="N09 any effect counts",
        ),
        pytest.param((Toleration(operator="Exists"),), {None: None}, id="N09 tolerates everything"),
        pytest.param(
            (Toleration("gpu", "Exists", effect="NoSchedule"),),
            {"gpu": None, NOT_READY: 300, UNREACHABLE: 300},
            id="N09 another taint is not meant",
        ),
    ],
)
def test_tolerations(own: tuple[Toleration, ...], expected: dict[str | None, int | None]) -> None:
    assert times(*own) == expected


def test_admitting_twice_changes_nothing() -> None:
    once = admit(BARE, SECOND)
    assert admit(once, 2 * SECOND) is once
