"""A pod's row: READY, STATUS and RESTARTS, which kubectl works out of the containers' states.

Source: kubernetes pkg/printers/internalversion/printers.go: printPod.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.words import NONE, age, since

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]


def pod_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a pod, those of ``-o wide`` included."""
    spec, status = doc["spec"], doc.get("status", {})
    staying = _sidecars(spec)
    ready, restarts, last_restart = _containers(status, staying)
    shown = str(restarts)
    if restarts and last_restart is not None:
        shown = f"{restarts} ({since(last_restart, now_us)} ago)"
    return [
        doc["metadata"]["name"],
        f"{ready}/{len(spec['containers']) + len(staying)}",
        status_word(doc),
        shown,
        age(doc, now_us),
        status.get("podIP", NONE),
        spec.get("nodeName", NONE),
        status.get("nominatedNodeName", NONE),
        NONE,
    ]


def _sidecars(spec: Document) -> set[str]:
    rows = spec.get("initContainers", ())
    return {row["name"] for row in rows if row.get("restartPolicy") == "Always"}


def _containers(status: Document, staying: set[str]) -> tuple[int, int, str | None]:
    rows = [
        *status.get("containerStatuses", ()),
        *(row for row in status.get("initContainerStatuses", ()) if row["name"] in staying),
    ]
    ready = sum(bool(row["ready"]) and "running" in row["state"] for row in rows)
    ends = [row["lastState"]["terminated"]["finishedAt"] for row in rows if row.get("lastState")]
    return ready, sum(row["restartCount"] for row in rows), max(ends, default=None)


def condition(status: Document, kind: str) -> Document | None:
    """Return a condition of that type, if there is one."""
    return next((row for row in status.get("conditions", ()) if row["type"] == kind), None)


def status_word(doc: Document) -> str:
    """Return a pod's STATUS: its phase, or what says more about it."""
    status = doc.get("status", {})
    word: str = status.get("reason") or status.get("phase", "")
    scheduled = condition(status, "PodScheduled")
    if scheduled is not None and scheduled.get("reason") == "SchedulingGated":
        word = "SchedulingGated"
    initialising = _initialising(status, len(doc["spec"].get("initContainers", ())))
    initialised = condition(status, "Initialized")
    if initialising is not None and (initialised is None or initialised["status"] != "True"):
        word = initialising
    else:
        word = _of_containers(status, word)
    if doc["metadata"].get("deletionTimestamp") is not None:
        if status.get("reason") == "NodeLost":
            return "Unknown"
        if status.get("phase") not in ("Succeeded", "Failed"):
            return "Terminating"
    return word


def _initialising(status: Document, count: int) -> str | None:
    for index, row in enumerate(status.get("initContainerStatuses", ())):
        state = row["state"]
        ended = state.get("terminated")
        if (ended is not None and ended["exitCode"] == 0) or row.get("started"):
            continue
        if ended is not None:
            return f"Init:{ended.get('reason') or 'ExitCode:' + str(ended['exitCode'])}"
        waiting = state.get("waiting", {}).get("reason", "")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{count}"
    return None


def _of_containers(status: Document, word: str) -> str:
    running = False
    for row in reversed(status.get("containerStatuses", ())):
        state = row["state"]
        if state.get("waiting", {}).get("reason"):
            word = state["waiting"]["reason"]
        elif "terminated" in state:
            word = state["terminated"].get("reason") or f"ExitCode:{state['terminated']['exitCode']}"
        elif row["ready"] and "running" in state:
            running = True
    if word == "Completed" and running:
        ready = condition(status, "Ready")
        return "Running" if ready is not None and ready["status"] == "True" else "NotReady"
    return word
