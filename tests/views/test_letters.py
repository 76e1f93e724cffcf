"""How a headline is parted into lines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, Group

from statesim.views.letters import inches, wrapped
from statesim.views.unparted import Unparted

HEADLINE = (
    "shop: no writes for 15 min 28 s (15 min 29 s in all), nothing lost, 1,205 of 3,000 failed; "
    "browser: out for 6.5 s"
)
PARTED = ("15", "28", "(15", "29", "6.5")


@pytest.mark.parametrize("tenths", range(10, 60))
def test_a_number_and_its_unit_are_on_one_line_however_narrow_the_page(tenths: int) -> None:
    width = tenths / 10
    lines = wrapped(HEADLINE, width, 12, bold=True)
    assert " ".join(lines) == HEADLINE
    assert not [line for line in lines if line.split()[-1] in PARTED]
    assert all(inches(line, 12, bold=True) <= width for line in lines if " " in line and width > 2)


def test_a_number_at_the_end_and_a_word_with_a_figure_in_it_stand_for_themselves() -> None:
    assert wrapped("pg-0 writes 12, of 7", 0.1, 12) == ["pg-0", "writes", "12,", "of", "7"]


@pytest.mark.parametrize("width", range(14, 80))
def test_a_terminal_parts_no_number_from_its_unit_either_and_loses_nothing(width: int) -> None:
    out = io.StringIO()
    told = Unparted.assemble(("A title of 15 min", "bold"), "\n", (HEADLINE, "red"))
    Console(file=out, width=width, color_system=None).print(Group(told))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert " ".join(lines) == f"A title of 15 min {HEADLINE}"
    assert all(len(line) <= width for line in lines)
    assert not [line for line in lines if line.split()[-1] in PARTED]


CHINESE = "三个成员在 Patroni 之下，半分钟后又能写入：异步时丢失最后 15 min 的写入。"


@pytest.mark.parametrize("tenths", range(12, 50, 4))
def test_chinese_is_parted_between_characters_and_no_line_begins_with_what_closes(tenths: int) -> None:
    lines = wrapped(CHINESE, tenths / 10, 12)
    assert "".join(lines).replace(" ", "") == CHINESE.replace(" ", "")
    assert all(line[0] not in "，：。" for line in lines)
    assert all(inches(line, 12) <= tenths / 10 for line in lines if len(line) > 8)
    assert len(lines) > 1
