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

from statesim.node.process import Exit, State
from statesim.systems.cdn.curve import curve
from statesim.systems.cdn.parameters import CdnParameters
from statesim.systems.cdn.portrait import CDN
from statesim.systems.life import Life, hang_up
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy


class Objects:
    """What a cache holds: all that there is to say of it is how many requests filled it."""

    __slots__ = ("requests",)

    def __init__(self, requests: float = 0.0) -> None:
        self.requests = requests


class Cache:
    """One run of a cache's program."""

    __slots__ = ("directory", "life", "objects", "process")

    def __init__(self, process: Process, life: Life, objects: Objects, directory: Directory | None) -> None:
        self.process = process
        self.life = life
        self.objects = objects
        self.directory = directory


class Cdn:
    """The caches of one workload; all of them are alike, and each fills itself."""

    kind: ClassVar[str] = "cdn"
    takes: ClassVar[type[Any]] = CdnParameters
    portrait: ClassVar[Portrait | None] = CDN

    def __init__(self, context: Context, parameters: CdnParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._clock, self._trace, self._host = context.clock, context.trace, context.host
        self._disks = context.disks
        self._rng = context.streams.get(context.name, "hits")
        self._caches: dict[str, Cache] = {}

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`: it serves at once, however little it has."""
        directory = self._disks.open(process.data) if self.parameters.store == "disk" else None
        found = directory.contents if directory is not None else None
        if found is not None:
            objects, holds = found, "kept"
        elif self._clock.now < self.parameters.warm_until:
            objects, holds = Objects(inf), "full"
        else:
            objects, holds = Objects(), "empty"
        if directory is not None:
            directory.contents = objects
        self._caches[process.uid] = Cache(process, Life(self._clock, process), objects, directory)
        self._trace.emit(f"System/{self.name}", "CacheStarted", pod=process.pod, cache=holds)
        self._host.listening(process, True)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: nobody takes over what it has."""
        if self._of(process) is not None:
            self._host.listening(process, False)
            hang_up(process, "closed")
        return None

    def exited(self, process: Process, how: Exit) -> None:  # noqa: ARG002 - part of the protocol
        """See `node.process.Driver.exited`: what is on a disk outlives a power cut too."""
        if self._of(process) is not None:
            del self._caches[process.uid]

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`."""
        cache = self._of(process)
        if cache is not None:
            cache.life.thaw()

    def _of(self, process: Process) -> Cache | None:
        cache = self._caches.get(process.uid)
        return cache if cache is not None and cache.process is process else None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`."""
        return None if process.state is State.RUNNING else "connection refused"

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: an object from the cache, or later, from the origin."""
        cache = self._of(process)
        if cache is None or process.state is not State.RUNNING:
            request.answer("fail", error="the server is shutting down")
        elif cache.directory is not None and self._disks.find(cache.directory.id) is not cache.directory:
            self._host.exit(process, Exit.CRASHED, "its disk is gone: Input/output error")
        elif request.kind == "cache":
            self._look_up(cache, request)
        elif request.f == "request":
            request.answer("ok")
        else:
            request.answer("fail", error="a cache keeps copies of objects, and no other data")

    def _look_up(self, cache: Cache, request: Request) -> None:
        """Answer for one object, and count the others that the operation stands for by what is likely."""
        asked, held = request.value, cache.objects
        shape = curve(asked["objects"], asked["zipf"], self.parameters.capacity)
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

    # -- what the scenario and the judge ask -----------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`: caches do not know of each other."""

    def primary(self) -> Process | None:
        """See `System.primary`: there is none."""
        return None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: every cache is one."""
        found = (cache.process for cache in self._caches.values())
        return sorted(found, key=lambda process: (process.pod, process.uid))

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: copies are nothing that a judge would look for."""
        return "nothing is kept", Nothing()
