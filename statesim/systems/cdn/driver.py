"""Caches in front of an origin: what is lost with one is not data but speed, and the origin pays for it.

A cache that begins empty sends nearly every request on, and fewer as it meets what is popular
(`cdn.curve`). Caches that are replaced one after the other, each when the one before is warm, are hardly
noticed; all of them at once multiply the origin's load by ``1 / (1 - hit ratio)``. Objects in memory go with
the program, those on an emptyDir with the pod, those on a claim's volume stay (Kubernetes docs, "Volumes":
emptyDir; nginx docs, ``proxy_cache_path``: the cache loader finds what is on the disk when nginx starts).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.alike import Alike, Server
from statesim.systems.cdn.curve import Curve, curve
from statesim.systems.cdn.parameters import CdnParameters
from statesim.systems.cdn.portrait import CDN
from statesim.systems.drift import Held

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.life import Life
    from statesim.systems.portrait import Portrait


class Objects:
    """What a cache holds: all that there is to say of it is how many requests filled it."""

    __slots__ = ("requests",)

    def __init__(self, requests: float = 0.0) -> None:
        self.requests = requests


class Cache(Server):
    """One run of a cache's program."""

    __slots__ = ("directory", "objects", "shape")

    def __init__(self, process: Process, life: Life, objects: Objects, directory: Directory | None) -> None:
        super().__init__(process, life)
        self.objects = objects
        self.directory = directory
        self.shape: Curve | None = None  # of what it was last asked for


class Cdn(Alike[Cache]):
    """The caches of one workload; each fills itself."""

    kind: ClassVar[str] = "cdn"
    takes: ClassVar[type[Any]] = CdnParameters
    portrait: ClassVar[Portrait | None] = CDN
    keeps_none: ClassVar[str] = "a cache keeps copies of objects, and no other data"

    def __init__(self, context: Context, parameters: CdnParameters) -> None:
        super().__init__(context, parameters)
        self._disks = context.disks
        self._rng = context.streams.get(context.name, "hits")

    def server_of(self, process: Process, life: Life) -> Cache:
        """See `Alike.server_of`: it holds what lies on its disk."""
        directory = self._disks.open(process.data) if self.parameters.store == "disk" else None
        found = directory.contents if directory is not None else None
        if found is not None:
            objects, holds = found, "kept"
        elif self.clock.now < self.parameters.warm_until:
            objects, holds = Objects(inf), "full"
        else:
            objects, holds = Objects(), "empty"
        if directory is not None:
            directory.contents = objects
        self.trace.emit(f"System/{self.name}", "CacheStarted", pod=process.pod, cache=holds)
        return Cache(process, life, objects, directory)

    def holds(self, process: Process) -> Held:
        """See `drift.Holder`: so many objects as a cache of its requests has, by Che's approximation."""
        cache = self.of(process)
        shape = None if cache is None else cache.shape
        count = 0 if cache is None or shape is None else round(shape.held(cache.objects.requests))
        return Held(count, 0) if self.parameters.store == "disk" else Held(0, count)

    # -- what clients ask ------------------------------------------------------------------------------

    def serve(self, server: Cache, request: Request) -> None:
        """See `Alike.serve`: an object from the cache, or later, from the origin."""
        if server.directory is not None and self._disks.find(server.directory.id) is not server.directory:
            self.host.exit(server.process, Exit.CRASHED, "its disk is gone: Input/output error")
        elif request.kind == "cache":
            self._look_up(server, request)
        else:
            super().serve(server, request)

    def _look_up(self, cache: Cache, request: Request) -> None:
        """Answer for one object, and count the others that the operation stands for by what is likely."""
        asked, held = request.value, cache.objects
        shape = curve(asked["objects"], asked["zipf"], self.parameters.capacity)
        cache.shape = shape
        hit = self._rng.random() < shape.chance(asked["object"], held.requests)
        others = asked["times"] - 1
        missed = others * (1 - shape.hit_ratio(held.requests)) if others else 0.0
        if not self._is_full(cache):
            held.requests += asked["times"]
        found = [asked["object"], "hit" if hit else "miss", asked["times"], round(missed + (not hit), 3)]
        if hit:
            request.answer("ok", found)
        else:
            cache.life.later(self.parameters.origin_latency, request.answer, "ok", found)

    def _is_full(self, cache: Cache) -> bool:
        """Tell whether its disk has no room: then it serves what it has, and puts nothing in."""
        return cache.directory is not None and self._disks.is_full(cache.directory.id)
