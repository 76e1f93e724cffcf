"""Delta debugging: the smallest part of something that still shows what the whole of it showed.

`ddmin` is the minimizing delta debugging algorithm (Zeller and Hildebrandt: "Simplifying and Isolating
Failure-Inducing Input", IEEE TSE 28(2), 2002, figure 3). Its result is 1-minimal: without any one of its
items it no longer shows it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")


def ddmin(
    items: Sequence[T], first: Callable[[Iterable[tuple[T, ...]]], tuple[T, ...] | None]
) -> tuple[T, ...]:
    """Return a 1-minimal part of `items`, in their order.

    Parameters
    ----------
    items
        What shows it; nothing at all does not.
    first
        Returns the first of some parts that shows it, ``None`` if none does.
    """
    rest, pieces = tuple(items), 2
    while len(rest) >= 2:
        parts = _split(rest, pieces)
        smaller = first(parts)
        if smaller is not None:
            rest, pieces = smaller, 2
            continue
        # with two pieces each is the other's complement
        smaller = first(_without(parts, i) for i in range(len(parts))) if pieces > 2 else None
        if smaller is not None:
            rest, pieces = smaller, max(pieces - 1, 2)
        elif pieces < len(rest):
            pieces = min(2 * pieces, len(rest))
        else:
            break
    return rest


def _split(items: tuple[T, ...], pieces: int) -> list[tuple[T, ...]]:
    """Return the items in that many pieces of about the same size."""
    bounds = [len(items) * i // pieces for i in range(pieces + 1)]
    return [items[low:high] for low, high in pairwise(bounds)]


def _without(parts: list[tuple[T, ...]], index: int) -> tuple[T, ...]:
    return tuple(item for i, part in enumerate(parts) if i != index for item in part)
