"""The space-time diagram as marks: what is on which line, and which event led to which."""

from __future__ import annotations

import re
from itertools import pairwise

import made_traces as made
import pytest

from statesim.analysis.reading import Reading
from statesim.views.lamport import LamportMarks, lamport_marks
from statesim.views.lamport_figure import in_lines, places
from statesim.views.letters import inches
from statesim.views.style import BAR_PT


@pytest.fixture(scope="module")
def takeover() -> LamportMarks:
    return lamport_marks(Reading(made.patroni()))


def number(marks: LamportMarks, line: str, words: str) -> int:
    return next(
        n for n, mark in enumerate(marks.marks) if marks.lines[mark.line].name == line and words in mark.words
    )


def test_a_takeover_is_a_walk_along_the_arrows(takeover: LamportMarks) -> None:
    led = {(start, to) for start, to, kind in takeover.arrows if kind == "cause"}
    cut = number(takeover, "node n-a-1", "no power")
    dies = number(takeover, "pg-0", "no power")
    expires = number(takeover, "lease of pg", "expires")
    elected = number(takeover, "lease of pg", "elected")
    primary = number(takeover, "pg-1", "primary")
    moved = number(takeover, "Service pg", "to pg-1")
    assert {(cut, dies), (elected, primary), (primary, moved)} <= led
    assert cut < dies < expires < elected < primary < moved
    assert takeover.marks[cut].bad
    assert not takeover.marks[primary].bad


def test_no_arrow_leads_back_in_time_or_stays_on_its_line(takeover: LamportMarks) -> None:
    for marks in (takeover, lamport_marks(Reading(made.partition()))):
        assert [mark.t_us for mark in marks.marks] == sorted(mark.t_us for mark in marks.marks)
        for start, to, kind in marks.arrows:
            if kind == "cause":
                assert start < to
                assert marks.marks[start].line != marks.marks[to].line
            else:
                assert marks.lines[-1 - to].kind == "pod"


def test_what_matters_least_goes_first_and_what_is_gone_is_counted() -> None:
    reading = Reading(made.patroni())
    whole, few = lamport_marks(reading), lamport_marks(reading, most=8)
    assert len(few.marks) <= 8
    assert {mark.level for mark in few.marks} == {3}
    assert few.note
    assert {mark.words for mark in few.marks} <= {mark.words for mark in whole.marks}


def test_words_on_a_line_cover_neither_each_other_nor_the_next_mark(takeover: LamportMarks) -> None:
    found = places(takeover.marks)
    for line in range(len(takeover.lines)):
        own = [place for mark, place in zip(takeover.marks, found, strict=True) if mark.line == line]
        for left, right in pairwise(own):
            assert left.x + max(inches(words, BAR_PT) for words in left.words) < right.x
    assert [place.x for place in found] == sorted(place.x for place in found)


def test_words_take_two_lines_at_most_where_they_can() -> None:
    assert in_lines("no power") == ("no power",)
    assert len(in_lines("power cut under the database of the first zone")) == 2


def test_a_window_in_which_nothing_happens_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing that could be told happens"):
        lamport_marks(Reading(made.patroni()), (1000, 1100))


def test_many_or_long_names_behind_a_service_are_told_by_their_number() -> None:
    story = made.Story("service", 60)
    story.nodes()
    for at, ready in ((1, ["pg-0", "pg-1"]), (2, [f"web-7f9c4d-{n}{n}xyz" for n in range(3)]), (3, [])):
        story.say(at, "EndpointSlice/web", "EndpointsChanged", ready=ready, not_ready=[])
    told = [mark.words for mark in lamport_marks(Reading(story.record())).marks]
    assert told == ["to pg-0, pg-1", "to 3 pods", "to nobody"]


def test_the_window_that_is_named_for_what_follows_has_something_to_show() -> None:
    reading = Reading(made.patroni())
    for most in range(1, 9):
        note = lamport_marks(reading, most=most).note
        begin, end = (float(each) for each in re.findall(r"--window (\d+)s-(\d+)s", note)[0])
        assert begin < end
        assert lamport_marks(reading, (begin, end), most=30).marks
