"""A client that counts (`recording: flow`) says the same as one that records every operation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import sqrt
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import pytest

from statesim.analysis.metrics import metrics
from statesim.api import Result, load
from statesim.experiment.run import record_of
from statesim.kernel.spans import DAY, MINUTE, SECOND
from statesim.scenario.clients import MOST_FOLLOWED
from statesim.scenario.timeline import ContainerKill
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.analysis.record import RunRecord
    from statesim.scenario.load import VariantScenario

SEEDS = range(1_000, 1_200)
COUNTS = ("acked", "failed", "unknown", "lost", "sessions_broken", "reads_acked", "reads_failed")
OUTAGES = ("unavailable_s", "longest_outage_s", "outages", "availability", "read_unavailable_s")


@cache
def shipped(name: str, variant: str) -> VariantScenario:
    return next(each for each in load(name).variants if each.name == variant)


def recording(variant: VariantScenario, how: str, duration_us: int | None = None, **of_client: Any) -> Any:
    scenario = variant.scenario
    clients = [each.model_copy(update={"recording": how, **of_client}) for each in scenario.clients]
    update = {"clients": clients, "duration_us": duration_us or scenario.duration_us}
    return replace(variant, scenario=scenario.model_copy(update=update))


def ran(variant: VariantScenario, seed: int | None = None) -> tuple[RunRecord, int]:
    run = World(variant, seed).run()
    return record_of(run), run.cost


def measured(variant: VariantScenario, seeds: Iterable[int]) -> list[dict[str, float]]:
    found = []
    for seed in seeds:
        told = metrics(ran(variant, seed)[0])
        of_client = told["clients"]["shop"]
        of_systems = {
            name: float(sum(each[name] or 0 for each in told["systems"].values()))
            for name in ("rpo_writes", "rto_s")
        }
        found.append({name: float(of_client[name]) for name in (*COUNTS, *OUTAGES)} | of_systems)
    return found


def z_of(ones: list[float], others: list[float]) -> float:
    """Return how many standard errors two means are apart."""
    error = sqrt((stdev(ones) ** 2 + stdev(others) ** 2) / len(ones))
    apart = mean(ones) - mean(others)
    return apart / error if error else 0.0 if abs(apart) < 1e-9 else float("inf")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "variant", "duration_us"),
    [
        ("pg-node-crash", "patroni-async", 5 * MINUTE),  # a failover, and an acknowledged write or two lost
        pytest.param(  # an outage without an end
            "pg-node-crash", "deployment-rwo", 12 * MINUTE, marks=pytest.mark.thorough
        ),
        pytest.param(  # everything is lost that had been written
            "pg-node-crash", "deployment-emptydir", 8 * MINUTE, marks=pytest.mark.thorough
        ),
        pytest.param(  # writes that hang, and readers who are broken off with them
            "standby-lost-first", "strict", None, marks=pytest.mark.thorough
        ),
    ],
)
def test_counting_agrees_with_recording_over_many_seeds(
    name: str, variant: str, duration_us: int | None
) -> None:
    """Means over 200 seeds are at most three standard errors apart: the figures that a sweep would show."""
    full, flow = (
        measured(recording(shipped(name, variant), how, duration_us), SEEDS) for how in ("full", "flow")
    )
    if name == "pg-node-crash":  # what befalls servers does not depend on how clients are counted
        assert [run["rto_s"] for run in full] == [run["rto_s"] for run in flow]
    apart = {each: z_of([run[each] for run in full], [run[each] for run in flow]) for each in full[0]}
    if name == "standby-lost-first":
        # sessions that wait for a write seldom read: what is an outage of reads then depends on whose rule
        # it is, the history's or the client's own (half a per cent); and a rest is one record of a log, which
        # is replayed sooner (30 ms of four minutes)
        del apart["read_unavailable_s"], apart["rto_s"]
    assert all(abs(z) <= 3 for z in apart.values()), apart
    costs = [ran(recording(shipped(name, variant), how, duration_us), 1)[1] for how in ("full", "flow")]
    assert costs[1] < 0.6 * costs[0]


def test_a_wrong_rate_would_be_found() -> None:
    """The bounds of the test above are so narrow that two in a hundred calls more are seen."""
    variant = recording(shipped("pg-node-crash", "patroni-async"), "flow", 5 * MINUTE)
    client = variant.scenario.clients[0]
    busier = client.operations.model_copy(update={"rate": client.operations.rate * 1.02})
    runs = [measured(each, SEEDS[:60]) for each in (variant, recording(variant, "flow", operations=busier))]
    acked = [[run["acked"] for run in each] for each in runs]
    assert abs(z_of(*acked)) > 3


def test_a_day_without_an_event_costs_as_many_timers_as_two_minutes() -> None:
    quiet = shipped("pg-node-crash", "patroni-async")
    quiet = replace(quiet, scenario=quiet.scenario.model_copy(update={"timeline": []}))
    costs = {ran(recording(quiet, "flow", length), 7)[1] for length in (2 * MINUTE, DAY, 365 * DAY)}
    assert len(costs) == 1


def test_a_quiet_month_after_a_failure_costs_as_many_timers_as_five_quiet_minutes() -> None:
    """Calls that failed after the last change, because a proxy or a session heard of it late, are over."""
    variant = shipped("pg-node-crash", "statefulset")
    kill = ContainerKill.model_validate({"at": "60s", "do": "container-kill", "on": "StatefulSet/pg"})
    killed = replace(variant, scenario=variant.scenario.model_copy(update={"timeline": [kill]}))
    for seed in range(1, 9):
        costs = {ran(recording(killed, "flow", length), seed)[1] for length in (6 * MINUTE, 30 * DAY)}
        assert len(costs) == 1, seed


MANY = [
    pytest.param(  # many calls of few sessions, which are reset together
        "web-rolling-update", "without", None, 600, 40, marks=pytest.mark.thorough
    ),
    pytest.param(  # connections that are found dead long after
        "pg-node-crash", "patroni-async", 5 * MINUTE, 10, 1_000, marks=pytest.mark.thorough
    ),
    pytest.param(  # more than are followed
        "pg-node-crash", "patroni-async", 5 * MINUTE, 60, 3_000, marks=pytest.mark.thorough
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant", "duration_us", "rate", "sessions"), MANY)
def test_counting_many_sessions_and_calls_agrees_with_recording(
    name: str, variant: str, duration_us: int | None, rate: int, sessions: int
) -> None:
    """What each session meets for itself is not scaled with the calls: a sample keeps its own pace."""
    scenario = shipped(name, variant)
    (client,) = scenario.scenario.clients
    many = {"sessions": sessions, "operations": client.operations.model_copy(update={"rate": float(rate)})}
    full, flow = (
        counted(recording(scenario, how, duration_us, **many), client.name, range(1_000, 1_020))
        for how in ("full", "flow")
    )
    names = ("acked", "failed", "unknown", "sessions_broken", "unavailable_s")
    apart = {each: z_of([run[each] for run in full], [run[each] for run in flow]) for each in names}
    if sessions > MOST_FOLLOWED:
        del apart["unavailable_s"]  # an outage is seen through the calls of the sample
    assert all(abs(z) <= 3 for z in apart.values()), apart


def counted(variant: VariantScenario, client: str, seeds: Iterable[int]) -> list[dict[str, float]]:
    return [metrics(ran(variant, seed)[0])["clients"][client] for seed in seeds]


def test_a_million_sessions_cost_as_many_timers_as_a_thousand() -> None:
    """Each of them calls every hundred seconds: ten thousand calls a second, and ten."""
    variant = shipped("pg-node-crash", "patroni-async")
    (client,) = variant.scenario.clients
    costs = []
    for sessions in (1_000, 1_000_000):
        operations = client.operations.model_copy(update={"rate": sessions / 100})
        many = recording(variant, "flow", 5 * MINUTE, sessions=sessions, operations=operations)
        costs.append(ran(many, 7)[1])
    assert costs[0] == costs[1]


def test_many_sessions_are_broken_as_many() -> None:
    """Each calls every ten seconds, so that all of them find out that their server is gone."""
    scenario = shipped("pg-node-crash", "patroni-async")
    operations = scenario.scenario.clients[0].operations.model_copy(update={"rate": 10_000.3})
    variant = recording(scenario, "flow", 3 * MINUTE, sessions=100_003, operations=operations)
    told = metrics(ran(variant, 7)[0])["clients"]["shop"]
    assert told["sessions_opened"] >= 100_003
    assert 100_003 <= told["sessions_broken"] <= 1.5 * 100_003


def test_only_a_rest_is_counted_in_one_piece() -> None:
    """A client calls one by one before whatever can change and until it is known what has become of it."""
    variant = recording(shipped("pg-node-crash", "patroni-async"), "flow")
    record, _ = ran(variant, 7)
    told = [each for each in record.events if each.event == "Traffic" and each.fields["f"] == "write"]
    rests = [each for each in told if each.t - each.fields["since_s"] > 5]
    crash = next(each for each in record.events if each.object.startswith("Fault/"))
    assert rests
    whole = [each for each in rests if each.fields.keys() == {"f", "since_s", "ok"}]
    assert sum(each.t - each.fields["since_s"] for each in whole) > 1_000
    assert all(not each.fields["since_s"] < crash.t < each.t + 1.5 for each in whole)
    assert not record.history


def test_a_service_that_never_comes_back_is_counted_at_the_pace_of_the_sessions_patience() -> None:
    variant = recording(shipped("pg-node-crash", "statefulset"), "flow", 30 * DAY)
    record, cost = ran(variant, 7)
    told = metrics(record)["clients"]["shop"]
    client = variant.scenario.clients[0]
    assert told["out_at_end"]
    assert told["longest_outage_s"] == pytest.approx(30 * 86_400 - 60, abs=2)
    wanted = client.operations.rate * 30 * 86_400
    assert 0.5 * wanted < sum(told[each] for each in ("failed", "unknown", "reads_failed", "reads_unknown"))
    assert cost < 10_000


def test_what_only_a_history_tells_is_not_told() -> None:
    told = metrics(ran(recording(shipped("pg-node-crash", "patroni-sync"), "flow", 3 * MINUTE), 7)[0])
    client = told["clients"]["shop"]
    unknown = ("stale_reads", "phantom", "recovered", "rto_client_p50_s", "write_latency_p99_ms")
    assert all(client[name] is None for name in unknown)
    assert client["rto_server_s"] > 20


def test_the_curve_of_a_client_that_counts_shows_its_rate_and_its_outage() -> None:
    variant = recording(shipped("pg-node-crash", "patroni-async"), "flow")
    result = Result([ran(variant, 7)[0]])
    marks = result.timeline().axes
    assert marks
    strip = _strip(result)
    rate = variant.scenario.clients[0].operations.rate / 2
    longest = max(range(len(strip.heights)), key=lambda i: strip.edges[i + 1] - strip.edges[i])
    assert strip.heights[longest] == pytest.approx(rate, rel=0.15)
    assert strip.gaps
    assert max(strip.heights) < 3 * rate


def _strip(result: Result) -> Any:
    from statesim.analysis.reading import Reading
    from statesim.views.strips import client_strip

    reading = Reading(result.records[0])
    return client_strip(reading, "shop", (0.0, reading.record.duration_us / SECOND))


def test_a_failure_that_hangs_writes_is_met_awake_and_leaves_nobody_without_attempts() -> None:
    """A standby that must confirm commits dies: writes hang, sessions break, and all of them come back."""
    variant = recording(shipped("standby-lost-first", "synchronous"), "flow")
    for seed in range(8):
        record, _ = ran(variant, seed)
        told = metrics(record)["clients"]["shop"]
        assert not told["out_at_end"]
        assert told["sessions_opened"] - told["sessions_broken"] == variant.scenario.clients[0].sessions


def test_before_the_first_success_an_outage_counts_from_the_first_attempt() -> None:
    """As it does where there is a history: not from when the client calls it an outage."""
    variant = recording(shipped("galera-rollout", "emptydir-rsync"), "flow")
    full, flow = (metrics(ran(recording(variant, how), 0)[0])["clients"]["shop"] for how in ("full", "flow"))
    assert flow["first_outage_at_s"] == pytest.approx(full["first_outage_at_s"], abs=0.5)
    assert flow["first_outage_s"] == pytest.approx(full["first_outage_s"], abs=0.5)
