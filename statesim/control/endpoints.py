"""The EndpointSlice controller: which pods stand behind a Service, and how they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import derived_suffix
from statesim.cluster.objects import ZONE_LABEL, Endpoint, EndpointSlice, Node, Pod, Service
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.selecting import Selectors
from statesim.control.slice_book import Books
from statesim.control.slicing import arrange
from statesim.scenario.manifests.defaults import service_spec_document
from statesim.scenario.specs import LabelSelector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Action
    from statesim.control.slice_book import Book
    from statesim.control.slicing import Endpoints, Layout


@dataclass(frozen=True, slots=True)
class View:
    """A Service, slices of it in order of creation, and what shall stand in them, by the names of the pods.

    The slices are all of the Service, or those that this pass may write. `like` is a pod of it, if there is
    any: the pods of one Service are taken to agree about their ports. `taken` are names of slices.
    """

    service: Service
    slices: tuple[EndpointSlice, ...]
    endpoints: Mapping[str, Endpoint]
    like: Pod | None = None
    taken: Iterable[str] = field(default=())


def endpoint_of(pod: Pod, service: Service, zone: str = "", *, tells_terminating: bool) -> Endpoint | None:
    """Return a pod as an endpoint of a Service, ``None`` if it does not belong into its slices.

    Pods without an address, and those that have ended, are left out. Ready is Ready and not terminating;
    publishNotReadyAddresses makes every pod ready, one that terminates as well. From Kubernetes 1.22 on a
    terminating pod is kept and said to be so until it is gone; before, it was dropped at once unless
    addresses were published regardless. The hostname is told only under the Service that the pod's subdomain
    names.

    Source: k8s.io/endpointslice utils.go: podToEndpoint; util/controller_utils.go: ShouldPodBeInEndpoints,
    ShouldSetHostname; KEP-1672 (serving and terminating).
    """
    published = service.spec.publish_not_ready
    if not pod.ip or pod.finished or pod.node is None:
        return None
    if pod.terminating and not tells_terminating and not published:
        return None
    return Endpoint(
        pod=pod.name,
        uid=pod.uid,
        address=pod.ip,
        node=pod.node,
        zone=zone,
        hostname=pod.hostname if pod.hostname and pod.subdomain == service.name else "",
        ready=published or (pod.ready and not pod.terminating),
        serving=pod.ready if tells_terminating else None,
        terminating=pod.terminating if tells_terminating else None,
    )


def decide(view: View) -> Decision:
    """Bring the slices up to the pods, with the fewest writes.

    The slices of a Service that is gone are the garbage collector's: it owns them
    (pkg/controller/endpointslice: syncService).
    """
    service = view.service
    slices = {s.name: s for s in view.slices}
    layout = arrange({s.name: s.endpoints for s in view.slices}, view.endpoints)
    actions: list[Action] = []
    names = [*slices, *view.taken] if layout.create else []
    for endpoints in layout.create:
        names.append(name := _free_name(service, names))
        made = EndpointSlice(
            name=name,
            labels=service.labels,
            owner=service.ref(),
            service=service.name,
            endpoints=endpoints,
            ports=_ports(service, view.like),
        )
        actions.append(Create(made, "EndpointsChanged", _told(made)))
    actions += [_write(slices[name], endpoints) for name, endpoints in layout.update.items()]
    actions += [Delete(slices[name]) for name in layout.delete]
    return Decision(tuple(actions), why=_why(view, layout) if actions else "settled")


def _ports(service: Service, pod: Pod | None) -> tuple[dict[str, Any], ...]:
    """Return the ports of a slice: those of the pods, which a Service may call by name.

    Source: k8s.io/endpointslice utils.go: getEndpointPorts; pkg/api/v1/pod/util.go: FindPort.
    """
    written = service_spec_document(service.manifest.raw.get("spec") or {}) if service.manifest else {}
    named = {
        port.get("name"): port.get("containerPort")
        for container in (pod.spec.raw.get("containers", ()) if pod is not None else ())
        for port in container.get("ports", ())
    }
    made = []
    for port in written.get("ports", ()):
        number = port["targetPort"]
        if isinstance(number, str):
            number = named.get(number, port["port"])
        made.append({"name": port.get("name", ""), "port": number, "protocol": port["protocol"]})
    return tuple(made)


def _free_name(service: Service, taken: Iterable[str]) -> str:
    """Return a name for a new slice: the Service's own for the first, then with a suffix like a pod's.

    Kubernetes gives every slice a suffix (`generateName: <service>-`); here the first one goes without, so
    that it is called what it is about.
    """
    names = set(taken)
    if service.name not in names:
        return service.name
    attempts = (f"{service.name}-{derived_suffix(service.uid, n)}" for n in range(len(names) + 1))
    return next(name for name in attempts if name not in names)


def _told(made: EndpointSlice) -> dict[str, Any]:
    fields: dict[str, Any] = {"ready": list(made.ready), "not_ready": list(made.not_ready)}
    if made.name != made.service:
        fields["service"] = made.service
    return fields


def _write(was: EndpointSlice, endpoints: Endpoints) -> Write:
    """Return the write of a slice; the trace tells a change of who is ready from one of who terminates."""
    now = EndpointSlice(name=was.name, service=was.service, endpoints=endpoints)
    changes = {"endpoints": endpoints}
    if _listed(was) != _listed(now):
        return Write(was, "EndpointsChanged", changes, _told(now))
    leaving = {
        "terminating": sorted(e.pod for e in endpoints if e.terminating),
        "serving": sorted(e.pod for e in endpoints if e.terminating and e.serving),
    }
    return Write(was, "TerminatingChanged", changes, leaving)


def _listed(part: EndpointSlice) -> set[tuple[str, str, bool]]:
    """Return whom a slice sends connections to, or would if they were ready: at which address."""
    return {(e.pod, e.address, e.ready) for e in part.endpoints if e.ready or not e.terminating}


def _why(view: View, layout: Layout) -> str:
    if not view.slices:
        return "the Service is new"
    written = [s for s in view.slices if s.name in layout.update or s.name in layout.delete]
    before = {e.pod for s in written for e in s.endpoints if e.ready}
    after = {e.pod for found in (*layout.update.values(), *layout.create) for e in found if e.ready}
    gone, come = sorted(before - after), sorted(after - before)
    if gone:
        return f"{', '.join(gone)} left"
    if come:
        return f"{', '.join(come)} joined"
    known = {e.pod for s in written for e in s.endpoints}
    new = sorted({e.pod for found in (*layout.update.values(), *layout.create) for e in found} - known)
    return f"{', '.join(new)} not ready yet" if new else "the state of those that it lists has changed"


class EndpointsController:
    """One key a Service with a selector.

    A Service of a thousand pods is looked at a thousand times while they start. So the endpoints are kept
    from one look to the next; only those of pods that have changed meanwhile are made anew, and only the
    slices are read that this concerns.

    Parameters
    ----------
    tells_terminating
        The gate EndpointSliceTerminatingCondition: on from Kubernetes 1.22.
    """

    name = "endpoints"
    watches = (Service, Pod)

    def __init__(self, store: Store, *, tells_terminating: bool = True) -> None:
        self._store = store
        self._tells_terminating = tells_terminating
        self._selectors = Selectors()
        self._matched: dict[str, frozenset[str]] = {}
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._kept: dict[str, dict[str, Endpoint]] = {}
        self._changed: dict[str, dict[str, None]] = {}
        self._books = Books(store)
        for service in store.all(Service):
            self._select(service)

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the services that select the pod, or did before its labels changed."""
        obj = change.object
        if isinstance(obj, Service):
            self._select(obj, gone=change.verb == "DELETED")
            self._kept.pop(obj.key, None)
            self._changed.pop(obj.key, None)
            if change.verb == "DELETED":
                self._books.drop(obj.uid)
            return (obj.key,)
        if change.event in ("Created", "Scheduled", "FailedScheduling"):
            return ()
        now = frozenset(self._selectors.matching(obj.labels))
        before = self._matched.get(obj.uid, frozenset())
        if change.verb == "DELETED":
            self._matched.pop(obj.uid, None)
        else:
            self._matched[obj.uid] = self._same.setdefault(now, now)
        concerned = sorted(now | before)
        for key in concerned:
            self._changed.setdefault(key, {})[obj.name] = None
        return concerned

    def _select(self, service: Service, *, gone: bool = False) -> None:
        """Note a Service's selector; without one it selects nobody."""
        if service.spec.selector and not gone:
            self._selectors.note(service.key, LabelSelector(service.spec.selector))
        else:
            self._selectors.forget(service.key)

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        store = self._store
        service = store.get(Service, key.partition("/")[2])
        if service is None or not service.spec.selector:
            return None
        book = self._books.of(service.uid)
        concerned = self._endpoints(service, book)
        kept = self._kept[service.key]
        slices = book.concerned(concerned)
        pods = dict.fromkeys(endpoint.pod for one in slices for endpoint in one.endpoints)
        pods.update(dict.fromkeys(concerned))
        endpoints = {name: kept[name] for name in pods if name in kept}
        like = store.get(Pod, next(iter(kept), "")) if concerned else None
        return View(service, tuple(slices), endpoints, like, book.names)

    def _endpoints(self, service: Service, book: Book) -> list[str]:
        """Bring the endpoints of a Service up to the changes; return whose are not in its slices as they are.

        What a pass was about stays noted until its writes are seen: they may be refused.
        """
        selector = service.spec.selector or {}
        changed = self._changed.pop(service.key, {})
        kept = self._kept.get(service.key)
        if kept is None:
            kept = self._kept[service.key] = {}
            changed = {pod.name: None for pod in self._store.pods_matching(selector)}
            changed.update(dict.fromkeys(book.pods))
        concerned = []
        for name in changed:
            pod = self._store.get(Pod, name)
            now = None
            if pod is not None and selector.items() <= pod.labels.items():
                matched = self._matched.get(pod.uid, frozenset()) | {service.key}
                self._matched[pod.uid] = self._same.setdefault(matched, matched)
                zone = self._zone(pod.node or "")
                now = endpoint_of(pod, service, zone, tells_terminating=self._tells_terminating)
            before = kept.pop(name, None)
            if now is not None:
                kept[name] = now = before if now == before and before is not None else now
            if book.holds(name) != now:
                concerned.append(name)
        if concerned:
            self._changed[service.key] = dict.fromkeys(concerned)
        return concerned

    def _zone(self, node: str) -> str:
        found = self._store.get(Node, node)
        return found.labels.get(ZONE_LABEL, "") if found is not None else ""

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
