"""The Python face of exports: a result in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

from statesim.analysis.reading import Reading
from statesim.api import Result, VariantResult
from statesim.errors import StatesimError
from statesim.views.exports.formats import Asked, format_of


def export(
    result: Result | VariantResult,
    path: str | Path,
    format_name: str = "",
    *,
    variant: str = "",
    client: str = "",
) -> Path:
    """Write a result in the format of another tool; return the path.

    Parameters
    ----------
    path
        Where to. How it ends chooses the format, if none is named.
    format_name
        ``perfetto``, ``csv``, ``parquet``, ``prometheus``, ``edn`` or ``junit``.
    variant
        Only this one.
    client
        Whose history (``edn``), if there are several.

    Raises
    ------
    StatesimError
        If there is no such format, variant or client, or the result has nothing of that kind.

    Examples
    --------
    >>> import statesim, tempfile
    >>> result = statesim.run("sts-ordered-scale")
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     statesim.export(result, f"{directory}/run.prom").read_text().splitlines()[-1]
    '# EOF'
    """
    to = Path(path)
    _, chosen = format_of(format_name, to)
    if isinstance(result, VariantResult):
        part = result.metrics
        whole = {**_head(result), "variants": {result.name: part}, "expectations": []}
        asked = Asked([Reading(result.record)], lambda: whole, client)
    else:
        found = result if not variant else _only(result, variant)
        asked = Asked(found.readings, lambda: _metrics(result, found), client)
    chosen.write(asked, to)
    return to


def _only(result: Result, variant: str) -> Result:
    if variant not in result.variants:
        names = ", ".join(result.variants)
        raise StatesimError(f"there is no variant {variant!r}: this run has {names}")
    return Result([result.variants[variant].record])


def _metrics(whole: Result, part: Result) -> dict[str, object]:
    """Return the document of the whole result, with what concerns the variants of a part."""
    kept = dict(whole.metrics)
    kept["variants"] = {name: each for name, each in kept["variants"].items() if name in part.variants}
    kept["expectations"] = [row for row in kept["expectations"] if row["variant"] in part.variants]
    return kept


def _head(result: VariantResult) -> dict[str, object]:
    from statesim.version import __version__  # noqa: PLC0415 - only here

    record = result.record
    return {"scenario": record.scenario, "seed": record.seed, "version": __version__}
