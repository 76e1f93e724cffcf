"""Claims and volumes: bound one to one, from every state of two of each, whatever write is refused."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, StorageClass
from statesim.control.volume_binder import VolumeBinder
from statesim.scenario.specs import ClaimSpec, NodeSpec, StorageClassSpec
from tests.control.workbench import new_store
from tests.exhaustive.conftest import Tell  # noqa: TC001
from tests.exhaustive.explorer import NONE, Explorer, Judge, Trouble

CLAIMS = ("absent", "pending", "chosen", "bound")
# free; reserved for a name; made for a claim; bound to it although it does not know yet; to a former namesake
VOLUMES = ("free", "reserved", "made", "half", "stale")


class Start(NamedTuple):
    """States of the claims c0 and c1, and of the volumes v0 and v1: each what it is, and about which claim."""

    claims: tuple[str, str]
    volumes: tuple[tuple[str, int], tuple[str, int]]
    mode: str


def starts() -> list[Start]:
    states = [("free", 0), *product(VOLUMES[1:], (0, 1))]
    modes = ("Immediate", "WaitForFirstConsumer")
    found = [Start(*row) for row in product(product(CLAIMS, repeat=2), product(states, repeat=2), modes)]
    return [start for start in found if possible(start)]


def possible(start: Start) -> bool:
    """Leave out what no API server can show: a volume for the uid of a claim that never was."""
    about = [(kind, claim) for kind, claim in start.volumes if kind in ("made", "half")]
    return all(start.claims[claim] != "absent" for _, claim in about)


class Town:
    def __init__(self, start: Start) -> None:
        self.start = start
        self.store = new_store()
        self.store.create(Node(name="a", spec=NodeSpec(zone="z")))
        self.store.create(StorageClass(name="disks", spec=StorageClassSpec(binding_mode=start.mode)))  # type: ignore[arg-type]
        self.claims = [self._claim(n, state) for n, state in enumerate(start.claims)]
        for n, (kind, claim) in enumerate(start.volumes):
            self._volume(n, kind, claim)

    def _claim(self, n: int, state: str) -> PersistentVolumeClaim | None:
        if state == "absent":
            return None
        how: dict[str, Any] = {"selected_node": "a" if state in ("chosen", "bound") else None}
        if state == "bound":
            how |= {"phase": "Bound", "volume": f"v{n}"}
        made = PersistentVolumeClaim(name=f"c{n}", spec=ClaimSpec(storage_class="disks"), **how)
        return self.store.create(made)

    def _volume(self, n: int, kind: str, claim: int) -> None:
        how: dict[str, Any] = {}
        if kind != "free":
            how["claim"] = f"c{claim}"
        if kind in ("made", "half"):
            found = self.claims[claim]
            assert found is not None
            how["claim_uid"] = found.uid
        if kind == "stale":
            how["claim_uid"] = "former"
        if kind in ("half", "stale"):
            how["phase"] = "Bound"
        disk = {"access_modes": ("ReadWriteOnce",), "storage_class": "disks", "size_bytes": n + 1}
        self.store.create(PersistentVolume(name=f"v{n}", reclaim_policy="Retain", **disk, **how))  # type: ignore[arg-type]

    def one_to_one(self) -> None:
        """Check that no claim's volume is another claim's, unless it was so from the start."""
        for claim in self.store.all(PersistentVolumeClaim):
            volume = self.store.get(PersistentVolume, claim.volume) if claim.volume is not None else None
            was_bound = self.start.claims[int(claim.name[1])] == "bound"
            if volume is not None and not was_bound:
                assert (volume.claim, volume.claim_uid) == (claim.name, claim.uid), "two claims of one volume"

    def settle(self, trouble: Trouble) -> None:
        judge = Judge(after=self.one_to_one)
        Explorer(self.store, lambda store: [VolumeBinder(store)], lambda _: False, trouble, judge).settle()

    def check_goal(self) -> None:
        volumes = list(self.store.all(PersistentVolume))
        for claim in self.store.all(PersistentVolumeClaim):
            volume = self.store.get(PersistentVolume, claim.volume) if claim.volume is not None else None
            mine = volume is not None and (volume.claim, volume.claim_uid) == (claim.name, claim.uid)
            if claim.phase == "Bound":
                assert mine, f"{claim.name} believes in a volume that is not its own"
                assert volume is not None
                assert volume.phase == "Bound"
            elif claim.phase == "Lost":
                assert not mine
            else:
                own = [v.name for v in volumes if (v.claim, v.claim_uid) == (claim.name, claim.uid)]
                assert own == [], f"{claim.name} does not take {own}, which are its own"
                waits = self.start.mode != "Immediate" and claim.selected_node is None
                there = [v.name for v in volumes if v.phase == "Available" and v.claim in (None, claim.name)]
                if not waits:
                    assert there == [], f"{claim.name} is Pending, and {there} are there"
        for volume in volumes:
            if volume.claim_uid == "former":
                assert volume.phase == "Released", "its claim is gone"
            if volume.phase == "Bound":
                assert self.store.get(PersistentVolumeClaim, volume.claim or "") is not None


def test_claims_and_volumes_end_one_to_one(tell: Tell) -> None:
    ways = [NONE, *(Trouble(write, how) for write in range(3) for how in ("refused", "restart"))]
    cases = 0
    wrong = []
    for number, start in enumerate(starts()):
        for trouble in (NONE, *(ways[1 + (number + turn) % 6] for turn in (0, 3))):
            town = Town(start)
            try:
                town.settle(trouble)
                town.check_goal()
            except AssertionError as error:
                wrong.append((start, trouble, str(error).splitlines()[0]))
            cases += 1
    assert not wrong, f"{len(wrong)}: {wrong[:8]}"
    tell("claims and volumes", cases, 4_000)
