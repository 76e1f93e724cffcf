"""The history is well formed whatever fails, its sums agree, and what was lost is counted."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND

WHAT = ("kill", "close", "crash", "boot", "freeze", "thaw", "cut", "heal", "hold", "release", "read-only")


def do(world, what, number):
    name, node = f"pg-{number}", f"n{number}"
    process = world.programs[name]
    if what in ("kill", "close") and process.alive and world.powers[node] == "on":
        world.exit(name, "reset" if what == "kill" else "closed")
    elif what == "crash":
        world.crash(node)
    elif what == "boot" and not process.alive:
        world.powers[node] = "on"
        world.start(name, node)
    elif what == "freeze" and world.powers[node] == "on":
        world.freeze(node)
    elif what == "thaw" and world.powers[node] == "paused":
        world.thaw(node)
    elif what == "cut":
        world.topology.cut(node, [node])
    elif what == "heal":
        world.topology.heal(node)
    elif what == "hold":
        world.system.mode = "holds"
    elif what == "release":
        world.system.mode = "answers"
        held, world.system.held = world.system.held, []
        for request in held:
            world.system.submit(process, request)
    elif what == "read-only":
        world.system.read_only ^= {name}


def check(history):
    """Each invocation is followed by one end of the same process, or by nothing at all."""
    opened = {}
    last = 0
    for t, process, client, type_, f, value, error in history:
        assert t >= last
        last = t
        if type_ == "invoke":
            assert process not in opened
            assert error == ""
            opened[process] = (client, f, value)
        else:
            assert (error == "") == (type_ == "ok")
            assert opened.pop(process)[:2] == (client, f)
            assert type_ != "info" or f == "write"
    return opened


schedules = st.lists(
    st.tuples(st.floats(0.01, 4), st.sampled_from(WHAT), st.integers(0, 1)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(schedules, st.sampled_from(["2s", "never"]), st.sampled_from(["3s", "never"]), st.integers(1, 5))
def test_every_operation_ends_at_most_once_whatever_fails(bench, schedule, statement, keepalive, seed):
    rows = {
        "sessions": 4,
        "operations": {"rate": "40/s"},
        "timeouts": {"statement": statement, "connect": "1s", "keepalive": keepalive},
    }
    world = bench(rows, pods=2, seed=seed)
    now = 2.0
    world.run(now)
    for wait, what, number in schedule:
        do(world, what, number)
        now += wait
        world.run(now)
    check(world.history.rows)
    acked = {row.value for row in world.rows("ok", f="write")}
    assert acked <= world.system.elements
    failed = {row.value for row in world.rows("fail", f="write")}
    assert not failed & world.system.elements
    sessions = Counter()
    for event in world.events():
        if event.event.startswith("Session"):
            sessions[event.fields["session"]] += 1 if event.event == "SessionOpened" else -1
            assert sessions[event.fields["session"]] in (0, 1)
    for process in world.programs.values():
        assert len(process.connections) <= 4


@settings(max_examples=30, deadline=None)
@given(schedules, st.integers(1, 5))
def test_after_the_storm_every_session_works_again(bench, schedule, seed):
    rows = {"sessions": 4, "operations": {"rate": "40/s"}, "timeouts": {"statement": "2s", "connect": "1s"}}
    world = bench(rows, pods=2, seed=seed)
    now = 2.0
    world.run(now)
    for wait, what, number in schedule:
        do(world, what, number)
        now += wait
        world.run(now)
    for number in range(2):
        for what in ("heal", "thaw", "boot", "release"):
            do(world, what, number)
    world.system.read_only.clear()
    world.run(now + 10)
    before = len(world.history)
    world.run(now + 20)
    ended = world.history.rows[before:]
    assert {row[1] for row in ended if row[3] == "ok"} == {0, 1, 2, 3}
    assert not [row for row in ended if row[3] in ("fail", "info")]
    assert len(world.events("Outage")) == len(world.events("Recovered"))


def test_sums_agree(bench):
    world = bench({"sessions": 10, "operations": {"rate": "50/s"}}, pods=2)
    world.run(20)
    world.crash("n0")
    world.run(40)
    counts = Counter(row.type for row in world.rows())
    still = len(check(world.history.rows))
    assert counts["invoke"] == counts["ok"] + counts["fail"] + counts["info"] + still
    assert counts["ok"] <= world.system.requests


def test_the_last_read_counts_what_was_acknowledged_and_is_gone(bench):
    world = bench({"operations": {"rate": "20/s", "mix": {"write": 1}}})
    world.run(10)
    acked = [row.value for row in world.rows("ok")]
    world.system.elements -= set(acked[-5:])
    world.client.finish()
    final = world.rows(f="final")[0]
    assert (final.process, final.type, final.t_us) == ("final", "ok", 10 * SECOND)
    assert final.value == sorted(world.system.elements)
    (lost,) = world.events("Lost")
    assert lost.fields == {"count": 5}
    assert world.client.lost == tuple(sorted(acked[-5:]))


def test_the_same_seed_is_the_same_run(bench):
    digests = set()
    for _ in range(2):
        world = bench({"sessions": 5}, pods=2, seed=3)
        for until, what, number in ((10, "crash", 0), (25, "boot", 0), (40, "cut", 1), (60, "heal", 1)):
            world.run(until)
            do(world, what, number)
        world.run(90)
        digests.add((world.trace.digest(), repr(world.history.rows), world.clock.events))
    assert len(digests) == 1
