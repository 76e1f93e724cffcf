"""The table of formats: what each is called, how its files end, and what writes it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.views.edn import edn_lines
from statesim.views.exports.event_table import csv_text, write_parquet
from statesim.views.exports.junit import junit_text
from statesim.views.exports.openmetrics import openmetrics_text
from statesim.views.exports.trace_events import trace_json
from statesim.views.outputs import whole_file, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from statesim.analysis.reading import Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported: runs, their metrics, and of which client, if only one is meant."""

    readings: Sequence[Reading]
    metrics: Callable[[], Mapping[str, Any]]
    client: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the name of its file, endings by which it is known, what it is, and what writes it."""

    file: str
    endings: tuple[str, ...]
    told: str
    write: Callable[[Asked, Path], None]


def _parquet(asked: Asked, path: Path) -> None:
    if find_spec("pyarrow") is None:
        raise StatesimError("Parquet needs pyarrow: pip install 'statesim[parquet]'; or take --format csv")
    with whole_file(path) as part:
        write_parquet(asked.readings, part)


def _edn(asked: Asked, path: Path) -> None:
    if len(asked.readings) > 1:
        names = ", ".join(reading.record.variant for reading in asked.readings)
        raise StatesimError(f"a history is one variant's: say which of {names}")
    record = asked.readings[0].record
    clients = list(dict.fromkeys(str(row[2]) for row in record.history))
    if not clients:
        raise StatesimError("no client of this run has a history: `recording: full` keeps one")
    if not asked.client and len(clients) > 1:
        raise StatesimError(f"a history is one client's: say which of {', '.join(clients)}")
    client = asked.client or clients[0]
    if client not in clients:
        hint = did_you_mean(client, clients)
        raise StatesimError(f"there is no client {client!r} with a history" + (f"; {hint}" if hint else ""))
    write_text(path, "".join(edn_lines(record.history, client)))


FORMATS: dict[str, Format] = {
    "perfetto": Format(
        "trace-events.json",
        (".json", ".perfetto"),
        "Trace Event JSON for ui.perfetto.dev and chrome://tracing",
        lambda asked, path: write_text(path, trace_json(asked.readings)),
    ),
    "csv": Format(
        "events.csv",
        (".csv",),
        "the events as a table",
        lambda asked, path: write_text(path, csv_text(asked.readings)),
    ),
    "parquet": Format("events.parquet", (".parquet",), "the same with types", _parquet),
    "prometheus": Format(
        "metrics.prom",
        (".prom", ".txt"),
        "the metrics as OpenMetrics text",
        lambda asked, path: write_text(path, openmetrics_text(asked.metrics())),
    ),
    "edn": Format("history.edn", (".edn",), "a client's history, for Jepsen's checkers", _edn),
    "junit": Format(
        "expectations.xml",
        (".xml",),
        "the expectations as JUnit XML",
        lambda asked, path: write_text(path, junit_text(asked.metrics())),
    ),
}


def format_of(name: str, path: Path | None) -> tuple[str, Format]:
    """Return a format by its name, or by how a file ends.

    Raises
    ------
    StatesimError
        If there is none; it says which there are.
    """
    if name:
        if name not in FORMATS:
            raise StatesimError(f"there is no format {name!r}; {did_you_mean(name, FORMATS)}")
        return name, FORMATS[name]
    if path is None:
        raise StatesimError(f"say which format: {', '.join(FORMATS)}")
    for known, each in FORMATS.items():
        if path.suffix.lower() in each.endings:
            return known, each
    endings = ", ".join(ending for each in FORMATS.values() for ending in each.endings)
    raise StatesimError(f"{path}: no format's files end so ({endings}); name it with --format")
