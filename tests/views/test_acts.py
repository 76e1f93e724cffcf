from __future__ import annotations

from statesim.views.acts import MOST_NUMBERED, Vertical, in_all, listed, numbered
from statesim.views.timeline_layout import Layout


def struck(count: int, label: str = "a program dies", begin: int = 0) -> list[Vertical]:
    return [Vertical(0, begin + n, None, label, f"0:{n:02d}") for n in range(count)]


def test_what_happened_is_numbered_and_told_one_by_one() -> None:
    few = numbered(struck(MOST_NUMBERED))

    assert [each.number for each in few] == list(range(1, MOST_NUMBERED + 1))
    assert listed(few) == few


def test_more_than_can_stand_side_by_side_is_told_by_how_often_it_was() -> None:
    many = numbered([*struck(3, "zone a fails", 500), *struck(MOST_NUMBERED)])

    assert {each.number for each in many} == {0}
    told = [words for _, _, words in Layout().fault_places(listed(many))]
    assert told == [f"{MOST_NUMBERED} times  a program dies", "3 times  zone a fails"]


def test_what_happened_in_all_panels_alike_is_counted_once() -> None:
    panel = numbered(struck(MOST_NUMBERED + 5))

    assert [each.words for each in in_all([panel, panel])] == [f"{MOST_NUMBERED + 5} times  a program dies"]


def test_what_happened_a_single_time_among_many_is_told_as_once() -> None:
    many = numbered([*struck(1, "zone a fails", 500), *struck(MOST_NUMBERED)])

    assert [each.words for each in listed(many)][-1] == "once  zone a fails"
