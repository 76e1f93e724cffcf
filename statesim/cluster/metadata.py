"""What every object has, and the labels that every node has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.specs import Manifest

ZONE_LABEL = "topology.kubernetes.io/zone"
HOSTNAME_LABEL = "kubernetes.io/hostname"


@dataclass(frozen=True, slots=True)
class OwnerRef:
    """The controller that an object belongs to."""

    kind: str
    name: str
    uid: str

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"


@dataclass(slots=True, eq=False, kw_only=True)
class Object:
    """What every kind has: metadata.

    Attributes
    ----------
    deleted_us
        The deletion timestamp: when somebody asked for the object to go.
    version
        The number of the last write to it, counted over the whole cluster, as ``resourceVersion`` is.
    generation
        Counts the changes of its `spec`, the attributes named in ``SPEC``; 0 for kinds that have none.
    """

    KIND: ClassVar[str] = ""
    SPEC: ClassVar[frozenset[str]] = frozenset({"spec", "deleted_us"})

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    owner: OwnerRef | None = None
    finalizers: tuple[str, ...] = ()
    manifest: Manifest | None = None
    uid: str = ""
    created_us: int = 0
    deleted_us: int | None = None
    version: int = 0
    generation: int = 0

    @property
    def key(self) -> str:
        """Return ``Kind/name``, which is also the object's name in the trace."""
        return f"{self.KIND}/{self.name}"

    @property
    def terminating(self) -> bool:
        """Tell whether its deletion has been asked for."""
        return self.deleted_us is not None

    def ref(self) -> OwnerRef:
        """Return a reference by which other objects can name this one as their owner."""
        return OwnerRef(self.KIND, self.name, self.uid)
