"""The EndpointSlice controller: which pods stand behind a Service, and how they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import derived_suffix
from statesim.cluster.objects import ZONE_LABEL, Endpoint, EndpointSlice, Node, Pod, Service
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.slicing import arrange
from statesim.scenario.manifests.defaults import service_spec_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Action
    from statesim.control.slicing import Endpoints, Layout


@dataclass(frozen=True, slots=True)
class View:
    """A Service, its slices in order of creation, and the pods that its selector matches.

    `zones` are those of nodes; `tells_terminating` is the gate EndpointSliceTerminatingCondition.
    """

    service: Service
    slices: tuple[EndpointSlice, ...]
    pods: tuple[Pod, ...]
    zones: Mapping[str, str]
    tells_terminating: bool = True


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
    tells = view.tells_terminating
    wanted = (
        endpoint_of(pod, service, view.zones.get(pod.node or "", ""), tells_terminating=tells)
        for pod in view.pods
    )
    slices = {s.name: s for s in view.slices}
    layout = arrange({s.name: s.endpoints for s in view.slices}, [e for e in wanted if e is not None])
    actions: list[Action] = []
    names = list(slices)
    for endpoints in layout.create:
        names.append(name := _free_name(service, names))
        made = EndpointSlice(
            name=name,
            labels=service.labels,
            owner=service.ref(),
            service=service.name,
            endpoints=endpoints,
            ports=_ports(service, view.pods),
        )
        actions.append(Create(made, "EndpointsChanged", _told(made)))
    actions += [_write(slices[name], endpoints) for name, endpoints in layout.update.items()]
    actions += [Delete(slices[name]) for name in layout.delete]
    return Decision(tuple(actions), why=_why(view, layout) if actions else "settled")


def _ports(service: Service, pods: Iterable[Pod]) -> tuple[dict[str, Any], ...]:
    """Return the ports of a slice: those of the pods, which a Service may call by name.

    Source: k8s.io/endpointslice utils.go: getEndpointPorts; pkg/api/v1/pod/util.go: FindPort. The pods of one
    Service are taken to agree about the number behind a name.
    """
    written = service_spec_document(service.manifest.raw.get("spec") or {}) if service.manifest else {}
    named = {
        port.get("name"): port.get("containerPort")
        for pod in pods
        for container in pod.spec.raw.get("containers", ())
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
    if (was.ready, was.not_ready) != (now.ready, now.not_ready):
        return Write(was, "EndpointsChanged", changes, _told(now))
    leaving = {
        "terminating": sorted(e.pod for e in endpoints if e.terminating),
        "serving": sorted(e.pod for e in endpoints if e.terminating and e.serving),
    }
    return Write(was, "TerminatingChanged", changes, leaving)


def _why(view: View, layout: Layout) -> str:
    if not view.slices:
        return "the Service is new"
    before = {pod for s in view.slices for pod in s.ready}
    after = {
        e.pod
        for s in view.slices
        if s.name not in layout.delete
        for e in layout.update.get(s.name, s.endpoints)
        if e.ready
    }
    after.update(e.pod for endpoints in layout.create for e in endpoints if e.ready)
    gone, come = sorted(before - after), sorted(after - before)
    if gone:
        return f"{', '.join(gone)} left"
    return f"{', '.join(come)} joined" if come else "others are not ready"


class EndpointsController:
    """One key a Service with a selector.

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
        self._selectors: dict[str, Mapping[str, str]] = {}
        self._selecting: dict[tuple[str, str], dict[str, None]] = {}
        self._matched: dict[str, frozenset[str]] = {}
        for service in store.all(Service):
            self._select(service)

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the services that select the pod, or did before its labels changed."""
        obj = change.object
        if isinstance(obj, Service):
            self._select(obj, gone=change.verb == "DELETED")
            return (obj.key,)
        if change.event in ("Created", "Scheduled", "FailedScheduling", "Restarted"):
            return ()
        labels = obj.labels
        now = frozenset(
            key
            for term in labels.items()
            for key in self._selecting.get(term, ())
            if self._selectors[key].items() <= labels.items()
        )
        before = self._matched.get(obj.uid, frozenset())
        if change.verb == "DELETED":
            self._matched.pop(obj.uid, None)
        else:
            self._matched[obj.uid] = now
        return sorted(now | before)

    def _select(self, service: Service, *, gone: bool = False) -> None:
        """Note a Service's selector under its first term, so that a pod is not compared with all of them."""
        before = self._selectors.pop(service.key, None)
        if before:
            del self._selecting[min(before.items())][service.key]
        if service.spec.selector and not gone:
            self._selectors[service.key] = service.spec.selector
            self._selecting.setdefault(min(service.spec.selector.items()), {})[service.key] = None

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        store = self._store
        service = store.get(Service, key.partition("/")[2])
        if service is None or not service.spec.selector:
            return None
        pods = store.pods_matching(service.spec.selector)
        return View(
            service,
            store.by(EndpointSlice, "owner", service.uid),
            pods,
            {name: self._zone(name) for name in {pod.node for pod in pods} if name},
            self._tells_terminating,
        )

    def _zone(self, node: str) -> str:
        found = self._store.get(Node, node)
        return found.labels.get(ZONE_LABEL, "") if found is not None else ""

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
