"""Which moments of a run to name where there are too many to read: the gravest, all over the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Moment(NamedTuple):
    """Something that happened: when, how grave (larger is graver), what it is called, in which variants."""

    t_us: int
    gravity: int
    title: str
    title_zh: str
    of: tuple[str, ...] = ()


def spread(moments: Iterable[Moment], duration_us: int, most: int) -> list[Moment]:
    """Return at most so many of some moments, in order of time.

    The run is divided into `most` stretches of one length; each that has moments keeps its gravest, the first
    of those that are as grave. Places that are left, as nothing happened in some stretches, go to the gravest
    of the others.
    """
    stretches: dict[int, list[Moment]] = {}
    for moment in sorted(set(moments), key=_gravest_first):
        stretches.setdefault(moment.t_us * most // (duration_us + 1), []).append(moment)
    first = [alike[0] for alike in stretches.values()]
    others = sorted((moment for alike in stretches.values() for moment in alike[1:]), key=_gravest_first)
    return sorted([*first, *others][:most])


def _gravest_first(moment: Moment) -> tuple[int, int, str, str, tuple[str, ...]]:
    return (-moment.gravity, moment.t_us, moment.title, moment.title_zh, moment.of)
