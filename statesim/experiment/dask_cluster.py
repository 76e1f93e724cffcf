"""Dask's distributed scheduler as the executor of those who outgrow one machine."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30  # for the scheduler to answer
SCHEMES = ("tcp", "tls", "ws", "wss")  # those of distributed.comm that leave the process
_SECRET = ("tls://", "wss://")
PORT = 8786  # the one that `dask scheduler` takes, unless told another
_ADDRESS = re.compile(r"((?P<scheme>[^:/]*)://)?(?P<host>\[[^\]\s]+\]|[^\[\]:/\s]+)(:(?P<port>\d+))?")


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
        If that is no address, dask.distributed is not installed, or no scheduler answers.
    """
    wrong = misaddressed(address)
    if wrong is not None:
        raise StatesimError(wrong)
    try:
        from distributed import Client, Security  # noqa: PLC0415 - an extra, and 0.5 s

        security: Any = Security
        make: Any = Client
    except ImportError:
        raise StatesimError("Dask is not installed: pip install 'statesim[distributed]'") from None
    if address.startswith(_SECRET) and not security().get_connection_args("client").get("ssl_context"):
        raise StatesimError(
            f"{address} needs certificates: name them in Dask's configuration under distributed.comm.tls"
        )
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


def misaddressed(address: str) -> str | None:
    """Return what is wrong with a scheduler's address, before anything is opened; ``None`` if it may be one.

    A client of Dask that was given a wrong one waits a minute for what it has never opened.
    """
    parts = _ADDRESS.fullmatch(address)
    example = f"it is like tcp://scheduler:{PORT}"
    if parts is None:
        return f"{address!r} is no address of a Dask scheduler; {example}"
    scheme, port = parts["scheme"], parts["port"]
    if scheme is not None and scheme not in SCHEMES:
        return f"{address!r}: {scheme!r} is not among {', '.join(SCHEMES)}; {example}"
    if port is None:
        return f"{address!r} has no port; did you mean {scheme or 'tcp'}://{parts['host']}:{PORT}?"
    if not 0 < int(port) < 65536:
        return f"{address!r}: there is no port {port}; {example}"
    return None
