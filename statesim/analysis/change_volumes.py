"""What changes say of volumes beside where they are attached: phase, disk, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.wire.journal import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statesim.analysis.folded import VolumeFold
    from statesim.analysis.record import RunRecord
    from statesim.kernel.trace import TraceEvent

# status.phase of a PersistentVolume after an event; Reserved only names the claim that it is for
_PHASES = {
    "Provisioned": "Available",
    "Created": "Available",
    "Available": "Available",
    "Bound": "Bound",
    "Released": "Released",
}
_UNITS = (("Ti", 2**40), ("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))
_SINCE = {"a new disk": "new", "restored": "restored"}


def size_text(size: int | str) -> str:
    """Return an amount of bytes as manifests have it: ``10Gi``."""
    number = int(size)
    for unit, factor in _UNITS:
        if number >= factor and number % factor == 0:
            return f"{number // factor}{unit}"
    return str(number)


def made_with(record: RunRecord) -> dict[int, tuple[str, ...]]:
    """Return what the trace does not tell of objects, by the event that created them.

    Of a pod its claims, of a node its taints; nothing where no documents were kept.
    """
    found: dict[int, tuple[str, ...]] = {}
    for event, kind, spec in _added(record):
        told = _claims(spec) if kind == "Pod" else _taints(spec)
        if told and event is not None:
            found[event] = told
    return found


def _added(record: RunRecord) -> Iterator[tuple[int | None, str, Mapping[str, Any]]]:
    objects = record.objects
    for change in objects.added("Pod", "Node") if isinstance(objects, Changes) else objects:
        kind = change.object.partition("/")[0]
        if change.verb == "ADDED" and kind in ("Pod", "Node"):
            yield change.id, kind, change.change["spec"]


def _claims(spec: Mapping[str, Any]) -> tuple[str, ...]:
    sources = [volume.get("persistentVolumeClaim") for volume in spec.get("volumes", ())]
    return tuple(dict.fromkeys(str(source["claimName"]) for source in sources if source))


def _taints(spec: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{taint['key']}:{taint['effect']}" for taint in spec.get("taints", ()))


class VolumeNotes:
    """Keeps which pod has which claims, which claim which volume, and what the disks are."""

    def __init__(self, made: Mapping[int, tuple[str, ...]]) -> None:
        self._made = made
        self._claims: dict[str, tuple[str, ...]] = {}  # pod to its claims
        self._bound: dict[str, str] = {}  # claim to its volume
        self._data: dict[str, str] = {}  # pod to the volume that its program has run with
        self._phases: dict[str, str] = {}
        self._full: dict[str, str] = {}  # volume to the fault that has filled it
        self._faults: dict[int, str] = {}  # event to the fault that began with it

    def born(self, pod: str, event: int) -> None:
        """Take note of a new pod."""
        self._claims[pod] = self._made.get(event, ())
        self._data.pop(pod, None)

    def used(self, pod: str, directory: str) -> Iterator[str]:
        """Take note of the data directory that a pod's program runs with; yield the volume if it is one."""
        place, _, name = directory.partition("/")
        if place == "pv":
            self._data[pod] = name.partition("@")[0]
            yield self._data[pod]

    def of_pod(self, pod: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return a pod's claims and the volumes that are bound to them."""
        claims = self._claims.get(pod, ())
        volumes = [self._bound[claim] for claim in claims if claim in self._bound]
        if not claims and pod in self._data:
            volumes = [self._data[pod]]
        return claims, tuple(dict.fromkeys(volumes))

    def pods_of(self, volume: str) -> list[str]:
        """Return the pods that have a claim on a volume."""
        claims = {claim for claim, bound in self._bound.items() if bound == volume}
        return [pod for pod, theirs in self._claims.items() if claims.intersection(theirs)]

    def take(self, kind: str, name: str, event: TraceEvent) -> str:
        """Take note of what has happened to storage; return the volume that it is about, empty if to none."""
        fields = event.fields
        match kind:
            case "PersistentVolume":
                self._phases[name] = _PHASES.get(event.event, self._phases.get(name, ""))
                if event.event == "Full":
                    self._full[name] = self._faults.get(event.cause if event.cause is not None else -1, "")
                elif event.event in ("Resized", "Lost"):
                    self._full.pop(name, None)
                return name
            case "PersistentVolumeClaim":
                if event.event == "Bound" and "volume" in fields:
                    self._bound[name] = str(fields["volume"])
                return self._bound.pop(name, "") if event.event == "Deleted" else self._bound.get(name, "")
            case "VolumeAttachment":
                return name.rpartition("@")[0]
            case _:
                place, _, rest = name.partition("/")
                return rest.partition("@")[0] if place == "pv" else ""

    def fault(self, event: TraceEvent) -> list[str]:
        """Take note of a fault; return the volumes that have room again, as it is over."""
        if event.event == "Started":
            self._faults[event.id] = event.object
        if event.event != "Ended":
            return []
        relieved = [volume for volume, fault in self._full.items() if fault == event.object]
        for volume in relieved:
            del self._full[volume]
        return relieved

    def phase(self, volume: str) -> str:
        """Return a volume's phase."""
        return self._phases.get(volume, "")

    def disk(self, name: str, volume: VolumeFold) -> str:
        """Return what has become of a volume's disk, empty if nothing has."""
        if volume.lost:
            return "lost"
        return "full" if name in self._full else _SINCE.get(volume.since, volume.since)
