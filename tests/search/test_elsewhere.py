"""On an executor shaped like Dask's: a client, pickled work, results in any order; what is found is the same."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import LifoQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

import statesim
from statesim.experiment.executors import Serial
from statesim.experiment.search_plans import FAULTS, Plan, draw
from statesim.experiment.shrink import Oracle, shrink
from statesim.kernel.spans import SECOND
from tests.search.towns import TOWN, Shows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class LastFirst(Executor):
    """One worker that takes what came last, so that results come out of order."""

    def __init__(self) -> None:
        self._work: LifoQueue[tuple[Future[Any], bytes] | None] = LifoQueue()
        self.done = 0
        self._worker = Thread(target=self._go_on)
        self._worker.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Send the work as bytes, as over a network."""
        future: Future[Any] = Future()
        self._work.put((future, pickle.dumps((fn, args, kwargs))))
        return future

    def _go_on(self) -> None:
        while (taken := self._work.get()) is not None:
            future, sent = taken
            if not future.set_running_or_notify_cancel():
                continue
            self.done += 1
            try:
                fn, args, kwargs = pickle.loads(sent)
                future.set_result(pickle.loads(pickle.dumps(fn(*args, **kwargs))))
            except Exception as error:  # the future tells it
                future.set_exception(error)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the worker; what nobody waits for any more has been cancelled."""
        self._work.put(None)
        self._worker.join()


class Client:
    """No executor itself, as `distributed.Client`: it makes one."""

    def __init__(self, executor: LastFirst) -> None:
        self._executor = executor

    def get_executor(self, *, pure: bool) -> Executor:
        """Return the executor; `pure` work would be done once for equal arguments."""
        assert not pure
        return self._executor

    def nthreads(self) -> dict[str, int]:
        """Return how many threads each worker has."""
        return {"tcp://127.0.0.1:1": 2, "tcp://127.0.0.1:2": 1}


@contextmanager
def client() -> Iterator[tuple[Client, LastFirst]]:
    executor = LastFirst()
    try:
        yield Client(executor), executor
    finally:
        executor.shutdown()


@given(st.integers(0, 10**6), st.data())
@settings(max_examples=15, deadline=None)
def test_a_plan_is_shrunk_to_the_same_in_as_many_runs(seed: int, data: st.DataObject) -> None:
    rows = draw(seed, TOWN, tuple(FAULTS), begin_s=60, end_s=600)
    wanted = data.draw(st.lists(st.sampled_from(range(len(rows))), min_size=1, max_size=3, unique=True))
    test = Shows(tuple((("do", rows[i]["do"]), ("at", rows[i]["at"] - 1)) for i in wanted))
    start = Plan(rows, 900 * SECOND)
    here = shrink(Oracle(test, test(start), Serial()), TOWN, 40)
    with client() as (elsewhere, executor):
        there = shrink(Oracle(test, test(start), elsewhere), TOWN, 40)
        assert executor.done > 0
    assert there == here


def test_a_search_finds_the_same_in_as_many_runs() -> None:
    asked: dict[str, Any] = {
        "variant": "patroni-async",
        "faults": ("node-crash", "container-kill", "dns-outage"),
        "seeds": 4,
        "most_runs": 12,
    }
    here = statesim.search("pg-node-crash", "clients.shop.lost > 0", jobs=1, **asked)
    with client() as (elsewhere, executor):
        there = statesim.search("pg-node-crash", "clients.shop.lost > 0", executor=elsewhere, **asked)
        assert executor.done > 0
    assert here.found
    assert there.details.violating == here.details.violating
    assert there.details.shrunk == here.details.shrunk
    assert (there.tried, there.runs, there.timeline) == (here.tried, here.runs, here.timeline)
