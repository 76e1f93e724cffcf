"""Many runs while they are done: of one plan or several, over the same seeds; what is finished is kept."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from statesim.analysis.sweep_record import Effort
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from statesim.analysis.sweep_journal import Journal
    from statesim.analysis.sweep_record import Key, Row
    from statesim.experiment.sweep_plan import Plan


class Underway:
    """Runs of one or several plans: iterate over `work` to do them.

    Attributes
    ----------
    plans, seeds
        What is run.
    found
        What is finished, a table for each plan by case and seed; all runs of an earlier time included.
    failed
        Runs that ended in an error of the program, each with its plan's number.
    total
        How many runs it is in all.
    before
        How many of them were finished at an earlier time.
    beside
        How many runs of other seeds were finished at an earlier time.
    effort
        What it took by now.
    """

    def __init__(self, plans: Sequence[Plan], seeds: Iterable[int], journals: Sequence[Journal] = ()) -> None:
        self.plans = list(plans)
        self.seeds = list(dict.fromkeys(seeds))
        if not self.plans or not self.seeds:
            raise StatesimError("many runs need a scenario and at least one seed")
        self.found: list[dict[Key, Row]] = [dict(journal.rows) for journal in journals] or [{} for _ in plans]
        self.failed: list[tuple[int, Row]] = []
        self.effort = Effort(0, 0.0, 0.0)
        self.total = len(self.seeds) * sum(len(plan.scenarios) for plan in self.plans)
        asked = set(self.seeds)
        self.before = sum(seed in asked for rows in self.found for _, seed in rows)
        self.beside = sum(map(len, self.found)) - self.before
        self._journals = list(journals)

    @property
    def done(self) -> int:
        """Return how many of the runs are finished by now."""
        return sum(map(len, self.found)) - self.beside

    def work(self, *, executor: Any = None, jobs: int | None = None) -> Generator[Row, None, None]:
        """Do what is missing; yield rows as they come, each noted in its journal before.

        It goes seed by seed through all plans: whoever stops early has whole seeds.
        """
        from statesim.experiment.sweep import runs  # noqa: PLC0415 - the simulator: what is read back needs none

        began, count, cpu_s = time.perf_counter(), 0, 0.0
        done = [frozenset(rows) for rows in self.found]
        try:
            with closing(runs(self.plans, self.seeds, done=done, executor=executor, jobs=jobs)) as rows:
                for number, row in rows:
                    self._keep(number, row)
                    count, cpu_s = count + 1, cpu_s + row.cpu_s
                    self.effort = Effort(count, time.perf_counter() - began, cpu_s)
                    yield row
        finally:
            for journal in self._journals:
                journal.close()

    def _keep(self, number: int, row: Row) -> None:
        if row.failed:
            self.failed.append((number, row))
        else:
            self.found[number][row.key] = row
        if self._journals:
            self._journals[number].write(row)
