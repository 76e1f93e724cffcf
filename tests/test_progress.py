"""Off a terminal long work is not silent, and what is counted is said as people say it."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from statesim.analysis.sweep_record import Effort
from statesim.cli import app
from statesim.cli.common import counted, wrote
from statesim.cli.now_and_then import now_and_then, progress_line
from statesim.views.sweep_tables import effort_text


class Page:
    """A stream that tells when something has been written to it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.written = Event()

    def write(self, text: str) -> int:
        self.lines += [text] if text.strip() else []
        self.written.set()
        return len(text)

    def flush(self) -> None:
        pass


def test_work_of_which_nothing_comes_is_told_of_while_it_goes_on() -> None:
    page = Page()
    with now_and_then(lambda passed_s: f"{passed_s > 0}", every_s=0.001, file=page):  # type: ignore[arg-type]
        assert page.written.wait(60)
    told = list(page.lines)

    assert told[0] == "True"
    assert page.lines == told  # nobody writes any more


def test_the_lines_end_where_the_work_fails() -> None:
    page = Page()
    with pytest.raises(KeyboardInterrupt), now_and_then(lambda _: "x", every_s=3600, file=page):  # type: ignore[arg-type]
        raise KeyboardInterrupt
    assert page.lines == []


@pytest.mark.parametrize(
    ("done", "rate", "told"),
    [
        (0, 0.0, "0 of 1,000 runs after 1 min: the first is not finished yet"),
        (600, 10.0, "600 of 1,000 runs after 1 min, 10.0 runs/s, 40 s left"),
        (600, 0.0, "600 of 1,000 runs after 1 min"),
    ],
)
def test_a_line_says_how_far_it_is_and_how_long_it_will_take(done: int, rate: float, told: str) -> None:
    assert progress_line(done, 1000, "runs", 60.0, rate) == told


def test_one_is_no_plural() -> None:
    assert counted(1, "run") == "1 run"
    assert counted(1000, "run") == "1,000 runs"
    assert wrote(1, Path("out"), []) == "wrote 1 file to out"
    assert effort_text(Effort(1, 3.1, 3.0), 1).startswith("1 run in 3.1 s: ")


def test_an_address_that_is_none_is_told_before_any_run_is_announced() -> None:
    answer = CliRunner().invoke(app, ["sweep", "sts-ordered-scale", "--seeds", "10", "--dask", "scheduler"])

    assert answer.exit_code != 0
    assert "10 runs" not in answer.output
    assert "did you mean tcp://scheduler:8786?" in str(answer.exception)
