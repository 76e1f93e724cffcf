"""How a new connection finds a pod: Service and DNS names, as late as kube-proxy and resolvers know them.

Only new connections are routed. Kubernetes neither moves nor resets an established TCP flow when an endpoint
goes (kubernetes pkg/proxy: conntrack entries are cleared for UDP and SCTP alone), so a session stays with its
pod until one of the two notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import EndpointSlice, Pod, Service
from statesim.kernel.clock import SECOND

if TYPE_CHECKING:
    from random import Random

    from statesim.clients.view import WorldView
    from statesim.cluster.store import Change, Store

AFFINITY_US = 10_800 * SECOND  # service.spec.sessionAffinityConfig.clientIP.timeoutSeconds, default
DNS_TTL_US = 30 * SECOND  # the cache plugin of the Corefile that Kubernetes ships
NO_ENDPOINTS = "connection refused: the Service has no endpoints"
NO_NAME = "could not translate host name"


class Backend(NamedTuple):
    """The pod that a connection goes to: the one with this uid (an address), not any namesake."""

    pod: str
    uid: str
    node: str


class Router:
    """Everybody's kube-proxy and DNS: delayed copies of the EndpointSlices.

    Parameters
    ----------
    sync_us
        How long after a change of endpoints kube-proxy has programmed it. Changes within that time are
        programmed together (pkg/proxy: the bounded frequency runner).
    dns_ttl_us
        How long a resolver repeats its answer for a headless Service, be it empty or not.

    Attributes
    ----------
    dns_down
        While true no name is translated; sessions that are connected do not care.
    """

    def __init__(
        self, store: Store, world: WorldView, *, sync_us: int = SECOND, dns_ttl_us: int = DNS_TTL_US
    ) -> None:
        self._store = store
        self._clock = store.clock
        self._world = world
        self._sync_us = sync_us
        self._dns_ttl_us = dns_ttl_us
        self._proxied: dict[str, tuple[Backend, ...]] = {}
        self._pending: set[str] = set()
        self._answers: dict[str, tuple[int, tuple[Backend, ...]]] = {}
        self._sticky: dict[tuple[str, str], tuple[int, Backend]] = {}
        self.dns_down = False
        for endpoints in store.all(EndpointSlice):
            self._proxied[endpoints.name] = self._resolve(endpoints.ready)
        store.watch((EndpointSlice,), self._changed)

    def pick(self, target: str, client: str, rng: Random) -> Backend | str:
        """Return where a new connection to `target` goes, or why it goes nowhere.

        Parameters
        ----------
        target
            ``Service/x``; ``Pod/x`` (its own DNS name); ``System/x`` (the endpoint name of a managed
            service, which follows the primary).
        client
            Whose connection it is, for session affinity.
        rng
            Chooses among several.
        """
        if self.dns_down:
            return NO_NAME
        kind, _, name = target.partition("/")
        if kind == "Pod":
            found = self._resolve((name,))
        elif kind == "System":
            primary = self._world.systems[name].primary()
            found = () if primary is None else (Backend(primary.pod, primary.uid, primary.node),)
        else:
            return self._pick_of_service(name, client, rng)
        return found[0] if found else NO_NAME

    def _pick_of_service(self, name: str, client: str, rng: Random) -> Backend | str:
        service = self._store.get(Service, name)
        if service is not None and service.spec.headless:
            backends = self._lookup(name)
            return _one_of(backends, rng) if backends else NO_NAME
        backends = self._proxied.get(name, ())
        if not backends:
            return NO_ENDPOINTS
        if service is None or service.spec.session_affinity == "None":
            return _one_of(backends, rng)
        now = self._clock.now
        used_us, backend = self._sticky.get((name, client), (0, None))
        if backend not in backends or backend is None or now - used_us > AFFINITY_US:
            backend = _one_of(backends, rng)
        self._sticky[name, client] = (now, backend)
        return backend

    def _lookup(self, name: str) -> tuple[Backend, ...]:
        now = self._clock.now
        asked_us, answer = self._answers.get(name, (None, ()))
        if asked_us is None or now - asked_us >= self._dns_ttl_us:
            endpoints = self._store.get(EndpointSlice, name)
            answer = self._resolve(endpoints.ready if endpoints is not None else ())
            self._answers[name] = (now, answer)
        return answer

    def _changed(self, change: Change) -> None:
        name = change.object.name
        if name not in self._pending:
            self._pending.add(name)
            self._clock.after(self._sync_us, self._sync, name)

    def _sync(self, name: str) -> None:
        self._pending.discard(name)
        endpoints = self._store.get(EndpointSlice, name)
        self._proxied[name] = self._resolve(endpoints.ready if endpoints is not None else ())

    def _resolve(self, names: tuple[str, ...]) -> tuple[Backend, ...]:
        pods = (self._store.get(Pod, name) for name in names)
        return tuple(Backend(p.name, p.uid, p.node) for p in pods if p is not None and p.node is not None)


def _one_of(backends: tuple[Backend, ...], rng: Random) -> Backend:
    return backends[int(rng.random() * len(backends))]
