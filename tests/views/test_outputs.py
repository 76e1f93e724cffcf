from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import made_traces as made
import pytest
from rich.console import Console

from statesim.analysis.compare import Difference, differences
from statesim.analysis.metrics import metrics_document
from statesim.analysis.reading import Reading
from statesim.analysis.record import Operation
from statesim.api import Result
from statesim.errors import StatesimError
from statesim.views.html import MOST_HIGHLIGHTS, Summary, highlights, lost_text, report
from statesim.views.outputs import history_lines, read_runs, write_run, write_text
from statesim.views.tables import comparison, expectation_lines, summary

if TYPE_CHECKING:
    from pathlib import Path


class Zero:
    metric, variant, equals = "clients.shop.lost", None, 0
    at_most = at_least = between = None


@pytest.fixture(scope="module")
def short() -> list:
    return [made.patroni(duration_s=150), made.statefulset(duration_s=150)]


def text_of(renderable: object) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(renderable)
    return out.getvalue()


def test_several_variants_lie_side_by_side_and_read_back(short: list, tmp_path: Path) -> None:
    result = Result(short, [Zero()])
    result.save(tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {
        "metrics.json", "timeline.svg", "timeline.png", "report.html",
        "patroni-async/trace.jsonl", "patroni-async/history.jsonl",
        "statefulset/trace.jsonl", "statefulset/history.jsonl",
    }  # fmt: skip
    back = read_runs(tmp_path)
    assert [run.variant for run in back] == ["patroni-async", "statefulset"]
    assert [run.title for run in back] == [run.title for run in short]
    assert [list(run.events) for run in back] == [list(run.events) for run in short]
    assert [list(run.history) for run in back] == [list(run.history) for run in short]
    assert (
        metrics_document(back, [Zero()])
        == result.metrics
        == json.loads((tmp_path / "metrics.json").read_text())
    )


def test_a_single_run_lies_in_the_directory_itself(short: list, tmp_path: Path) -> None:
    Result(short[1:]).save(tmp_path, pictures=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "history.jsonl",
        "metrics.json",
        "trace.jsonl",
    ]
    assert read_runs(tmp_path)[0].duration_us == short[1].duration_us


def test_what_an_earlier_run_left_there_is_not_read(short: list, tmp_path: Path) -> None:
    Result(short[:1]).save(tmp_path, pictures=False)
    Result(short).save(tmp_path, pictures=False)
    assert [run.variant for run in read_runs(tmp_path)] == ["patroni-async", "statefulset"]
    Result([replace(run, variant=f"other-{run.variant}") for run in short]).save(tmp_path, pictures=False)
    assert [run.variant for run in read_runs(tmp_path)] == ["patroni-async", "statefulset"]
    Result(short[:1]).save(tmp_path, pictures=False)
    assert [run.variant for run in read_runs(tmp_path)] == ["patroni-async"]


def test_files_are_the_same_twice(short: list, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_run(tmp_path / name, short[0])
    for file in ("trace.jsonl", "history.jsonl"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_history_lines_are_json_with_the_error_where_there_is_one() -> None:
    rows = [
        Operation(60_812_000, 3, "shop", "invoke", "write", 417),
        Operation(60_815_000, 5, "shop", "ok", "read", [416, True]),
        Operation(61_000_000, 3, "shop", "info", "write", 417, 'time "out"'),
        Operation(62_000_000, 1, "shop", "invoke", "request", None),
    ]
    found = list(history_lines(rows))
    assert (
        found[0]
        == '{"process": 3, "client": "shop", "type": "invoke", "f": "write", "value": 417, "t": 60.812}\n'
    )
    assert [json.loads(line)["value"] for line in found] == [417, [416, True], 417, None]
    assert json.loads(found[2])["error"] == 'time "out"'


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "x.txt", "before")

    def broken(self: Path, *_: object, **__: object) -> int:
        self.write_bytes(b"ha")
        raise OSError("the disk is full")

    monkeypatch.setattr("pathlib.Path.write_text", broken)
    with pytest.raises(OSError, match="full"):
        write_text(tmp_path / "x.txt", "after")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]
    assert (tmp_path / "x.txt").read_text() == "before"


def test_an_empty_directory_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(StatesimError, match="no run lies here"):
        read_runs(tmp_path)


def test_runs_of_their_own_are_not_read_as_variants_of_one(short: list, tmp_path: Path) -> None:
    for name, records in (("alone", short[:1]), ("both", short)):
        Result(records).save(tmp_path / name, pictures=False)
    with pytest.raises(StatesimError, match="not one run with its variants") as error:
        read_runs(tmp_path)
    assert f"{tmp_path / 'alone'} (pg-node-crash, patroni-async, seed 7, 2m30s)" in str(error.value)
    assert f"{tmp_path / 'both'} (pg-node-crash, 2 variants, seed 7)" in str(error.value)
    assert len(read_runs(tmp_path / "both")) == 2


@pytest.mark.parametrize(
    "change", [{"scenario": "another"}, {"seed": 77}, {"variant": "patroni-async"}, {"duration_us": None}]
)
def test_without_metrics_only_what_can_be_one_run_is_read_together(
    short: list, tmp_path: Path, change: dict
) -> None:
    for place, record in zip("ab", short, strict=True):
        write_run(tmp_path / place, record)
    assert len(read_runs(tmp_path)) == 2
    first, *rest = (tmp_path / "b" / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    start = json.loads(first)
    if change == {"duration_us": None}:
        rest, start = rest[:5], {**start, "duration_s": 99}
    elif "variant" in change:
        start["object"] = f"Run/{change['variant']}"
    else:
        start |= change
    text = "\n".join([json.dumps(start), *rest]) + "\n"
    (tmp_path / "b" / "trace.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(StatesimError, match="not one run with its variants"):
        read_runs(tmp_path)


def test_the_summary_tells_each_variant_and_each_expectation(short: list) -> None:
    metrics = metrics_document(short, [Zero()])
    text = text_of(summary(metrics))
    assert "StatefulSet, one replica" in text
    assert "27.3 s" in text
    assert expectation_lines(metrics)[0] == (
        "✗", "clients.shop.lost [patroni-async]: clients.shop.lost is 3, expected equal to 0", False,
    )  # fmt: skip
    assert "✓ clients.shop.lost [statefulset] is 0: equal to 0" in text


def test_the_summary_names_each_variant_as_the_command_line_takes_it(short: list) -> None:
    names = list(metrics_document(short)["variants"])
    for width in (60, 80, 200):
        out = io.StringIO()
        Console(file=out, width=width).print(summary(metrics_document(short)), crop=False)
        first = [line[:30].strip() for line in out.getvalue().splitlines()]
        assert [line for line in first if line in names] == names


def test_what_has_no_variants_is_not_given_a_name() -> None:
    document = metrics_document([made.partition()])
    (only,) = document["variants"].values()
    lines = text_of(summary({**document, "variants": {"default": only}})).splitlines()
    assert "default" not in [line[:30].strip() for line in lines]


def test_findings_stand_under_the_summary() -> None:
    text = text_of(summary(metrics_document([made.partition()])))
    assert "one-accepting-primary was broken 1 time" in text


def test_the_comparison_has_a_column_for_each_variant(short: list) -> None:
    text = text_of(comparison(differences(metrics_document(short)["variants"])))
    assert "patroni-async" in text
    assert "clients.shop.lost" in text
    assert text_of(comparison([])).strip() == "no metric differs"


def test_the_summary_fits_into_eighty_columns_uncropped(short: list) -> None:
    document = metrics_document(short)
    for variant in document["variants"].values():
        variant["clients"]["shop"] |= {"acked": 10_948, "unavailable_s": 1213.0, "longest_outage_s": 1213.0}
    out = io.StringIO()
    Console(file=out, width=80).print(summary(document), crop=False)
    assert "10,948" in out.getvalue()
    assert "20 min 13 s" in out.getvalue()
    assert max(len(line) for line in out.getvalue().splitlines()) <= 80


@pytest.mark.parametrize(("width", "tables"), [(45, 5), (60, 2), (80, 1), (200, 1)])
def test_the_comparison_never_breaks_a_number(width: int, tables: int) -> None:
    names = ["nobody", "force-delete-early", "out-of-service-1-20", "no-forced-detach", "node-deleted"]
    values = {name: 1260.929 + number for number, name in enumerate(names)}
    out = io.StringIO()
    rows = [Difference("clients.shop.longest_outage_s", values)]
    Console(file=out, width=width).print(comparison(rows))
    text = out.getvalue()
    assert all(f"{value:.3f}" in text for value in values.values())
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    for name in names:  # broken at hyphens, if at all
        assert name in text or all(part in text for part in name.split("-"))
    assert text.count("clients.shop.longest_outage_s") == tables


def test_the_report_says_what_the_scenario_shows_and_prints_no_backticks() -> None:
    told = {
        "description": "A drain that waits.\nNeither <b> nor `kubectl delete` asks.\n\nSource: none.",
        "look_for": ["`statesim get out/x pods --at 5m` shows it"],
    }
    record = replace(made.statefulset(duration_s=150), metadata=told)
    page = re.sub(
        r"<script.*?</script>", "", report([record], metrics_document([record]), ""), flags=re.DOTALL
    )
    assert "<p>A drain that waits.\nNeither &lt;b&gt; nor <code>kubectl delete</code> asks.</p>" in page
    assert "<p>Source: none.</p>" in page
    assert "<li><code>statesim get out/x pods --at 5m</code> shows it</li>" in page
    assert "`" not in page


def test_the_report_needs_no_network_and_tells_what_was_lost(short: list) -> None:
    page = report(short, metrics_document(short, [Zero()]), "<?xml?><svg><path/></svg>", title="A <b> & c")
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert "<?xml" not in page
    assert "A &lt;b&gt; &amp; c" in page
    assert "prefers-color-scheme: dark" in page
    assert "3 writes were acknowledged to shop between" in page
    assert "the lease of pg-0 in pg has expired" in page


def test_highlights_begin_with_the_fault() -> None:
    told = highlights(made.patroni().events)
    assert told[0].object == "Fault/1-node-crash"
    assert all(event.t_us >= 60_000_000 for event in told)


def test_nothing_lost_needs_no_words() -> None:
    assert lost_text(Reading(made.statefulset(duration_s=150))) == []


def test_a_notebook_gets_a_small_table(short: list) -> None:
    html = Summary(metrics_document(short), short, "en")._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 3


def test_a_report_says_how_much_of_what_happened_it_leaves_out() -> None:
    story = made.Story("long", 100)
    story.say(1, "Fault/1-scale", "Started", do="scale", label="scale")
    for n in range(MOST_HIGHLIGHTS + 4):
        story.say(2 + n, f"Pod/p-{n}", "Created", uid=str(n))
    record = story.record()
    assert "and 5 more up to the end" in report([record], metrics_document([record]), "")
    short = made.statefulset(duration_s=150)
    assert "more up to the end" not in report([short], metrics_document([short]), "")
