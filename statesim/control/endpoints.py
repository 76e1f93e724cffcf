"""The endpoints controller: which pods stand behind a Service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import EndpointSlice, Pod, Service
from statesim.control.actions import Create, Decision, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A Service (``None`` = gone), its slice, and the pods that its selector matches."""

    service: Service | None
    slice: EndpointSlice | None
    pods: tuple[Pod, ...]


def decide(view: View) -> Decision:
    """Bring the slice up to the pods: ready means Ready and not terminating.

    Source: pkg/controller/endpointslice/utils.go: podToEndpoint; pods without an address, and finished
    ones, are left out; publishNotReadyAddresses makes all of them ready.
    """
    if view.service is None:
        actions = () if view.slice is None else (Delete(view.slice),)
        return Decision(actions, why="the Service is gone")
    ready, not_ready = [], []
    for pod in view.pods:
        if not pod.ip or pod.finished or pod.node is None:
            continue
        if view.service.spec.publish_not_ready or (pod.ready and not pod.terminating):
            ready.append(pod.name)
        elif not pod.terminating:
            not_ready.append(pod.name)
    now = {"ready": tuple(sorted(ready)), "not_ready": tuple(sorted(not_ready))}
    fields = {name: list(names) for name, names in now.items()}
    if view.slice is None:
        made = EndpointSlice(
            name=view.service.name,
            owner=view.service.ref(),
            ready=now["ready"],
            not_ready=now["not_ready"],
        )
        return Decision((Create(made, "EndpointsChanged", fields),), why="the Service is new")
    if (view.slice.ready, view.slice.not_ready) == (now["ready"], now["not_ready"]):
        return Decision(why="settled")
    gone = sorted(set(view.slice.ready) - set(ready))
    come = sorted(set(ready) - set(view.slice.ready))
    why = (
        f"{', '.join(gone)} left" if gone else f"{', '.join(come)} joined" if come else "others are not ready"
    )
    return Decision((Write(view.slice, "EndpointsChanged", now, fields),), why=why)


class EndpointsController:
    """One key a Service with a selector."""

    name = "endpoints"
    watches = (Service, Pod)

    def __init__(self, store: Store) -> None:
        self._store = store
        self._matched: dict[str, frozenset[str]] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the services that select the pod, or did before its labels changed."""
        obj = change.object
        if isinstance(obj, Service):
            return (obj.key,)
        if change.event in ("Created", "Scheduled", "FailedScheduling", "Restarted"):
            return ()
        now = frozenset(
            service.key
            for service in self._store.all(Service)
            if service.spec.selector and service.spec.selector.items() <= obj.labels.items()
        )
        before = self._matched.get(obj.uid, frozenset())
        if change.verb == "DELETED":
            self._matched.pop(obj.uid, None)
        else:
            self._matched[obj.uid] = now
        return sorted(now | before)

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        name = key.partition("/")[2]
        service = self._store.get(Service, name)
        if service is not None and not service.spec.selector:
            return None
        pods = self._store.pods_matching(service.spec.selector or {}) if service is not None else ()
        return View(service, self._store.get(EndpointSlice, name), pods)

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
