"""How the endpoints of a Service are spread over EndpointSlices: with as few writes as possible.

Source: k8s.io/endpointslice reconciler.go: reconcileByPortMapping and finalize, utils.go: getSliceToFill. A
Service with many pods has several slices, so that one pod's change does not send all addresses to every
node again; slices are not packed anew when they have become half empty. Kubernetes takes endpoints out of
a set in no order; here they are taken by the pods' names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import Endpoint

MAX_ENDPOINTS = 100  # --max-endpoints-per-slice

Endpoints = tuple["Endpoint", ...]
_pod = attrgetter("pod")


@dataclass(slots=True)
class Layout:
    """What has to be written: slices to change and to delete by name, and new ones without names yet."""

    update: dict[str, Endpoints] = field(default_factory=dict)
    create: list[Endpoints] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)


def arrange(
    slices: Mapping[str, Endpoints], desired: Mapping[str, Endpoint], most: int = MAX_ENDPOINTS
) -> Layout:
    """Return the least change of `slices` after which they hold exactly the `desired` endpoints.

    An endpoint stays in its slice. New ones fill the slices that are written anyway, the fullest first; what
    is left goes into one untouched slice if it has room for all of it, else into new ones. There is always
    a slice: the last one becomes an empty placeholder, which is written anew with the first endpoints.

    Parameters
    ----------
    desired
        By the pod's name. An endpoint that has not changed should be the very object that its slice holds:
        then it costs next to nothing.
    """
    layout = Layout()
    untouched: dict[str, Endpoints] = {}
    for name, endpoints in slices.items():
        kept = _kept(endpoints, desired)
        if kept == endpoints and (kept or not desired):
            untouched[name] = kept
        elif kept:
            layout.update[name] = kept
        else:
            layout.delete.append(name)
    placed = map(_pod, chain(*untouched.values(), *layout.update.values()))
    waiting = [desired[name] for name in sorted(desired.keys() - set(placed))]
    for name, kept in sorted(layout.update.items(), key=lambda item: -len(item[1])):
        room = max(0, most - len(kept))
        layout.update[name] = kept + tuple(waiting[:room])
        del waiting[:room]
    _place(waiting, untouched, layout, most)
    if not layout.create and len(layout.delete) == len(slices):
        layout.create.append(())
    _reuse(layout)
    return layout


def _kept(endpoints: Endpoints, desired: Mapping[str, Endpoint]) -> Endpoints:
    """Return the endpoints of a slice that are still desired, as they are now.

    Another address or hostname is another endpoint (k8s.io/endpointslice/util: hashEndpoint).
    """
    now = tuple(map(desired.get, map(_pod, endpoints)))
    if now == endpoints:
        return endpoints
    return tuple(
        after
        for before, after in zip(endpoints, now, strict=True)
        if after is not None and (after.address, after.hostname) == (before.address, before.hostname)
    )


def _place(waiting: list[Endpoint], untouched: dict[str, Endpoints], layout: Layout, most: int) -> None:
    """Put the endpoints that no changed slice had room for into one untouched slice, or into new ones."""
    while waiting:
        fitting = [name for name, kept in untouched.items() if len(kept) + len(waiting) <= most]
        if len(waiting) < most and fitting:
            name = max(fitting, key=lambda name: len(untouched[name]))
            layout.update[name] = untouched.pop(name) + tuple(waiting)
            return
        layout.create.append(tuple(waiting[:most]))
        del waiting[:most]


def _reuse(layout: Layout) -> None:
    """Write new contents into slices that would be deleted, rather than delete and create."""
    while layout.delete and layout.create:
        layout.update[layout.delete.pop(0)] = layout.create.pop()
