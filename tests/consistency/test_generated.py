"""Thousands of generated histories: of a true single copy, and with one fault planted in each."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from statesim.analysis.consistency.calls import NEVER, Call
from statesim.analysis.consistency.cycles import appends
from statesim.analysis.consistency.linearizability import linearizable, registers
from statesim.analysis.consistency.models import Register
from statesim.analysis.consistency.registers import sessions
from statesim.analysis.consistency.sets import sets
from statesim.analysis.consistency.totals import bank, counter

if TYPE_CHECKING:
    from collections.abc import Callable

PROCESSES = 4
SEEDS = range(1_000)


def intervals(rng: Random, count: int) -> list[tuple[int, int, int, int]]:
    """Return (instant, process, begin, end) of calls, each process one at a time, by the instant of effect."""
    free = [0] * PROCESSES
    found = []
    for _ in range(count):
        process = rng.randrange(PROCESSES)
        begin = free[process] + rng.randint(1, 20)
        end = begin + rng.randint(2, 30)
        free[process] = end
        found.append((rng.randint(begin, end), process, begin, end))
    return sorted(found)


def numbered(calls: list[Call]) -> list[Call]:
    ordered = sorted(calls, key=lambda call: (call.invoked_us, call.process))
    return [replace(call, index=index) for index, call in enumerate(ordered)]


def perhaps_unknown(rng: Random, call: Call) -> Call:
    """Return a call that changes something, which one time in six is never answered."""
    return replace(call, end="info", ended_us=NEVER, result=None) if rng.random() < 1 / 6 else call


def register_history(rng: Random, count: int = 24) -> list[Call]:
    """Return what clients of a true register with the keys x and y see."""
    state: dict[str, int | None] = {"x": None, "y": None}
    calls = []
    for number, (_, process, begin, end) in enumerate(intervals(rng, count)):
        key = rng.choice("xy")
        if rng.random() < 0.5:
            state[key] = number
            call = Call(0, process, "write", [key, number], begin, end, "ok", [key, number])
            calls.append(perhaps_unknown(rng, call))
        else:
            calls.append(Call(0, process, "read", [key, None], begin, end, "ok", [key, state[key]]))
    return numbered(calls)


def counter_history(rng: Random) -> list[Call]:
    state, calls = 0, []
    for _, process, begin, end in intervals(rng, 24):
        if rng.random() < 0.5:
            amount = rng.choice([-2, 1, 3])
            state += amount
            calls.append(perhaps_unknown(rng, Call(0, process, "add", amount, begin, end, "ok")))
        else:
            calls.append(Call(0, process, "read", None, begin, end, "ok", state))
    return numbered(calls)


def set_history(rng: Random) -> tuple[list[Call], list[int]]:
    there: list[int] = []
    calls = []
    for number, (_, process, begin, end) in enumerate(intervals(rng, 24)):
        if rng.random() < 0.6:
            there.append(number)
            calls.append(perhaps_unknown(rng, Call(0, process, "add", number, begin, end, "ok")))
        else:
            calls.append(Call(0, process, "read", None, begin, end, "ok", list(there)))
    return numbered(calls), there


def bank_history(rng: Random) -> list[Call]:
    accounts = {"a": 50, "b": 50}
    calls = []
    for _, process, begin, end in intervals(rng, 24):
        if rng.random() < 0.5:
            one, other = rng.sample(sorted(accounts), 2)
            amount = min(accounts[one], rng.randint(1, 9))
            accounts[one] -= amount
            accounts[other] += amount
            calls.append(Call(0, process, "transfer", [one, other, amount], begin, end, "ok"))
        else:
            calls.append(Call(0, process, "read", None, begin, end, "ok", dict(accounts)))
    return numbered(calls)


def append_history(rng: Random) -> list[Call]:
    """Return transactions of a true serial database: of one to three operations, some never answered."""
    lists: dict[str, list[int]] = {"x": [], "y": [], "z": []}
    calls, element = [], 0
    for _, process, begin, end in intervals(rng, 24):
        asked: list[list[Any]] = []
        answered: list[list[Any]] = []
        for _ in range(rng.randint(1, 3)):
            key = rng.choice("xyz")
            if rng.random() < 0.5:
                element += 1
                lists[key].append(element)
                asked.append(["append", key, element])
                answered.append(["append", key, element])
            else:
                asked.append(["r", key, None])
                answered.append(["r", key, list(lists[key])])
        calls.append(perhaps_unknown(rng, Call(0, process, "txn", asked, begin, end, "ok", answered)))
    return numbered(calls)


def test_what_a_single_copy_did_is_never_accused() -> None:
    for seed in SEEDS:
        rng = Random(seed)
        history = register_history(rng)
        assert registers(history).valid == "valid", seed
        assert sessions(history).valid == "valid", seed
        assert counter(counter_history(rng)).valid == "valid", seed
        assert sets(*set_history(rng)).valid == "valid", seed
        assert bank(bank_history(rng), 100).valid == "valid", seed
        assert appends(append_history(rng)).valid == "valid", seed


def planted_in_a_session(rng: Random, own: bool) -> list[Call] | None:
    """Let a process read an older value than one that it wrote (`own`) or saw before; nobody else's order changes."""
    history = register_history(rng)
    by = {(call.value[0], call.value[1]): call for call in history if call.f == "write"}
    rng.shuffle(history)
    for read in history:
        if read.f != "read":
            continue
        key = read.value[0]
        mine = [c for c in history if c.process == read.process and c.value[0] == key and c.precedes(read)]
        known = [c if own else by.get((key, c.result[1])) for c in mine if (c.f == "write") is own]
        older = [
            old for new in known if new for old in by.values() if old.value[0] == key and old.precedes(new)
        ]
        if older:
            wrong = replace(read, result=[key, rng.choice(older).value[1]])
            return numbered([wrong if call is read else call for call in history])
    return None


@pytest.mark.parametrize(("own", "kind"), [(True, "read-your-writes"), (False, "non-monotonic read")])
def test_a_planted_breach_of_a_session_is_found(own: bool, kind: str) -> None:
    planted = [h for seed in SEEDS if (h := planted_in_a_session(Random(seed), own)) is not None]
    assert len(planted) > 500
    for history in planted:
        assert kind in sessions(history).counts()
        assert registers(history).valid == "invalid", "nor is it linearizable"


def planted_stale_read(rng: Random) -> list[Call] | None:
    """Let a read see a value that a later write had replaced, with an acknowledgement, before it began."""
    history = register_history(rng)
    writes = [call for call in history if call.f == "write" and call.end == "ok"]
    rng.shuffle(history)
    for read in history:
        if read.f != "read":
            continue
        key = read.value[0]
        past = [w for w in writes if w.value[0] == key and w.precedes(read)]
        pairs = [(old, new) for new in past for old in past if old.precedes(new)]
        if pairs:
            old, _ = rng.choice(pairs)
            wrong = replace(read, result=[key, old.value[1]])
            return numbered([wrong if call is read else call for call in history])
    return None


def test_a_planted_stale_read_is_always_found() -> None:
    planted = [history for seed in SEEDS if (history := planted_stale_read(Random(seed))) is not None]
    assert len(planted) > 900
    for history in planted:
        assert "stale read" in sessions(history).counts()
        verdict = registers(history)
        assert verdict.valid == "invalid"
        (evidence,) = verdict.anomalies
        assert 2 <= len(evidence.calls) < len(history)


def test_the_search_and_real_time_agree_on_what_is_certain() -> None:
    """Whatever real time alone proves wrong, the search finds impossible: on histories with random reads."""
    wrong = 0
    for seed in SEEDS:
        rng = Random(seed)
        history = register_history(rng, 14)
        values = [call.value for call in history if call.f == "write"]
        mixed = [
            replace(call, result=rng.choice([v for v in values if v[0] == call.value[0]] or [call.result]))
            if call.f == "read" and rng.random() < 0.3
            else call
            for call in history
        ]
        certain = sessions(mixed).counts().keys() & {"stale read", "phantom read", "read-your-writes"}
        if certain:
            wrong += 1
            assert registers(mixed).valid == "invalid", seed
    assert wrong > 100


def test_the_search_agrees_with_trying_every_order() -> None:
    """Brute force over all orders of six calls, for reads that were chosen at random."""
    verdicts = set()
    for seed in range(300):
        rng = Random(seed)
        calls = []
        for number, (_, process, begin, end) in enumerate(intervals(rng, 6)):
            if rng.random() < 0.5:
                calls.append(Call(0, process, "write", number % 3, begin, end, "ok"))
            else:
                calls.append(Call(0, process, "read", None, begin, end, "ok", rng.choice([None, 0, 1, 2])))
        history = numbered(calls)
        found = linearizable(history, Register()).valid
        assert (found == "valid") == _some_order(history, None), seed
        verdicts.add(found)
    assert verdicts == {"valid", "invalid"}


def _some_order(left: list[Call], state: Any) -> bool:
    if not left:
        return True
    for call in left:
        if any(other.precedes(call) for other in left):
            continue
        if call.f == "read" and call.result != state:
            continue
        rest = [each for each in left if each is not call]
        if _some_order(rest, call.value if call.f == "write" else state):
            return True
    return False


def lose(rng: Random) -> tuple[dict[str, int], str]:
    calls, there = set_history(rng)
    acked = [call.value for call in calls if call.f == "add" and call.end == "ok"]
    gone = rng.choice(acked)
    return sets(calls, [each for each in there if each != gone]).counts(), "lost write"


def invent(rng: Random) -> tuple[dict[str, int], str]:
    calls, there = set_history(rng)
    return sets(calls, [*there, 999]).counts(), "phantom write"


def misplace_money(rng: Random) -> tuple[dict[str, int], str]:
    calls = bank_history(rng)
    read = rng.choice([call for call in calls if call.f == "read"])
    read.result["a"] += rng.choice([-1, 1])
    return bank(calls, 100, negative=True).counts(), "wrong total"


def forget_increments(rng: Random) -> tuple[dict[str, int], str]:
    calls = [call for call in counter_history(rng) if call.f == "read" or call.value > 0]
    begin = max((call.ended_us for call in calls if call.end == "ok"), default=0) + 1
    acked = sum(call.value for call in calls if call.f == "add" and call.end == "ok")
    read = Call(len(calls), 9, "read", None, begin, begin + 1, "ok", acked - 1)
    return counter([*calls, read]).counts(), "lost increment"


@pytest.mark.parametrize("fault", [lose, invent, misplace_money, forget_increments])
def test_a_planted_fault_is_always_found(fault: Callable[[Random], tuple[dict[str, int], str]]) -> None:
    for seed in SEEDS:
        found, kind = fault(Random(seed))
        assert found.get(kind), (seed, found)


def test_a_planted_write_skew_is_always_found() -> None:
    """Two transactions at once, each reading both of two new keys and appending to one of them."""
    for seed in SEEDS[:300]:
        history = append_history(Random(seed))
        begin = max(call.invoked_us for call in history) + 1_000
        read = [["r", "p", []], ["r", "q", []]]
        one = [*read, ["append", "p", 1_001]]
        other = [*read, ["append", "q", 1_002]]
        late = [["r", "p", [1_001]], ["r", "q", [1_002]]]
        calls = [
            Call(0, 11, "txn", one, begin, begin + 5, "ok", one),
            Call(0, 12, "txn", other, begin + 1, begin + 6, "ok", other),
            Call(0, 13, "txn", late, begin + 9, begin + 10, "ok", late),
        ]
        assert appends(numbered([*history, *calls])).counts() == {"G2-item": 1}, seed
        assert appends(numbered([*history, *calls]), "snapshot-isolation").valid == "valid", seed


def test_two_branches_of_a_long_history_are_judged_in_seconds() -> None:
    """As after a failover that takes acknowledged transactions back: thousands of them in one knot."""
    calls = []
    lists: dict[str, list[int]] = {}
    for number in range(3_000):
        if number == 1_500:
            lists = {key: elements[:-3] for key, elements in lists.items()}
        key = f"k{number % 5 + 5 * (number // 1_000)}"
        held = lists.setdefault(key, [])
        done = [["r", key, list(held)], ["append", key, number]]
        held.append(number)
        calls.append(Call(number, number % 4, "txn", done, 10 * number, 10 * number + 15, "ok", done))
    verdict = appends(calls)
    assert verdict.valid == "invalid"
    assert "incompatible order" in verdict.counts()
    assert all(len(anomaly.calls) < 10 for anomaly in verdict.anomalies)
