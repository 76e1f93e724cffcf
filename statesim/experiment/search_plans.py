"""Fault plans drawn by lot over a scenario: which kinds there are to draw, and the plan of a seed.

Swarm testing (Groce, Zhang, Eide, Chen, Regehr: "Swarm Testing", ISSTA 2012): a plan draws a subset of the
kinds first and its faults from those, because faults of one kind may keep others from showing anything. What
is drawn is `storm_weather`'s, aimed at what has a name before the run, so that a fault hits the same whatever
stands beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from statesim.errors import Finding, ScenarioError
from statesim.experiment.lot import Lot
from statesim.experiment.storm_weather import KINDS, UNSAFE_KINDS, Sky
from statesim.kernel.spans import SECOND
from statesim.scenario.units import parse_duration
from statesim.scenario.words import did_you_mean
from statesim.systems.catalogue import CATALOGUE, ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from statesim.experiment.search_town import OwnTown, Target

    Row = dict[str, Any]
    Draw = Callable[["Aim"], list[Row]]

MOST = 12
TRIES = 20
SKEWS = ("-1m", "-5s", "5s", "1m")


@dataclass(frozen=True)
class Plan:
    """Faults and how long they are watched.

    Attributes
    ----------
    rows
        Rows of a timeline, in order of time; `at` and `for` are whole seconds.
    duration_us
        How long the run lasts.
    """

    rows: tuple[Row, ...]
    duration_us: int

    @property
    def key(self) -> str:
        """Return the same text for the same plan, whatever the order of the keys of its rows."""
        return json.dumps([self.duration_us, *self.rows], sort_keys=True)

    def with_rows(self, rows: Iterable[Row]) -> Plan:
        """Return the plan with other rows, in order of time."""
        return replace(self, rows=tuple(sorted(rows, key=lambda row: row["at"])))

    def with_row(self, index: int, row: Row) -> Plan:
        """Return the plan with another row in the place of one."""
        return self.with_rows([row if i == index else old for i, old in enumerate(self.rows)])

    def __hash__(self) -> int:
        return hash(self.key)


class Aim(Sky):
    """A sky that names what it strikes: nothing of it is found by lot in the run, where names allow that."""

    town: OwnTown

    def _named(self, workload: Target) -> str:
        return self.lot.pick(workload.pods)

    def _target(self) -> Target:
        return self.lot.pick(self.town.workloads)

    def pods(self) -> Any:
        """Return a target that means pods: one by name or by its role, or all of a workload."""
        workload = self._target()
        if not workload.pods:
            return self.lot.pick((workload.key, {"anyPod": dict(workload.labels)}))
        targets: list[Any] = [self._named(workload)] * 3
        if self.lot.chance(0.3):
            targets.append(workload.key)
        return self.lot.pick([*targets, *_roles(workload)])

    def place(self) -> Any:
        """Return a target that means one machine."""
        targets: list[Any] = [f"Node/{self.machine()}"]
        if self.town.workloads:
            workload = self._target()
            targets += [{"nodeOf": self._named(workload)}] if workload.pods else []
            targets += _roles(workload)
        return self.lot.pick(targets)


def _roles(workload: Target) -> list[Any]:
    found: list[Any] = [{"primaryOf": workload.system_name}] * 2 if workload.primary else []
    return [*found, {"replicaOf": workload.system_name}] if workload.replica else found


# -- what only a scenario that somebody has written has -----------------------------------------------------


def _clock_skew(aim: Aim) -> list[Row]:
    at = aim.moment()
    offset = aim.lot.pick(SKEWS)
    return [{"at": at, "do": "clock-skew", "on": aim.place(), "for": aim.span(at), "offset": offset}]


def _of_a_member(do: str, process: str, *, held: bool) -> Draw:
    def rows(aim: Aim) -> list[Row]:
        workload = aim.lot.pick([w for w in aim.town.workloads if _obeys(w, do)])
        at = aim.moment()
        on = aim.lot.pick([aim.lot.pick(workload.pods), *_roles(workload)])
        row = {"at": at, "do": do, "on": on, "process": process}
        return [{**row, "for": aim.span(at)} if held else row]

    return rows


def _switchover(aim: Aim) -> list[Row]:
    workload = aim.lot.pick([w for w in aim.town.workloads if _obeys(w, "switchover")])
    return [{"at": aim.moment(), "do": "switchover", "on": workload.key}]


def _rollout_restart(aim: Aim) -> list[Row]:
    return [{"at": aim.moment(), "do": "rollout-restart", "on": aim.workload().key}]


def _obeys(workload: Target, word: str) -> bool:
    known = workload.system is not None and CATALOGUE.find(workload.system) is not None
    return known and CATALOGUE.obeys(str(workload.system), word) and bool(workload.pods)


# what breaks by itself, by the timeline's word
FAULTS: Mapping[str, tuple[Draw, ...]] = {
    "node-crash": (KINDS["node-crash"], KINDS["node-crash until found"]),
    "node-pause": (KINDS["node-pause"],),
    "node-reboot": (KINDS["node-reboot"],),
    "network-partition": (KINDS["network-partition"],),
    "zone-outage": (KINDS["zone-outage"],),
    "dns-outage": (KINDS["dns-outage"],),
    "control-plane-outage": (KINDS["control-plane-outage"],),
    "memory-pressure": (KINDS["memory-pressure"],),
    "disk-full": (KINDS["disk-full"],),
    "disk-loss": (KINDS["disk-loss"],),
    "volume-detach-stuck": (KINDS["volume-detach-stuck"],),
    "clock-skew": (_clock_skew,),
    "container-kill": (KINDS["container-kill"],),
    "process-kill": (_of_a_member("process-kill", "postgres", held=False),),
    "process-pause": (_of_a_member("process-pause", "patroni", held=True),),
}
# what people do
ACTIONS: Mapping[str, tuple[Draw, ...]] = {
    "pod-kill": (KINDS["pod-kill"],),
    "force-delete": (UNSAFE_KINDS["delete by force"],),
    "delete": (KINDS["delete a pod"],),
    "evict": (KINDS["evict"],),
    "drain": (KINDS["drain"],),
    "cordon": (KINDS["cordon"],),
    "uncordon": (KINDS["uncordon"],),
    "taint": (KINDS["taint"],),
    "node-recover": (KINDS["node-recover"],),
    "scale": (KINDS["scale"],),
    "switchover": (_switchover,),
    "rollout-restart": (_rollout_restart,),
}
DRAWN = {**FAULTS, **ACTIONS}
GROUPS = {"faults": tuple(FAULTS), "actions": tuple(ACTIONS), "all": tuple(DRAWN)}
_POD_WORDS = ("container-kill", "pod-kill", "force-delete", "evict", "scale", "rollout-restart")


def known_words(names: Sequence[str]) -> None:
    """Complain about names that mean nothing that can be drawn.

    Raises
    ------
    ScenarioError
        With all of them.
    """
    known = (*DRAWN, *GROUPS)
    wrong = [name for name in names if name not in known]
    if wrong:
        every = f"known: {', '.join(known)}"
        raise ScenarioError(
            [
                Finding(
                    f"no fault that can be drawn is called {name!r}", hint=did_you_mean(name, known) or every
                )
                for name in wrong
            ]
        )


def chosen(names: Sequence[str], town: OwnTown) -> tuple[str, ...]:
    """Return the words that are meant, of those that can happen in a town; groups stand for their words.

    Raises
    ------
    ScenarioError
        If a name is none, or nothing of what is meant can happen there.
    """
    known_words(names)
    meant = dict.fromkeys(word for name in names or ("faults",) for word in GROUPS.get(name, (name,)))
    able = tuple(word for word in DRAWN if word in meant and can_happen(word, town))
    if not able:
        raise ScenarioError(
            [
                Finding(
                    f"nothing of {', '.join(meant)} can happen in this scenario",
                    hint=f"here can: {', '.join(word for word in DRAWN if can_happen(word, town))}",
                )
            ]
        )
    return able


def can_happen(word: str, town: OwnTown) -> bool:
    """Tell whether there is anything in a town that a word can strike."""
    if word in ORDERS:
        return any(_obeys(workload, word) for workload in town.workloads)
    if word in ("disk-loss", "volume-detach-stuck"):
        return any(workload.volume for workload in town.workloads)
    if word == "delete":
        return any(workload.pods for workload in town.workloads)
    if word == "zone-outage":
        return bool(town.zones)
    return bool(town.workloads) if word in _POD_WORDS else bool(town.machines)


def draw(
    seed: int, town: OwnTown, words: Sequence[str], *, begin_s: int, end_s: int, most: int = MOST
) -> tuple[Row, ...]:
    """Return the faults of a seed, in order of time: at most `most`, all of them over at `end_s`.

    Parameters
    ----------
    words
        What may be drawn, as `chosen` gives it.
    begin_s, end_s
        The first and the last second.
    """
    lot = Lot(seed, "search")
    aim = Aim(lot, town, begin_s, end_s)
    kinds = lot.some(words, least=1)
    count = lot.between(1, min(most, lot.pick((2, 4, most))))
    rows: list[Row] = []
    for _ in range(TRIES * count):  # some kinds find nothing to strike in some towns
        rows += lot.pick(DRAWN[lot.pick(kinds)])(aim)
        if len(rows) >= count:
            break
    return tuple(sorted(map(_in_seconds, rows[:most]), key=lambda row: row["at"]))


def _in_seconds(row: Row) -> Row:
    plain = {key: value for key, value in row.items() if key != "label"}
    if "for" in plain:
        plain["for"] = parse_duration(plain["for"]) // SECOND
    return plain
