"""The command line: what it prints, what it leaves, and with what it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import statesim
from tests.command_line import SMALL, call


def test_a_run_leaves_trace_metrics_pictures_and_a_report(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, "run", str(small), "--out", str(out)) == 0
    made = {path.name for path in out.iterdir()}
    assert made == {
        "trace.jsonl",
        "objects.jsonl",
        "drift.jsonl",
        "metrics.json",
        "timeline.svg",
        "timeline.png",
        "report.html",
    }
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["version"] == statesim.__version__
    told = capsys.readouterr().out
    assert "✓ workloads.p.restarts" in told
    assert f"wrote {len(made)} files to {out}: timeline.png, report.html and 5 more" in told
    assert call(monkeypatch, "explain", str(out), "Pod/p-0") == 0
    assert "program of p-0" in capsys.readouterr().out
    assert call(monkeypatch, "plot", str(out), "--at", "31s") == 0
    assert (out / "topology-31s.png").stat().st_size > 5_000


def test_a_failed_expectation_exits_with_1(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    small.write_text(SMALL.replace("equals: 1", "equals: 7"), encoding="utf-8")
    assert call(monkeypatch, "run", str(small)) == 1


def test_wrong_input_exits_with_2_names_every_place_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = SMALL.replace("duration: 60s", "duration: 5min").replace("container-kill", "container-kil")
    small.write_text(wrong, encoding="utf-8")
    out = tmp_path / "out"
    assert call(monkeypatch, "run", str(small), "--out", str(out)) == 2
    told = capsys.readouterr().err
    assert f"{small}:4:11" in told
    assert "5m" in told
    assert f"{small}:19:" in told
    assert "container-kill" in told
    assert not out.exists()


def test_validate_tells_of_a_drivers_parameter_with_its_place(
    monkeypatch: pytest.MonkeyPatch, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system = "systems:\n  - {name: s, kind: postgres, workload: StatefulSet/p, parameters: {initdbb: 1s}}\n"
    small.write_text(SMALL + system, encoding="utf-8")
    assert call(monkeypatch, "validate", str(small)) == 2
    told = capsys.readouterr().err
    assert f"{small}:23:" in told
    assert "did you mean initdb?" in told


def test_validate_is_content_with_what_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, "validate", "pg-node-crash", "web-rolling-update", "real-manifest") == 0


def test_a_scenario_that_is_not_there_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "run", "no-such-scenario") == 2
    assert "no-such-scenario" in capsys.readouterr().err


def test_explaining_an_object_that_never_was_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call(monkeypatch, "run", str(small), "--out", str(out), "--no-pictures")
    assert call(monkeypatch, "explain", str(out), "Pod/q-0") == 2
    assert "Pod/p-0" in capsys.readouterr().err


def test_explaining_in_chinese_and_in_a_language_that_nobody_speaks_here(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call(monkeypatch, "run", str(small), "--out", str(out), "--no-pictures")
    assert call(monkeypatch, "explain", str(out), "Pod/p-0", "--lang", "zh") == 0
    assert "Kubernetes 把 p-0 显示为 Ready" in capsys.readouterr().out
    assert call(monkeypatch, "explain", str(out), "Pod/p-0", "--lang", "zhh") == 2
    assert "did you mean zh?" in capsys.readouterr().err


def test_the_schema_is_a_json_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "schema") == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_the_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "version") == 0
    assert capsys.readouterr().out == f"statesim {statesim.__version__}\n"


def test_scenarios_lists_what_ships(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "scenarios") == 0
    assert "pg-node-crash-operator" in capsys.readouterr().out


def test_importing_statesim_imports_nothing_heavy() -> None:
    code = "import sys, statesim; print([m for m in ('matplotlib', 'pandas', 'pydantic', 'networkx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_scenarios_tells_of_one_what_to_look_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "apiVersion: statesim/v1\nkind: Scenario\nduration: 10s\n"
        "metadata: {name: x, title: A title, description: What it shows., lookFor: [The second pod., The end.]}\n",
        encoding="utf-8",
    )
    assert call(monkeypatch, "scenarios", str(path)) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line] == [
        "A title",
        "What it shows.",
        "What to look for",
        "- The second pod.",
        "- The end.",
        "statesim run x --out out/x",
    ]
    assert call(monkeypatch, "run", str(path), "--out", str(tmp_path / "out")) == 0
    assert "- The second pod." in capsys.readouterr().out
    assert "The second pod." in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def kubectl(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    told = capsys.readouterr()
    return told.out.splitlines(), told.err


def test_get_and_describe_look_at_a_finished_run(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert call(monkeypatch, "run", str(small), "--out", out, "--no-pictures", "-q") == 0
    kubectl(capsys)
    assert call(monkeypatch, "get", out, "pods", "--at", "25s") == 0
    lines, _ = kubectl(capsys)
    assert [line.split() for line in lines] == [
        ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        ["p-0", "1/1", "Running", "0", "25s"],
    ]
    assert call(monkeypatch, "get", out, "pod/p-0", "-o", "json") == 0
    assert json.loads("\n".join(kubectl(capsys)[0]))["kind"] == "Pod"
    assert call(monkeypatch, "get", out, "sts,po", "-o", "name") == 0
    assert kubectl(capsys)[0] == ["statefulset.apps/p", "pod/p-0"]
    assert call(monkeypatch, "get", out, "pods", "-l", "app=other") == 0
    assert kubectl(capsys) == ([], "No resources found in default namespace.\n")
    assert call(monkeypatch, "get", out, "pods", "-w", "--until", "1s") == 0
    assert kubectl(capsys)[0][0].split()[:2] == ["AT", "NAME"]
    assert call(monkeypatch, "describe", out, "sts/p", "--at", "40s") == 0
    assert "create Pod p-0 in StatefulSet p successful" in kubectl(capsys)[0][-1]


def test_get_and_describe_answer_errors_as_kubectl_does(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    call(monkeypatch, "run", str(small), "--out", out, "--no-pictures", "-q")
    kubectl(capsys)
    for word in ("get", "describe"):
        assert call(monkeypatch, word, out, "pod/x") == 1
        assert kubectl(capsys)[1] == 'Error from server (NotFound): pods "x" not found\n'
        assert call(monkeypatch, word, out, "pdos") == 2
        assert kubectl(capsys)[1] == (
            'error: the server doesn\'t have a resource type "pdos" (did you mean pods?)\n'
        )
    (tmp_path / "out" / "objects.jsonl").unlink()
    assert call(monkeypatch, "get", out, "pods") == 2
    assert "run the scenario again" in kubectl(capsys)[1]


def test_a_question_after_the_end_of_a_run_is_refused(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    call(monkeypatch, "run", str(small), "--out", out, "--no-pictures", "-q")
    for words in (
        ("explain", out, "pod/p-0"),
        ("plot", out),
        ("get", out, "pods"),
        ("describe", out, "pods"),
    ):
        capsys.readouterr()
        assert call(monkeypatch, *words, "--at", "61s") == 2
        assert capsys.readouterr().err == "error: default: the run ends at 1m\n", words
    assert not list((tmp_path / "out").glob("*.png"))


def test_options_of_a_watch_that_contradict_each_other_are_refused(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    call(monkeypatch, "run", str(small), "--out", out, "--no-pictures", "-q")
    for more, told in (
        (("--until", "5s"), "this goes with -w"),
        (("--output-watch-events",), "this goes with -w"),
        (("-w", "--at", "30s", "--until", "20s"), "20s is before --at 30s"),
    ):
        capsys.readouterr()
        assert call(monkeypatch, "get", out, "pods", *more) == 2
        printed = capsys.readouterr()
        assert told in printed.err
        assert printed.out == ""
    assert call(monkeypatch, "get", out, "pod/x", "-w") == 1
    assert capsys.readouterr().err == 'Error from server (NotFound): pods "x" not found\n'


def test_a_file_where_a_run_should_go_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    for words in (("run", str(small)), ("storm", "--seed", "7")):
        for path in (taken, taken / "below"):
            assert call(monkeypatch, *words, "--out", str(path)) == 2
            printed = capsys.readouterr()
            assert printed.err == f"error: {taken} is a file; what a run leaves needs a directory\n"
            assert printed.out == ""
    assert taken.read_text(encoding="utf-8") == "mine"


TWO = (
    SMALL
    + """\
variants:
  - {name: kept, title: Left alone, patch: {timeline: []}}
  - name: more
    title: Two of them
    patch: {timeline: [{at: 20s, do: scale, on: StatefulSet/p, replicas: 2}]}
"""
)


@pytest.fixture
def two(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    small.write_text(
        TWO.partition("expect:")[0] + "variants:" + TWO.partition("variants:")[2], encoding="utf-8"
    )
    assert call(monkeypatch, "run", str(small), "--out", str(tmp_path / "two"), "--no-pictures", "-q") == 0
    capsys.readouterr()
    return tmp_path / "two"


def test_a_picture_of_one_variant_of_several_has_its_name(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variant in ("kept", "more"):
        assert call(monkeypatch, "plot", str(two), "--at", "40s", "--variant", variant) == 0
    assert call(monkeypatch, "plot", str(two), "--variant", "kept", "--window", "10s-20s") == 0
    made = sorted(path.name for path in two.glob("*.png"))
    assert made == ["timeline-kept-10s-20s.png", "topology-kept-40s.png", "topology-more-40s.png"]
    for wrong in ("10s", "20s-10s", "-5s"):
        assert call(monkeypatch, "plot", str(two), f"--window={wrong}") == 2


def test_explain_hints_at_the_objects_of_every_variant(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "explain", str(two), "po/p-1") == 0
    told = capsys.readouterr().out
    assert told.startswith("Two of them\n")
    assert "Left alone" not in told
    assert call(monkeypatch, "explain", str(two), "pod", "p-11") == 2
    assert "did you mean Pod/p-1" in capsys.readouterr().err
    assert call(monkeypatch, "explain", str(two), "p-1") == 2
    assert "say of which object: Pod/p-1" in capsys.readouterr().err
    assert call(monkeypatch, "explain", str(two), "po/p-1", "--variant", "kept") == 2
    assert "did you mean Pod/p-0" in capsys.readouterr().err


LOOK = "Far to the right of eighty columns there is something to look at: `statesim get out/small pods --at 30s -o wide`."


def test_commands_to_copy_stand_on_one_line_and_name_this_program_and_this_directory(
    small: Path, tmp_path: Path
) -> None:
    small.write_text(
        SMALL.replace("{name: small}", f"{{name: small, lookFor: ['{LOOK}']}}"), encoding="utf-8"
    )

    def printed(*words: str, path: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "statesim", *words],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PATH": path, "COLUMNS": "80"},
        )
        return done.stdout

    out = tmp_path / "here"
    told = printed("run", str(small), "--out", str(out), "--no-pictures", path="")
    table, _, to_look_for = told.partition("What to look for\n")
    assert f"`{sys.executable} -m statesim get {out} pods --at 30s -o wide`." in to_look_for
    assert max(map(len, table.splitlines())) <= 80
    told = printed("scenarios", str(small), path="")
    assert f"`{sys.executable} -m statesim get out/small pods --at 30s -o wide`." in told
    assert f"{sys.executable} -m statesim run small --out out/small" in told
    there = tmp_path / "bin" / "statesim"
    there.parent.mkdir()
    there.write_text("#!/bin/sh\n", encoding="utf-8")
    there.chmod(0o755)
    assert f"\n- {LOOK}\n" in printed("scenarios", str(small), path=str(there.parent))


def test_get_shows_namespaces_and_labels(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    call(monkeypatch, "run", str(small), "--out", out, "--no-pictures", "-q")
    kubectl(capsys)
    assert call(monkeypatch, "get", out, "pods", "-A", "--show-labels") == 0
    header, row = (line.split() for line in kubectl(capsys)[0])
    assert (header[0], header[-1], row[:2]) == ("NAMESPACE", "LABELS", ["default", "p-0"])
    assert row[-1].startswith("app=p,")
    assert call(monkeypatch, "describe", out, "pods", "-n", "other") == 0
    assert kubectl(capsys) == ([], "No resources found in other namespace.\n")


def test_storm_tells_each_outcome_and_exits_with_0_when_all_is_calm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "storm", "--seed", "7", "--seeds", "3", "--jobs", "1") == 0
    told = capsys.readouterr().out
    assert told.count("calm") == 3
    assert "3 storms," in told
    assert "0 failed" in told
    assert call(monkeypatch, "storm", "--seed", "7", "--jobs", "1") == 0
    assert "1 storm," in capsys.readouterr().out


def test_storm_writes_a_scenario_that_run_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a" / "storm.yaml"
    assert call(monkeypatch, "storm", "--seed", "7", "--write", str(path)) == 0
    assert call(monkeypatch, "run", str(path)) == 0
    assert "Storm 7, then calm" in capsys.readouterr().out
    assert call(monkeypatch, "storm", "--seeds", "2", "--write", str(path)) == 2


def test_storm_leaves_what_a_run_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert call(monkeypatch, "storm", "--seed", "7", "--out", str(tmp_path / "out")) == 0
    written = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert written["scenario"] == "storm-7"
