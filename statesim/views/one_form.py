"""Numbers of one picture in one form: all in the same unit, none finer than its interval supports."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, NamedTuple

from statesim.views.shares import percent
from statesim.views.speech import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.views.metric_words import MetricWords

_CLOCK = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_FINEST = {"s": 3, "ms": 3, "share": 9, "": 6}  # decimals by which numbers are told apart, at most
_LONG_S = 3600.0  # shorter times are told apart in seconds
_TEN = 10  # so many of a unit at least, before it is the unit of a picture


class OneForm(NamedTuple):
    """How the values of a metric are written beside each other.

    Attributes
    ----------
    size
        How much one of `unit` is, in the metric's own unit.
    """

    words: MetricWords
    size: float
    unit: str

    def shown(self, value: float, half: float = 0.0) -> str:
        """Return a value with its unit, rounded to what ± `half` supports."""
        if not isfinite(value):
            return self.words.shown(value)
        if 0 < half < float("inf"):
            places = decimals(half / self.size)
        elif self.words.unit == "s":
            places = 0 if value == 0 else max(1, -floor(log10(abs(value) / self.size)))
        else:
            return self.words.shown(value)
        return self.exactly(value, places)

    def exactly(self, value: float, places: int) -> str:
        """Return a value with its unit and so many decimals."""
        if not isfinite(value):
            return self.words.shown(value)
        if self.words.unit == "share":
            return percent(value, places)
        number = f"{value / self.size:z,.{places}f}"
        return f"{number} {word(self.unit)}" if self.unit else number


def one_form(words: MetricWords, values: Iterable[float]) -> OneForm:
    """Return the form in which all these values are written."""
    if words.unit != "s":
        size = 0.01 if words.unit == "share" else 1.0
        return OneForm(words, size, {"share": "%", "ms": "ms"}.get(words.unit, ""))
    most = max((abs(value) for value in values if isfinite(value)), default=0.0)
    if 0 < most < 0.1:
        return OneForm(words, 0.001, "ms")
    return OneForm(words, *next((each for each in _CLOCK if most >= _TEN * each[0]), _CLOCK[-1]))


def told_apart(words: MetricWords, values: Sequence[float]) -> list[str]:
    """Return values as a person says them; if two that differ would look the same, all of them finer.

    What differs by less than a millisecond, or a billionth of a per cent, still looks the same.
    """
    longest = max((abs(value) for value in values if isfinite(value)), default=0.0)
    clock = words.unit == "s" and 0.1 <= longest < _LONG_S
    form = OneForm(words, 1.0, "s") if clock else one_form(words, values)
    finest = _FINEST[words.unit]
    different = len({form.exactly(value, finest) for value in values})
    told = [words.shown(value) for value in values]
    for places in range(1, finest + 1):
        if len(set(told)) >= different:
            break
        told = [form.exactly(value, places) for value in values]
    return told


def decimals(half: float) -> int:
    """Return how many decimals a number has whose uncertainty is ± `half`.

    The uncertainty keeps two digits if its first three are below 355 (1.2, 0.31), else one (4, 0.6), and 0.95
    and more become 1.0: the rule of the Particle Data Group (Tanabashi et al., "Review of Particle Physics",
    Physical Review D 98, 030001, 2018; introduction, 5.3).
    """
    power = floor(log10(half))
    digits = 2 if half / 10.0**power < 3.55 else 1
    return max(0, digits - 1 - power)
