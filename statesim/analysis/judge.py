"""Which checker judges which kind of workload, and what the last read adds to a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.calls import Call, pair
from statesim.analysis.consistency.linearizability import registers
from statesim.analysis.consistency.logins import SESSION_LOST, logins
from statesim.analysis.consistency.registers import WRITES, sessions, written
from statesim.analysis.consistency.sets import sets
from statesim.analysis.consistency.totals import bank, counter
from statesim.analysis.consistency.verdict import Anomaly, Verdict, joined, verdict
from statesim.analysis.record import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOST = "lost write"

# what each kind of workload can be accused of, by the names in the literature
ANOMALIES: dict[str, tuple[str, ...]] = {
    "set": (LOST, "phantom write", "stale read"),
    "register": (
        *(LOST, "not linearizable", "stale read", "non-monotonic read", "read-your-writes", "phantom read"),
    ),
    "counter": (LOST, "lost increment", "phantom increment"),
    "bank": (LOST, "wrong total", "negative balance"),
    "append": (
        *(LOST, "incompatible order", "G1a", "G1b", "internal", "duplicate element", "phantom element"),
        *("G0", "G1c", "G-single", "lost update", "G2-item"),
        *("G0-realtime", "G1c-realtime", "G-single-realtime", "lost update-realtime", "G2-item-realtime"),
    ),
    "login": (LOST, SESSION_LOST, "wrong session", "revoked session", "phantom in the cart"),
}


def judge(kind: str, rows: Sequence[tuple[Any, ...]], client: str, end_us: int) -> Verdict:
    """Judge one client's history.

    Parameters
    ----------
    kind
        Its workload: ``set``, ``register``, ``counter``, ``bank``, ``append`` or ``login``.
    rows
        The history of a run.
    end_us
        When the run ended: the last read is taken then.
    """
    mine = [row for row in rows if row[2] == client]
    final = next((row[5] for row in reversed(mine) if row[1] == FINAL), None)
    calls = pair(row for row in mine if row[1] != FINAL)
    if kind == "set":
        return sets(calls, final)
    last = [] if final is None else _last_reads(kind, final, len(calls), end_us)
    found = _CHECKERS[kind]([*calls, *last])
    anomalies = tuple(_lost(each, last) for each in found.anomalies)
    if kind == "register" and final is not None:
        gone = _overwritten(calls, final)
        kept = [each for each in anomalies if each.kind != LOST]
        return joined([verdict([*gone, *kept]), Verdict(found.valid, (), found.work)])
    return Verdict(found.valid, anomalies, found.work)


def _overwritten(calls: Sequence[Call], final: dict[Any, list[Any]]) -> Iterable[Anomaly]:
    """Yield the acknowledged writes that the surviving data never held, though others wrote there since."""
    for call in calls:
        if call.f in WRITES and call.end == "ok" and written(call) not in final.get(call.value[0], ()):
            key, value = call.value[0], written(call)
            says = f"{key} = {value} was acknowledged, and the data that is left has never held it"
            yield Anomaly(LOST, says, (call,))


def _last_reads(kind: str, final: Any, first: int, end_us: int) -> list[Call]:
    """Return the last read as calls like the others, after all of them."""
    if kind == "append":
        read = [["r", key, elements] for key, elements in final.items()]
        return [Call(first, FINAL, "txn", read, end_us, end_us, "ok", read)] if read else []
    if kind == "register":
        return [
            Call(first + index, FINAL, "read", [key, None], end_us, end_us, "ok", [key, values[-1]])
            for index, (key, values) in enumerate(final.items())
        ]
    return [Call(first, FINAL, "read", None, end_us, end_us, "ok", final)]


def _lost(anomaly: Anomaly, last: Sequence[Call]) -> Anomaly:
    """Say of what only the last read misses that it is lost: nothing can bring it back."""
    gone = anomaly.kind == "lost append"
    if anomaly.kind in ("stale read", "lost increment"):
        gone = bool(anomaly.calls) and any(anomaly.calls[-1] is call for call in last)
    return Anomaly(LOST, anomaly.says, anomaly.evidence) if gone else anomaly


def _appends(calls: Sequence[Call]) -> Verdict:
    from statesim.analysis.consistency.cycles import appends  # noqa: PLC0415 - networkx, and few judge those

    return appends(calls)


def _registers(calls: Sequence[Call]) -> Verdict:
    return joined([registers(calls), sessions(calls)])


def _bank(calls: Sequence[Call]) -> Verdict:
    """Judge accounts; their total is what they began with, which each read was asked about."""
    asked: dict[Any, int] = next((call.value for call in calls if call.f == "read" and call.value), {})
    return bank(calls, sum(asked.values()))


_CHECKERS = {"register": _registers, "counter": counter, "bank": _bank, "append": _appends, "login": logins}
