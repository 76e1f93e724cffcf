from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import made_traces as made
import pytest

from statesim.analysis.expectations import evaluate, metric_paths, shown
from statesim.analysis.metric_names import METRIC_NAMES
from statesim.analysis.metrics import metrics, metrics_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.analysis.record import RunRecord


@dataclass
class Row:
    metric: str
    variant: str | None = None
    equals: Any = None
    at_most: float | None = None
    at_least: float | None = None
    between: tuple[float, float] | None = None


@pytest.fixture(scope="module")
def variants() -> dict[str, Any]:
    return {run.variant: metrics(run) for run in (made.statefulset(), made.patroni())}


def test_every_comparison_holds_or_fails_with_the_value(variants: dict[str, Any]) -> None:
    unavailable = "clients.shop.unavailable_s"
    rows = [
        Row(unavailable, "patroni-async", between=(20, 36)),
        Row(unavailable, "patroni-async", at_most=20),
        Row(unavailable, "statefulset", at_least=1135),
        Row("clients.shop.lost", "statefulset", equals=0),
        Row("clients.shop.lost", "patroni-async", equals=0),
    ]
    results = evaluate(variants, rows)
    assert [result.passed for result in results] == [True, False, True, True, False]
    assert results[1].why == "clients.shop.unavailable_s is 27.319, expected at most 20"
    assert results[4].actual == 3


def test_a_row_without_a_variant_is_about_every_one(variants: dict[str, Any]) -> None:
    results = evaluate(variants, [Row("findings.total", equals=0)])
    assert [(result.variant, result.passed) for result in results] == [
        ("statefulset", True),
        ("patroni-async", True),
    ]


def test_an_unknown_metric_or_variant_fails_and_names_the_nearest(variants: dict[str, Any]) -> None:
    rows = [
        Row("clients.shop.unavailible_s", "statefulset", at_most=1),
        Row("findings.total", "statefulsets", equals=0),
    ]
    first, second = evaluate(variants, rows)
    assert not first.passed
    assert first.why.endswith("did you mean clients.shop.unavailable_s?")
    assert not second.passed
    assert second.why.endswith("did you mean statefulset?")


def test_a_metric_without_a_value_fails_and_says_so(variants: dict[str, Any]) -> None:
    (result,) = evaluate(variants, [Row("workloads.pg.first_replacement_s", "statefulset", at_most=400)])
    assert not result.passed
    assert "no value" in result.why


def test_nothing_can_be_expected_and_found(variants: dict[str, Any]) -> None:
    rows = [Row("workloads.pg.first_replacement_s", "statefulset"), Row("clients.shop.acked", "statefulset")]
    assert [result.passed for result in evaluate(variants, rows)] == [True, False]


def test_a_group_is_not_a_number(variants: dict[str, Any]) -> None:
    (result,) = evaluate(variants, [Row("clients.shop", "statefulset", at_most=400)])
    assert not result.passed


def test_results_stand_in_the_document() -> None:
    document = metrics_document([made.statefulset()], [Row("clients.shop.lost", equals=0)])
    assert document["expectations"] == [
        {
            "metric": "clients.shop.lost",
            "variant": "statefulset",
            "expected": "equal to 0",
            "actual": 0,
            "passed": True,
            "why": "clients.shop.lost is 0",
        }
    ]


@pytest.mark.parametrize(
    ("metric", "meant"),
    [
        ("events.Node.DrainFailled", "events.Node.DrainFailed"),
        ("events.Nod.DrainFailed", "events.Node.DrainFailed"),
        ("findings.budget-keep", "findings.budget-kept"),
    ],
)
def test_what_is_counted_must_be_something_that_can_happen(
    variants: dict[str, Any], metric: str, meant: str
) -> None:
    (result,) = evaluate(variants, [Row(metric, "statefulset", equals=0)])
    assert not result.passed
    assert result.why == f"there is no metric {metric}; did you mean {meant}?"


def test_events_are_counted_and_what_never_happened_counts_none(variants: dict[str, Any]) -> None:
    rows = [
        Row("events.Node.Crashed", "statefulset", equals=1),
        Row("events.Pod.Evicted", "statefulset", equals=0),
        Row("events.Node.Crashed", "statefulset", equals=2),
        Row("findings.budget-kept", "statefulset", equals=0),
    ]
    assert [result.passed for result in evaluate(variants, rows)] == [True, True, False, True]


@pytest.mark.parametrize("run", [made.statefulset, made.patroni])
def test_the_names_of_metrics_are_known_before_a_run(run: Callable[[], RunRecord]) -> None:
    measured = metrics(run())
    for group in ("clients", "systems", "workloads"):
        for name, values in measured[group].items():
            assert set(values) <= set(METRIC_NAMES[f"{group}.*"]), name
    for values in (value for value in measured["volumes"].values() if isinstance(value, dict)):
        assert tuple(values) == METRIC_NAMES["volumes.*"]
    for group in ("volumes", "nodes", "findings"):
        totals = {name for name, value in measured[group].items() if not isinstance(value, dict)}
        assert totals <= set(METRIC_NAMES[group])


def test_every_name_of_a_metric_is_explained(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    counted = {
        group for group in METRIC_NAMES if group.startswith("events.")
    }  # these the trace's page explains
    names = {name for group in METRIC_NAMES.keys() - counted for name in METRIC_NAMES[group]}
    hidden = {name for name in names if f"`{name}`" not in page and f".{name}`" not in page}
    assert {name for name in hidden if not name.startswith(("read_", "request_"))} == set()


def test_every_metric_of_a_run_is_explained(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    paths = [path for path in metric_paths(metrics(made.patroni())) if not path.startswith("events.")]
    names = {path.rpartition(".")[2] for path in paths} - {"read_first_outage_s", "read_first_outage_at_s"}
    hidden = {name for name in names if f"`{name}`" not in page and f".{name}`" not in page}
    assert {name for name in hidden if not name.startswith("read_")} == set()


def test_an_availability_is_shown_with_what_comes_after_its_nines() -> None:
    assert [shown(value) for value in (0.999981926, 0.99, 1.0, 27.3456, 0.5)] == [
        "0.999981926",
        "0.99",
        "1",
        "27.346",
        "0.5",
    ]
