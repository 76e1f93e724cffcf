from __future__ import annotations

from pathlib import Path

import made_traces as made
import pytest

from statesim.views.text import ascii_timeline, bar

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["patroni", "deployment_rwo", "partition"])
def test_the_text_timeline_is_as_it_was(name: str) -> None:
    """To accept a change, delete the file and run the test twice."""
    text = ascii_timeline([getattr(made, name)(duration_s=180 if name == "partition" else 600)])
    path = GOLDEN / f"{name}.txt"
    if not path.is_file():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path} was written; look at it")
    assert text == path.read_text(encoding="utf-8")


def test_all_bars_are_equally_long() -> None:
    lines = [
        line for line in ascii_timeline(made.five_variants(), width=50).splitlines() if line.endswith("|")
    ]
    assert len(lines) > 15
    assert len({len(line) for line in lines}) == 1


def test_a_bar_shorter_than_a_character_is_still_there() -> None:
    from statesim.views.lanes import Span

    assert bar([Span(10, 10.01, "truth", "primary")], 0, 100, 10) == " =        "
