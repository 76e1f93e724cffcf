"""What the checkers say, as text and as EDN, and the command that tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import statesim
from statesim.cli import app
from statesim.views.edn import edn_lines

if TYPE_CHECKING:
    from pathlib import Path

Row = tuple[Any, ...]


def rows(f: str, value: Any, result: Any, final: Any) -> list[Row]:
    return [
        (1_000, 3, "shop", "invoke", f, value, ""),
        (1_500, 3, "shop", "ok", f, result, ""),
        (1_600, 4, "other", "invoke", f, value, ""),
        (2_000, 3, "shop", "invoke", f, value, ""),
        (2_500, 3, "shop", "info", f, value, 'it said "no"'),
        (9_000, "final", "shop", "ok", "final", final, ""),
    ]


@pytest.mark.parametrize(
    ("history", "first", "last"),
    [
        (
            rows("write", ["x", 1], ["x", 1], {"x": [1, 2]}),
            '{:type :invoke, :process 3, :time 1000000, :index 0, :f :write, :value ["x" 1]}',
            '{:type :ok, :process 4, :time 9000000, :index 5, :f :read, :value ["x" 2]}',
        ),
        (
            rows(
                "txn",
                [["append", "x", 1], ["r", "x", None]],
                [["append", "x", 1], ["r", "x", [1]]],
                {"x": [1]},
            ),
            '{:type :invoke, :process 3, :time 1000000, :index 0, :f :txn, :value [[:append "x" 1] [:r "x" nil]]}',
            '{:type :ok, :process 4, :time 9000000, :index 5, :f :txn, :value [[:r "x" [1]]]}',
        ),
        (
            rows("transfer", {"from": "a", "to": "b", "amount": 5}, None, {"a": 15, "b": 25}),
            "{:type :invoke, :process 3, :time 1000000, :index 0, :f :transfer, "
            ':value {"from" "a", "to" "b", "amount" 5}}',
            '{:type :ok, :process 4, :time 9000000, :index 5, :f :read, :value {"a" 15, "b" 25}}',
        ),
        (
            rows("write", 7, 7, [7]),
            "{:type :invoke, :process 3, :time 1000000, :index 0, :f :write, :value 7}",
            "{:type :ok, :process 4, :time 9000000, :index 5, :f :read, :value [7]}",
        ),
    ],
    ids=["register", "append", "bank", "set"],
)
def test_a_history_is_written_as_jepsen_reads_it(history: list[Row], first: str, last: str) -> None:
    lines = "".join(edn_lines(history, "shop")).splitlines()
    assert len(lines) == 6, "another client's calls are not in it"
    assert (lines[0], lines[-1]) == (first, last)
    assert lines[3].endswith(', :error "it said \\"no\\""}')


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("judged") / "run"
    statesim.run("reads-from-replicas").save(directory, pictures=False)
    return directory


def told(*arguments: object) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["judge", *map(str, arguments)])
    return answer.exit_code, answer.output


def test_judge_tells_the_verdict_and_the_smallest_evidence(out: Path) -> None:
    code, text = told(out, "--variant", "primary")
    assert code == 0
    assert "shop (register): invalid\n  lost write: " in text
    assert "  not linearizable: 1:\n" in text
    evidence = text.partition("not linearizable")[2].partition("  stale read")[0]
    assert evidence.count("process ") == 3, "a write, a later one, and the read that saw the first"
    assert told(out, "--variant", "primary-synchronous") == (
        0,
        "Reads go to the primary, synchronous commits\nshop (register): valid: nothing in its history is forbidden\n\n",
    )


def test_judge_writes_a_history_as_edn(out: Path, tmp_path: Path) -> None:
    code, text = told(out, "--variant", "primary", "--client", "shop", "--edn", tmp_path / "h.edn")
    assert (code, text) == (0, f"wrote {tmp_path / 'h.edn'}\n")
    lines = (tmp_path / "h.edn").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 10_000
    assert [int(line.partition(":index ")[2].partition(",")[0]) for line in lines] == list(range(len(lines)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--edn", "h.edn"], "say which"),
        (["--client", "shp"], "there is no client 'shp'; did you mean shop?"),
        (["--variant", "primry"], "did you mean primary?"),
    ],
)
def test_judge_says_what_it_needs(arguments: list[str], said: str, out: Path) -> None:
    code, text = told(out, *arguments)
    assert code == 2
    assert said in " ".join(text.replace("│", " ").split())
