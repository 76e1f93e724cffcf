"""Tables for the terminal: what each variant came to, whether expectations hold, and how variants differ."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from statesim.analysis.as_written import as_written, meant_for
from statesim.analysis.chinese import reason
from statesim.analysis.compare import NEVER, never
from statesim.analysis.expectations import shown
from statesim.analysis.outcome import outcome, severity
from statesim.views.speech import duration, say, spoken, word
from statesim.views.whole_table import Column, WholeTable, broken, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

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
WIDE = 12  # a number in that table; what is longer is broken after a comma
_COUNTS = 14  # both counts together: if they are wider, there is no room for the least telling column
_LEAST_TELLING = 6
_NAME = 24  # what a variant's title has at least
_NAME_MOST = 28  # a longer name of a variant is broken after a hyphen
_ALONE = "default"  # what a scenario without variants calls its one
LEFT_OUT = "Clients back after: no room beside numbers that long; the report and metrics.json have it."
NOTHING = "\N{EN DASH}"
_STYLES = {"good": "green", "hurt": "yellow", "bad": "red"}


def summary_rows(
    metrics: Mapping[str, Any], titles: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return a row for each variant: its title, its severity, and one text for each of `COLUMNS`.

    Parameters
    ----------
    metrics
        The document of ``metrics.json``.
    titles
        How variants are called, by name, where that is not as the metrics say.
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
            outcome(variant, spoken()),
        )
        rows.append((titles.get(name) or str(variant.get("title", name)), severity(variant), cells))
    return rows


def _total(members: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [member[name] for member in members if member[name] is not None]
    return f"{sum(values):,}" if values else NOTHING


def _verdict(clients: Sequence[Mapping[str, Any]]) -> str:
    """Return what the checkers say of the clients that they judge: the worst of it."""
    verdicts = [client["valid"] for client in clients if "valid" in client]
    if not verdicts:
        return NOTHING
    return word("invalid" if False in verdicts else "unknown" if None in verdicts else "valid")


def _back_after(clients: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return how long the worst hit had to wait; `NEVER` if what they waited for did not come."""
    return word(NEVER) if any(never(client, name) for client in clients) else _longest(clients, name)


def has_outages(metrics: Mapping[str, Any]) -> bool:
    """Tell whether there are times in the table that want explaining."""
    times = ("unavailable_s", "rto_client_sessions", "rto_server_never", "rto_server_s")
    clients = (client for variant in metrics["variants"].values() for client in variant["clients"].values())
    return any(client.get(name) for client in clients for name in times)


def _longest(members: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [member[name] for member in members if member[name] is not None]
    if not values:
        return NOTHING
    return duration(max(values)) if max(values) else "0"


def summary(metrics: Mapping[str, Any], titles: Mapping[str, str] = MappingProxyType({})) -> RenderableType:
    """Return the summary of a scenario: a row for each variant, findings, expectations; `summary_rows`."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only needed at a terminal
    from rich.console import Group  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    from statesim.views.unparted import Unparted  # noqa: PLC0415 - as above

    table = Table(
        title=say("{scenario}, seed {seed}", scenario=metrics["scenario"], seed=metrics["seed"]),
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 1, 0),
    )
    names = [name if name != _ALONE else "" for name in metrics["variants"]]
    widest = min(max(_NAME, *map(places, names)), _NAME_MOST)
    table.add_column(word("variant, and what happened"), min_width=widest)
    rows = summary_rows(metrics, titles)
    columns = _in_a_terminal([cells for _, _, cells in rows])
    for heading, cells in columns.items():
        least = max(places(cell) for cell in (heading, *cells))
        table.add_column(heading, justify="right", min_width=min(WIDE, least), max_width=WIDE)
    for number, (name, (title, level, told)) in enumerate(zip(names, rows, strict=True)):
        called = " ".join(broken(part, _NAME) for part in title.split(" "))
        own = f"{broken(name, widest)}\n" if name not in ("", title) else ""  # --variant takes it
        happened = Unparted.assemble((f"{called}\n", "bold"), (own, "dim"), (told[-1], _STYLES[level]))
        table.add_row(happened, *(cells[number] for cells in columns.values()))
    parts: list[RenderableType] = [table]
    if has_outages(metrics):
        left_out = "" if word(IN_A_TERMINAL[_LEAST_TELLING]) in columns else f"\n{word(LEFT_OUT)}"
        parts.append(Text(f"{word(LEGEND)}{left_out}\n", style="dim"))
    parts += [Text(line, style="red") for line in finding_lines(metrics)]
    failed = "red" if as_written(metrics) else "yellow"
    if why := expected_of_another(metrics):
        parts.append(Text(why, style="dim"))
    for mark, line, passed in expectation_lines(metrics):
        parts.append(Text(f"{mark} {line}", style="green" if passed else failed))
    return Group(*parts)


def _in_a_terminal(rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Return the columns of a run's summary; without the least telling one if numbers are too long for it."""
    columns = {index: [broken(cells[index], WIDE) for cells in rows] for index in IN_A_TERMINAL}
    if sum(max(map(places, columns[index])) for index in (0, 1)) > _COUNTS:
        del columns[_LEAST_TELLING]
    return {word(IN_A_TERMINAL[index]): cells for index, cells in columns.items()}


def points(heading: str, told: Iterable[str]) -> RenderableType:
    """Return lines that run on beyond the width (with ``crop=False``): commands in them can be copied."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    lines = (Text(f"- {line}", no_wrap=True, overflow="ignore") for line in told)
    return Group(Text(f"\n{heading}", style="bold"), *lines)


def finding_lines(metrics: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each invariant that was broken in a variant."""
    return [
        say("! {name}: {invariant} was broken {count} time{s}", name=name, invariant=invariant, count=count)
        for name, variant in metrics["variants"].items()
        for invariant, count in variant["findings"].items()
        if invariant != "total" and count
    ]


def look_for_heading(metrics: Mapping[str, Any]) -> str:
    """Return what stands above that which an author tells people to look for."""
    meant = meant_for(metrics, spoken())
    told = word("What to look for")
    return say("{told} (in {meant}; this run is another one)", told=told, meant=meant) if meant else told


def expected_of_another(metrics: Mapping[str, Any]) -> str:
    """Return of what other run expectations were written; empty if of this one, or if there are none."""
    if as_written(metrics) or not metrics["expectations"]:
        return ""
    return say(
        "Expected of {meant}, which this run is not; what does not hold may be right here:",
        meant=meant_for(metrics, spoken()),
    )


def expectation_lines(metrics: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return (mark, sentence, passed) for each expectation, those that failed first."""
    lines = []
    for row in sorted(metrics["expectations"], key=lambda row: bool(row["passed"])):
        what = f"{row['metric']} [{row['variant']}]"
        if row["passed"]:
            actual, expected = shown(row["actual"]), _reason(row["expected"])
            told = say("{what} is {actual}: {expected}", what=what, actual=actual, expected=expected)
        else:
            told = say("{what}: {why}", what=what, why=_reason(row["why"]))
        lines.append(("✓" if row["passed"] else "✗", told, bool(row["passed"])))
    return lines


def _reason(text: str) -> str:
    """Return what an expectation says, in the language that is spoken."""
    return reason(text) if spoken() == "zh" else text


def listing(scenarios: Iterable[tuple[str, Loaded]]) -> RenderableType:
    """Return a table of scenarios: name, title, how many variants."""
    from rich.table import Table  # noqa: PLC0415 - only needed at a terminal

    table = Table(box=None, header_style="bold")
    for column in ("name", "title", "variants"):
        table.add_column(word(column))
    for name, loaded in scenarios:
        table.add_row(name, loaded.base.metadata.said_in(spoken()).title, str(len(loaded.variants)))
    return table


def about(loaded: Loaded, look_for: Sequence[str], command: str = "statesim") -> RenderableType:
    """Return what a scenario shows, its variants, what to look for, and the command that runs it."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    metadata = loaded.base.metadata.said_in(spoken())
    parts: list[RenderableType] = [
        Text(metadata.title or metadata.name, style="bold"),
        Text(""),
        Text(_flowing(metadata.description)),
    ]
    variants = [f"{each.name}: {each.title_in(spoken())}" for each in loaded.base.variants]
    for heading, lines in (("Variants", variants), ("What to look for", look_for)):
        if lines:
            parts.append(points(word(heading), lines))
    parts.append(Text(f"\n{command} run {metadata.name} --out out/{metadata.name}"))
    return Group(*parts)


def _flowing(text: str) -> str:
    """Return prose whose lines are broken where the terminal ends, not where its author broke them."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(re.sub(r"\n(?![-*\s])", " ", each) for each in paragraphs)


def comparison(rows: Sequence[Difference]) -> RenderableType:
    """Return the numbers in which variants differ, one column a variant."""
    from rich.text import Text  # noqa: PLC0415 - only needed at a terminal

    if not rows:
        return Text(word("no metric differs"))
    columns = [Column(name, tuple(_value(row.values[name]) for row in rows)) for name in rows[0].values]
    return WholeTable(word("metric"), [row.metric for row in rows], columns, whole_names=True)


def _value(value: float | str | None) -> str:
    return NOTHING if value is None else word(NEVER) if value == NEVER else shown(value)
