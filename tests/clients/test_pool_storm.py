"""Pools under blows that come at random: nothing is lent twice, every call ends once, and calm heals."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from statesim.node.process import State

ROWS = {
    "hikaricp": {"pool": {"preset": "hikaricp", "size": 4, "connectionTimeout": "5s", "maxLifetime": "30s"}},
    "shrinking": {"pool": {"preset": "hikaricp", "size": 4, "minimumIdle": 1, "idleTimeout": "3s"}},
    "probing": {
        "pool": {"preset": "hikaricp", "size": 3, "keepaliveTime": "2s"},
        "tcp": {"userTimeout": "4s"},
    },
    "transaction": {"pool": {"preset": "pgbouncer", "size": 3, "mode": "transaction", "loginRetry": "2s"}},
    "session": {"pool": {"preset": "pgbouncer", "size": 7, "mode": "session", "loginRetry": "2s"}},
    "closing": {"pool": {"preset": "hikaricp", "size": 3, "closeReadOnly": True}},
    "kept": {"tcp": {"userTimeout": "4s", "keepalive": {"idle": "3s", "interval": "1s", "count": 2}}},
    "waiting": {"backoff": {"policy": "none"}},
}
COMMON = {
    "sessions": 7,
    "operations": {"rate": "30/s"},
    "serviceTime": "40ms",
    "timeouts": {"connect": "2s", "statement": "6s"},
}


def blow(world, rng):
    """Do one thing to a pod or a machine."""
    number = rng.randrange(2)
    node, pod = f"n{number}", f"pg-{number}"
    choice = rng.randrange(7)
    state = world.programs[pod].state
    if choice == 0 and world.powers[node] == "on":
        world.crash(node)
    elif choice == 1 and world.powers[node] == "on":
        world.freeze(node)
    elif choice == 2 and state is State.RUNNING:
        world.exit(pod, rng.choice(["reset", "closed"]))
    elif choice == 3:
        world.system.read_only ^= {pod}
    elif choice == 4:
        world.system.mode = "holds" if world.system.mode == "answers" else "answers"
    elif choice == 5:
        world.endpoints(*rng.choice([("pg-0",), ("pg-1",), ("pg-0", "pg-1"), ()]))
    else:
        heal(world, node, pod)


def heal(world, node, pod):
    if world.powers[node] == "paused":
        world.thaw(node)
    world.powers[node] = "on"
    if world.programs[pod].state is State.EXITED:
        world.start(pod, node)


def check(world):
    """Hold what must always be so."""
    under_way = [session.operation for session in world.client.sessions if session.operation is not None]
    sent = Counter(id(operation.connection) for operation in under_way if operation.connection is not None)
    assert not [count for count in sent.values() if count > 1], "a connection is lent twice"
    for pool in world.client._pools.values():
        assert len(pool._waiting) == len({id(operation) for operation in pool._waiting})
        for operation in pool._waiting:
            assert operation.session.operation is operation, "who waits is still under way"


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("seed", range(8))
def test_storms(bench, name, seed):
    rng = Random(f"{name} {seed}")
    world = bench({**COMMON, **ROWS[name]}, pods=2, seed=seed)
    t = 5.0
    world.run(t)
    for _ in range(60):
        blow(world, rng)
        for _ in range(4):
            t += rng.random() * 0.7
            world.run(t)
            check(world)
    for number in range(2):
        heal(world, f"n{number}", f"pg-{number}")
    world.system.read_only.clear()
    world.system.mode = "answers"
    world.endpoints("pg-0", "pg-1")
    world.run(t + 60)
    ends = Counter()
    for row in world.rows():
        ends[row.process] += 1 if row.type == "invoke" else -1
        assert ends[row.process] in (0, 1), "a session has one call under way at most"
    calm = world.rows(after_s=t + 40)
    assert {row.type for row in calm} <= {"invoke", "ok"}, [row.error for row in calm if row.error]
    assert len({row.process for row in calm if row.type == "ok"}) == 7
