"""Variants of one scenario or of several side by side: what they are called, and whose runs are whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from statesim.analysis.sweep_record import Outline, Row


def side_by_side(variants: Sequence[tuple[str, str]], *, several: bool) -> list[str]:
    """Return what variants of one scenario or of several are called where they stand side by side.

    Parameters
    ----------
    variants
        Scenario and variant of each.
    several
        There are several scenarios: each variant's name begins with its scenario's.

    Raises
    ------
    StatesimError
        If two of the scenarios have one name.
    """
    names: list[str] = []
    for scenario, variant in variants:
        full = f"{scenario}.{variant}"
        name = scenario if variant == "default" else full if several else variant
        names.append(full if name in names else name)
    _once(variants)
    return names


def _once(variants: Sequence[tuple[str, str]]) -> None:
    for scenario, variant in variants:
        if variants.count((scenario, variant)) > 1:
            raise StatesimError(
                f"two scenarios are called {scenario}: give one of them another metadata.name"
            )


def cases_of(outlines: Sequence[Outline]) -> dict[str, tuple[int, int]]:
    """Return what the variants are called side by side: the place of its scenario, and of its case there."""
    _once([(outline.scenario, "") for outline in outlines])
    places = [(n, case) for n, outline in enumerate(outlines) for case in range(len(outline.cases))]
    pairs = [(outlines[n].scenario, outlines[n].cases[case].variant) for n, case in places]
    return dict(zip(side_by_side(pairs, several=len(outlines) > 1), places, strict=True))


def titles_of(outlines: Sequence[Outline], language: str = "en") -> dict[str, str]:
    """Return how a person calls each variant, by what it is called side by side."""
    named = cases_of(outlines).items()
    return {name: outlines[number].cases[case].title_in(language) or name for name, (number, case) in named}


def by_seed(outlines: Sequence[Outline], found: Sequence[Collection[Row]]) -> dict[str, dict[int, Row]]:
    """Return each variant's rows by seed, of what each scenario's runs have come to."""
    return {
        name: {row.seed: row for row in found[number] if row.case == case}
        for name, (number, case) in cases_of(outlines).items()
    }


def whole_seeds(rows: Mapping[str, Mapping[int, Row]]) -> list[int]:
    """Return the seeds that all variants have."""
    return sorted(set.intersection(*(set(each) for each in rows.values())))
