"""The rows of a timeline that are about disks and the storage system behind them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from statesim.scenario.fields import TargetField  # noqa: TC001 - pydantic reads the annotations
from statesim.scenario.rows import Blow, Fault

_WHOSE = "A claim, a volume, or whose volumes: a pod, a workload, a node."
_DISKS = ("PersistentVolumeClaim", "PersistentVolume", "Pod", "Node", "StatefulSet", "Deployment")


class DiskLoss(Blow):
    """A volume's data is gone; Kubernetes does not notice."""

    KINDS: ClassVar[tuple[str, ...]] = _DISKS
    do: Literal["disk-loss"] = Field("disk-loss", description="A volume's data is gone for good.")
    on: TargetField = Field(description=_WHOSE)


class VolumeDetachStuck(Fault):
    """The storage system does not end the detaching of a volume."""

    KINDS: ClassVar[tuple[str, ...]] = _DISKS
    do: Literal["volume-detach-stuck"] = Field(
        "volume-detach-stuck", description="No detaching of the volume ends."
    )
    on: TargetField = Field(description=_WHOSE)
