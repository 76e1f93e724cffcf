"""Tables, metrics, histories and verdicts, each read back by a tool that is not ours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import edn_format
import made_traces as made
import pandas as pd
import pytest
from junitparser import JUnitXml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text
from typer.testing import CliRunner

import statesim
from statesim.api import Result
from statesim.cli import app
from statesim.errors import StatesimError
from statesim.views.exports.formats import FORMATS
from statesim.views.exports.junit import junit_text
from statesim.views.exports.openmetrics import openmetrics_text

if TYPE_CHECKING:
    from pathlib import Path


class Expected:
    def __init__(self, metric: str, **row: Any) -> None:
        self.metric, self.variant = metric, None
        self.equals, self.at_most, self.at_least = row.get("equals"), row.get("at_most"), row.get("at_least")
        self.between = None


RUNS = [made.patroni(duration_s=150), made.statefulset(duration_s=150)]
EXPECTED = [Expected("clients.shop.lost", equals=0), Expected("clients.shop.unavailable_s", at_most=5000)]


@pytest.fixture(scope="module")
def result() -> Result:
    return Result(RUNS, EXPECTED)  # type: ignore[arg-type]


# -- tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_of_events_reads_back_in_pandas(kind: str, result: Result, tmp_path: Path) -> None:
    path = statesim.export(result, tmp_path / f"events.{kind}")
    table = pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)
    assert len(table) == sum(len(run.events) for run in RUNS)
    assert list(table.columns[:6]) == ["variant", "id", "t_us", "t_s", "kind", "name"]
    own = table[table["variant"] == "patroni-async"].reset_index(drop=True)
    for event in RUNS[0].events:
        row = own.loc[event.id]
        assert (row["t_us"], f"{row['kind']}/{row['name']}", row["event"]) == (
            event.t_us,
            event.object,
            event.event,
        )
        assert (None if pd.isna(row["cause"]) else int(row["cause"])) == event.cause
        assert json.loads(row["fields"]) == json.loads(json.dumps(event.fields))


def test_parquet_keeps_whole_numbers_whole(result: Result, tmp_path: Path) -> None:
    table = pd.read_parquet(statesim.export(result, tmp_path / "x.parquet"), dtype_backend="pyarrow")
    assert {str(table[name].dtype) for name in ("id", "t_us", "cause")} == {"int64[pyarrow]"}


# -- metrics -----------------------------------------------------------------------------------------------


def test_metrics_read_back_with_their_units_and_labels(result: Result) -> None:
    families = {family.name: family for family in openmetrics(openmetrics_text(result.metrics))}
    out = families["statesim_client_unavailable_seconds"]
    assert (out.type, out.unit) == ("gauge", "seconds")
    values = {sample.labels["variant"]: sample.value for sample in out.samples}
    assert values == {
        name: found["clients"]["shop"]["unavailable_s"] for name, found in result.metrics["variants"].items()
    }
    assert out.samples[0].labels == {"variant": "patroni-async", "client": "shop"}
    (run,) = families["statesim_run"].samples
    assert (run.name, run.labels["scenario"]) == ("statesim_run_info", "pg-node-crash")


def test_every_number_of_the_metrics_is_there_once_and_no_text(result: Result) -> None:
    def count(found: Any) -> int:
        if isinstance(found, dict):
            return sum(map(count, found.values()))
        return isinstance(found, bool | int | float)

    families = list(openmetrics(openmetrics_text(result.metrics)))
    samples = [(s.name, tuple(sorted(s.labels.items()))) for family in families for s in family.samples]
    assert len(samples) == len(set(samples))
    expected = sum(count(found) for found in result.metrics["variants"].values())
    assert len(samples) == expected + 1 + len(result.metrics["expectations"])


def test_the_older_parser_of_prometheus_reads_the_same_numbers(result: Result) -> None:
    text = openmetrics_text(result.metrics)
    new = {(s.name, str(s.labels)): s.value for family in openmetrics(text) for s in family.samples}
    old = {(s.name, str(s.labels)): s.value for family in plain_text(text) for s in family.samples}
    assert old == new


def test_milliseconds_become_seconds_and_labels_are_escaped() -> None:
    document = {
        "scenario": 'a "quoted"\nname\\', "seed": 1, "version": "0",
        "variants": {"v": {"clients": {"shop": {"write_latency_p50_ms": 8.5, "operation": "write", "availability": 0.5}}}},
        "expectations": [],
    }  # fmt: skip
    families = {family.name: family for family in openmetrics(openmetrics_text(document))}
    assert families["statesim_client_write_latency_p50_seconds"].samples[0].value == 0.0085
    assert families["statesim_client_availability_ratio"].samples[0].value == 0.5
    assert families["statesim_run"].samples[0].labels["scenario"] == document["scenario"]
    assert not [name for name in families if "operation" in name]


# -- histories ---------------------------------------------------------------------------------------------


def test_a_history_reads_back_as_edn(result: Result, tmp_path: Path) -> None:
    path = statesim.export(result, tmp_path / "h.edn", variant="patroni-async")
    rows = [edn_format.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    key = edn_format.Keyword
    assert [row[key("index")] for row in rows] == list(range(len(rows)))
    acked = [row for row in rows if row[key("type")] == key("ok") and row[key("f")] == key("write")]
    assert len(acked) == result.metrics["variants"]["patroni-async"]["clients"]["shop"]["acked"]
    first = next(row for row in RUNS[0].history if row[3] == "ok")
    told = next(row for row in rows if row[key("type")] == key("ok"))
    assert told[key("time")] == first[0] * 1000


def test_whose_history_is_meant_must_be_said(result: Result, tmp_path: Path) -> None:
    with pytest.raises(StatesimError, match="say which of patroni-async, statefulset"):
        statesim.export(result, tmp_path / "h.edn")
    with pytest.raises(StatesimError, match="did you mean shop"):
        statesim.export(result.variants["statefulset"], tmp_path / "h.edn", client="shoo")
    assert list(tmp_path.iterdir()) == []


# -- verdicts ----------------------------------------------------------------------------------------------


def test_expectations_read_back_as_suites_and_cases(result: Result, tmp_path: Path) -> None:
    xml = JUnitXml.fromfile(str(statesim.export(result, tmp_path / "e.xml")))
    suites = list(xml)
    assert [suite.name for suite in suites] == [run.title for run in RUNS]
    rows = result.metrics["expectations"]
    assert (xml.tests, xml.failures) == (len(rows), sum(not row["passed"] for row in rows))
    cases = [
        (case.classname.rpartition(".")[2], case.name, case.is_passed) for suite in suites for case in suite
    ]
    assert cases == [
        (name, f"{row['metric']} {row['expected']}", row["passed"])
        for name in result.variants
        for row in rows
        if row["variant"] == name
    ]
    failed = next(case for suite in suites for case in suite if not case.is_passed)
    assert failed.result[0].message in [row["why"] for row in rows]
    assert {p.name: p.value for p in suites[0].properties()}["seed"] == str(RUNS[0].seed)


def test_what_xml_cannot_hold_is_replaced(tmp_path: Path) -> None:
    run = replace(RUNS[1], title="a \x07 bell & <tag>")
    (suite,) = JUnitXml.fromstring(junit_text(Result([run]).metrics).encode())
    assert suite.name == "a \ufffd bell & <tag>"


# -- the command -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def out(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("run")
    result.save(directory, pictures=False)
    return directory


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_written_by_its_name_and_by_its_ending(name: str, out: Path, tmp_path: Path) -> None:
    one = ["--variant", "patroni-async"]
    named = CliRunner().invoke(app, ["export", str(out), "--format", name, *one])
    assert named.exit_code == 0, named.output
    to = tmp_path / f"x{FORMATS[name].endings[0]}"
    ended = CliRunner().invoke(app, ["export", str(out), "-o", str(to), *one])
    assert ended.exit_code == 0, ended.output
    assert to.read_bytes() == (out / FORMATS[name].file).read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "perfeto"], "did you mean perfetto"),
        ([], "say which format"),
        (["-o", "x.doc"], "no format's files end so"),
        (["--format", "csv", "--variant", "patroni"], "did you mean patroni-async"),
        (["--format", "edn"], "say which of"),
    ],
)
def test_what_cannot_be_exported_is_answered_with_what_can(options: list[str], said: str, out: Path) -> None:
    answer = CliRunner().invoke(app, ["export", str(out), *options])
    told = str(answer.exception) + answer.output  # `main` prints what the commands raise
    assert answer.exit_code != 0
    assert said in told


def test_metrics_that_were_written_are_exported_as_they_are(
    out: Path, result: Result, tmp_path: Path
) -> None:
    path = statesim.export(statesim.read(out), tmp_path / "m.prom")
    assert path.read_text(encoding="utf-8") == openmetrics_text(result.metrics)
