"""Programs by the uid that the trace gives them, and the names by which others know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.engine import Bare

if TYPE_CHECKING:
    from statesim.node.fleet import Fleet
    from statesim.node.process import Process
    from statesim.node.worker import PodWorker


def _worker(fleet: Fleet, uid: str, node: str) -> PodWorker | None:
    agents = (fleet.kubelets.get(node), fleet.engines.get(node))
    return next((a.workers[uid] for a in agents if a is not None and uid in a.workers), None)


def program(fleet: Fleet, uid: str, node: str) -> Process | None:
    """Return the program of the main container of a pod, or of a container that was started by hand."""
    worker = _worker(fleet, uid, node)
    return None if worker is None else worker.main.process


def name_of(fleet: Fleet, process: Process) -> str:
    """Return the name or the address that a program's successor must have to be found; "" if any will do.

    That is a pod's own name under its Service, as a StatefulSet gives it, or the machine's address at which
    somebody has published a container. A Service finds pods by their labels: they need no names.
    """
    worker = _worker(fleet, process.uid, process.node)
    if isinstance(worker, Bare):
        return f"{worker.address}:{worker.row.port}"
    pod = None if worker is None else worker.pod
    return f"{pod.hostname}.{pod.subdomain}" if pod is not None and pod.hostname and pod.subdomain else ""
