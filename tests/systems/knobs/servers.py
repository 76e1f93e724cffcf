"""What the parameters of caches, servers of sessions and servers of live streams move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.harness import Ask, Lab
from tests.systems.knobs.table import Knobs

AUTH, CDN, STREAMING = Knobs("auth"), Knobs("cdn"), Knobs("streaming")
USERS = 40
OBJECTS = 100_000
VIEWERS = 400

# -- caches ------------------------------------------------------------------------------------------------


def fetch(lab: Lab, item: int = 0, times: int = 1) -> Ask:
    wanted = Ask("request", {"object": item, "objects": OBJECTS, "zipf": 0.8, "times": times})
    wanted.kind = "cache"
    lab.system.submit(lab.processes["cdn-0"], wanted)
    while not wanted.type:
        lab.run(0.01)
    return wanted


def hit_ratio(lab: Lab) -> float:
    _, _, times, to_origin = fetch(lab, times=1_000_000).result
    return float(1 - to_origin / times)


def cache(requests: int = 0, **parameters: Any) -> Lab:
    lab = Lab("cdn", **parameters)
    lab.start("cdn-0")
    if requests:
        fetch(lab, times=requests)
    return lab


def hits_at_the_start(**parameters: Any) -> float:
    """Return the hit ratio of a cache that has just started."""
    return hit_ratio(cache(**parameters))


def hits_when_full(**parameters: Any) -> float:
    """Return the hit ratio of a cache that has been in use for long."""
    return hit_ratio(cache(1_000_000, **parameters))


def hits_after_a_restart(**parameters: Any) -> float:
    """Return the hit ratio of a cache that was restarted."""
    lab = cache(1_000_000, **parameters)
    lab.kill("cdn-0")
    lab.start("cdn-0")
    return hit_ratio(lab)


def missed_after_s(**parameters: Any) -> float:
    """Return how long the answer to a miss takes, in seconds."""
    lab = cache(**parameters)
    fetch(lab, OBJECTS - 1)
    return lab.clock.now / SECOND


CDN.rises("store", hits_after_a_restart, ("memory", 0), ("disk", 0.47))
CDN.rises("capacity", hits_when_full, 1000, (10_000, 0.47), 50_000)
CDN.rises("origin_latency", missed_after_s, ("50ms", 0.05), ("3s", 3))
CDN.rises("warm_until", hits_at_the_start, ("0s", 0), ("30s", 0.47))

# -- sessions ----------------------------------------------------------------------------------------------


def logged_in(**parameters: Any) -> tuple[Lab, list[list[Any]]]:
    """Return four servers with as many users on each, and what these hold."""
    lab = Lab("auth", **parameters)
    if parameters.get("store") == "external":
        for name in ("pg", "other"):
            lab.start(f"{name}-0", system=lab.beside(name, "postgres"))
    for number in range(4):
        lab.start(f"auth-{number}")
    lab.run(60)
    asked = [lab.ask(f"auth-{n % 4}", "login", [f"u{n}", 1]) for n in range(USERS)]
    lab.run(1)
    return lab, [ask.result for ask in asked]


def known(lab: Lab, held: list[list[Any]], pod: str = "auth-2", f: str = "act") -> int:
    """Return how many of the users a server knows."""
    asked = [lab.ask(pod, f, each) for each in held]
    lab.run(1)
    return sum(ask.type == "ok" for ask in asked)


def left_after_two(how: str = "kill", between_s: float = 5, **parameters: Any) -> float:
    """Return how many are logged in when two of four servers have gone, one after the other."""
    lab, held = logged_in(**{"store": "replicated", **parameters})
    getattr(lab, how)("auth-0")
    lab.run(between_s)
    getattr(lab, how)("auth-1")
    return known(lab, held)


def left_after_all(**parameters: Any) -> float:
    """Return how many are logged in when every server has been started again, those logged out counted."""
    lab, held = logged_in(**parameters)
    for number in range(4):
        lab.kill(f"auth-{number}")
        lab.start(f"auth-{number}")
    left = known(lab, held)
    known(lab, held, f="logout")
    return left + known(lab, held) / 2


def left_after_ten_minutes(**parameters: Any) -> float:
    """Return how many of a server's users are still logged in after ten idle minutes."""
    lab, held = logged_in(**parameters)
    lab.run(600)
    return known(lab, held, "auth-0")


def left_without_pg(**parameters: Any) -> float:
    """Return how many users are known when the database named pg is gone."""
    lab, held = logged_in(store="external", **parameters)
    lab.kill("pg-0")
    return known(lab, held)


AUTH.rises("store", left_after_all, ("local", 0), ("token", 1.5 * USERS))
AUTH.rises("store", left_after_two, "local", "replicated")
AUTH.rises("owners", left_after_two, 1, 2, (3, USERS))
AUTH.falls("rebalance", left_after_two, ("2s", USERS), "20s")
AUTH.falls(
    "failure_timeout", left_after_two, ("5s", USERS), "40s", how="power_cut", between_s=20, rebalance="5s"
)
AUTH.rises("session_ttl", left_after_ten_minutes, ("5m", 0), ("30m", USERS // 4))
AUTH.rises("system", left_without_pg, ("pg", 0), ("other", USERS))

# -- streams -----------------------------------------------------------------------------------------------


class Viewer:
    """A viewer's end of a stream."""

    def reset(self, how: str) -> None:
        """Do nothing: the server counts whom it cuts off."""


def cut_off(**parameters: Any) -> float:
    """Return how many viewers are cut off by a stop with a minute of grace."""
    lab = Lab("streaming", **parameters)
    process = lab.start("live-0")
    process.connections = {number: Viewer() for number in range(VIEWERS)}
    lab.stop("live-0")
    lab.run(60)
    lab.exit(process, Exit.KILLED, "its grace is over")
    return sum(event.fields["count"] for event in lab.events("StreamsCut"))


def taken_in_a_second(**parameters: Any) -> float:
    """Return how many of a hundred new streams a server takes at once."""
    lab = Lab("streaming", **parameters)
    process = lab.start("live-0")
    lab.run(10)
    return [lab.system.accept(process, read_write=True) for _ in range(100)].count(None)


def have_the_programme(**parameters: Any) -> float:
    """Return how many of two servers have the programme that is pushed to the first."""
    lab = Lab("streaming", **parameters)
    for number in range(2):
        lab.start(f"live-{number}")
    lab.ask("live-0", "request")
    return sum(lab.ask(f"live-{number}", "segment").type == "ok" for number in range(2))


def shown_for_s(**parameters: Any) -> float:
    """Return for how long a programme is shown that has ended."""
    lab = Lab("streaming", relay=False, **parameters)
    lab.start("live-0")
    lab.ask("live-0", "request")
    while lab.ask("live-0", "segment").type == "ok":
        lab.run(0.1)
    return lab.clock.now / SECOND


STREAMING.rises("mean_session", cut_off, "10s", "1m", "1h")
STREAMING.falls("drain", cut_off, (False, VIEWERS), True, mean_session="1m")
STREAMING.rises("accept_rate", taken_in_a_second, (5, 5), (50, 50))
STREAMING.rises("relay", have_the_programme, (False, 1), (True, 2))
STREAMING.rises("drop_idle_publisher", shown_for_s, ("5s", 5), ("20s", 20))
