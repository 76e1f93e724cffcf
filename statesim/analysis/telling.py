"""Who tells why: the language, the words of it, and what the scenario's labels are called in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis import instants
from statesim.analysis.phrases import Say
from statesim.analysis.sentences import sentence
from statesim.analysis.why_words import STATES, WHY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.kernel.trace import TraceEvent


class Telling(Say):
    """Says what is told of causes in one language.

    Parameters
    ----------
    language
        ``en`` or ``zh``.
    labels
        What the scenario's labels are called in it, by those in English.
    """

    def __init__(self, language: str = "en", labels: Mapping[str, str] | None = None) -> None:
        super().__init__(WHY, language)
        self._labels = labels or {}

    def instant(self, t_us: float, step_us: int = 1000) -> str:
        """Return an instant as it stands in a sentence."""
        return instants.instant(t_us, step_us, self.language)

    def listed(self, t_us: int) -> str:
        """Return an instant as it stands in a list below others."""
        return instants.listed(t_us, self.language)

    def sentence(self, event: TraceEvent) -> str:
        """Return an event as a sentence."""
        return sentence(event, self.language, self._labels)

    def label(self, label: str) -> str:
        """Return what a fault with a label is called."""
        return self._labels.get(label, label)

    def often(self, count: int) -> str:
        """Return how often something happened."""
        return self("once") if count == 1 else self("times", times=count)

    def named(self, names: Sequence[str], shown: int) -> str:
        """Return the first names of several, and how many more there are."""
        more = self("and_more", more=len(names) - shown) if len(names) > shown else ""
        return f"{', '.join(names[:shown])}{more}"

    def state(self, state: str) -> str:
        """Return the word for what a pod is, really or as Kubernetes shows it."""
        english, chinese = STATES.get(state, (state.replace("-", " "), state))
        return chinese if self.language == "zh" else english


IN_ENGLISH = Telling()
