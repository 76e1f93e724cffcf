from __future__ import annotations

from math import inf, nan

import pandas as pd
import pytest

from statesim.analysis.tidy import groups, values_of

OUT = "clients.shop.unavailable_s"


def table(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_variants_are_groups_in_the_tables_order() -> None:
    frame = table(variant=["b", "a", "b"], seed=[1, 1, 2], **{OUT: [3.0, 1.0, 4.0]})

    assert [(group.name, group.values) for group in groups(frame, OUT)] == [("b", [3, 4]), ("a", [1])]


def test_settings_are_called_by_the_last_part_of_their_path() -> None:
    frame = table(variant=["a"] * 2, **{"systems.pg.parameters.ttl": ["15s", "30s"], OUT: [1, 2]})

    assert [g.name for g in groups(frame, OUT, ["systems.pg.parameters.ttl"])] == ["ttl 15s", "ttl 30s"]


def test_a_variant_without_a_place_for_a_setting_is_called_by_its_name_alone() -> None:
    frame = table(variant=["a", "b"], ttl=["15s", None], **{OUT: [1, 2]})

    assert [g.name for g in groups(frame, OUT, ["variant", "ttl"])] == ["a, ttl 15s", "b"]


def test_all_runs_together_have_the_variants_name() -> None:
    assert groups(table(variant=["a", "a"], **{OUT: [1, 2]}), OUT)[0].name == "a"
    assert groups(table(variant=["a", "b"], **{OUT: [1, 2]}), OUT, ())[0].name == "all runs"


def test_an_outage_that_was_not_over_has_no_end_but_a_length_so_far() -> None:
    frame = table(variant=["a"] * 3, **{OUT: [5.0, 100.0, nan], "clients.shop.out_at_end": [0, 1, None]})
    found = groups(frame, OUT)[0]

    assert (found.values, found.measured, found.runs) == ([5, inf], [5, 100], 3)


def test_that_writes_are_out_at_the_end_does_not_open_the_outages_of_reads() -> None:
    frame = table(**{"clients.a.read_unavailable_s": [5.0], "clients.a.out_at_end": [True]})

    assert list(values_of(frame, "clients.a.read_unavailable_s")) == [5]


def test_a_column_that_is_not_there_has_a_nearest_one() -> None:
    with pytest.raises(ValueError, match=r"did you mean clients\.shop\.unavailable_s"):
        groups(table(variant=["a"], **{OUT: [1]}), "clients.shop.unavailable")


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no runs"):
        groups(table(variant=[], **{OUT: []}), OUT)
