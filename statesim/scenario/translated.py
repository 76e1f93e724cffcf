"""What a scenario says in another language beside its own words: of itself, and labels of what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from statesim.scenario.load import VariantScenario


class Titles(NamedTuple):
    """A title, and the same in Chinese if there is one."""

    title: str
    title_zh: str | None

    def said_in(self, language: str) -> str:
        """Return the title in a language, ``en`` or ``zh``; in English where it is not told in that."""
        return (self.title_zh if language == "zh" else None) or self.title


def titles(row: Any, otherwise: str = "") -> Titles:
    """Return the titles of a row of plain data: ``metadata``, or a variant.

    Parameters
    ----------
    otherwise
        The title of what has none.
    """
    told = row if isinstance(row, dict) else {}
    title, title_zh = told.get("title"), told.get("title_zh")
    return Titles(str(title or otherwise), title_zh if isinstance(title_zh, str) and title_zh else None)


def translations(variant: VariantScenario) -> dict[str, dict[str, str]]:
    """Return for each other language what the texts of a variant's run are called in it, by those texts.

    Titles, labels, and what it shows stand in a run's trace as the scenario has them; this is what lies
    beside it.
    """
    metadata = variant.scenario.metadata
    told = [(metadata.title, metadata.title_zh), (variant.title, variant.title_zh)]
    told.append((metadata.description.strip(), (metadata.description_zh or "").strip()))
    told += zip(metadata.look_for, metadata.look_for_zh, strict=False)  # as many, or none
    told += [(row.label or "", row.label_zh) for row in variant.scenario.timeline]
    chinese = {text: zh for text, zh in told if text and zh}
    return {"zh": chinese} if chinese else {}
