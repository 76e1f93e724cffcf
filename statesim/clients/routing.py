"""Which pod a new connection to an address finds: kube-proxy, as late as it knows what has changed.

Only new connections are routed. Kubernetes neither moves nor resets an established TCP flow when an endpoint
goes (kubernetes pkg/proxy: conntrack entries are cleared for UDP and SCTP alone), so a session stays with its
pod until one of the two notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from statesim.cluster.dns import PodAddress, address_of
from statesim.cluster.objects import EndpointSlice, Service
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from random import Random

    from statesim.cluster.dns import Address
    from statesim.cluster.objects import Endpoint
    from statesim.cluster.store import Change, Store

NO_ENDPOINTS = "connection refused: the Service has no endpoints"

A = TypeVar("A")


class Router:
    """Everybody's kube-proxy: delayed copies of the EndpointSlices.

    Parameters
    ----------
    sync_us
        How long after a change of endpoints kube-proxy has programmed it. Changes within that time are
        programmed together (pkg/proxy: the bounded frequency runner).
    uses_terminating
        The gate ProxyTerminatingEndpoints, on from Kubernetes 1.26: where no endpoint is ready, those that
        terminate and still serve are used (pkg/proxy/topology.go: CategorizeEndpoints; KEP-1669).
    """

    def __init__(self, store: Store, *, sync_us: int = SECOND, uses_terminating: bool = True) -> None:
        self._store = store
        self._clock = store.clock
        self._sync_us = sync_us
        self._uses_terminating = uses_terminating
        self._programmed: dict[str, dict[str, tuple[Endpoint, ...]]] = {}
        self._backends: dict[str, tuple[PodAddress, ...]] = {}
        self._pending: dict[str, dict[str, None]] = {}
        self._sticky: dict[tuple[str, str], tuple[int, PodAddress]] = {}
        for found in store.all(EndpointSlice):
            self._program(found.service, found.name)
        store.watch((EndpointSlice,), self._changed)

    def route(self, address: Address, client: str, rng: Random) -> PodAddress | str | None:
        """Return where a new connection to an address goes.

        That is a pod; the text of a refusal; ``None`` = nowhere, as nobody has that address any more.

        Parameters
        ----------
        client
            Whose connection it is, for session affinity.
        rng
            Chooses among several pods: kube-proxy chooses by chance for each connection.
        """
        if isinstance(address, PodAddress):
            return address
        service = self._store.get(Service, address.service)
        if service is None or service.uid != address.uid:
            return None
        backends = self._usable(service.name)
        if not backends:
            return NO_ENDPOINTS  # pkg/proxy/iptables: REJECT for a Service without endpoints
        if service.spec.session_affinity == "None":
            return one_of(backends, rng)
        return self._same_as_before(service, client, backends, rng)

    def _same_as_before(
        self, service: Service, client: str, backends: tuple[PodAddress, ...], rng: Random
    ) -> PodAddress:
        """Return the pod that a client's address is bound to, while it is there and the time has not run out.

        Each new connection begins the time anew ("Virtual IPs and Service Proxies", session affinity;
        pkg/proxy/iptables: the recent module).
        """
        now = self._clock.now
        used_us, backend = self._sticky.get((service.uid, client), (0, None))
        if backend not in backends or backend is None or now - used_us > service.spec.affinity_us:
            backend = one_of(backends, rng)
        self._sticky[service.uid, client] = (now, backend)
        return backend

    def _changed(self, change: Change) -> None:
        name = change.object.service
        if name not in self._pending:
            self._pending[name] = {}
            self._clock.after(self._sync_us, self._sync, name)
        self._pending[name][change.object.name] = None

    def _sync(self, name: str) -> None:
        for part in self._pending.pop(name):
            self._program(name, part)

    def _program(self, name: str, part: str) -> None:
        """Take in how one slice of a Service is now; a large Service has a thousand."""
        found = self._store.get(EndpointSlice, part)
        programmed = self._programmed.setdefault(name, {})
        if found is not None and found.service == name:
            programmed[part] = found.endpoints
        else:
            programmed.pop(part, None)
        self._backends.pop(name, None)

    def _usable(self, name: str) -> tuple[PodAddress, ...]:
        """Return the pods that connections to a Service may go to, as last programmed."""
        found = self._backends.get(name)
        if found is None:
            endpoints = [e for part in self._programmed.get(name, {}).values() for e in part]
            usable = [e for e in endpoints if e.ready]
            if not usable and self._uses_terminating:
                usable = [e for e in endpoints if e.serving and e.terminating]
            found = self._backends[name] = tuple(sorted(address_of(e) for e in usable))
        return found


def one_of(found: tuple[A, ...], rng: Random) -> A:
    """Return one of several addresses, by chance."""
    return found[int(rng.random() * len(found))]
