"""Where the endpoints of a Service stand: a pass reads the slices that it may write, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import EndpointSlice
from statesim.control.ordinals import Ordinals
from statesim.control.slicing import MAX_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.objects import Endpoint
    from statesim.cluster.store import Change, Store
    from statesim.control.slicing import Endpoints


class Book:
    """The slices of one Service, numbered in order of creation."""

    __slots__ = ("_free", "_held", "_next", "_number", "_where", "slices")

    def __init__(self) -> None:
        self.slices: dict[int, EndpointSlice] = {}
        self._number: dict[str, int] = {}
        self._next = 0
        self._held: dict[int, Endpoints] = {}
        self._where: dict[str, int] = {}
        self._free: dict[int, Ordinals] = {}

    @property
    def names(self) -> Iterable[str]:
        """Return the names of the slices."""
        return self._number

    @property
    def pods(self) -> Iterable[str]:
        """Return the names of the pods that stand in slices."""
        return self._where

    def enter(self, one: EndpointSlice) -> None:
        """Take a slice in as it is now."""
        number = self._number.get(one.name)
        if number is None:
            number = self._number[one.name] = self._next
            self._next += 1
        else:
            self._clear(number)
        self.slices[number] = one
        self._held[number] = one.endpoints
        self._where.update((endpoint.pod, number) for endpoint in one.endpoints)
        self._free.setdefault(len(one.endpoints), Ordinals()).add(number)

    def leave(self, name: str) -> None:
        """Take a slice out."""
        number = self._number.pop(name, None)
        if number is not None:
            self._clear(number)
            del self.slices[number], self._held[number]

    def _clear(self, number: int) -> None:
        held = self._held[number]
        self._free[len(held)].discard(number)
        for endpoint in held:
            if self._where.get(endpoint.pod) == number:
                del self._where[endpoint.pod]

    def holds(self, pod: str) -> Endpoint | None:
        """Return the endpoint of a pod as its slice has it."""
        number = self._where.get(pod)
        held = self._held[number] if number is not None else ()
        return next((endpoint for endpoint in held if endpoint.pod == pod), None)

    def concerned(self, pods: Iterable[str]) -> list[EndpointSlice]:
        """Return the slices that a pass may write which is about these pods, in order of creation.

        They are those in which the pods stand; of the others the first of each size that has room, for pods
        that stand nowhere yet; and if there is none, any: it tells that there are others.
        """
        found = {self._where[pod] for pod in pods if pod in self._where}
        chosen = found | set(self._free.get(0, ()))
        for size, numbers in self._free.items():
            if 0 < size < MAX_ENDPOINTS:
                chosen.update(_first(numbers, found))
        if chosen == found:
            chosen.update(_first(self.slices, found))
        return [self.slices[number] for number in sorted(chosen)]


def _first(numbers: Iterable[int], besides: set[int]) -> list[int]:
    """Return the first of some numbers that is not among others."""
    return next(([number] for number in numbers if number not in besides), [])


class Books:
    """The books of all Services of a store, by the Service's uid. As an informer they watch the store."""

    __slots__ = ("_books", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._books: dict[str, Book] = {}
        store.watch((EndpointSlice,), self._note)

    def of(self, uid: str) -> Book:
        """Return the book of a Service."""
        book = self._books.get(uid)
        if book is None:
            book = self._books[uid] = Book()
            for one in self._store.by(EndpointSlice, "owner", uid):
                book.enter(one)
        return book

    def drop(self, uid: str) -> None:
        """Forget a Service that is gone."""
        self._books.pop(uid, None)

    def _note(self, change: Change) -> None:
        one = change.object
        book = self._books.get(one.owner.uid) if one.owner is not None else None
        if book is None:
            return
        if change.verb == "DELETED":
            book.leave(one.name)
        else:
            book.enter(one)
