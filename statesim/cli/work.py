"""What the commands share that run a scenario many times: over what, and what Ctrl-C does."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

JobsOption = Annotated[
    int | None, typer.Option(help="Over how many processes; default: one for each core.", min=1)
]
DaskOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: tcp://scheduler:8786.")
]


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the work, and an impatient second one not end what keeps it."""

    def once(_: int, __: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, once)
    yield
    signal.signal(signal.SIGINT, before)  # not after an interrupt: the program is about to end


@contextmanager
def executor_at(address: str | None) -> Iterator[Any]:
    """Give what works: a Dask cluster if one is named, else (`None`) processes of this machine."""
    if address is None:
        yield None
        return
    from statesim.experiment.dask_cluster import connected

    with connected(address) as client:
        yield client
