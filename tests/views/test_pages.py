"""A timeline that is too tall for a slide comes in pages, and each page tells only what is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import made_traces as made
import pytest

from statesim.views.marks import timeline_marks
from statesim.views.outputs import write_pictures
from statesim.views.pages import MOST, TALLEST, pages
from statesim.views.timeline_layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.analysis.record import RunRecord


def struck(variant: str, *faults: tuple[float, str, str]) -> RunRecord:
    story = made.Story(variant, 600)
    story.nodes()
    for number, (at, do, target) in enumerate(faults, start=1):
        story.say(at, f"Fault/{number}-{do}", "Started", do=do, targets=[target])
    return story.record()


def test_every_variant_is_on_one_page_in_order_and_no_page_is_too_tall() -> None:
    whole = timeline_marks([*made.five_variants(), *made.five_variants()])
    parts = pages(whole)
    assert len(parts) > 1
    assert [p.title for part in parts for p in part.panels] == [panel.title for panel in whole.panels]
    assert all(len(part.panels) <= MOST for part in parts)
    assert all(Layout().panels(part) <= TALLEST for part in parts)
    assert parts[0].title.endswith(f"(1 of {len(parts)})")


def test_what_fits_on_a_slide_has_no_pages(tmp_path: Path) -> None:
    assert pages(timeline_marks([made.patroni()])) == []
    write_pictures(tmp_path, [made.statefulset(duration_s=150)])
    assert {path.name for path in tmp_path.iterdir()} == {"timeline.svg", "timeline.png"}


def test_the_pages_lie_beside_the_whole(tmp_path: Path) -> None:
    made_ = write_pictures(tmp_path, made.five_variants(), window=(40, 200))
    assert {"timeline.png", "timeline-1.png", "timeline-2.png"} <= {path.name for path in made_}
    assert all(path.is_file() for path in made_)


def test_variants_that_differ_number_and_list_what_happened_in_each() -> None:
    power, back, edit = (
        (60, "node-crash", "Node/n-a-1"),
        (90, "node-recover", "Node/n-a-1"),
        (70, "patch", "Pod/x"),
    )
    marks = timeline_marks([struck("one", power, back), struck("two", edit, back), struck("none")])
    assert marks.verticals == ()
    assert [[v.number for v in panel.verticals] for panel in marks.panels] == [[1, 2], [1, 2], []]
    assert [panel.listed for panel in marks.panels] == [True, True, False]
    alike = timeline_marks([struck("one", power, back), struck("two", power, back)])
    assert [v.number for v in alike.verticals] == [1, 2]
    assert not any(panel.listed for panel in alike.panels)


@pytest.mark.parametrize(
    ("do", "words"),
    [("node-crash", "power cut n-a-1"), ("node-recover", "n-a-1 is back"), ("drain", "drain n-a-1")],
)
def test_what_has_no_label_is_told_in_words(do: str, words: str) -> None:
    (vertical,) = timeline_marks([struck("one", (60, do, "Node/n-a-1"))]).verticals
    assert vertical.label == words
    assert vertical.words == f"1:00  {words}"
