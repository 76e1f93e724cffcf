"""The Python face."""

from __future__ import annotations

from pathlib import Path

import pytest

import statesim
from statesim.errors import StatesimError
from statesim.views.kubectl.resources import UnknownResourceError, objects_named


@pytest.fixture(scope="module")
def result() -> statesim.Result:
    return statesim.run("pg-node-crash", variants=["statefulset", "patroni-async"])


def test_a_result_gives_each_variants_metrics_and_events(result: statesim.Result) -> None:
    assert list(result.variants) == ["statefulset", "patroni-async"]
    assert result.metrics["variants"]["statefulset"]["clients"]["shop"]["lost"] == 0
    table = result.variants["statefulset"].events
    assert {"id", "t", "object", "event", "cause"} <= set(table.columns)
    assert set(result.events["variant"]) == {"statefulset", "patroni-async"}


def test_the_history_is_a_table_of_operations(result: statesim.Result) -> None:
    history = result.variants["patroni-async"].history
    acked = ((history["type"] == "ok") & (history["f"] == "write")).sum()
    assert acked == result.variants["patroni-async"].metrics["clients"]["shop"]["acked"]


def test_why_walks_back_to_the_power_cut(result: statesim.Result) -> None:
    told = result.why("EndpointSlice/pg", at=200)
    assert "loses power" in told
    assert told.splitlines()[0].startswith("1.")


def test_a_result_shows_itself_in_a_notebook(result: statesim.Result) -> None:
    assert "<table" in result._repr_html_()


def test_the_table_of_a_result_is_told_in_chinese_where_that_is_asked_for(result: statesim.Result) -> None:
    english, chinese = result.summary(), result.summary("zh")
    assert english._repr_html_() == result._repr_html_()
    assert "StatefulSet + Patroni，异步" in chinese._repr_html_()
    assert "写入中断" in chinese._repr_html_()
    assert "acknowledged" not in chinese._repr_html_()
    assert [line.partition(": ")[2][:2] for line in repr(chinese).splitlines()] == ["写入"] * 2
    with pytest.raises(StatesimError, match="zh"):
        result.summary("french")


def test_figures_are_matplotlib_figures(result: statesim.Result) -> None:
    assert len(result.timeline().axes) >= 1
    assert len(result.topology(at=80.0, variant="patroni-async").axes) >= 1


def test_what_was_saved_reads_back_the_same(result: statesim.Result, tmp_path: Path) -> None:
    result.save(tmp_path, pictures=False)
    back = statesim.read(tmp_path)
    assert [list(record.events) for record in back.records] == [
        list(record.events) for record in result.records
    ]
    assert back.metrics == result.metrics


def test_an_unknown_variant_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(statesim.ScenarioError, match="patroni-async"):
        statesim.run("pg-node-crash", variants=["patroni-asinc"])


def test_a_scenario_can_be_built_in_python() -> None:
    scenario = statesim.Scenario.model_validate(
        {
            "metadata": {"name": "built"},
            "duration": "30s",
            "cluster": {"nodes": [{"name": "n1"}]},
            "manifests": [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": "p"},
                    "spec": {"containers": [{"name": "c", "image": "app"}]},
                }
            ],
        }
    )
    assert "Ready" in set(statesim.run(scenario).events["event"])


def test_comparing_scenarios_tells_them_apart_by_name() -> None:
    result = statesim.compare("sts-ordered-scale", "real-manifest")
    assert list(result.variants) == ["sts-ordered-scale", "real-manifest"]


def test_the_variants_of_several_scenarios_are_named_with_theirs() -> None:
    told = {"apiVersion": "statesim/v1", "kind": "Scenario", "duration": "5s", "cluster": {"zones": 1}}
    two = {**told, "metadata": {"name": "two"}, "variants": [{"name": "a"}, {"name": "b"}]}
    one = {**told, "metadata": {"name": "one"}}
    compared = statesim.compare(statesim.Scenario.model_validate(two), statesim.Scenario.model_validate(one))
    assert list(compared.variants) == ["two.a", "two.b", "one"]
    assert list(statesim.compare(statesim.Scenario.model_validate(two)).variants) == ["a", "b"]


@pytest.mark.parametrize(("word", "example"), [("mysql-0", "Pod/mysql-0"), ("pod", "pod/NAME")])
def test_a_name_without_its_type_is_answered_with_both(word: str, example: str) -> None:
    with pytest.raises(UnknownResourceError, match=example):
        objects_named([word])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("shop", "Client/shop$"),
        ("pg", "Service/pg or System/pg$"),
        ("pg-00", "Pod/pg-0$"),
        ("xyz", "Pod/xyz$"),
    ],
)
def test_a_name_without_its_type_is_answered_with_the_objects_of_that_name(word: str, told: str) -> None:
    there = {"Client/shop", "System/pg", "Service/pg", "Pod/pg-0"}
    with pytest.raises(UnknownResourceError, match=told):
        objects_named([word], (), there)
