"""What people are told to look at is what the run that they have shows."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from statesim.analysis.look_for import applicable, moved
from tests.command_line import SMALL, call

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_the_variants_that_were_run_show_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    look = ["`statesim get out/small pods --variant one`.", "`--variant two` differs.", "Both end."]
    variants = "variants: [{name: one, patch: {}}, {name: two, patch: {}}]\n"
    small = tmp_path / "small.yaml"
    small.write_text(
        SMALL.replace("{name: small}", f"{{name: small, lookFor: {json.dumps(look)}}}") + variants,
        encoding="utf-8",
    )
    for asked, told in (((), look), (("one",), [look[0], look[2]]), (("two",), look[1:])):
        capsys.readouterr()
        out = tmp_path / "-".join(("out", *asked))
        only = [word for name in asked for word in ("--variant", name)]
        assert call(monkeypatch, "run", str(small), "--out", str(out), *only) == 0
        printed = capsys.readouterr().out
        page = (out / "report.html").read_text(encoding="utf-8").partition("What to look for")[2]
        for line in look:
            shown = "--variant one`." if line == look[0] else line
            assert (shown in printed) == (line in told), line
        assert page.partition("</ul>")[0].count("<li>") == len(told)


def test_what_speaks_of_a_variant_that_was_not_run_is_left_out() -> None:
    lines = [
        "Compare patroni-async and patroni-sync.",
        "The worst of them: `grep x out/small/one/history.jsonl`.",
        "One pod of two is left.",
    ]

    assert applicable(lines, ["patroni-async"], ["patroni-sync", "one", "two"]) == lines[2:]
    assert applicable(lines, ["patroni-async", "patroni-sync", "one", "two"]) == lines


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("`statesim get out/small pods`", "`statesim get /x pods`"),
        ("`grep -c 'a b' out/small/one/history.jsonl`", "`grep -c 'a b' /x/one/history.jsonl`"),
        ("`statesim judge out/small`: all of out/small.", "`statesim judge /x`: all of /x."),
        ("`jq . out/small/metrics.json out/small/*/trace.jsonl`", "`jq . /x/metrics.json /x/*/trace.jsonl`"),
        *(
            (f"`cat {other}`",) * 2
            for other in ("out/small-two/metrics.json", "out/small.yaml", "out/smaller", "about/out/small")
        ),
    ],
)
def test_every_path_of_the_run_is_where_the_run_was_written(line: str, there: str) -> None:
    assert moved(line, "small", "/x") == there


@pytest.mark.parametrize(("asked", "file"), [((), "one/trace.jsonl"), (("--variant", "one"), "trace.jsonl")])
def test_a_file_that_people_are_told_to_search_is_there(
    asked: tuple[str, ...],
    file: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small, out = tmp_path / "small.yaml", tmp_path / "another place"
    look = "`grep -c Running out/small/one/trace.jsonl` counts"
    variants = "variants: [{name: one, patch: {}}, {name: two, patch: {}}]\n"
    small.write_text(
        SMALL.replace("{name: small}", f"{{name: small, lookFor: ['{look}']}}") + variants, encoding="utf-8"
    )

    assert call(monkeypatch, "run", str(small), "--out", str(out), "--no-pictures", *asked) == 0
    told = re.search(r"`(grep[^`]*)`", capsys.readouterr().out)
    assert told is not None
    *_, path = shlex.split(told[1])
    assert path == str(out / file)
    assert (out / file).is_file()


@pytest.mark.parametrize(
    ("given", "meant"),
    [(("--seed", "5"), "seed 1"), (("--set", "duration=70s"), "the scenario as it is written")],
)
def test_what_was_expected_of_another_run_is_told_as_that(
    given: tuple[str, str],
    meant: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = tmp_path / "small.yaml"
    wrong = SMALL.replace("restarts, equals: 1", "restarts, equals: 2")
    small.write_text(wrong.replace("{name: small}", "{name: small, lookFor: [Both end.]}"), encoding="utf-8")
    out = tmp_path / "out"

    assert call(monkeypatch, "run", str(small)) == 1
    own = capsys.readouterr().out
    assert "✗ workloads.p.restarts [default]: workloads.p.restarts is 1, expected equal to 2" in own
    assert "What to look for\n" in own

    assert call(monkeypatch, "run", str(small), *given, "--out", str(out)) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert f"Expected of {meant}, which this run is not; what does not hold may be right here:" in told
    assert "✗ workloads.p.restarts [default]: workloads.p.restarts is 1, expected equal to 2" in told
    assert f"What to look for (in {meant}; this run is another one)" in told
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"What to look for (in {meant}; this run is another one)" in page
    assert f"Expected of {meant}" in page
    assert call(monkeypatch, "run", str(small), *given, "--quiet") == 1
    assert "failed: workloads.p.restarts" in capsys.readouterr().err


def test_the_scenarios_own_seed_is_its_own_however_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = tmp_path / "small.yaml"
    small.write_text(SMALL, encoding="utf-8")

    assert call(monkeypatch, "run", str(small), "--seed", "1") == 0
    assert "Expected of" not in capsys.readouterr().out
