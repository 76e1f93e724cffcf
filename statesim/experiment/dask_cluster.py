"""Dask's distributed scheduler as the executor of those who outgrow one machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30  # for the scheduler to answer


@contextmanager
def connected(address: str, *, wait_s: float = WAIT_S) -> Iterator[Any]:
    """Give a `distributed.Client` of the scheduler at an address: ``tcp://scheduler:8786``.

    Parameters
    ----------
    wait_s
        How long it may take to answer.

    Raises
    ------
    StatesimError
        If dask.distributed is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and 0.5 s

        make: Any = Client
    except ImportError:
        raise StatesimError("Dask is not installed: pip install 'statesim[distributed]'") from None
    try:
        client = make(address, timeout=wait_s, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StatesimError(
            f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, and workers "
            f"with `dask worker {address}`"
        ) from error
    try:
        yield client
    finally:
        client.close()
