"""Tables for the terminal: what each variant came to, whether expectations hold, and how variants differ."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.compare import NEVER, never
from statesim.analysis.expectations import shown
from statesim.analysis.outcome import duration_text, outcome, severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from statesim.analysis.compare import Difference
    from statesim.scenario.load import Loaded

COLUMNS = (
    "acknowledged",
    "lost",
    "judged",
    "no service in all",
    "longest outage",
    "servers back after",
    "clients back after (median)",
    "sessions broken",
    "failovers",
    "two primaries",
    "what happened",
)
# what fits beside a sentence in 80 columns, by place in `COLUMNS`; the report has them all
IN_A_TERMINAL = {
    0: "acked",
    1: "lost",
    3: "no service\nin all",
    5: "servers\nback after",
    6: "clients\nback after\n(median)",
}
# what the times in the table are: they begin and end at different moments, and so none of them bounds another
LEGEND = (
    "No service: from the last answer to any session of a client to the next one. Servers back after: the "
    "longest time in which no server took writes. Clients back after: from a session's first call in vain to "
    "its own next answer, the median of these sessions. It begins later than the servers' time, ends later "
    "than no service, so it may be shorter or longer than either. Never: not before the run ended. "
    "A dash: nobody can tell, as of clients that count and keep no history."
)
NOTHING = "\N{EN DASH}"
BETWEEN = 2  # what parts two columns of a comparison
_STYLES = {"good": "green", "hurt": "yellow", "bad": "red"}


def summary_rows(metrics: Mapping[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return a row for each variant: its title, its severity, and one text for each of `COLUMNS`.

    Parameters
    ----------
    metrics
        The document of ``metrics.json``.
    """
    rows: list[tuple[str, str, tuple[str, ...]]] = []
    for name, variant in metrics["variants"].items():
        clients, systems = list(variant["clients"].values()), list(variant["systems"].values())
        cells = (
            _total(clients, "acked"),
            _total(clients, "lost"),
            _verdict(clients),
            _longest(clients, "unavailable_s"),
            _longest(clients, "longest_outage_s"),
            _back_after(clients, "rto_server_s"),
            _back_after(clients, "rto_client_p50_s"),
            _total(clients, "sessions_broken"),
            _total(systems, "failovers"),
            _longest(systems, "dual_primary_s"),
            outcome(variant),
        )
        rows.append((str(variant.get("title", name)), severity(variant), cells))
    return rows


def _total(members: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [member[name] for member in members if member[name] is not None]
    return f"{sum(values):,}" if values else NOTHING


def _verdict(clients: Sequence[Mapping[str, Any]]) -> str:
    """Return what the checkers say of the clients that they judge: the worst of it."""
    verdicts = [client["valid"] for client in clients if "valid" in client]
    if not verdicts:
        return NOTHING
    return "invalid" if False in verdicts else "unknown" if None in verdicts else "valid"


def _back_after(clients: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return how long the worst hit had to wait; `NEVER` if what they waited for did not come."""
    return NEVER if any(never(client, name) for client in clients) else _longest(clients, name)


def has_outages(metrics: Mapping[str, Any]) -> bool:
    """Tell whether there are times in the table that want explaining."""
    times = ("unavailable_s", "rto_client_sessions", "rto_server_never", "rto_server_s")
    clients = (client for variant in metrics["variants"].values() for client in variant["clients"].values())
    return any(client.get(name) for client in clients for name in times)


def _longest(members: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [member[name] for member in members if member[name] is not None]
    if not values:
        return NOTHING
    return duration_text(max(values)) if max(values) else "0"


def summary(metrics: Mapping[str, Any]) -> RenderableType:
    """Return the summary of a scenario: a row for each variant, findings, expectations."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only needed at a terminal
    from rich.console import Group  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    from statesim.views.unparted import Unparted  # noqa: PLC0415 - as above

    table = Table(
        title=f"{metrics['scenario']}, seed {metrics['seed']}",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 1, 0),
    )
    table.add_column("variant, and what happened", min_width=24)
    for heading in IN_A_TERMINAL.values():
        table.add_column(heading, justify="right", max_width=12)
    for title, level, cells in summary_rows(metrics):
        told = Unparted.assemble((title, "bold"), "\n", (cells[-1], _STYLES[level]))
        table.add_row(told, *(cells[index] for index in IN_A_TERMINAL))
    parts: list[RenderableType] = [table]
    if has_outages(metrics):
        parts.append(Text(f"{LEGEND}\n", style="dim"))
    parts += [Text(line, style="red") for line in finding_lines(metrics)]
    for mark, line, passed in expectation_lines(metrics):
        parts.append(Text(f"{mark} {line}", style="green" if passed else "red"))
    return Group(*parts)


def points(heading: str, told: Iterable[str]) -> RenderableType:
    """Return lines that run on beyond the width (with ``crop=False``): commands in them can be copied."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    lines = (Text(f"- {line}", no_wrap=True, overflow="ignore") for line in told)
    return Group(Text(f"\n{heading}", style="bold"), *lines)


def finding_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each invariant that was broken in a variant."""
    return [
        f"! {name}: {invariant} was broken {count} time{'s' if count != 1 else ''}"
        for name, variant in metrics["variants"].items()
        for invariant, count in variant["findings"].items()
        if invariant != "total" and count
    ]


def expectation_lines(metrics: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return (mark, sentence, passed) for each expectation, those that failed first."""
    lines = []
    for row in sorted(metrics["expectations"], key=lambda row: bool(row["passed"])):
        where = f" [{row['variant']}]"
        if row["passed"]:
            lines.append(("✓", f"{row['metric']}{where} is {shown(row['actual'])}: {row['expected']}", True))
        else:
            lines.append(("✗", f"{row['metric']}{where}: {row['why']}", False))
    return lines


def listing(scenarios: Iterable[tuple[str, Loaded]]) -> RenderableType:
    """Return a table of scenarios: name, title, how many variants."""
    from rich.table import Table  # noqa: PLC0415 - only needed at a terminal

    table = Table(box=None, header_style="bold")
    for column in ("name", "title", "variants"):
        table.add_column(column)
    for name, loaded in scenarios:
        table.add_row(name, loaded.base.metadata.title, str(len(loaded.variants)))
    return table


def about(loaded: Loaded, look_for: Sequence[str], command: str = "statesim") -> RenderableType:
    """Return what a scenario shows, its variants, what to look for, and the command that runs it."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    metadata = loaded.base.metadata
    parts: list[RenderableType] = [
        Text(metadata.title or metadata.name, style="bold"),
        Text(""),
        Text(_flowing(metadata.description)),
    ]
    variants = [f"{each.name}: {each.title}" for each in loaded.base.variants]
    for heading, lines in (("Variants", variants), ("What to look for", look_for)):
        if lines:
            parts.append(points(heading, lines))
    parts.append(Text(f"\n{command} run {metadata.name} --out out/{metadata.name}"))
    return Group(*parts)


def _flowing(text: str) -> str:
    """Return prose whose lines are broken where the terminal ends, not where its author broke them."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(re.sub(r"\n(?![-*\s])", " ", each) for each in paragraphs)


def comparison(rows: Sequence[Difference], width: int = 80) -> RenderableType:
    """Return the numbers in which variants differ, one column a variant.

    No number is broken: variants that do not fit beside each other stand in tables one below the other.

    Parameters
    ----------
    width
        Of the terminal, in characters.
    """
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    if not rows:
        return Text("no metric differs")
    room = width - max(len(row.metric) for row in rows)
    columns = [_Column.of(name, rows) for name in rows[0].values]
    if len(_that_fit(columns, room)) > 1:
        columns = [column.narrow() for column in columns]
    metrics = [row.metric for row in rows]
    return Group(*(_side_by_side(metrics, part) for part in _that_fit(columns, room)))


class _Column(NamedTuple):
    """A variant's name and numbers, and how wide they are."""

    heading: str
    cells: tuple[str, ...]
    width: int

    @classmethod
    def of(cls, name: str, rows: Sequence[Difference]) -> _Column:
        """Return the column of one variant."""
        values = (row.values[name] for row in rows)
        cells = tuple(NOTHING if value is None else shown(value) for value in values)
        return cls(name, cells, max(map(len, (name, *cells))))

    def narrow(self) -> _Column:
        """Return it with its name broken at hyphens."""
        words = wrap(self.heading, max(map(len, self.cells)), break_long_words=False)
        return _Column("\n".join(words), self.cells, max(map(len, (*words, *self.cells))))


def _that_fit(columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    """Share columns out, in order, among tables of at most `width` characters beside the metrics' names."""
    parts: list[list[_Column]] = [[]]
    left = width
    for column in columns:
        left -= column.width + BETWEEN
        if left < 0 and parts[-1]:
            parts.append([])
            left = width - column.width - BETWEEN
        parts[-1].append(column)
    return parts


def _side_by_side(metrics: Sequence[str], columns: Sequence[_Column]) -> Table:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only needed at a terminal
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("metric", style="bold", no_wrap=True)
    for column in columns:
        table.add_column(column.heading, justify="right", no_wrap=True)
    for metric, *cells in zip(metrics, *(column.cells for column in columns), strict=True):
        table.add_row(metric, *cells)
    return table
