"""What can go wrong, by who has to react: the author of a scenario, the author of a model, or nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class StatesimError(Exception):
    """Base of every error that statesim raises on purpose."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (or doubtful) in what the user wrote.

    Attributes
    ----------
    message
        What is wrong and what was expected, one sentence.
    file, line, column
        Where it stands; line and column count from 1, ``None`` where the value has no place in a file.
    hint
        The next step: usually the nearest right word.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class ScenarioError(StatesimError):
    """The scenario, or a manifest that it names, is wrong. Holds *all* findings, in the order of the file."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Finding]]]:
        """Let it cross from one process to another with its findings."""
        return (type(self), (self.findings,))


class ModelError(StatesimError):
    """A model (driver, fault, controller) was used in a way it does not support; the run stops."""


class Refused(StatesimError):  # noqa: N818 - what the API server does
    """The API server refused a write; whoever asked tries again later."""


class Conflict(Refused):
    """A write met a state it did not expect: the object is gone, or there already (409)."""


class Forbidden(Refused):
    """Admission refused a write, because of a quota for example (403)."""


@dataclass(eq=False)
class InvariantViolation(StatesimError):  # noqa: N818 - the public name
    """A named invariant of the model does not hold.

    Attributes
    ----------
    name
        Identifier of the invariant, for example ``one-writer``.
    at_us
        Simulated time, in microseconds.
    evidence
        The values that show it.
    """

    name: str
    at_us: int
    evidence: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.evidence.items())
        return f"invariant {self.name} broken at {self.at_us / 1e6:.3f} s: {shown}"
