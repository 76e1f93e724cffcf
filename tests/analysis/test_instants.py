from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.instants import instant, listed
from statesim.analysis.sentences import sentence
from statesim.analysis.why import explain_text
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import TraceEvent
from statesim.scenario.units import parse_duration

YEARLY = 18_167_482 * SECOND + 424_000  # 210 days and some hours


@pytest.mark.parametrize(
    ("t_us", "told", "in_a_list"),
    [
        (84 * SECOND, "84 s", "84.000 s"),
        (62_900_000, "62.9 s", "62.900 s"),
        (0, "0 s", "0.000 s"),
        (86_399 * SECOND, "86399 s", "86399.000 s"),
        (86_400 * SECOND, "1d", "1d"),
        (YEARLY, "210d6h31m22.424s", "210d6h31m22.424s"),
    ],
)
def test_an_instant_is_seconds_in_the_first_day_and_then_a_duration(
    t_us: int, told: str, in_a_list: str
) -> None:
    assert (instant(t_us), listed(t_us)) == (told, in_a_list)


@given(st.integers(0, 400 * 86_400 * SECOND))
def test_no_instant_is_told_with_an_exponent_and_every_one_can_be_typed(t_us: int) -> None:
    told = instant(t_us)

    assert re.fullmatch(r"[0-9.]+ s|(\d+d)?(\d+h)?(\d+m)?([0-9.]+s)?", told)
    assert abs(parse_duration(told.replace(" ", "")) - t_us) <= 500


def test_a_chain_late_in_a_year_has_its_instants_as_durations_below_each_other() -> None:
    chain = [
        TraceEvent(1, 0, "Pod/pg-0", "Created", None, {}),
        TraceEvent(2, YEARLY, "Pod/pg-0", "Deleted", 1, {}),
    ]

    assert explain_text(chain).splitlines() == [
        "1.          0.000 s  pod pg-0 is created",
        "2. 210d6h31m22.424s  pod pg-0 is gone from the API",
    ]


def test_the_last_success_of_a_client_is_told_as_an_instant() -> None:
    out = TraceEvent(1, YEARLY, "Client/shop", "Outage", None, {"f": "write", "last_ok_s": 4740020.5})

    assert "the last one that did was at 54d20h40m20.5s" in sentence(out)
