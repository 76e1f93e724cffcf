"""What is looked for: read from text, held against metrics, and told as rows of an ``expect:``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.analysis.expectations import evaluate
from statesim.analysis.predicate import (
    COMPARED,
    Both,
    Comparison,
    Constant,
    Either,
    Metric,
    Predicate,
    values,
)
from statesim.analysis.predicate_never import never
from statesim.analysis.predicate_text import parse
from statesim.errors import ScenarioError

METRICS: dict[str, Any] = {
    "clients": {"shop": {"lost": 3, "unavailable_s": 27.319, "valid": False}, "near-a": {"lost": 0}},
    "systems": {"pg": {"failovers": 1, "rto_s": None}},
    "findings": {},
}
PATHS = ("clients.shop.lost", "clients.shop.unavailable_s", "clients.near-a.lost", "systems.pg.failovers")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("clients.shop.lost > 0", True),
        ("clients.shop.lost>3", False),
        ("3 <= clients.shop.lost", True),
        ("20 <= clients.shop.unavailable_s <= 36", True),
        ("clients.shop.unavailable_s between [20, 36]", True),
        ("clients.shop.unavailable_s between [28, 36]", False),
        ("clients.shop.lost atLeast 3 and clients.shop.unavailable_s atMost 27.4", True),
        ("clients.near-a.lost equals 0", True),
        ("clients.shop.valid == false", True),
        ("clients.shop.lost > clients.near-a.lost", True),
        ("clients.shop.lost > -1.5e3", True),
        # "and" binds closer than "or"
        ("clients.shop.lost > 0 or clients.shop.lost > 9 and clients.near-a.lost > 0", True),
        ("(clients.shop.lost > 0 or clients.shop.lost > 9) and clients.near-a.lost > 0", False),
        # what has no value is neither more nor less than anything
        ("systems.pg.rto_s > 0", False),
        ("systems.pg.rto_s <= 0", False),
        ("systems.pg.rto_s == null", True),
        ("systems.pg.failovers != null", True),
        # what is counted and never happened is 0
        ("findings.total == 0", True),
    ],
)
def test_a_predicate_holds_or_does_not(text: str, holds: bool) -> None:
    assert parse(text).holds(METRICS) is holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "column 1: expected a metric or a number, found the end"),
        ("clients.shop.lost", "column 18: expected a comparison"),
        ("clients.shop.lost = 0", "column 19: expected a comparison: <, <=, >, >=, ==, !=, found '='"),
        ("clients.shop.lost = 0", "two signs mean equal: =="),
        ("clients.shop.lost => 0", "did you mean >=?"),
        ("clients.shop.lost > 0 && nodes.count > 1", "did you mean and?"),
        ("clients.shop.lost > 0 adn nodes.count > 1", "did you mean and?"),
        ("clients.shop.lost atleast 2", "did you mean atLeast?"),
        ("clients.shop.unavailable_s > 30s", "a metric's name ends with its unit"),
        ("lost > 0", "metrics have dotted names"),
        ("not clients.shop.lost > 3", "turn the comparison round"),
        ("(clients.shop.lost > 3", "expected )"),
        ("clients.shop.lost > 3)", "expected and, or, or the end"),
        ("clients.shop.lost between 2 and 3", "like between [20, 36]"),
        ("clients.shop.lost > null", "have no order"),
        ("1 > 0", "names no metric"),
        ("__import__('os').getcwd()", "expected a metric or a number"),
    ],
)
def test_what_is_no_predicate_says_where_and_what_was_expected(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert told in str(caught.value)


def test_the_values_that_it_is_about_come_in_its_order() -> None:
    predicate = parse("clients.shop.unavailable_s > 1 and (clients.shop.lost > 0 or clients.shop.lost < 9)")
    assert values(predicate, METRICS) == {"clients.shop.unavailable_s": 27.319, "clients.shop.lost": 3}


numbers = st.one_of(st.integers(-50, 50), st.floats(-50, 50).map(lambda x: round(x, 6)))
operands = st.one_of(st.sampled_from(PATHS).map(Metric), numbers.map(Constant))
comparisons = st.builds(
    Comparison, st.sampled_from(PATHS).map(Metric), st.sampled_from(sorted(COMPARED)), operands
)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
    ),
    max_leaves=5,
)
measured = st.tuples(*[numbers for _ in PATHS])


def made(numbers: tuple[float, ...]) -> dict[str, Any]:
    lost, unavailable, near, failovers = numbers
    return {
        "clients": {"shop": {"lost": lost, "unavailable_s": unavailable}, "near-a": {"lost": near}},
        "systems": {"pg": {"failovers": failovers}},
    }


def row(data: dict[str, Any]) -> Any:
    given = {"at_most": "atMost", "at_least": "atLeast", "equals": "equals"}
    return SimpleNamespace(
        metric=data["metric"],
        variant=None,
        between=None,
        **{name: data.get(key) for name, key in given.items()},
    )


def passes(rows: list[dict[str, Any]], metrics: dict[str, Any]) -> bool:
    return all(outcome.passed for outcome in evaluate({"v": metrics}, map(row, rows)))


@given(predicates, measured, st.lists(measured, max_size=20))
def test_expectations_made_of_it_pass_where_it_was_seen_and_nowhere_where_it_does_not_hold(
    predicate: Predicate, seen: tuple[float, ...], others: list[tuple[float, ...]]
) -> None:
    if not predicate.holds(made(seen)):
        return
    rows = predicate.witness(made(seen))
    assert passes(rows, made(seen))
    for other in others:
        if passes(rows, made(other)):
            assert predicate.holds(made(other))


@given(predicates, measured, st.lists(measured, max_size=20))
def test_expectations_made_of_its_absence_pass_where_that_was_seen_and_nowhere_where_it_holds(
    predicate: Predicate, seen: tuple[float, ...], others: list[tuple[float, ...]]
) -> None:
    if predicate.holds(made(seen)):
        return
    rows = predicate.refutation(made(seen))
    assert passes(rows, made(seen))
    for other in others:
        if passes(rows, made(other)):
            assert not predicate.holds(made(other))


def test_what_has_no_value_refutes_as_such() -> None:
    rows = parse("systems.pg.rto_s > 30").refutation(METRICS)
    assert rows == [{"metric": "systems.pg.rto_s", "equals": None}]
    assert passes(rows, METRICS)


@given(predicates, st.lists(measured, min_size=1, max_size=10))
def test_what_is_printed_is_read_as_the_same(predicate: Predicate, seen: list[tuple[float, ...]]) -> None:
    again = parse(str(predicate))
    assert [again.holds(made(each)) for each in seen] == [predicate.holds(made(each)) for each in seen]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("clients.shop.lost > 0", [{"metric": "clients.shop.lost", "atLeast": 1}]),
        ("clients.shop.unavailable_s > 20", [{"metric": "clients.shop.unavailable_s", "atLeast": 21}]),
        ("clients.shop.unavailable_s > 27", [{"metric": "clients.shop.unavailable_s", "atLeast": 27.1}]),
        ("clients.shop.unavailable_s < 30.5", [{"metric": "clients.shop.unavailable_s", "atMost": 30}]),
        ("clients.shop.lost > 9 or clients.shop.lost == 3", [{"metric": "clients.shop.lost", "equals": 3}]),
    ],
)
def test_bounds_of_expectations_are_round(text: str, rows: list[dict[str, Any]]) -> None:
    assert parse(text).witness(METRICS) == rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clients.shop.lost < 0", "clients.shop.lost is never below 0"),
        ("0 > clients.shop.lost", "clients.shop.lost is never below 0"),
        ("clients.shop.lost == -3", "never below 0"),
        ("clients.shop.availability > 1", "is a share, never above 1"),
        (
            "clients.shop.lost > 5 and systems.pg.failovers > 0 and clients.shop.lost < 5",
            "clients.shop.lost > 5 and clients.shop.lost < 5 can never hold together",
        ),
        ("clients.shop.lost between [7, 3]", "can never hold together"),
        ("clients.shop.lost == 3 and clients.shop.lost == 4", "can never hold together"),
        ("systems.pg.rto_s == null and systems.pg.rto_s > 3", "can never hold together"),
        ("clients.shop.lost < 0 or clients.shop.lost > 9 and clients.shop.lost <= 9", "below 0; "),
    ],
)
def test_what_can_never_hold_is_told_why(text: str, told: str) -> None:
    assert told in str(never(parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "clients.shop.lost <= 0",
        "clients.shop.lost >= 3 and clients.shop.lost <= 3",
        "clients.shop.lost < 0 or clients.shop.lost > 3",
        "clients.shop.lost > 5 and clients.near-a.lost < 5",
        "clients.shop.availability >= 1",
        "clients.shop.lost > clients.near-a.lost and clients.shop.lost < clients.near-a.lost",
        "systems.pg.rto_s == null",
        "clients.shop.valid == false",
    ],
)
def test_what_may_hold_is_not_refused(text: str) -> None:
    assert never(parse(text)) is None


@given(st.lists(st.tuples(st.sampled_from(sorted(COMPARED)), st.integers(-2, 4)), min_size=1, max_size=3))
def test_nothing_that_a_run_meets_is_said_to_be_impossible(rows: list[tuple[str, int]]) -> None:
    parts = tuple(Comparison(Metric("clients.shop.lost"), sign, Constant(bound)) for sign, bound in rows)
    lost = [count / 2 for count in range(12)]
    met = any(Both(parts).holds({"clients": {"shop": {"lost": count}}}) for count in lost)
    if met:
        assert never(Both(parts)) is None
