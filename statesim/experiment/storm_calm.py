"""Is everything as its owner wrote it down? What is still wrong in a world, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.clients.history import FINAL
from statesim.cluster.objects import (
    KINDS,
    Deployment,
    EndpointSlice,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Phase,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    Service,
    StatefulSet,
    VolumeAttachment,
)
from statesim.kernel.spans import MINUTE
from statesim.node.machine import Power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.cluster.store import Store
    from statesim.world import World

SERVED_US = MINUTE


def unsettled(world: World) -> list[str]:
    """Return what has not come to rest at its goal; nothing if all has."""
    store = world.store
    return [
        *_nodes(world),
        *(f"{obj.key} is still Terminating" for kind in KINDS for obj in store.all(kind) if obj.terminating),
        *(told for each in store.all(StatefulSet) for told in _stateful_set(store, each)),
        *(told for each in store.all(Deployment) for told in _deployment(store, each)),
        *(told for pod in store.all(Pod) for told in _pod(world, pod)),
        *_programs(world),
        *_volumes(store),
        *(told for each in store.all(Service) for told in _endpoints(store, each)),
        *(told for each in store.all(PodDisruptionBudget) for told in _budget(store, each)),
        *_systems(world),
        *_clients(world),
    ]


def _nodes(world: World) -> Iterator[str]:
    for node in world.store.all(Node):
        if world.fleet.power(node.name) is not Power.ON:
            yield f"{node.key} is {world.fleet.power(node.name)}"
        if node.ready is not True:
            yield f"{node.key} is not Ready"
        if node.unschedulable or set(node.taints) != set(node.spec.taints):
            taints = ", ".join(sorted(taint.key for taint in node.taints))
            yield f"{node.key} is not clean: {taints or 'cordoned'}"
    for name in world.fleet.kubelets:
        if world.store.get(Node, name) is None:
            yield f"Node/{name} has no object"


def _stateful_set(store: Store, wanted: StatefulSet) -> Iterator[str]:
    first, count = wanted.spec.start_ordinal, wanted.spec.replicas
    names = [f"{wanted.name}-{ordinal}" for ordinal in range(first, first + count)]
    pods = {pod.name: pod for pod in store.by(Pod, "owner", wanted.uid)}
    if sorted(pods) != sorted(names):
        yield f"{wanted.key} wants {', '.join(names)} and has {', '.join(sorted(pods)) or 'none'}"
    image = wanted.spec.template.spec.containers[0].image
    for pod in pods.values():
        if pod.revision != wanted.update_revision or pod.spec.containers[0].image != image:
            yield f"{pod.key} is not of the newest revision"
    if wanted.current_revision != wanted.update_revision:
        yield f"{wanted.key}: the update is not complete"
    yield from _status(wanted, replicas=count, readyReplicas=count, updatedReplicas=count)


def _deployment(store: Store, wanted: Deployment) -> Iterator[str]:
    image = wanted.spec.template.spec.containers[0].image
    sets = store.by(ReplicaSet, "owner", wanted.uid)
    pods = [pod for rs in sets for pod in store.by(Pod, "owner", rs.uid) if not pod.finished]
    if len(pods) != wanted.spec.replicas:
        yield f"{wanted.key} wants {wanted.spec.replicas} pods and has {len(pods)}"
    old = [pod.name for pod in pods if pod.spec.containers[0].image != image]
    if old:
        yield f"{wanted.key}: {', '.join(old)} are of an old revision"
    count = wanted.spec.replicas
    yield from _status(wanted, replicas=count, readyReplicas=count, updatedReplicas=count)


def _status(obj: StatefulSet | Deployment, **wanted: int) -> Iterator[str]:
    for name, value in wanted.items():
        if obj.status.get(name, 0) != value:
            yield f"{obj.key} has status.{name} {obj.status.get(name, 0)} instead of {value}"


def _pod(world: World, pod: Pod) -> Iterator[str]:
    if pod.finished and pod.owner is not None and pod.owner.kind == "ReplicaSet":
        return  # an evicted pod stays as a record of its end; its ReplicaSet has another one
    if pod.owner is None:
        yield f"{pod.key} belongs to nobody"
    if pod.phase is not Phase.RUNNING or not pod.ready:
        yield f"{pod.key} is {pod.phase}, {'Ready' if pod.ready else 'not Ready'}"
        return
    process = world.fleet.main_process(pod.name, pod.uid)
    if process is None or not process.running or not process.listening:
        yield f"{pod.key} is Ready and its program does not answer"


def _programs(world: World) -> Iterator[str]:
    for name, kubelet in world.fleet.kubelets.items():
        for worker in kubelet.workers.values():
            if world.store.get(Pod, worker.pod.name) is not worker.pod:
                yield f"Node/{name} still runs a {worker.pod.key} that does not exist"


def _volumes(store: Store) -> Iterator[str]:
    """Judge claims, volumes and attachments: each claim one volume, each attachment wanted, none missing."""
    for claim in store.all(PersistentVolumeClaim):
        volume = store.get(PersistentVolume, claim.volume) if claim.volume is not None else None
        mounting = store.by(Pod, "claim", claim.name)
        users = [pod for pod in mounting if pod.node is not None and not pod.finished]
        if claim.phase != "Bound" or volume is None or volume.claim_uid != claim.uid:
            if users:
                yield f"{claim.key} is {claim.phase} and not bound to a volume of its own"
            continue
        held = {each.node for each in store.by(VolumeAttachment, "volume", volume.name)}
        wanted = {pod.node for pod in users}
        if held != wanted:
            yield f"{volume.key} is attached to {sorted(held)} and needed on {sorted(map(str, wanted))}"
    for attachment in store.all(VolumeAttachment):
        if not attachment.attached or attachment.detach_requested_us is not None:
            yield f"{attachment.key} is under way"
        if store.get(PersistentVolume, attachment.volume) is None:
            yield f"{attachment.key} is of a volume that does not exist"


def _endpoints(store: Store, service: Service) -> Iterator[str]:
    if not service.spec.selector:
        return
    everybody = service.spec.publish_not_ready
    chosen = [pod for pod in store.pods_matching(service.spec.selector) if not pod.finished]
    pods = [pod for pod in chosen if pod.ready or everybody]
    wanted = sorted((pod.name, pod.uid, pod.ip) for pod in pods)
    slices = [each for each in store.all(EndpointSlice) if each.service == service.name]
    have = sorted((e.pod, e.uid, e.address) for each in slices for e in each.endpoints if e.ready)
    if have != wanted:
        names = [sorted({name for name, *_ in rows}) for rows in (have, wanted)]
        yield f"{service.key} has the endpoints {names[0]} instead of {names[1]}"


def _budget(store: Store, budget: PodDisruptionBudget) -> Iterator[str]:
    pods = [pod for pod in store.all(Pod) if budget.spec.selector.matches(pod.labels)]
    healthy = sum(pod.ready for pod in pods)
    if budget.status.get("current_healthy", 0) != healthy:
        yield f"{budget.key} counts {budget.status.get('current_healthy', 0)} healthy pods of {healthy}"


def _systems(world: World) -> Iterator[str]:
    for name, system in world.systems.items():
        pods = [pod for pod in world.store.all(Pod) if not pod.finished]
        members = [pod for pod in pods if world.system_of_pod(pod) is system]
        if not members:
            continue
        if system.primary() is None:
            yield f"System/{name} has no primary"
        if len(system.replicas()) != len(members) - 1:
            yield f"System/{name} has {len(system.replicas())} replicas of {len(members) - 1}"


def _clients(world: World) -> Iterator[str]:
    """Judge the last minute: every operation answered ok (those under way at the very end do not count)."""
    since = world.clock.now - SERVED_US
    answered: dict[str, list[str]] = {client.name: [] for client in world.clients}
    for t_us, _process, client, kind, f, *_ in reversed(world.history.rows):
        if t_us < since:
            break
        if kind != "invoke" and f != FINAL:
            answered[client].append(kind)
    for client, kinds in answered.items():
        bad = len(kinds) - kinds.count("ok")
        if bad or not kinds:
            yield f"Client/{client}: {bad} of {len(kinds)} operations of the last minute failed"
