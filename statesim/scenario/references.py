"""Does what a scenario names exist? Every reference against the objects, nodes and systems of one variant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from statesim.scenario.agreement import Agreement
from statesim.scenario.bindings import too_few_workers
from statesim.scenario.clients import COUNTABLE
from statesim.scenario.images import fits, repository
from statesim.scenario.inventory import images_of, template_of
from statesim.scenario.model import ALONE
from statesim.scenario.rows import WORKLOADS
from statesim.scenario.specs import PodSpec
from statesim.scenario.targets import AnyNode, AnyPod, NodeOf, PrimaryOf, Ref, ReplicaOf, Zone
from statesim.scenario.timeline import Patch, SetImage
from statesim.scenario.timeline_containers import StartContainer
from statesim.scenario.where import finding
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from statesim.errors import Finding
    from statesim.scenario.clients import Client
    from statesim.scenario.containers import BareContainer
    from statesim.scenario.inventory import Inventory
    from statesim.scenario.manifests import Placed
    from statesim.scenario.schema import Scenario, SystemBinding
    from statesim.scenario.targets import Target
    from statesim.scenario.where import Path, Where

MOST_RECORDED = 5_000_000
_ROOTS = ("clients", "drift", "events", "findings", "nodes", "systems", "volumes", "workloads")


class References:
    """Checks one variant; what does not exist goes to `errors`, what is doubtful to `warnings`.

    The scenario may be one that could not be read in full: then it has ``None`` in places.
    """

    def __init__(
        self,
        scenario: Scenario,
        inventory: Inventory,
        where: Where,
        metrics: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._scenario = scenario
        self._known = inventory
        self._where = where
        self._metrics = metrics
        self.errors: list[Finding] = []
        self.stray: list[Finding] = []
        self.warnings: list[Finding] = []

    def check(self, name: str, placed: Sequence[Placed], variants: Collection[str | None] = (None,)) -> None:
        """Check all that concerns the variant `name`, down to what its manifests say of each other.

        What is wrong with expectations of a variant that is none of `variants` (``None`` = there may be
        others) goes to `stray`.
        """
        scenario = self._scenario
        known = list(variants)  # a name that is none may be anything, even what no set can hold
        for i, system in enumerate(scenario.systems):
            if system.workload is not None:
                self._exists(system.workload, ("systems", i, "workload"))
                self._whole(system.workload, ("systems", i, "workload"))
        doubts = too_few_workers(scenario, self._known)
        self.warnings += [finding(self._where, ("systems", i), message, None) for i, message in doubts]
        for i, bare in enumerate(scenario.containers):
            self._bare(bare, ("containers", i))
        for i, client in enumerate(scenario.clients):
            for path, server in _servers_of(client):
                if server is not None:
                    self._server(server, ("clients", i, *path))
            if client.zone is not None:
                self._zone(client.zone, ("clients", i, "zone"))
            self._affordable(client, ("clients", i))
            for key, message, hint in client.beyond_its_library():
                self.warnings.append(
                    finding(self._where, ("clients", i, "tcp", key), message, hint, key=True)
                )
        for i, row in enumerate(scenario.timeline):
            self._row(row, ("timeline", i))
        self._chapters(known)
        for i, expectation in enumerate(scenario.expect):
            if expectation.metric is not None and expectation.variant in {None, name}:
                self._metric(expectation.metric, ("expect", i, "metric"))
            elif expectation.metric is not None and None not in known and expectation.variant not in known:
                before = len(self.errors)
                self._metric(expectation.metric, ("expect", i, "metric"))
                self.stray += self.errors[before:]
                del self.errors[before:]
        manifests = Agreement(scenario, self._known)
        manifests.check(placed)
        self.errors += manifests.errors
        self.warnings += manifests.warnings

    def _affordable(self, client: Client, path: Path) -> None:
        """Warn where so much would be recorded that it takes minutes and gigabytes."""
        rate, duration_us = getattr(client.operations, "rate", None), self._scenario.duration_us
        if None in (rate, duration_us, client.sessions):
            return  # what is wrong with it is said elsewhere
        wanted = client.operations.rate * duration_us / SECOND
        if client.recording == "full" and max(wanted, client.sessions * 10) > MOST_RECORDED:
            message = (
                f"about {wanted:,.0f} operations of {client.sessions:,} sessions are recorded one by one"
            )
            hint = "recording: flow counts them" if client.operations.kind in COUNTABLE else None
            self.warnings.append(
                finding(self._where, path, message, hint or "a lower rate, or a shorter run")
            )

    def _wrong(self, path: Path, message: str, hint: str | None = None) -> None:
        self.errors.append(finding(self._where, path, message, hint))

    def _server(self, key: str, path: Path) -> None:
        """Check whom a client talks to: a pod needs a name, and has one only as its subdomain's."""
        if key.startswith("System/"):
            self._system(key.removeprefix("System/"), path)
            return
        self._exists(key, path)
        manifest = self._known.manifests.get(key)
        if manifest is not None and isinstance(manifest.spec, PodSpec) and not manifest.spec.subdomain:
            message = f"{key} has no DNS name: nobody finds it"
            self.warnings.append(finding(self._where, path, message, "hostname and subdomain give it one"))

    def _whole(self, workload: str, path: Path) -> None:
        """Refuse one of several containers as a workload: a system runs in all of them."""
        name = workload.removeprefix("Container/")
        of = [row.name for row in self._known.bare if name in row.members and name != row.name]
        if name != workload and of:
            self._wrong(path, f"{workload} is one of several", f"write Container/{of[0]}")

    def _bare(self, row: BareContainer, path: Path) -> None:
        """Check where a person has started containers, and that no pod has the name of one."""
        for i, node in enumerate(row.nodes or ()):
            if node is not None:
                self._exists(f"Node/{node}", (*path, "nodes", i))
        taken = [name for name in row.members if f"Pod/{name}" in self._known.objects]
        if taken:
            self._wrong((*path, "name"), f"there is a Pod/{taken[0]} already", "programs have one name each")

    def _system(self, name: str, path: Path) -> None:
        self._row_called("system", name, self._scenario.systems, path)

    def _row_called(
        self, what: str, name: str, rows: Sequence[Client] | Sequence[SystemBinding], path: Path
    ) -> None:
        """Complain if no row has a name; one whose name could not be read may be any."""
        names = [row.name for row in rows]
        if name not in names and all(each is not None for each in names):
            self._wrong(path, f"there is no {what} {name}", did_you_mean(name, names))

    def _chapters(self, variants: Collection[str | None]) -> None:
        """Check whose chapters they are; warn of one that is never reached (it may begin at the end)."""
        end = self._scenario.duration_us
        for i, chapter in enumerate(self._scenario.chapters):
            if None not in (chapter.at_us, end) and chapter.at_us > end:
                message = "is never reached: the scenario ends before"
                self.warnings.append(finding(self._where, ("chapters", i, "at"), message))
            if list(variants) == [ALONE] and set(chapter.show) - {ALONE}:
                message = "shows variants, and this scenario has none"
                self.warnings.append(finding(self._where, ("chapters", i, "show"), message))
                continue
            for j, variant in enumerate(chapter.show):
                if None not in variants and variant not in variants:
                    hint = did_you_mean(variant, [each for each in variants if each])
                    self._wrong(("chapters", i, "show", j), f"there is no variant {variant}", hint)

    # -- the timeline ----------------------------------------------------------------------------------

    def _row(self, row: Any, path: Path) -> None:
        end = self._scenario.duration_us
        if row.first_us is not None and end is not None and row.first_us >= end:
            key = "every" if row.at_us is None else "at"
            self.warnings.append(
                finding(self._where, (*path, key), "never happens: the scenario ends before")
            )
        before = len(self.errors)
        on = getattr(row, "on", None)
        if on is not None:
            self._target(on, (*path, "on"))
        away_from = getattr(row, "away_from", None)
        if away_from is not None and not isinstance(away_from, str):
            self._target(away_from, (*path, "from"))
        self._named(row, path)
        if len(self.errors) > before or on is None:
            return
        if isinstance(row, SetImage):
            self._container(row, path)
            if row.image:
                self._rolled_out(row.image, (*path, "image"))
        elif isinstance(row, Patch):
            patched, errors = self._known.patched(row)
            for found in errors:
                message = f"the API server would refuse it: {found.message}"
                self._wrong((*path, "patch"), message, found.hint)
            if patched is not None:
                for image in sorted(images_of(patched) - images_of(self._known.manifests[row.on.key])):
                    self._rolled_out(image, (*path, "patch"))

    def _named(self, row: Any, path: Path) -> None:
        """Check what a row names beside whom it aims at."""
        if isinstance(row, StartContainer) and row.node is not None:
            self._exists(f"Node/{row.node}", (*path, "node"))
        if row.alert is not None and row.alert.not_ready is not None:  # else complained of before
            self._exists(row.alert.not_ready.key, (*path, "alert", "notReady"))
        for key in ("service", "candidate"):
            named = getattr(row, key, None)
            if named is not None:
                self._exists(named.key, (*path, key))

    def _container(self, row: SetImage, path: Path) -> None:
        manifest = self._known.manifests.get(row.on.key)
        template = template_of(manifest) if manifest is not None else None
        if row.container is None or template is None:
            return
        names = [container.name for container in template.spec.containers]
        if row.container not in names:
            message = f"{row.on.key} has no container {row.container}"
            self._wrong((*path, "container"), message, did_you_mean(row.container, names))

    def _target(self, target: Target, path: Path) -> None:
        match target:
            case Ref():
                self._ref(target, path)
            case NodeOf(ref):
                self._exists(ref.key, (*path, "nodeOf"))
            case PrimaryOf(system) | ReplicaOf(system):
                if system not in self._known.systems and None not in self._known.systems:
                    hint = did_you_mean(system, self._known.systems)
                    self._wrong(path, f"there is no system {system}", hint)
            case Zone(zone):
                self._zone(zone, path)
            case AnyNode(zone, labels):
                if zone is not None:
                    self._zone(zone, path)
                fits = any(labels.items() <= spec.labels.items() for spec in self._known.nodes.values())
                if not fits and not self._known.unsure("Node"):
                    self._wrong(path, "no node carries these labels")
            case AnyPod(selector):
                if not self._known.carried(selector) and not self._known.unsure("Pod", *WORKLOADS):
                    self._wrong(path, "no pod is made with these labels")

    def _ref(self, ref: Ref, path: Path) -> None:
        if ref.kind == "System":
            self._system(ref.name, path)
        elif ref.kind == "Client":
            self._row_called("client", ref.name, self._scenario.clients, path)
        else:
            self._exists(ref.key, path)

    def _zone(self, zone: str, path: Path) -> None:
        if zone not in self._known.zones and not self._known.unsure("Node"):
            self._wrong(path, f"there is no zone {zone}", did_you_mean(zone, self._known.zones))

    def _exists(self, key: str, path: Path) -> None:
        if key in self._known.objects or self._known.may_be(key):
            return
        kind, _, name = key.partition("/")
        names = self._known.named(kind)
        near = nearest(name, names)
        elsewhere = [other for other in self._known.objects if other.partition("/")[2] == name]
        owner = self._unnamed_owner(name) if kind == "Pod" else None
        if owner is not None:
            hint: str | None = f"pods of a {owner.partition('/')[0]} have names by chance: aim at {owner}"
        elif near is not None:
            hint = f"did you mean {kind}/{near}?"
        elif elsewhere:
            hint = f"did you mean {min(elsewhere)}?"
        else:
            hint = did_you_mean(name, names)
        self._wrong(path, f"there is no {key}", hint)

    def _unnamed_owner(self, pod: str) -> str | None:
        """Return the workload that gives its pods names by chance, if the pod's name begins like one's."""
        for kind in ("Deployment", "ReplicaSet"):
            for name in self._known.named(kind):
                if pod == name or pod.startswith(f"{name}-"):
                    return f"{kind}/{name}"
        return None

    # -- images and expectations -----------------------------------------------------------------------

    def images(self) -> Iterator[tuple[Finding, bool]]:
        """Yield what is to be said of each pattern that no container's image fits, and whether that is so."""
        images = self._known.images()
        for pattern in self._scenario.images:
            unused = not any(fits(image, pattern) for image in images)
            message = "no container has such an image"
            yield finding(self._where, ("images", pattern), message, key=True), unused

    def _rolled_out(self, image: str, path: Path) -> None:
        """Warn of an image that no pattern fits although there are patterns for its repository."""
        alike = [pattern for pattern in self._scenario.images if repository(pattern) == repository(image)]
        if alike and not any(fits(image, pattern) for pattern in self._scenario.images):
            message = f"no images: pattern matches {image}; it is taken to exist and run with the defaults"
            self.warnings.append(finding(self._where, path, message, f"known: {', '.join(alike)}"))

    def _metric(self, metric: str, path: Path) -> None:
        root, _, rest = metric.partition(".")
        name, _, last = rest.rpartition(".")
        known: Sequence[str | None]
        match root:
            case "clients":
                known = [client.name for client in self._scenario.clients]
            case "systems":
                known = self._known.systems
            case "workloads":
                known = [*(n for kind in WORKLOADS for n in self._known.named(kind)), *self._bare_pods()]
                if any(self._known.may_be(f"{kind}/{name}") for kind in (*WORKLOADS, "Pod")):
                    known = [name]
            case "drift":
                bare = (row.name for row in self._known.bare)
                workloads = (n for kind in WORKLOADS for n in self._known.named(kind))
                known = [*self._known.systems, *workloads, *self._bare_pods(), *bare]
            case "events":
                self._event(metric, name, last, path)
                return
            case _:
                known = [name]
        names = [n for n in known if n is not None]
        if root not in _ROOTS:
            self._wrong(path, f"there are no metrics of {root}", did_you_mean(root, _ROOTS))
        elif name and name not in names and len(names) == len(known):
            self._wrong(path, f"there is no {root[:-1]} {name}", did_you_mean(name, names))
        elif self._metrics is not None:
            of_each = self._metrics.get(f"{root}.*", ()) if name else ()
            whole = self._metrics.get(root, ())
            if rest not in whole and last not in of_each:
                hint = did_you_mean(last, of_each or whole) if of_each or whole else f"like {root}.NAME.…"
                self._wrong(path, f"there is no metric {metric}", hint)

    def _event(self, metric: str, kind: str, event: str, path: Path) -> None:
        """Check the kind and the word of an event that is counted."""
        if self._metrics is None:
            return
        kinds = [group.partition(".")[2] for group in self._metrics if group.startswith("events.")]
        if not kind:
            self._wrong(path, f"there is no metric {metric}", "like events.KIND.EVENT")
        elif kind not in kinds:
            self._wrong(path, f"there are no events of {kind}", did_you_mean(kind, kinds))
        elif event not in (words := self._metrics[f"events.{kind}"]):
            near = did_you_mean(event, words) or f"docs/reference/trace.md lists the events of a {kind}"
            self._wrong(path, f"there is no metric {metric}", near)

    def _bare_pods(self) -> list[str]:
        return [m.name for m in self._known.manifests.values() if isinstance(m.spec, PodSpec)]


def _servers_of(client: Client) -> Iterator[tuple[Path, str | None]]:
    """Yield whom a client talks to, each with its key."""
    if client.connect is None:
        yield ("target",), client.target
    else:
        for number, host in enumerate(client.connect.hosts or ()):
            yield ("connect", "hosts", number), host
    yield ("readTarget",), client.read_target
