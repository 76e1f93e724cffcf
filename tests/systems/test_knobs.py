"""Every parameter of every kind that ships moves its outcome, in the direction that its documentation says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from statesim.systems.catalogue import SHIPPED
from statesim.systems.parameters import READERS
from tests.systems.knobs.every import knobs
from tests.systems.knobs.table import FALLS, RISES, Knob

KNOBS = knobs()
KINDS = {driver.kind: driver.takes.__dataclass_fields__ for driver in SHIPPED}


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: f"{knob.kind}-{knob.parameter}")
def test_a_parameter_moves_its_outcome(knob: Knob) -> None:
    assert knob.problem() is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_parameter_has_a_row(kind: str) -> None:
    turned = [knob.parameter for knob in KNOBS if knob.kind == kind]
    assert sorted(set(turned)) == sorted(KINDS[kind])


def test_rows_are_of_parameters_and_their_values_go_from_low_to_high() -> None:
    for knob in KNOBS:
        read = READERS[KINDS[knob.kind][knob.parameter].metadata["unit"]]
        values = [read(value) for value in knob.written]
        if all(isinstance(value, int) for value in values):
            assert all(a < b for a, b in pairwise(values)), (knob.kind, knob.parameter)


def nothing(**parameters: object) -> float:
    """Return what no parameter moves."""
    return 1.0


def size(**parameters: int) -> float:
    (only,) = parameters.values()
    return only


@pytest.mark.parametrize(
    ("direction", "outcome", "values", "said"),
    [
        (RISES, nothing, (1, 2), "nothing rises with ttl? 1: 1.0, 2: 1.0"),
        (FALLS, size, (1, 2), "size falls with ttl? 1: 1, 2: 2"),
        (RISES, size, (1, 3, 2), "size rises with ttl?"),
        (RISES, size, (1,), "size rises with ttl?"),
        (RISES, size, (1, (2, 3)), "ttl: 2 gives 2, expected about 3"),
        (RISES, size, (1, (2, 2)), None),
    ],
)
def test_a_row_that_does_not_hold_is_told(
    direction: str, outcome: object, values: tuple[object, ...], said: str | None
) -> None:
    found = Knob("patroni", "ttl", direction, outcome, values, {}).problem()  # type: ignore[arg-type]
    assert found is None if said is None else found is not None and found.startswith(said)
