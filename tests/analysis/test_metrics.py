from __future__ import annotations

import json
from typing import Any

import made_traces as made
import pytest

from statesim.analysis.compare import differences
from statesim.analysis.metrics import metrics, metrics_document
from statesim.analysis.outcome import duration_text, outcome, severity
from statesim.analysis.record import Operation, RunRecord

S = 1_000_000


def record(rows: list[tuple[Any, ...]], duration_s: float = 20) -> RunRecord:
    history = [Operation(round(t * S), *rest) for t, *rest in rows]
    return RunRecord("v", "v", "hand-made", 1, round(duration_s * S), (), history)


def writes(times: list[float], start: int = 0) -> list[tuple[Any, ...]]:
    """Writes that are answered ten milliseconds after each of `times`."""
    rows: list[tuple[Any, ...]] = []
    for value, t in enumerate(times, start=start):
        rows += [(t, 0, "shop", "invoke", "write", value), (t + 0.01, 0, "shop", "ok", "write", value)]
    return rows


def final(values: list[int], t: float = 20) -> tuple[Any, ...]:
    return (t, "final", "shop", "ok", "final", values)


def shop(run: RunRecord) -> dict[str, Any]:
    return metrics(run)["clients"]["shop"]


def test_an_acknowledged_write_that_is_missing_in_the_end_is_lost() -> None:
    found = shop(record([*writes([1, 2, 3]), final([0, 2])]))
    assert (found["acked"], found["lost"], found["phantom"], found["recovered"]) == (3, 1, 0, 0)


def test_what_failed_or_was_never_tried_and_is_there_is_a_phantom() -> None:
    refused = [(4, 1, "shop", "invoke", "write", 7), (4.1, 1, "shop", "fail", "write", 7, "read-only")]
    found = shop(record([*writes([1]), *refused, final([0, 7, 99])]))
    assert (found["failed"], found["phantom"], found["lost"]) == (1, 2, 0)


def test_an_unknown_write_that_appears_has_recovered() -> None:
    unknown = [(4, 1, "shop", "invoke", "write", 7), (9, 1, "shop", "info", "write", 7, "timeout")]
    never_answered = [(5, 2, "shop", "invoke", "write", 8)]
    found = shop(
        record([*sorted([*writes([1]), *unknown, *never_answered], key=lambda r: r[0]), final([0, 7])])
    )
    assert (found["unknown"], found["recovered"], found["phantom"]) == (2, 1, 0)


def test_without_the_judges_read_nobody_knows_what_was_lost() -> None:
    found = shop(record(writes([1, 2])))
    assert found["lost"] is None
    assert found["phantom"] is None


def test_web_requests_lose_nothing() -> None:
    rows = [(1, 0, "shop", "invoke", "request", None), (1.2, 0, "shop", "ok", "request", "r1")]
    found = shop(record(rows))
    assert (found["operation"], found["acked"], found["lost"]) == ("request", 1, 0)
    assert found["request_latency_p50_ms"] == 200.0


def test_a_stale_read_misses_what_was_there_and_a_missing_one_what_is_lost() -> None:
    reads = [
        (5, 1, "shop", "invoke", "read", 0), (5.01, 1, "shop", "ok", "read", [0, False]),  # survives: stale
        (6, 1, "shop", "invoke", "read", 1), (6.01, 1, "shop", "ok", "read", [1, False]),  # lost
        (7, 1, "shop", "invoke", "read", 0), (7.01, 1, "shop", "ok", "read", [0, True]),
    ]  # fmt: skip
    found = shop(record([*writes([1, 2]), *reads, final([0])]))
    assert (found["stale_reads"], found["missing_reads"], found["lost"]) == (1, 2, 1)


def test_a_read_that_began_before_the_acknowledgement_may_miss_it() -> None:
    rows = [
        (0.9, 1, "shop", "invoke", "read", 0), (1, 0, "shop", "invoke", "write", 0),
        (1.01, 0, "shop", "ok", "write", 0), (1.02, 1, "shop", "ok", "read", [0, False]),
    ]  # fmt: skip
    assert shop(record([*rows, final([0])]))["missing_reads"] == 0


def test_an_outage_reaches_from_the_last_success_to_the_next() -> None:
    steady = [1 + n / 5 for n in range(20)]  # to 4.8
    back = [10 + n / 5 for n in range(45)]  # to 18.8, then again on
    asked = [(5, 3, "shop", "invoke", "write", 900), (8, 3, "shop", "info", "write", 900, "timeout")]
    rows = sorted(
        [*writes(steady), *asked, *writes(back, start=100), *writes([19, 19.5, 19.9], start=500)],
        key=lambda r: r[0],
    )
    found = shop(record(rows))
    assert found["outages"] == 1
    assert found["unavailable_s"] == pytest.approx(10.01 - 4.81)
    assert found["first_outage_at_s"] == pytest.approx(4.81)
    assert found["availability"] == pytest.approx(1 - 5.2 / (20 - 1.01), abs=1e-6)


def test_a_pause_in_which_nobody_asked_is_no_outage() -> None:
    rows = [*writes([1 + n / 5 for n in range(20)]), *writes([10 + n / 5 for n in range(49)], start=100)]
    assert shop(record(rows))["outages"] == 0


def test_an_outage_may_be_open_at_the_end() -> None:
    rows = [*writes([1 + n / 5 for n in range(20)]), (5, 3, "shop", "invoke", "write", 900)]
    found = shop(record(rows))
    assert found["out_at_end"] is True
    assert found["longest_outage_s"] == pytest.approx(20 - 4.81)


def test_who_never_succeeds_is_out_from_the_first_attempt_on() -> None:
    rows = [(2, 0, "shop", "invoke", "write", 0), (4, 0, "shop", "fail", "write", 0, "refused")]
    found = shop(record(rows))
    assert (found["unavailable_s"], found["availability"]) == (18.0, 0.0)


def test_a_client_without_a_history_is_judged_by_its_events() -> None:
    story = made.Story("flow", 100)
    story.say(30, "Client/shop", "Outage", f="write", last_ok_s=28.5)
    story.say(60, "Client/shop", "Recovered", f="write", outage_s=31.5)
    story.say(100, "Client/shop", "Lost", count=4)
    found = shop(story.record())
    assert (found["unavailable_s"], found["lost"], found["acked"]) == (31.5, 4, None)


def test_a_failover_is_measured_at_the_servers_and_at_the_clients() -> None:
    found = metrics(made.patroni())
    system, client = found["systems"]["pg"], found["clients"]["shop"]
    assert system["failovers"] == 1
    assert system["rto_s"] == pytest.approx(26.3)
    assert system["rto_each_s"] == [pytest.approx(26.3)]
    assert system["rpo_writes"] == client["lost"] > 0
    assert 0 < system["rpo_s"] <= 0.2
    assert client["unavailable_s"] > system["rto_s"]
    assert system["quorum_lost_s"] == 0


def test_synchronous_replication_loses_nothing() -> None:
    found = metrics(made.patroni(sync=True))
    assert (found["clients"]["shop"]["lost"], found["systems"]["pg"]["rpo_s"]) == (0, 0)


def test_two_primaries_are_counted_for_as_long_as_both_accept_writes() -> None:
    found = metrics(made.partition())
    assert found["systems"]["pg"]["dual_primary_s"] == pytest.approx(5)
    assert found["findings"] == {"total": 1, "one-accepting-primary": 1}


def test_a_frozen_primary_accepts_nothing_until_it_thaws() -> None:
    story = made.Story("frozen", 100)
    story.nodes()
    story.pod(0, "pg-0", "u0", "StatefulSet/pg", "n-a-1", start=5)
    story.role(5, "pg-0", "primary")
    story.say(20, "Process/pg-0", "Frozen", uid="u0", node="n-a-1")
    story.say(50, "Process/pg-0", "Thawed", uid="u0", node="n-a-1")
    found = metrics(story.record())["systems"]["pg"]
    assert (found["rto_s"], found["failovers"]) == (30.0, 0)


def test_a_member_that_comes_back_is_no_failover() -> None:
    story = made.Story("back", 100)
    story.nodes()
    for number in range(2):
        story.pod(0, f"pg-{number}", f"u{number}", "StatefulSet/pg", "n-a-1", start=5)
    story.role(5, "pg-0", "primary")
    story.say(10, "Process/pg-0", "Exited", uid="u0", how="killed")
    story.say(12, "Process/pg-0", "Running", uid="u2", node="n-a-1")
    story.role(13, "pg-0", "primary")  # a new pod of the same name
    assert metrics(story.record())["systems"]["pg"]["failovers"] == 0
    story.say(20, "Process/pg-0", "Frozen", uid="u2", node="n-a-1")
    story.role(50, "pg-1", "primary")
    story.say(60, "Process/pg-0", "Thawed", uid="u2", node="n-a-1")  # it believes what it did, for a while
    story.role(65, "pg-0", "replica")
    found = metrics(story.record())["systems"]["pg"]
    assert (found["failovers"], found["dual_primary_s"]) == (1, 5)
    story.role(70, "pg-1", "replica")
    story.role(75, "pg-0", "primary")  # and this is one: the place was free
    assert metrics(story.record())["systems"]["pg"]["failovers"] == 2


def three(*ends: str) -> dict[str, Any]:
    """Return what is measured of three members that tell their components, two of which go."""
    story = made.Story("views", 100)
    names = [f"db-{number}" for number in range(3)]
    story.nodes()
    for number, name in enumerate(names):
        story.pod(0, name, f"u{number}", "StatefulSet/db", "n-a-1", start=5)
        story.role(6, name, "primary" if number == 0 else "replica")
    story.say(7, "System/pg", "ViewInstalled", members=names, primary=True)
    for number, how in enumerate(ends, start=1):
        left = names[:1] + names[number + 1 :]
        story.say(10 * number, f"Process/{names[number]}", "Exited", uid=f"u{number}", how=how)
        told = {"members": left, "primary": how == "stopped" or number == 1}
        story.say(10 * number + (0 if how == "stopped" else 5), "System/pg", "ViewInstalled", **told)
    found: dict[str, Any] = metrics(story.record())["systems"]["pg"]
    return found


def test_who_leaves_in_order_does_not_count_for_the_quorum_and_who_dies_does() -> None:
    assert three("stopped", "stopped")["quorum_lost_s"] == 0
    assert three("killed", "killed")["quorum_lost_s"] == 80


def test_a_deployments_replacement_has_another_name_and_a_statefulsets_has_not() -> None:
    empty = metrics(made.deployment_emptydir())["workloads"]["pg"]
    assert (empty["replaced"], empty["identity_changes"]) == (1, 1)
    assert empty["first_replacement_s"] == pytest.approx(342.1)
    assert empty["replacement_ready_s"] == pytest.approx(351.1)
    story = made.Story("again", 100)
    story.workload("StatefulSet/pg", 1)
    story.pod(0, "pg-0", "u0", "StatefulSet/pg", "n-a-1")
    story.say(30, "Pod/pg-0", "Deleted", uid="u0")
    story.pod(31, "pg-0", "u1", "StatefulSet/pg", "n-b-1")
    kept = metrics(story.record())["workloads"]["pg"]
    assert (kept["replaced"], kept["identity_changes"], kept["created"]) == (1, 0, 2)


def test_ready_is_not_safe() -> None:
    found = metrics(made.statefulset())
    assert found["workloads"]["pg"]["falsely_ready_s"] == pytest.approx(42.1)
    assert found["nodes"]["unnoticed_s"] == pytest.approx(42)
    assert found["workloads"]["pg"]["below_desired_s"] == pytest.approx(1200 - 102.1)


def test_a_volume_that_a_dead_node_holds_is_waited_for() -> None:
    found = metrics(made.deployment_rwo())
    assert found["volumes"]["multi_attach_wait_s"] == pytest.approx(1200 - 402.4)
    assert found["workloads"]["pg"]["multi_attach_wait_s"] == pytest.approx(1200 - 402.4)
    assert found["volumes"]["count"] == 1


def test_a_rollout_replaces_every_pod_and_is_never_short() -> None:
    found = metrics(made.web_rollout())
    web = found["workloads"]["web"]
    assert (web["created"], web["replaced"], web["ready_at_end"], web["below_desired_s"]) == (20, 10, 10, 0)
    assert found["clients"]["visitors"]["availability"] == 1.0


def test_the_document_holds_every_variant_and_is_the_same_twice() -> None:
    first = json.dumps(metrics_document(made.five_variants()))
    assert first == json.dumps(metrics_document(made.five_variants()))
    assert list(json.loads(first)) == ["scenario", "seed", "version", "variants", "expectations"]
    assert list(json.loads(first)["variants"]) == [run.variant for run in made.five_variants()]


def test_a_document_needs_a_run() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        metrics_document([])


def test_outcomes_say_what_to_remember() -> None:
    told = {run.variant: outcome(metrics(run)) for run in made.five_variants()}
    assert told["patroni-sync"] == "no writes for 27.3 s, nothing lost"
    assert told["statefulset"] == "no writes until the end (19 min), nothing lost"
    assert told["deployment-emptydir"].endswith("acknowledged writes lost")
    assert outcome(metrics(made.partition())).endswith("two primaries for 5.0 s")
    levels = {run.variant: severity(metrics(run)) for run in made.five_variants()}
    assert levels["patroni-sync"] == "hurt"
    assert levels["patroni-async"] == "bad"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.2 s"), (27.3, "27.3 s"), (30, "30 s"), (59.96, "1 min"), (353, "5 min 53 s"), (1140, "19 min"), (7500, "2 h 5 min")],
)  # fmt: skip
def test_durations_are_said_aloud(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_comparison_shows_only_what_differs_and_losses_first() -> None:
    variants = metrics_document(made.five_variants())["variants"]
    rows = differences(variants)
    assert rows[0].metric == "clients.shop.lost"
    assert all(len(set(row.values.values())) > 1 for row in rows)
    assert differences({"a": variants["statefulset"], "b": variants["statefulset"]}) == []


def called(process: int, begun: float, ended: float, type_: str, value: int) -> list[tuple[Any, ...]]:
    """One write of a session, from its call to its answer."""
    return [
        (begun, process, "shop", "invoke", "write", value),
        (ended, process, "shop", type_, "write", value),
    ]


def test_a_session_recovers_from_its_first_failed_call_to_its_next_success() -> None:
    rows = [
        *called(0, 1, 1.1, "ok", 0),
        *called(0, 2, 12, "info", 1),  # ten seconds of waiting are part of the trouble
        *called(0, 12.5, 12.6, "fail", 2),
        *called(0, 13, 13.5, "ok", 3),
        *called(1, 1, 1.1, "ok", 4),
        *called(1, 3, 7, "ok", 5),  # slow enough for a caller to despair
        *called(2, 1, 1.1, "ok", 6),
        *called(2, 14, 14.9, "ok", 7),
    ]
    found = shop(record(sorted(rows, key=lambda row: row[0])))
    assert found["rto_client_sessions"] == 2
    assert (found["rto_client_p50_s"], found["rto_client_max_s"]) == (7.75, 11.5)
    assert found["rto_client_p99_s"] == pytest.approx(4 + 0.99 * 7.5)
    assert found["rto_server_s"] is None


def test_who_is_in_trouble_at_the_end_was_never_served_again() -> None:
    hangs = [*called(0, 1, 1.1, "ok", 0), (5, 0, "shop", "invoke", "write", 1)]
    refused = called(1, 15, 15.1, "fail", 2)
    found = shop(record([*hangs, *refused]))
    assert (found["rto_client_never"], found["rto_client_sessions"]) == (2, 2)
    assert found["rto_client_p50_s"] is found["rto_client_p99_s"] is found["rto_client_max_s"] is None


def test_a_quantile_over_sessions_is_a_time_as_long_as_it_lies_among_those_that_came_back() -> None:
    rows: list[tuple[object, ...]] = []
    for session, back in enumerate((4, 6, 9)):
        rows += called(session, 1, 1.1, "ok", session)
        rows += called(session, 3, 3.1, "fail", 10 + session)
        rows += called(session, back - 0.1, back, "ok", 20 + session)
    hangs = [*called(3, 1, 1.1, "ok", 3), (5, 3, "shop", "invoke", "write", 13)]
    found = shop(record(sorted([*rows, *hangs], key=lambda row: row[0])))
    assert (found["rto_client_p50_s"], found["rto_client_max_s"]) == (4.5, None)
    assert (found["rto_client_never"], found["rto_client_sessions"]) == (1, 4)


def test_who_failed_just_before_the_end_or_for_less_than_before_may_come_back_yet() -> None:
    late = [*called(0, 1, 1.1, "ok", 0), *called(0, 19.5, 19.6, "fail", 1)]
    again = [
        *called(1, 1, 1.1, "ok", 2),
        *called(1, 3, 3.1, "fail", 3),
        *called(1, 8, 8.1, "ok", 4),
        *called(1, 17, 17.1, "fail", 5),
    ]
    found = shop(record(sorted([*late, *again], key=lambda row: row[0])))
    assert (found["rto_client_never"], found["rto_client_sessions"]) == (0, 1)
    assert found["rto_client_max_s"] == pytest.approx(5.1)


def test_what_comes_before_a_sessions_first_answer_is_no_recovery() -> None:
    found = shop(record([*called(0, 1, 1.1, "fail", 0), *called(0, 5, 5.1, "ok", 1)]))
    assert (found["rto_client_max_s"], found["rto_client_sessions"]) == (0, 0)


@pytest.mark.parametrize(
    "error",
    [
        "could not serialize access due to concurrent update",
        "deadlock detected",
        "ERROR 1213 (40001): Deadlock found when trying to get lock; try restarting transaction",
    ],
)
def test_an_aborted_transaction_is_an_answer_of_a_server_that_works(error: str) -> None:
    rows = [row for second in range(1, 19) for row in called(0, second, second + 0.1, "ok", second)]
    rows = [row for row in rows if not 5 <= row[0] < 9]
    for second in (5, 6, 7, 8):
        begun, ended = called(0, second, second + 0.1, "fail", 100 + second)
        rows += [begun, (*ended[:6], error)]
    found = shop(record(sorted(rows, key=lambda row: row[0])))
    assert (found["aborted"], found["failed"], found["acked"]) == (4, 0, 14)
    assert (found["outages"], found["rto_client_sessions"]) == (0, 0)


def test_who_never_had_trouble_has_recovered_in_no_time() -> None:
    found = shop(record(writes([1, 2, 3])))
    assert (found["rto_client_p50_s"], found["rto_client_sessions"]) == (0, 0)
