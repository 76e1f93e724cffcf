"""The pictures of a sweep: which there are is a matter of what varies in its table."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from statesim.errors import StatesimError
from statesim.views.ecdf import distribution
from statesim.views.heatmap import heatmap
from statesim.views.nines import nines
from statesim.views.outputs import named_for
from statesim.views.series import MOST
from statesim.views.style import save

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

# of each client and each system that has them: (group, distributions, heat maps)
PICTURED = (
    ("clients", ("unavailable_s", "lost"), ("unavailable_s", "lost")),
    ("systems", ("rto_s", "rpo_s"), ("rto_s",)),
)


def sweep_pictures(
    frame: pd.DataFrame, swept: Sequence[str] = (), *, theme: str = "paper"
) -> Iterator[tuple[str, Figure]]:
    """Yield the pictures of a sweep, each with its name, for every client and every system of it.

    Distributions of the time without service and of lost writes, of RTO and RPO, and availabilities in nines,
    with a curve or row for each variant and combination of settings (a picture for each variant, if one
    cannot hold them); and a heat map for each two settings.

    Parameters
    ----------
    frame
        A row for each run.
    swept
        The columns of the settings.
    """
    varied = [name for name in swept if frame[name].nunique() > 1]
    for group, drawn, heated in PICTURED:
        for owner in _owners(frame, group, drawn[0]):
            path = f"{group}.{owner}"
            for part, named, by in _parts(frame, varied):
                for metric in drawn:
                    if _has(part, f"{path}.{metric}"):
                        yield (
                            f"ecdf-{owner}-{metric}{named}",
                            distribution(part, f"{path}.{metric}", by=by, theme=theme),
                        )
                if _has(part, f"{path}.availability"):
                    yield f"nines-{owner}{named}", nines(part, f"{path}.availability", by=by, theme=theme)
            for x, y in combinations(varied, 2):
                both = frame[frame[x].notna() & frame[y].notna()]
                pair = "-".join(name.rpartition(".")[2] for name in (x, y))
                for metric in heated:
                    if _has(both, f"{path}.{metric}"):
                        yield (
                            f"heatmap-{owner}-{metric}-{pair}",
                            heatmap(both, f"{path}.{metric}", x, y, theme=theme),
                        )


def write_sweep_pictures(
    directory: Path, frame: pd.DataFrame, swept: Sequence[str] = (), *, theme: str = "paper"
) -> list[Path]:
    """Write a sweep's pictures as SVG and PNG; return the paths. See `sweep_pictures`."""
    made = []
    for name, figure in sweep_pictures(frame, swept, theme=theme):
        for kind in ("svg", "png"):
            path = directory / f"{named_for(name, theme)}.{kind}"
            save(figure, path)
            made.append(path)
    return made


def write_distributions(
    directory: Path,
    frame: pd.DataFrame,
    metrics: Sequence[str],
    *,
    by: Sequence[str],
    named: Sequence[str] = (),
    theme: str = "paper",
) -> list[Path]:
    """Write the distributions of metrics as SVG and PNG; return the paths.

    Parameters
    ----------
    by
        The columns that make the curves.
    named
        Words at the end of each name.

    Raises
    ------
    StatesimError
        If a metric has no values, or more curves than one picture holds.
    """
    made = []
    for metric in metrics:
        try:
            figure = distribution(frame, metric, by=by, theme=theme)
        except ValueError as error:
            raise StatesimError(f"{metric}: {error}; --variant names some of them") from None
        name = named_for("-".join(["ecdf", *metric.split(".")[1:], *named]), theme)
        for kind in ("svg", "png"):
            save(figure, directory / f"{name}.{kind}")
            made.append(directory / f"{name}.{kind}")
    return made


def _owners(frame: pd.DataFrame, group: str, metric: str) -> list[str]:
    """Return the names of the clients or systems that have a metric in a table (a name may hold dots)."""
    begin, end = f"{group}.", f".{metric}"
    columns = map(str, frame.columns)
    return [
        c.removeprefix(begin).removesuffix(end) for c in columns if c.startswith(begin) and c.endswith(end)
    ]


def _has(frame: pd.DataFrame, path: str) -> bool:
    return path in frame and bool(frame[path].notna().any())


def _parts(frame: pd.DataFrame, varied: Sequence[str]) -> Iterator[tuple[pd.DataFrame, str, list[str]]]:
    """Yield tables that one picture can hold, how its name ends, and what makes its curves."""
    apart = [name for name in ("scenario", "variant") if name in frame and frame[name].nunique() > 1]
    by = [*apart, *varied]
    if not by or frame.groupby(by, dropna=False).ngroups <= MOST:
        yield frame, "", by
    elif apart:
        for key, part in frame.groupby(apart, sort=False):
            own = [name for name in varied if part[name].nunique() > 1]
            if not own or part.groupby(own, dropna=False).ngroups <= MOST:
                yield part, f"-{'-'.join(map(str, key))}", own
