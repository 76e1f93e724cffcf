"""Pictures of many runs: distributions, nines, and variants side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.compared import Comparison
from statesim.plot.given import by_what, first, numbers, table, titles_of
from statesim.plot.legible import legible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from statesim.api import Result
    from statesim.swept import Sweep


@legible
def ecdf(
    runs: Sweep | Comparison,
    metric: str = "",
    *,
    by: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw a metric's distribution over many runs: in what share of them it was that or less.

    Parameters
    ----------
    runs
        A sweep, or a comparison over many seeds.
    metric
        ``clients.shop.unavailable_s``; default: how long the first client was without service.
    by
        The columns that make the curves; default: what varies of variants and settings.
    ax, theme, language
        As for `timeline`.

    Raises
    ------
    ValueError
        If there is no such metric, or there are more curves than anybody can follow.

    Examples
    --------
    >>> import statesim
    >>> swept = statesim.sweep("sts-ordered-scale", seeds=3, jobs=1)
    >>> axes = statesim.plot.ecdf(swept, "workloads.db.ready_s")
    >>> axes.get_ylabel()
    'of the runs'
    """
    from statesim.views.ecdf import draw_axes, ecdf_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above

    frame = table(runs)
    with drawn_in(language):
        marks = ecdf_marks(frame, metric or first(frame, "unavailable_s"), by or by_what(runs))
        return draw_axes(marks, ax=ax, theme=theme)


@legible
def nines(
    runs: Sweep | Comparison,
    metric: str = "",
    *,
    by: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw availabilities on a scale of nines, with the downtime a year.

    Parameters
    ----------
    runs, by, ax, theme, language
        As for `ecdf`.
    metric
        ``clients.shop.availability``; default: that of the first client.

    Raises
    ------
    ValueError
        If there is no such metric, or it is no availability.

    Examples
    --------
    >>> import statesim
    >>> swept = statesim.sweep("pg-node-crash", seeds=1, variants=["patroni-sync"], jobs=1)
    >>> axes = statesim.plot.nines(swept)
    >>> axes.get_xlabel()
    'available'
    """
    from statesim.views.nines import draw_axes  # noqa: PLC0415 - as above
    from statesim.views.nines_marks import nines_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above

    frame = table(runs)
    with drawn_in(language):
        marks = nines_marks(frame, metric or first(frame, "availability"), by=by or by_what(runs))
        return draw_axes(marks, ax=ax, theme=theme)


@legible
def compare(
    runs: Result | Sweep | Comparison,
    metric: str = "",
    *,
    baseline: str | None = None,
    ax: Axes | None = None,
    theme: str = "paper",
    language: str = "en",
) -> Axes:
    """Draw variants side by side in one metric: a row each, and over many seeds how sure the difference is.

    Parameters
    ----------
    runs
        A result with variants (one seed), a comparison over many seeds, or a sweep.
    metric
        ``clients.shop.lost``, or over all clients ``clients.all.unavailable_s``; default: what matters most
        and is not 0 everywhere: writes lost, then time without service.
    baseline
        The variant that the others are compared with; default: the comparison's own, or the first.
    ax, theme, language
        As for `timeline`.

    Raises
    ------
    ValueError
        If there is no such metric or variant.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("pg-node-crash", variants=["statefulset", "patroni-sync"])
    >>> axes = statesim.plot.compare(result, "clients.all.unavailable_s")
    >>> [text.get_text() for text in axes.texts][:2]
    ['StatefulSet, one replica', '19 min']
    """
    from statesim.views.compare_rows import draw_axes, rows_marks  # noqa: PLC0415 - as above
    from statesim.views.speech import drawn_in  # noqa: PLC0415 - as above

    base = baseline or (runs.baseline if isinstance(runs, Comparison) else None)
    with drawn_in(language):
        marks = rows_marks(numbers(runs), metric, baseline=base, titles=titles_of(runs, language))
        return draw_axes(marks, ax=ax, theme=theme)
