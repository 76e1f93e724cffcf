"""What a sweep is about, and what came of its runs: plain data that a directory can hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.scenario.translated import Titles
from statesim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Numbers = dict[str, float | int | None]
Key = tuple[int, int]  # case, seed
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One variant with one combination of settings: what is run once for each seed.

    Attributes
    ----------
    settings
        Only those for which the variant has a place.
    title_zh
        The variant's title in Chinese, if it has one.
    """

    variant: str
    title: str
    settings: Mapping[str, Any]
    title_zh: str | None = None

    def title_in(self, language: str) -> str:
        """Return its title in a language, in English where it is not told in that."""
        return Titles(self.title, self.title_zh).said_in(language)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a sweep is about, as its directory tells it.

    Attributes
    ----------
    source
        The scenario as whoever asked for the sweep named it.
    scenario, title
        The scenario's own name and title.
    settings
        The values by path, as asked for.
    cases
        In the order of the variants, and of the settings in each.
    digest, code
        Of what was written (scenario, files, settings; whatever the order of the cases), and of the program.
    drivers
        Of the source of each driver that does not ship with it; ``None`` where there is no source.
    """

    source: str
    scenario: str
    title: str
    settings: Mapping[str, Sequence[Any]]
    cases: tuple[Case, ...]
    digest: str
    code: str
    drivers: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"sweep": FORMAT, "version": __version__, **asdict(self)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Outline:
        """Return the outline that plain data tells."""
        rest = {key: value for key, value in told.items() if key not in ("sweep", "version", "cases")}
        return cls(cases=tuple(Case(**case) for case in told["cases"]), **rest)


class Row(NamedTuple):
    """What came of one run.

    Attributes
    ----------
    case, seed
        Which run.
    numbers
        Every numeric metric by its dotted path; empty if the run failed.
    failed
        What went wrong in the program, if anything did.
    cpu_s
        How long a processor worked on it.
    """

    case: int
    seed: int
    numbers: Numbers
    failed: str = ""
    cpu_s: float = 0.0

    def shared(self) -> Row:
        """Return the row with names that all rows have in common: a hundred thousand of them fit better."""
        return self._replace(numbers={intern(name): value for name, value in self.numbers.items()})

    @property
    def key(self) -> Key:
        """Return which run it is."""
        return self.case, self.seed


class Effort(NamedTuple):
    """What a sweep took, here and now: it is told and never written.

    Attributes
    ----------
    runs
        How many were run, those that were finished before left out.
    wall_s, cpu_s
        From the first to the last, and what processors worked on them, all together.
    """

    runs: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Return runs per second."""
        return self.runs / self.wall_s if self.wall_s else 0.0

    @property
    def processors(self) -> float:
        """Return how many processors it kept busy."""
        return self.cpu_s / self.wall_s if self.wall_s else 0.0
