"""The space-time diagram as marks: what is on which line, and which event led to which."""

from __future__ import annotations

from itertools import combinations
from math import hypot

import made_traces as made
import pytest

import statesim
from statesim import plot
from statesim.analysis.reading import Reading
from statesim.views.lamport import LamportMarks, lamport_marks
from statesim.views.lamport_places import (
    ABOVE,
    BELOW,
    CONNECTS,
    DISC,
    PAPER,
    SLIDE,
    Arranged,
    Sizes,
    arranged,
    high,
    in_lines,
    is_bold,
    wide,
)
from statesim.views.lamport_routes import bends, touched
from statesim.views.style import figure_of


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
    shop = {n for n, mark in enumerate(takeover.marks) if takeover.lines[mark.line].kind == "client"}
    assert not [each for each in led if set(each) <= shop]  # an outage leads to no recovery
    assert cut < dies < expires < elected < primary < moved
    assert takeover.marks[cut].bad
    assert not takeover.marks[primary].bad


def test_a_lease_that_expires_leads_to_the_election_along_its_line() -> None:
    (reading,) = statesim.run("pg-node-crash", variants=["patroni-async"]).readings
    marks = lamport_marks(reading, most=12)
    expires, elected = number(marks, "lease of pg", "expires"), number(marks, "lease of pg", "elected")
    assert (expires, elected, "cause") in marks.arrows
    assert "1 write missing" in [mark.words for mark in lamport_marks(reading).marks]


@pytest.mark.parametrize("sizes", [PAPER, SLIDE], ids=["paper", "slide"])
def test_no_arrow_touches_a_mark_on_its_way(several: LamportMarks, sizes: Sizes) -> None:
    at = arranged(several, sizes)
    for (start, to, _), bend in zip(several.arrows, bends(several, at, sizes), strict=True):
        assert touched(several, at, start, to, bend) == []


def test_the_foot_explains_what_is_drawn_and_has_no_command() -> None:
    result = statesim.run("pg-node-crash", variants=["patroni-async"])
    for theme, dotted in (("slides", False), ("paper", True)):
        words = [text.get_text() for text in figure_of(plot.lamport(result, theme=theme)).texts]
        assert any("Dotted" in each for each in words) == dotted
        assert not any("--" in each for each in words)


def test_no_arrow_leads_back_in_time_or_follows_a_line_of_pods(takeover: LamportMarks) -> None:
    for marks in (takeover, lamport_marks(Reading(made.partition()))):
        assert [mark.t_us for mark in marks.marks] == sorted(mark.t_us for mark in marks.marks)
        for start, to, kind in marks.arrows:
            if kind == "cause":
                assert start < to
                line = marks.lines[marks.marks[to].line]
                assert marks.marks[start].line != marks.marks[to].line or line.kind in ("system", "node")
            else:
                assert marks.lines[-1 - to].kind == "pod"


def test_what_matters_least_goes_first_and_what_is_gone_is_counted() -> None:
    reading = Reading(made.patroni())
    whole, few = lamport_marks(reading), lamport_marks(reading, most=8)
    assert len(few.marks) <= 8
    assert {mark.level for mark in few.marks} == {3}
    assert few.note
    assert {mark.words for mark in few.marks} <= {mark.words for mark in whole.marks}


def boxes(marks: LamportMarks, at: Arranged, sizes: Sizes) -> list[tuple[float, float, float, float]]:
    """Return where the words of each mark are: left, upper, right, lower (inches)."""
    found = []
    for mark, place in zip(marks.marks, at.places, strict=True):
        left, near = place.x + DISC, at.lines[mark.line] + place.side * sizes.off
        far = near + place.side * high(place.words, sizes.word_pt)
        right = left + wide(place.words, sizes.word_pt, bold=is_bold(mark))
        found.append((left, min(near, far), right, max(near, far)))
    return found


def heads(marks: LamportMarks, at: Arranged) -> list[tuple[float, float]]:
    """Return points (inches) in the heads of all arrows: a tenth and a seventh of an inch before their ends."""
    found = []
    for start, to, _ in marks.arrows:
        x0, y0 = at.places[start].x, at.lines[marks.marks[start].line]
        x1, y1 = (
            (at.places[to].x, at.lines[marks.marks[to].line])
            if to >= 0
            else (x0 + CONNECTS, at.lines[-1 - to])
        )
        for before in (0.1, 1 / 7):
            share = 1 - before / hypot(x1 - x0, y1 - y0)
            found.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return found


@pytest.fixture(scope="module", params=["takeover", "cut", "many", "real"])
def several(request: pytest.FixtureRequest) -> LamportMarks:
    if request.param == "real":
        result = statesim.run("patroni-partitioned", variants=["asynchronous"])
        return lamport_marks(result.readings[0])
    most = 12 if request.param == "many" else 30
    return lamport_marks(Reading(made.partition() if request.param == "cut" else made.patroni()), most=most)


@pytest.mark.parametrize("sizes", [PAPER, SLIDE], ids=["paper", "slide"])
@pytest.mark.parametrize("least", [0.0, 1.7, 2.3])
def test_no_words_cover_other_words_or_marks_or_the_head_of_an_arrow(
    several: LamportMarks, sizes: Sizes, least: float
) -> None:
    at = arranged(several, sizes, least=least)
    assert [place.x for place in at.places] == sorted(place.x for place in at.places)
    found = boxes(several, at, sizes)
    for (left, upper, right, lower), (left2, upper2, right2, lower2) in combinations(found, 2):
        assert right <= left2 or right2 <= left or lower <= upper2 + 1e-9 or lower2 <= upper + 1e-9
    dots = [(place.x, at.lines[mark.line]) for mark, place in zip(several.marks, at.places, strict=True)]
    for left, upper, right, lower in found:
        assert upper >= 0
        assert lower <= at.height + 1e-9
        assert right <= at.width + 1e-9
        assert not [(x, y) for x, y in (*dots, *heads(several, at)) if left < x < right and upper < y < lower]


def test_words_stand_below_a_mark_whose_arrows_lead_up(takeover: LamportMarks) -> None:
    at = arranged(takeover)
    elected, cut = number(takeover, "lease of pg", "elected"), number(takeover, "node n-a-1", "no power")
    assert at.places[elected].side == BELOW
    assert at.places[cut].side == ABOVE


def test_what_begins_at_the_same_instant_is_one_mark_and_its_end_says_of_how_many() -> None:
    result = statesim.run("patroni-partitioned", variants=["asynchronous"])
    marks = lamport_marks(result.readings[0])
    told = [mark.words for mark in marks.marks if marks.lines[mark.line].kind == "fault"]
    assert told == ["cut off from the store, cut off from pg-1, cut off from pg-2", "3 of these over"]


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
        follows = lamport_marks(reading, most=most).follows
        assert follows is not None
        begin, end = follows
        assert begin < end
        assert lamport_marks(reading, (begin, end), most=30).marks


@pytest.mark.parametrize(("apart_s", "told"), [(0.5, ["reads again, writes again"]),
                                               (4, ["reads again", "writes again"])])  # fmt: skip
def test_where_room_is_short_outages_that_began_as_one_and_end_within_a_second_end_as_one(
    apart_s: float, told: list[str]
) -> None:
    story = made.Story("outages", 60)
    story.nodes()
    cut = story.say(10, "Node/n-a-1", "Crashed")
    outs = [story.say(11, "Client/shop", "Outage", cut, f=what) for what in ("read", "write")]
    for number, (what, out) in enumerate(zip(("read", "write"), outs, strict=True)):
        t = 30 + number * apart_s
        story.say(t, "Client/shop", "Recovered", out, f=what, outage_s=t - 11)
    story.say(50, "Node/n-a-1", "Recovered")
    reading = Reading(story.record())
    roomy, short = (
        [mark.words for mark in lamport_marks(reading, most=most).marks if "s again" in mark.words]
        for most in (30, 4)
    )
    assert roomy == ["reads again", "writes again", "runs again"]
    assert short[: len(told)] == told
