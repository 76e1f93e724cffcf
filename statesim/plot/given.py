"""What a picture is given: a result, one of its variants, a sweep or a comparison; and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from statesim.analysis import side_by_side
from statesim.analysis.reading import Reading
from statesim.api import Result, VariantResult
from statesim.compared import Comparison
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.swept import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from statesim.analysis.record import RunRecord

Runs: TypeAlias = "Result | VariantResult"
# seconds, or durations as "50s"; or a text as the command line takes it: "50s-120s"
Window: TypeAlias = "str | tuple[float | str, float | str]"


def readings(result: Runs) -> list[RunRecord | Reading]:
    """Return the runs of a result, or of one variant."""
    if isinstance(result, VariantResult):
        return [result.record]
    if isinstance(result, Result):
        return list(result.readings)
    raise StatesimError(
        f"a {type(result).__name__} is no run: give a Result or one of its variants"
        " (a sweep has plot.ecdf, plot.nines, plot.compare)"
    )


def one(result: Runs, variant: str | None) -> RunRecord:
    """Return the one run that a picture of one is of."""
    if isinstance(result, VariantResult):
        return result.record
    readings(result)
    names = list(result.variants)
    if variant is None and len(names) > 1:
        raise StatesimError(f"this picture is of one variant: say which of {', '.join(names)}")
    if variant is not None and variant not in names:
        raise StatesimError(f"there is no variant {variant!r}; {did_you_mean(variant, names)}")
    return result.variants[variant or names[0]].record


def reading_of(result: Runs, variant: str | None) -> Reading:
    """Return the one run that a picture of one is of, folded."""
    record = one(result, variant)
    if isinstance(result, Result):
        return next(reading for reading in result.readings if reading.record is record)
    return Reading(record)


def seconds(window: Window | None) -> tuple[float, float] | None:
    """Return a window in seconds."""
    if window is None:
        return None
    from statesim.scenario.units import parse_stretch  # noqa: PLC0415 - as above

    low, high = parse_stretch(window)
    return low / 1e6, high / 1e6


def table(runs: Sweep | Comparison) -> pd.DataFrame:
    """Return the table of many runs: a row each."""
    if not isinstance(runs, Sweep | Comparison):
        raise StatesimError(
            f"a {type(runs).__name__} is not many runs: give what statesim.sweep or"
            " statesim.compare(..., seeds=200) returned"
        )
    return runs.runs


def by_what(runs: Sweep | Comparison) -> list[str] | None:
    """Return the columns that tell the cases of a sweep apart."""
    return runs.varied if isinstance(runs, Sweep) else None


def first(frame: pd.DataFrame, name: str) -> str:
    """Return a metric of the first client that has it."""
    for column in map(str, frame.columns):
        if column.startswith("clients.") and column.endswith(f".{name}"):
            return column
    raise StatesimError(f"no client in these runs has a value of {name}: name a metric")


def numbers(runs: Result | Sweep | Comparison) -> Mapping[str, Mapping[int, Any]]:
    """Return variant -> seed -> metrics by their dotted paths."""
    if isinstance(runs, Comparison):
        return runs.numbers
    if isinstance(runs, Sweep):
        return runs.numbers
    from statesim.experiment.sweep import flat  # noqa: PLC0415 - as above

    readings(runs)
    return {name: {each.record.seed: flat(each.metrics)} for name, each in runs.variants.items()}


def titles_of(runs: Result | Sweep | Comparison, language: str = "en") -> dict[str, str]:
    """Return how a person calls each variant."""
    if isinstance(runs, Result):
        return {name: each.record.title_in(language) or name for name, each in runs.variants.items()}
    if isinstance(runs, Comparison):
        return side_by_side.titles_of(runs.outlines, language)
    return {}
