"""What a checker says: valid, invalid with its evidence, or unknown because the work was too much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.analysis.consistency.calls import Call


class Evidence(Protocol):
    """Calls that are worked out when somebody asks for them."""

    def calls(self) -> tuple[Call, ...]:
        """Return them, the same each time."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that should not be.

    Attributes
    ----------
    kind
        Its name in the literature: ``lost write``, ``stale read``, ``G2-item``, …
    says
        One sentence about it.
    evidence
        The calls that prove it, or what works them out.
    """

    kind: str
    says: str
    evidence: tuple[Call, ...] | Evidence = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return the calls that prove it, by invocation; this is what may cost."""
        return self.evidence if isinstance(self.evidence, tuple) else self.evidence.calls()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A checker's answer about a history.

    Attributes
    ----------
    valid
        ``unknown`` if the work budget ran out before an answer was found; never a guess.
    anomalies
        The evidence, oldest first; empty unless ``invalid``.
    work
        How many steps the checker took, in its own unit.
    """

    valid: Literal["valid", "invalid", "unknown"]
    anomalies: tuple[Anomaly, ...] = field(default=())
    work: int = 0

    def counts(self) -> dict[str, int]:
        """Return how many anomalies of each kind there are, kinds sorted."""
        kinds = sorted({anomaly.kind for anomaly in self.anomalies})
        return {kind: sum(1 for each in self.anomalies if each.kind == kind) for kind in kinds}


def verdict(anomalies: Iterable[Anomaly], work: int = 0) -> Verdict:
    """Return ``invalid`` with these anomalies, or ``valid`` if there are none."""
    found = tuple(anomalies)
    return Verdict("invalid" if found else "valid", found, work)


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return one verdict of several: invalid if any is, else unknown if any is, else valid."""
    every = list(verdicts)
    names = {each.valid for each in every}
    valid: Literal["valid", "invalid", "unknown"] = "valid"
    if "invalid" in names:
        valid = "invalid"
    elif "unknown" in names:
        valid = "unknown"
    anomalies = tuple(anomaly for each in every for anomaly in each.anomalies)
    return Verdict(valid, anomalies, sum(each.work for each in every))
