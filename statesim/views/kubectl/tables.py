"""`kubectl get`: the columns of every kind, laid out as kubectl lays them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.cluster.wire import RESOURCES
from statesim.views.kubectl import rows
from statesim.views.kubectl.pod_rows import pod_row
from statesim.views.kubectl.resources import full_name
from statesim.views.kubectl.words import pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Document = Mapping[str, Any]

_PADDING, _LEAST = 3, 6


class Columns(NamedTuple):
    """A kind's columns: those always shown, and by their places those of ``-o wide`` alone."""

    names: tuple[str, ...]
    wide: frozenset[int]
    row: Callable[[Document, int], list[str]]


def _columns(
    names: str, row: Callable[[Document, int], list[str]], wide: str = "", *, places: tuple[int, ...] = ()
) -> Columns:
    plain, more = names.split("|"), wide.split("|") if wide else []
    if places:
        return Columns(tuple(plain), frozenset(places), row)
    return Columns((*plain, *more), frozenset(range(len(plain), len(plain) + len(more))), row)


_MADE_OF = "CONTAINERS|IMAGES"
COLUMNS: dict[str, Columns] = {
    "Pod": _columns("NAME|READY|STATUS|RESTARTS|AGE", pod_row, "IP|NODE|NOMINATED NODE|READINESS GATES"),
    "Node": _columns(
        "NAME|STATUS|ROLES|AGE|VERSION",
        rows.node_row,
        "INTERNAL-IP|EXTERNAL-IP|OS-IMAGE|KERNEL-VERSION|CONTAINER-RUNTIME",
    ),
    "Deployment": _columns(
        "NAME|READY|UP-TO-DATE|AVAILABLE|AGE", rows.deployment_row, f"{_MADE_OF}|SELECTOR"
    ),
    "ReplicaSet": _columns("NAME|DESIRED|CURRENT|READY|AGE", rows.replica_set_row, f"{_MADE_OF}|SELECTOR"),
    "StatefulSet": _columns("NAME|READY|AGE", rows.stateful_set_row, _MADE_OF),
    "ControllerRevision": _columns("NAME|CONTROLLER|REVISION|AGE", rows.revision_row),
    "Service": _columns("NAME|TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)|AGE", rows.service_row, "SELECTOR"),
    "EndpointSlice": _columns("NAME|ADDRESSTYPE|PORTS|ENDPOINTS|AGE", rows.slice_row),
    "PersistentVolumeClaim": _columns(
        "NAME|STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|VOLUMEATTRIBUTESCLASS|AGE",
        rows.claim_row,
        "VOLUMEMODE",
    ),
    "PersistentVolume": _columns(
        "NAME|CAPACITY|ACCESS MODES|RECLAIM POLICY|STATUS|CLAIM|STORAGECLASS|VOLUMEATTRIBUTESCLASS"
        "|REASON|AGE",
        rows.volume_row,
        "VOLUMEMODE",
    ),
    "StorageClass": _columns(
        "NAME|PROVISIONER|RECLAIMPOLICY|VOLUMEBINDINGMODE|ALLOWVOLUMEEXPANSION|AGE", rows.class_row
    ),
    "VolumeAttachment": _columns("NAME|ATTACHER|PV|NODE|ATTACHED|AGE", rows.attachment_row),
    "PodDisruptionBudget": _columns(
        "NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE", rows.budget_row
    ),
    "PriorityClass": _columns("NAME|VALUE|GLOBAL-DEFAULT|AGE|PREEMPTIONPOLICY", rows.priority_row),
    "Event": _columns(
        "LAST SEEN|TYPE|REASON|OBJECT|SUBOBJECT|SOURCE|MESSAGE|FIRST SEEN|COUNT|NAME",
        rows.event_row,
        places=(4, 5, 7, 8, 9),
    ),
}
_PLAIN = _columns("NAME|AGE", rows.plain_row)


class Table:
    """A table of one kind, whose columns may grow but never shrink, so that rows can follow (``-w``).

    Parameters
    ----------
    prefixed
        Put the kind before each name, as kubectl does when it shows several kinds.
    namespaces
        Begin with the namespace, if the kind has one (``-A``).
    labels
        End with the labels (``--show-labels``).
    """

    def __init__(
        self,
        kind: str,
        *,
        wide: bool = False,
        prefixed: bool = False,
        namespaces: bool = False,
        labels: bool = False,
    ) -> None:
        columns = COLUMNS.get(kind, _PLAIN)
        self._kind = kind
        self._row = columns.row
        self._shown = [i for i in range(len(columns.names)) if wide or i not in columns.wide]
        self._names = [columns.names[i] for i in self._shown]
        self._prefixed = prefixed
        self._namespaces = namespaces and RESOURCES[kind].namespaced
        self._labels = labels
        if self._namespaces:
            self._names.insert(0, "NAMESPACE")
        if labels:
            self._names.append("LABELS")
        self._widths = [len(name) for name in self._names]

    def cells(self, doc: Document, now_us: int) -> list[str]:
        """Return an object's cells."""
        row = self._row(doc, now_us)
        if self._prefixed and self._kind != "Event":
            row[0] = f"{full_name(self._kind)}/{row[0]}"
        meta = doc["metadata"]
        before = [meta["namespace"]] if self._namespaces else []
        after = [pairs(meta.get("labels"))] if self._labels else []
        return before + [row[i] for i in self._shown] + after

    def lines(self, docs: Iterable[Document], now_us: int) -> list[str]:
        """Return the header and a line for each object."""
        cells = [self.cells(doc, now_us) for doc in docs]
        for row in cells:
            self._widen(row)
        return [self._line(self._names), *(self._line(row) for row in cells)]

    def line(self, doc: Document, now_us: int) -> str:
        """Return one more line."""
        row = self.cells(doc, now_us)
        self._widen(row)
        return self._line(row)

    def _widen(self, row: Sequence[str]) -> None:
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, row, strict=True)]

    def _line(self, row: Sequence[str]) -> str:
        padded = [
            cell.ljust(max(width + _PADDING, _LEAST)) for cell, width in zip(row, self._widths, strict=True)
        ]
        return "".join([*padded[:-1], row[-1]])
