"""Spreads independent work over executors, `concurrent.futures` being the shape of all of them.

Whoever has many things to simulate calls `spread` with a function and its items and takes the results as they
come, each with the number of its item::

    for index, outcome in spread(one_run, seeds, jobs=8):
        outcomes[index] = outcome

- `one_run` takes one item. It is a function of a module (or a `functools.partial` of one), and items and
  results can be pickled, because the default is processes that are *spawned*: nothing of the caller's state
  goes along, so that a result is a function of its item alone. A script must call it under
  ``if __name__ == "__main__":``.
- Items may be any iterable, also an endless one: it is drawn from as results come, so that only a few are
  under way at a time: two for each worker (on a Dask cluster: for each thread that it has by then, and 8 at
  least). Whoever has enough leaves the loop: the rest is cancelled, and workers end at once.
- The order of results is chance. Whoever needs the items' order wraps it: ``in_order(spread(…))``.
- ``jobs=1`` works here, in this process, one after the other: what one debugs with.
- ``executor=`` takes any `concurrent.futures.Executor` or a Dask client, and leaves it open. Whoever calls
  `spread` often keeps the processes: ``with workers(8) as pool: spread(f, items, executor=pool)``.
- What a worker raises comes as `ItemFailed`, with the item that failed and the error as its `__cause__`.
- A worker process that dies (killed, out of memory) is replaced and its items are given out again; an item
  that sees this happen `MOST_LOSSES` times ends the work with `WorkersLost`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Made = TypeVar("Made")
MOST_LOSSES = 3
AHEAD = 2  # items under way for each worker: the next one is there when one is done
AHEAD_ELSEWHERE = 256  # items under way where nobody says how many workers there are
LEAST_ON_CLUSTER = 8  # items under way there, however few workers have come yet


class ItemFailed(StatesimError):  # noqa: N818 - what happened, as `Refused`
    """The work on one item raised an error, which is the `__cause__`.

    Attributes
    ----------
    index, item
        Which one, counted from 0.
    """

    def __init__(self, index: int, item: Any, error: BaseException) -> None:
        self.index = index
        self.item = item
        shown = repr(item)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}…"
        super().__init__(f"item {index} ({shown}): {type(error).__name__}: {error}")


class WorkersLost(StatesimError):  # noqa: N818 - as above
    """Workers died again and again, or all are gone."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Serial(Executor):
    """Works at once and in this process, so that errors have their place and a debugger its chance."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # whatever it is, the future tells it
            future.set_exception(error)
        return future


class Processes(Executor):
    """Spawned processes on this machine, which are replaced when one of them is lost.

    Attributes
    ----------
    jobs
        How many.
    generation
        How often they were replaced.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.generation = 0
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.jobs, mp_context=context, initializer=_leave_interrupts)

    @property
    def processes(self) -> list[int]:
        """Return the ids of those that run now."""
        return [process.pid for process in self._running() if process.pid is not None]

    def _running(self) -> list[BaseProcess]:
        # private in concurrent.futures, whose public `terminate_workers` comes with Python 3.14
        return list((getattr(self._pool, "_processes", None) or {}).values())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give out work, to new processes if the old ones are broken."""
        with _uninterrupted():
            try:
                return self._pool.submit(fn, *args, **kwargs)
            except BrokenExecutor:
                self.renew()
                return self._pool.submit(fn, *args, **kwargs)

    def renew(self) -> None:
        """Replace all processes."""
        self._pool.shutdown(wait=False)
        self._pool = self._started()
        self.generation += 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they have done what they were given."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """End the processes at once, whatever they are at."""
        running = self._running()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        self._pool.shutdown(wait=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C while a process is started, which inherits that and so does not hear of it at all."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to all processes, to the one that gives out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def workers(jobs: int | None = None) -> Iterator[Executor]:
    """Give an executor for several calls of `spread`: processes on this machine; ``jobs=1`` is this process.

    Parameters
    ----------
    jobs
        How many processes; one for each core if it is not given.
    """
    count = cores() if jobs is None else jobs
    if count <= 1:
        yield Serial()
        return
    pool = Processes(count)
    try:
        yield pool
    except BaseException:
        pool.stop()
        raise
    pool.shutdown()


def spread(
    fn: Callable[[Item], Made],
    items: Iterable[Item],
    *,
    executor: Executor | Any = None,
    jobs: int | None = None,
) -> Generator[tuple[int, Made], None, None]:
    """Yield ``(index, fn(item))`` for each item, as they are done; see the module's text.

    Parameters
    ----------
    fn
        A function of one item that other processes can import.
    executor
        Any `concurrent.futures.Executor`, or a `distributed.Client`; it stays open. Default: processes.
    jobs
        Without an executor the number of processes (default: one for each core); with one, how many workers
        it has, if that is known.

    Raises
    ------
    ItemFailed
        If `fn` raised an error.
    WorkersLost
        If workers died `MOST_LOSSES` times during the work on an item.
    """
    if executor is None:
        with workers(jobs) as pool:
            yield from _spread(fn, items, pool, _most(pool, jobs))
    elif isinstance(executor, Executor):
        yield from _spread(fn, items, executor, _most(executor, jobs))
    else:
        # a Dask client has futures of its own kind, and an executor that has the usual ones
        pool = executor.get_executor(pure=False)
        most = _MostOnCluster(executor) if jobs is None else _most(pool, jobs)
        yield from _spread(fn, items, pool, most)


def _most(pool: Executor, jobs: int | None) -> Callable[[], int]:
    """Return what tells how many items may be under way."""
    if isinstance(pool, Serial):
        return lambda: 1
    if isinstance(pool, Processes):
        return lambda: AHEAD * pool.jobs
    return lambda: AHEAD_ELSEWHERE if jobs is None else AHEAD * jobs


class _MostOnCluster:
    """How many items may be under way on a Dask cluster, whose workers come and go.

    The scheduler is asked again each time when half of what is under way has been done since: that is soon
    where runs are long, and seldom where they are short.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._most = LEAST_ON_CLUSTER
        self._left = 0  # calls until it is asked again; there is one for each item that is done

    def __call__(self) -> int:
        self._left -= 1
        if self._left < 0:
            try:
                threads = sum(self._client.nthreads().values())
            except OSError:
                threads = 0  # it is gone: the work under way will say so
            self._most = max(LEAST_ON_CLUSTER, AHEAD * threads)
            self._left = self._most // 2
        return self._most


def _spread(
    fn: Callable[[Item], Made], items: Iterable[Item], pool: Executor, most: Callable[[], int]
) -> Iterator[tuple[int, Made]]:
    flight = _Flight(fn, pool)
    try:
        for index, item in enumerate(items):
            flight.launch(_Ticket(index, item))
            while len(flight) >= most():
                yield from flight.landed()
        while len(flight):
            yield from flight.landed()
    finally:
        flight.cancel()


def in_order(results: Iterable[tuple[int, Made]]) -> Iterator[Made]:
    """Yield results in the order of their items, each as soon as those before it are there."""
    early: dict[int, Made] = {}
    following = 0
    for index, made in results:
        early[index] = made
        while following in early:
            yield early.pop(following)
            following += 1


@dataclass(frozen=True, slots=True)
class _Ticket(Generic[Item]):
    """An item under way: which one, and how often its workers were lost so far."""

    index: int
    item: Item
    losses: int = 0
    generation: int = 0


class _Flight(Generic[Item, Made]):
    """What is under way."""

    def __init__(self, fn: Callable[[Item], Made], pool: Executor) -> None:
        self._fn = fn
        self._pool = pool
        self._tickets: dict[Future[Made], _Ticket[Item]] = {}
        self._done: SimpleQueue[Future[Made]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._tickets)

    def launch(self, ticket: _Ticket[Item]) -> None:
        """Give out the work on an item."""
        try:
            future = self._pool.submit(self._fn, ticket.item)
        except BrokenExecutor as error:
            raise WorkersLost(_told(ticket, error)) from error
        generation = self._pool.generation if isinstance(self._pool, Processes) else 0
        self._tickets[future] = _Ticket(ticket.index, ticket.item, ticket.losses, generation)
        future.add_done_callback(self._done.put)

    def landed(self) -> Iterator[tuple[int, Made]]:
        """Wait for something to be done, and yield it unless its worker was lost."""
        future = self._done.get()
        ticket = self._tickets.pop(future)
        try:
            made = future.result()
        except (BrokenExecutor, CancelledError) as error:
            self._again(ticket, error)
            return
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # Dask's word, which is not imported for it
                raise WorkersLost(_gone(ticket, error)) from error
            raise ItemFailed(ticket.index, ticket.item, error) from error
        yield ticket.index, made

    def _again(self, ticket: _Ticket[Item], error: BaseException) -> None:
        pool = self._pool
        if not isinstance(pool, Processes):
            raise WorkersLost(_gone(ticket, error)) from error
        if ticket.losses + 1 >= MOST_LOSSES:
            raise WorkersLost(_told(ticket, error)) from error
        if ticket.generation == pool.generation:
            pool.renew()
        self.launch(_Ticket(ticket.index, ticket.item, ticket.losses + 1))

    def cancel(self) -> None:
        """Cancel what has not begun."""
        for future in self._tickets:
            future.cancel()


def _gone(ticket: _Ticket[Any], error: BaseException) -> str:
    return (
        f"the executor gave up item {ticket.index} ({type(error).__name__}): are its workers, or its "
        "scheduler, still there, and have they enough memory?"
    )


def _told(ticket: _Ticket[Any], error: BaseException) -> str:
    times = f"{ticket.losses + 1} times " if ticket.losses else ""
    return (
        f"workers died {times}during the work on item {ticket.index} or beside it "
        f"({type(error).__name__}): is there enough memory for so many (fewer jobs)? does the script call "
        'this under `if __name__ == "__main__":`?'
    )
