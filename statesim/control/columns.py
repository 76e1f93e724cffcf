"""What the nodes of a large cluster answer to one kind of pod, as columns: a choice that asks none of them.

A column has one row a node, in the order of the search. A node that has changed answers anew; all others have
answered already, so that what is left for a pod is arithmetic over whole columns. The choice is the one that
`feasible.search` and `score.best` make: the same nodes are looked at, and the same one is best.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import ZONE_LABEL
from statesim.control.feasible import enough
from statesim.control.fit import refusal
from statesim.control.nodeinfo import has_wishes
from statesim.control.score import BEST, DEFAULT_SPREAD, alone, weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from statesim.cluster.objects import Pod
    from statesim.control.feasible import Search
    from statesim.control.nodeinfo import Demand, NodeInfo
    from statesim.control.score import Weights
    from statesim.control.siblings import Siblings
    from statesim.scenario.versions import Features

    Ints = NDArray[np.int64]

# so many kinds of pods have their columns; of more, those that were asked for least recently go
_KINDS = 128


class Choice(NamedTuple):
    """The node that was chosen, and how many were looked at for it."""

    node: NodeInfo
    looked_at: int


class _Answers:
    """What every node answers to one kind of pod.

    `fits` tells whether the node would do, `room`, `preferred` and `unwelcome` are the parts of its score
    that depend on this node only (`score.alone`); `fitting` are the rows that would do, in their order.
    """

    __slots__ = ("fits", "fitting", "preferred", "room", "seen", "unwelcome")

    def __init__(self, nodes: int) -> None:
        import numpy as np  # noqa: PLC0415 - 0.1 s, and only large clusters need it

        self.fits = np.zeros(nodes, bool)
        self.room, self.preferred, self.unwelcome = (np.zeros(nodes, np.int64) for _ in range(3))
        self.fitting = np.zeros(0, np.int64)
        self.seen = 0


class Columns:
    """The columns of all kinds of pods that have been asked for lately.

    Parameters
    ----------
    infos
        All nodes, in the order of the search; the list is the caller's, who tells of each row that changes.
    siblings
        Where the pods of each owner are; the caller's as well.
    """

    def __init__(self, infos: Sequence[NodeInfo], siblings: Siblings) -> None:
        import numpy as np  # noqa: PLC0415 - as above

        self._infos = infos
        self._siblings = siblings
        self._wanted = enough(len(infos))
        self._time = 1
        self._changed = np.ones(len(infos), np.int64)
        self._zones: dict[str, int] = {}
        self._zone = np.array([self._number(info) for info in infos], np.int64)
        self._kinds: dict[Demand, _Answers] = {}

    def _number(self, info: NodeInfo) -> int:
        return self._zones.setdefault(info.labels.get(ZONE_LABEL, ""), len(self._zones))

    def changed(self, place: int) -> None:
        """Have a node answer anew before it is looked at again."""
        self._time += 1
        self._changed[place] = self._time
        self._zone[place] = self._number(self._infos[place])

    def choose(self, what: Search) -> Choice | None:
        """Return the best of the nodes that would do; nothing if there is none, or they have to be asked."""
        if not self._tell_all(what):
            return None
        answers = self._answers(what.demand, what.features)
        some, looked_at = self._some(answers.fitting, what.start % len(self._infos))
        if len(some) <= 1:
            return Choice(self._infos[some[0]], looked_at) if len(some) else None
        totals = self._totals(what.pod, answers, some, weights(what.features))
        equals = (totals == totals.max()).nonzero()[0]
        return Choice(self._infos[some[equals[int(what.draw * len(equals))]]], looked_at)

    def _tell_all(self, what: Search) -> bool:
        """Tell whether the columns say all that counts: for a pod without claims and without wishes.

        The caller sees to it that no pod on any node has wishes either.
        """
        pod, spec = what.pod, what.pod.spec
        if what.claims or what.nominated or pod.nominated_node is not None:
            return False
        if spec.topology_spread or has_wishes(spec):
            return False
        # by default an owner's pods are spread over zones, and only over nodes that the pod may be on
        choosy = spec.node_selector or spec.node_affinity.required
        return pod.owner is None or not (choosy or "" in self._zones)

    def _answers(self, demand: Demand, features: Features) -> _Answers:
        """Return the columns of a kind of pod; only nodes that have changed since are asked."""
        known = self._kinds.pop(demand, None) or _Answers(len(self._infos))
        self._kinds[demand] = known
        if len(self._kinds) > _KINDS:
            del self._kinds[next(iter(self._kinds))]
        if known.seen == self._time:
            return known
        for place in (self._changed > known.seen).nonzero()[0].tolist():
            info = self._infos[place]
            fits = known.fits[place] = refusal(demand, info, features) is None
            if fits:
                score = alone(demand, info, features)
                known.room[place], known.preferred[place], known.unwelcome[place] = score
        known.seen = self._time
        known.fitting = known.fits.nonzero()[0]
        return known

    def _some(self, fitting: Ints, start: int) -> tuple[Ints, int]:
        """Return the nodes among which is chosen, from `start` on around, and how many were looked at."""
        if start:
            import numpy as np  # noqa: PLC0415 - as above

            first = fitting.searchsorted(start)
            fitting = np.concatenate((fitting[first:], fitting[:first]))
        if len(fitting) < self._wanted:
            return fitting, len(self._infos)
        some = fitting[: self._wanted]
        return some, (int(some[-1]) - start) % len(self._infos) + 1

    def _totals(self, pod: Pod, answers: _Answers, some: Ints, weigh: Weights) -> Ints:
        """Return the scores of these nodes (`score.scores`)."""
        totals = answers.room[some]
        if pod.owner is not None:
            spread = self._spread(pod.owner.uid, some)
            if spread is not None:
                totals += weigh.spread * spread
        preferred, unwelcome = answers.preferred[some], answers.unwelcome[some]
        if preferred.any():
            totals += weigh.preference * (preferred * BEST // preferred.max())
        if unwelcome.any():
            totals += weigh.taints * (BEST - unwelcome * BEST // unwelcome.max())
        return totals

    def _spread(self, owner: str, some: Ints) -> Ints | None:
        """Return how few of the owner's pods each node and its zone hold (as `score` does by default)."""
        import numpy as np  # noqa: PLC0415 - as above

        (_, host_skew), (_, zone_skew) = DEFAULT_SPREAD
        zone = self._zone[some]
        different = np.count_nonzero(np.bincount(zone))
        held, weight = self._siblings.by_zone.get(owner, {}), math.log(different + 2)
        by_zone = np.array([held.get(name, 0) * weight + (zone_skew - 1) for name in self._zones])
        weight, base = math.log(len(some) + 2), host_skew - 1
        counts = self._held(self._siblings.by_place.get(owner, {}))[some]
        whole = (counts * weight + base + by_zone[zone]).astype(np.int64)
        most, least = int(whole.max()), int(whole.min())
        return BEST * (most + least - whole) // most if most else None

    def _held(self, by_place: Mapping[int, int]) -> Ints:
        import numpy as np  # noqa: PLC0415 - as above

        counts = np.zeros(len(self._infos), np.int64)
        size = len(by_place)
        counts[np.fromiter(by_place, np.int64, size)] = np.fromiter(by_place.values(), np.int64, size)
        return counts
