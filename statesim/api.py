"""The Python face: run a scenario, look at the result."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statesim.analysis.as_written import expected
from statesim.analysis.drift import Moved
from statesim.analysis.measured import measured
from statesim.analysis.metrics import metrics_document
from statesim.analysis.reading import Reading
from statesim.analysis.telling import Telling
from statesim.analysis.why import told_of
from statesim.analysis.why_told import why_told
from statesim.asked import names, seed_of, values_by_path
from statesim.views.html import Summary
from statesim.views.leftovers import RUN_FILES, earlier, remove
from statesim.views.outputs import read_runs, writable, write_metrics, write_run
from statesim.views.replay.document import document
from statesim.views.replay.widget import shown
from statesim.views.report_outputs import write_shown
from statesim.views.timeline import timeline
from statesim.views.topology import topology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from statesim.analysis.object_record import ObjectRecord
    from statesim.analysis.record import RunRecord
    from statesim.scenario.load import Loaded
    from statesim.scenario.schema import Expectation, Scenario
    from statesim.systems.driver import System
    from statesim.views.kubectl.get import Query

    # seconds since the start, or a duration like "6m45s"; none: the end of the run
    Instant = float | str | None


class VariantResult:
    """One variant's run.

    Attributes
    ----------
    record
        The trace and the history.
    """

    def __init__(self, record: RunRecord, measure: Callable[[], Mapping[str, Any]]) -> None:
        self.record = record
        self._measure = measure

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Return this variant's part of the metrics."""
        return self._measure()

    @property
    def name(self) -> str:
        """Return the variant's name."""
        return self.record.variant

    @property
    def title(self) -> str:
        """Return the variant's title."""
        return self.record.title

    @cached_property
    def events(self) -> pd.DataFrame:
        """Return the trace as a table: id, t (seconds), object, event, cause, and every field as a column."""
        import pandas as pd  # noqa: PLC0415 - 0.4 s, and only tables need it

        rows = [
            {"id": e.id, "t": e.t, "object": e.object, "event": e.event, "cause": e.cause, **e.fields}
            for e in self.record.events
        ]
        table = pd.DataFrame(rows)
        table.insert(0, "variant", self.name)
        return table

    @cached_property
    def history(self) -> pd.DataFrame:
        """Return the clients' operations as a table: t (seconds), process, client, type, f, value, error."""
        import pandas as pd  # noqa: PLC0415 - as above

        columns = ["t_us", "process", "client", "type", "f", "value", "error"]
        table = pd.DataFrame(list(self.record.history), columns=columns)
        table.insert(0, "t", table.pop("t_us") / 1e6)
        return table

    @cached_property
    def drift(self) -> pd.DataFrame:
        """Return how far each container has moved from its image, whenever that changed, as a table.

        Its columns are t (seconds) and what `analysis.drift.Moved` says: system, pod, uid, node, own, volume,
        memory, sessions, role, name.
        """
        import pandas as pd  # noqa: PLC0415 - as above

        table = pd.DataFrame(list(self.record.drift), columns=Moved._fields)
        table.insert(0, "t", table.pop("t_us") / 1e6)
        return table

    @cached_property
    def known(self) -> frozenset[str]:
        """Return every object that the trace tells of, as ``Kind/name``."""
        return told_of(self.record.events)

    def why(self, obj: str, at: Instant = None, *, language: str = "en") -> str:
        """Return the chain of causes that led to an object's state, root first, in sentences.

        Parameters
        ----------
        obj
            The object as `get` takes it, ``pod/pg-0``, or as the trace names it: ``System/pg``.
        at
            Seconds since the start, or a duration as ``"6m45s"``; the end of the run if it is not given.
        language
            ``en`` or ``zh``.

        Raises
        ------
        StatesimError
            If there is no such object or nothing had happened to it by then, or the run is over by then.
        """
        from statesim.views.kubectl.resources import objects_named  # noqa: PLC0415 - nobody may ask

        kinds = {each.partition("/")[0] for each in self.known}
        say = Telling(language, self.record.translations.get(language))
        told = [
            why_told(self.record, named, self.record.instant(at), say)
            for named in objects_named(obj.split(), kinds, self.known)
        ]
        return "\n\n".join(told)

    @cached_property
    def _objects(self) -> ObjectRecord:
        from statesim.analysis.object_record import ObjectRecord  # noqa: PLC0415 - as above

        return ObjectRecord(self.record)

    def objects(self, at: Instant = None, *, events: bool = False) -> list[dict[str, Any]]:
        """Return every Kubernetes object as the API server would answer it at an instant.

        Parameters
        ----------
        at
            Seconds since the start, or a duration as ``"6m45s"``; the end of the run if it is not given.
        events
            Kubernetes' Events as well.
        """
        return deepcopy(self._objects.objects_at(self.record.instant(at), events=events))

    def get(self, what: str, at: Instant = None, *, selector: str = "") -> Any:
        """Return objects as `kubectl get -o json` does: one document for ``pod/pg-0``, a list for ``pods``.

        Raises
        ------
        StatesimError
            If there is no such type, or no object of that name then.

        Examples
        --------
        >>> import statesim
        >>> sts = statesim.run("sts-ordered-scale").variants["default"]
        >>> sts.get("pod/db-0", at=60)["status"]["phase"]
        'Running'
        """
        from statesim.views.kubectl.get import documents  # noqa: PLC0415 - as above

        return documents(self._query(what, selector), self.objects(at, events=True))

    def show(self, what: str, at: Instant = None, *, output: str = "", selector: str = "") -> str:
        """Return what `kubectl get` would print; `output` is ``wide``, ``yaml``, ``json`` or ``name``."""
        from statesim.views.kubectl.get import get  # noqa: PLC0415 - as above

        instant = self.record.instant(at)
        answer = get(self._query(what, selector, output), self.objects(at, events=True), instant)
        return "\n".join(answer.lines + answer.errors)

    def describe(self, what: str, at: Instant = None) -> str:
        """Return what `kubectl describe` would print."""
        from statesim.views.kubectl.describe import describe  # noqa: PLC0415 - as above

        instant = self.record.instant(at)
        answer = describe(self._query(what), self.objects(at, events=True), instant)
        return "\n".join(answer.lines + answer.errors)

    @staticmethod
    def _query(what: str, selector: str = "", output: str = "") -> Query:
        from statesim.views.kubectl.get import query  # noqa: PLC0415 - as above

        return query(what.split(), selector, output)

    def timeline(self, **options: Any) -> Figure:
        """Return the failover timeline of this variant."""
        return timeline([self.record], **options)

    def topology(self, at: float | str, language: str = "en") -> Figure:
        """Return a picture of the cluster at an instant, in English (``en``) or Chinese (``zh``)."""
        return topology(self.record, self.record.instant(at), language=language)


class Result:
    """What a scenario's run leaves behind.

    Attributes
    ----------
    variants
        The results of the variants, by name.
    readings
        The runs themselves, each folded once for everything that is asked of it.
    removed
        What `save` removed last: files of an earlier run.
    """

    def __init__(
        self,
        records: Sequence[RunRecord],
        expectations: Sequence[Expectation] = (),
        departs: Mapping[str, Any] = {},  # only read
        written: dict[str, Any] | None = None,
    ) -> None:
        self.records = list(records)
        self.removed: list[Path] = []
        self.readings = [Reading(record) for record in self.records]
        self._expectations = list(expectations)
        self._departs = departs
        self._written = written
        self.variants = {
            record.variant: VariantResult(record, partial(self._of_variant, record.variant))
            for record in self.records
        }

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Return the document that `statesim run` writes as ``metrics.json``, worked out when asked for."""
        if self._written is not None:
            return measured(self._written, self.readings)
        return metrics_document(self.readings, self._expectations, self._departs)

    def _of_variant(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.metrics["variants"][name]
        return found

    @property
    def passed(self) -> bool:
        """Tell whether every expectation holds."""
        return all(row["passed"] for row in self.metrics["expectations"])

    @property
    def events(self) -> pd.DataFrame:
        """Return the traces of all variants as one table."""
        import pandas as pd  # noqa: PLC0415 - as above

        return pd.concat([variant.events for variant in self.variants.values()], ignore_index=True)

    def timeline(self, **options: Any) -> Figure:
        """Return the failover timeline, variants stacked on one time axis."""
        return timeline(self.readings, **options)

    def topology(self, at: float | str, variant: str | None = None, language: str = "en") -> Figure:
        """Return a picture of a variant's cluster (the first's if none is named) at an instant."""
        return self._named(variant).topology(at, language)

    def replay(
        self, variants: Sequence[str] = (), *, height_px: int = 720, language: str | None = None
    ) -> Any:
        """Return a player of the run for a notebook: a widget if anywidget is installed, else a frame.

        It opens in a language, ``en`` or ``zh``; if none is named, in that of the browser.
        """
        return shown(self.replay_document(variants), height_px, language)

    def replay_document(self, variants: Sequence[str] = ()) -> dict[str, Any]:
        """Return what a page must know to play the run, or some variants (docs/reference/replay.md)."""
        return document(self.readings, self.metrics, variants)

    def why(self, obj: str, at: Instant = None, variant: str | None = None, language: str = "en") -> str:
        """Return the chain of causes of an object's state in a variant (the first if none is named)."""
        return self._named(variant).why(obj, at, language=language)

    def _named(self, variant: str | None) -> VariantResult:
        return self.variants[next(iter(self.variants)) if variant is None else variant]

    def save(
        self, out: str | Path, *, pictures: bool = True, theme: str = "paper", language: str = "en"
    ) -> list[Path]:
        """Write everything that `statesim run --out` writes; return the paths.

        `theme` is that of the timeline, `language` that of all words; the report is always on paper.

        What an earlier run left there under names that this one does not write goes (`removed`).
        """
        directory = writable(Path(out))
        before = earlier(directory)
        alone = len(self.records) == 1
        folders = [directory if alone else directory / record.variant for record in self.records]
        for folder, record in zip(folders, self.records, strict=True):
            write_run(folder, record)
        write_metrics(directory, self.metrics)
        made = [folder / name for folder in folders for name in RUN_FILES if (folder / name).exists()]
        made.append(directory / "metrics.json")
        made += write_shown(directory, self.readings, self.metrics, theme, language) if pictures else []
        self.removed = [path for path in before if path not in made]
        remove(self.removed)
        return made

    def summary(self, language: str = "en") -> Summary:
        """Return the table that a notebook shows of the run, in English or Chinese (``zh``)."""
        return Summary(self.metrics, self.records, language)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        return f"<Result of {self.metrics['scenario']}: {', '.join(self.variants)}>"


def load(
    source: str | Path | Scenario,
    *,
    settings: Mapping[str, Any] = {},
    systems: Iterable[type[System]] = (),
) -> Loaded:
    """Load a scenario: a file, the name of a shipped one, or a model built in Python.

    Parameters
    ----------
    settings
        Values that replace the scenario's, by path: ``{"systems.pg.parameters.ttl": "20s"}``.
    systems
        Drivers of your own, whose kinds the scenario may name; see ``docs/howto/write-your-own-failover.md``.

    Raises
    ------
    ScenarioError
        With every problem found.
    """
    from statesim.experiment.loading import load_with  # noqa: PLC0415 - pydantic; `read` needs none

    return load_with(source, settings, systems=systems)


def run(
    source: str | Path | Scenario,
    *,
    seed: int | None = None,
    variants: Sequence[str] = (),
    settings: Mapping[str, Any] = {},
    systems: Iterable[type[System]] = (),
) -> Result:
    """Run a scenario with all its variants (or those named) and return the result.

    Parameters
    ----------
    seed
        Replaces the scenario's seed.
    variants
        The variants to run; all if empty.
    settings
        Values that replace the scenario's, by path: ``{"systems.pg.parameters.ttl": "20s"}``.
    systems
        Drivers of your own, whose kinds the scenario may name; see ``docs/howto/write-your-own-failover.md``.

    Raises
    ------
    ScenarioError
        If the scenario, or a manifest that it names, is wrong.

    Examples
    --------
    >>> import statesim
    >>> result = statesim.run("sts-ordered-scale")
    >>> result.metrics["variants"]["default"]["workloads"]["db"]["ready_at_end"]
    5
    """
    from statesim.experiment.loading import load_with  # noqa: PLC0415 - 0.4 s, and `read` runs nothing
    from statesim.experiment.run import run_variants  # noqa: PLC0415 - as above
    from statesim.systems.catalogue import Catalogue  # noqa: PLC0415 - as above

    only, values = names(variants, "variants"), values_by_path(settings)
    own = None if seed is None else seed_of(seed)
    loaded = load_with(source, values, only=only, systems=systems)
    records = run_variants(loaded, seed=own, only=only, catalogue=Catalogue(systems))
    return Result(records, *expected(loaded, [each.variant for each in records], own, values))


def read(out: str | Path) -> Result:
    """Read back what a run left in a directory; nothing is simulated again."""
    path = Path(out)
    runs, there = read_runs(path), path / "metrics.json"
    return Result(runs, written=json.loads(there.read_text(encoding="utf-8")) if there.exists() else None)
