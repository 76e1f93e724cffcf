"""A real Dask cluster on this machine's loopback: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def dask_cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Give the scheduler's address and the workers' processes; all of them are killed at the end."""
    started: list[subprocess.Popen[str]] = []
    try:
        scheduler = _started("dask_scheduler", "--port", "0", stderr=subprocess.PIPE)
        started.append(scheduler)
        assert scheduler.stderr is not None
        address = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
        asked = (address, "--nthreads", "1", "--no-nanny")
        started += [_started("dask_worker", *asked, stderr=subprocess.DEVNULL) for _ in range(workers)]
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def _started(program: str, *arguments: str, stderr: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1", "--no-dashboard"]
    return subprocess.Popen(
        [*command, *arguments], stdout=subprocess.DEVNULL, stderr=stderr, stdin=subprocess.DEVNULL, text=True
    )
