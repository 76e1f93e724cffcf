"""The README in Chinese keeps step with the English one: the same sections, commands, pictures and links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.snippets import ROOT, snippets

if TYPE_CHECKING:
    from collections.abc import Callable

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
LINK = re.compile(r"\]\(([^)]+)\)")
HAN = re.compile(r"[\u4e00-\u9fff]")


def levels(text: str) -> list[str]:
    return re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)


def links(text: str) -> list[str]:
    return sorted(set(LINK.findall(text)) - {"README.md", "README.zh-CN.md"})


def names(text: str) -> list[str]:
    """Return what is written as code in running text and tables: scenarios, files, options."""
    found = re.findall(r"`([a-z][\w./\s-]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return sorted({" ".join(each.split()) for each in found})


def rows(text: str) -> list[int]:
    return [line.count("|") for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("part", [levels, links, rows], ids=lambda part: part.__name__)
def test_both_have_the_same(part: Callable[[str], list[str]]) -> None:
    english, chinese = (path.read_text(encoding="utf-8") for path in (ENGLISH, CHINESE))
    assert part(chinese) == part(english)


def test_both_name_the_same_scenarios_and_commands() -> None:
    english, chinese = (set(names(path.read_text(encoding="utf-8"))) for path in (ENGLISH, CHINESE))
    own = {"notebooks/en/08-how-many-nines.ipynb", "notebooks/zh/08-how-many-nines.ipynb"}
    assert chinese - own == english - own


def test_both_have_the_same_commands_and_programs() -> None:
    def bare(text: str) -> list[str]:
        return [re.sub(r"\s+#.*$", "", line) for line in text.splitlines()]

    english, chinese = snippets(ENGLISH), snippets(CHINESE)
    assert [(each.language, bare(each.text)) for each in chinese] == [
        (each.language, bare(each.text)) for each in english
    ]


def test_the_chinese_one_is_in_chinese() -> None:
    paragraphs = re.sub(r"```.*?```", "", CHINESE.read_text(encoding="utf-8"), flags=re.DOTALL).split("\n\n")
    assert all(HAN.search(each) for each in paragraphs if re.search(r"[A-Za-z]{4}", each) and each[0] != "#")
