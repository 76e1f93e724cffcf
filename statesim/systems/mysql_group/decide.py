"""What a group decides, as pure functions: who is put out and when, who leads, what one does that is out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from statesim.systems.detectors import Heartbeat

K = TypeVar("K", bound="Hashable")


class Suspicion(NamedTuple):
    """When a silent member is called UNREACHABLE, and when it is expelled (µs)."""

    suspect_us: int
    expel_us: int

    @classmethod
    def of(cls, heartbeat: Heartbeat, since_us: int, phase_us: int) -> Suspicion:
        """Return what becomes of a silence that has begun."""
        return cls(heartbeat.suspected_us(since_us), heartbeat.expelled_us(since_us, phase_us))


class Verdict(NamedTuple):
    """What the members that hear each other do about the silent ones.

    Attributes
    ----------
    suspected, expelled
        Who is UNREACHABLE by now, and who is put out now.
    wake_us
        When to look again.
    """

    suspected: tuple[object, ...]
    expelled: tuple[object, ...]
    wake_us: int | None
    why: str


def judge(silent: Mapping[K, Suspicion], now: int, *, majority: bool) -> Verdict:
    """Decide about the silent members of a view.

    Everybody suspects, but only a majority expels (MySQL manual, "Responses to Failure Detection and Network
    Partitioning"; gcs_xcom_control_interface.cc: run_process_suspicions).
    """
    suspected = tuple(who for who, each in silent.items() if each.suspect_us <= now)
    due = tuple(who for who, each in silent.items() if each.expel_us <= now)
    later = [us for each in silent.values() for us in each if us > now]
    wake = min(later, default=None)
    if due and majority:
        return Verdict(suspected, due, wake, "their suspicions have timed out")
    if due:
        return Verdict(suspected, (), wake, "there is no majority that could expel anybody")
    return Verdict(suspected, (), wake, "suspicions last" if silent else "all are heard")


class Candidate(NamedTuple):
    """A member that may become primary."""

    name: str
    uuid: str
    weight: int


def elect(candidates: Iterable[Candidate]) -> Candidate | None:
    """Choose a primary: the highest weight, then the lowest ``server_uuid``.

    How much a member has applied does not count: all have received the same (MySQL manual, "Single-Primary
    Mode", Primary Election Algorithm; primary_election_invocation_handler.cc: sort_members_for_election).
    """
    return min(candidates, key=lambda each: (-each.weight, each.uuid), default=None)


class Step(StrEnum):
    """What a member does that is out of the group."""

    JOIN = "join"
    WAIT = "wait"
    EXIT = "exit"


def rejoin(tries: int, *, possible: bool) -> Step:
    """Decide what a member does that was put out: try, wait for the next try, or leave it to people.

    `tries` is how many are left, this one included (MySQL manual, "Auto-Rejoin").
    """
    if tries > 0 and possible:
        return Step.JOIN
    return Step.WAIT if tries > 1 else Step.EXIT
