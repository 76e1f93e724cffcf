"""The cluster's DNS: which addresses a name has, as CoreDNS knows them from the API, and from its own cache.

The name is stable, the address is not: a pod that is made again has another one. So it matters who remembers
an answer, and for how long. Records follow "DNS for Services and Pods" and the Kubernetes DNS specification
(kubernetes/dns docs/specification.md, 2.3 and 2.4):

* ``<service>.<namespace>.svc.<domain>`` of a Service with a cluster address is that address, with or without
  endpoints; of a headless one, the addresses of all endpoints that are ready;
* ``<hostname>.<service>.…`` is the address of the ready endpoint of that hostname, under a headless Service;
* anything else does not exist, and that is an answer too, which is remembered like the others.

Everything is derived when somebody asks: a name that nobody looks up costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.identity import DOMAIN, NAMESPACE, dns_name
from statesim.cluster.objects import EndpointSlice, Pod, Service, StatefulSet
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.objects import Endpoint
    from statesim.cluster.store import Store

TTL_US = 30 * SECOND  # cluster/addons/dns/coredns: `ttl 30`
CACHE_US = 30 * SECOND  # the same file: `cache 30`
CACHE_LEAST_US = 5 * SECOND  # coredns plugin/cache: MINTTL
_ZONE = f".{NAMESPACE}.svc.{DOMAIN}"


class PodAddress(NamedTuple):
    """A pod's address, and whose it is: that of the pod with this uid, not of any namesake."""

    pod: str
    uid: str
    node: str
    ip: str


class ClusterAddress(NamedTuple):
    """A Service's virtual address, which lasts as long as the Service."""

    service: str
    uid: str


Address = PodAddress | ClusterAddress


class Answer(NamedTuple):
    """What the server says: the addresses (none: there is no such name), and how long that may be kept."""

    addresses: tuple[Address, ...]
    ttl_us: int


def address_of(endpoint: Endpoint) -> PodAddress:
    """Return an endpoint's address."""
    return PodAddress(endpoint.pod, endpoint.uid, endpoint.node, endpoint.address)


def name_of(store: Store, target: str) -> str | None:
    """Return the name by which a program is told to find ``Service/x`` or ``Pod/x``, if it can have one.

    A pod of a StatefulSet has a name whether or not it exists now: it follows from its ordinal and the
    set's serviceName.
    """
    kind, _, name = target.partition("/")
    if kind == "Service":
        return f"{name}{_ZONE}"
    pod = store.get(Pod, name)
    if pod is not None:
        return dns_name(pod.hostname, pod.subdomain) if pod.hostname and pod.subdomain else None
    owner = store.get(StatefulSet, name.rpartition("-")[0])
    return dns_name(name, owner.spec.service_name) if owner is not None and owner.spec.service_name else None


class ClusterDNS:
    """The DNS servers of the cluster, taken as one.

    Parameters
    ----------
    ttl_us
        The TTL of the records.
    cache_us
        The longest time for which an answer is repeated from the server's cache, be it that there is no
        such name; 0 = it has no cache for the cluster's names, as in the Corefile of newer kubeadm
        (kubernetes PR 128359). An answer is kept for its TTL, at least 5 s (coredns plugin/cache).
    """

    def __init__(self, store: Store, *, ttl_us: int = TTL_US, cache_us: int = CACHE_US) -> None:
        self._store = store
        self._ttl_us = ttl_us
        self._keep_us = min(max(ttl_us, CACHE_LEAST_US), cache_us)
        self._cache: dict[str, tuple[int, tuple[Address, ...]]] = {}
        self._outages: set[str] = set()

    @property
    def down(self) -> bool:
        """Tell whether nobody answers."""
        return bool(self._outages)

    def fail(self, outage: str) -> None:
        """Stop answering; what the servers had cached goes with them."""
        self._outages.add(outage)
        self._cache.clear()

    def recover(self, outage: str) -> None:
        """Answer again, once no other outage lasts."""
        self._outages.discard(outage)

    def ask(self, name: str) -> Answer | None:
        """Return the answer to a query, ``None`` if there is none.

        An answer from the cache carries the rest of its TTL: whoever keeps to it does not add to its age.
        """
        if self._outages:
            return None
        now = self._store.clock.now
        asked_us, addresses = self._cache.get(name, (None, ()))
        if asked_us is not None and now - asked_us < self._keep_us:
            return Answer(addresses, max(0, asked_us + self._ttl_us - now))
        addresses = self._records(name)
        if self._keep_us:
            self._cache[name] = (now, addresses)
        return Answer(addresses, self._ttl_us)

    def _records(self, name: str) -> tuple[Address, ...]:
        hostname, _, service_name = name.removesuffix(_ZONE).rpartition(".")
        service = self._store.get(Service, service_name)
        if service is None or not name.endswith(_ZONE) or service.spec.type == "ExternalName":
            return ()
        if not service.spec.headless:
            return () if hostname else (ClusterAddress(service.name, service.uid),)
        return tuple(
            address_of(e) for e in self._endpoints(service_name) if not hostname or e.hostname == hostname
        )

    def _endpoints(self, service: str) -> Iterable[Endpoint]:
        slices = self._store.by(EndpointSlice, "service", service)
        return (endpoint for found in slices for endpoint in found.endpoints if endpoint.ready)
