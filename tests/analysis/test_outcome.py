"""The line that an audience remembers names the client whose requests stopped, where others noticed nothing."""

from __future__ import annotations

import pytest

import statesim
from statesim.analysis.outcome import duration_text, outcome, severity
from statesim.views.timeline import timeline


@pytest.mark.parametrize(
    ("variant", "told"), [("reverted", "shard: no requests until the end"), ("deployment", "requests never")]
)
def test_the_outcome_names_whose_requests_stopped_if_not_everybodys(variant: str, told: str) -> None:
    result = statesim.run("broken-rollout", variants=[variant])
    assert outcome(result.metrics["variants"][variant]).startswith(told)


def test_the_outcome_names_nobody_if_all_clients_were_hurt_alike() -> None:
    result = statesim.run("pg-node-crash", variants=["statefulset"])
    assert outcome(result.metrics["variants"]["statefulset"]).startswith("no writes until the end")


def client(**values: object) -> dict[str, object]:
    """Return what the outcome asks of a client's metrics; one that noticed nothing unless told otherwise."""
    never = {"failed": 0, "unknown": 0, "lost": 0, "outages": 0, "out_at_end": False, "unavailable_s": 0.0}
    asked = {"operation": "request", "acked": 1000}
    return {**asked, "longest_outage_s": 0.0, "last_outage_s": 0.0, **never, **values}


def told(**values: object) -> str:
    return line({"visitors": client(**values)})


def line(clients: dict[str, dict[str, object]]) -> str:
    return outcome({"clients": clients, "workloads": {}, "systems": {}})


ONE = {"outages": 1, "longest_outage_s": 26.8, "last_outage_s": 26.8, "unavailable_s": 26.8}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"failed": 12}, "12 of the requests failed"),
        ({"failed": 12, "unknown": 3}, "12 of the requests failed, 3 unknown"),
        ({"unknown": 3}, "requests never stopped"),
        ({"unknown": 40}, "40 of the requests unknown"),
        ({**ONE, "failed": 12}, "no requests for 26.8 s, 12 failed"),
        ({**ONE, "failed": 12, "unknown": 3}, "no requests for 26.8 s, 12 failed, 3 unknown"),
        ({**ONE, "unknown": 3}, "no requests for 26.8 s, 3 unknown"),
    ],
)
def test_failed_is_failed_and_unknown_is_said_apart_with_an_outage_and_without(values, words) -> None:
    assert told(**values) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ONE, "no requests for 26.8 s"),
        ({**ONE, "outages": 2, "unavailable_s": 28.0}, "no requests for 26.8 s (28 s in all)"),
        ({**ONE, "outages": 4, "unavailable_s": 80.0}, "requests out 4 times, 1 min 20 s in all"),
        ({**ONE, "out_at_end": True}, "no requests until the end (26.8 s)"),
        (
            {**ONE, "outages": 2, "out_at_end": True, "last_outage_s": 9.0, "unavailable_s": 35.8},
            "no requests until the end (9.0 s; 35.8 s in all)",
        ),
    ],
)
def test_a_length_is_that_of_one_outage_unless_the_words_say_in_all(values, words) -> None:
    assert told(**values) == words


def test_the_headline_is_about_the_client_that_the_table_counts() -> None:
    """The table shows the longest time without service of any client, all its outages together."""
    clients = {
        "often": client(outages=9, unavailable_s=40.0, longest_outage_s=5.0),
        "once": client(**ONE),
    }
    assert line(clients) == "often: requests out 9 times, 40 s in all; once: out for 26.8 s"


def test_clients_that_were_hurt_far_more_than_the_others_are_named_and_the_failures_are_theirs() -> None:
    clients = {
        "readers": client(**ONE, failed=40),
        "visitors": client(outages=1, unavailable_s=1.3, longest_outage_s=1.3, failed=5),
    }
    assert line(clients) == "readers: no requests for 26.8 s, 40 failed"
    clients["visitors"] |= {"unavailable_s": 20.0, "longest_outage_s": 20.0}
    assert line(clients) == "readers: no requests for 26.8 s, 40 failed; visitors: out for 20 s"
    clients["visitors"] |= {"unavailable_s": 26.8, "longest_outage_s": 26.8}
    assert line(clients) == "no requests for 26.8 s, 45 failed"
    clients["idle"] = client()
    assert line(clients) == "readers, visitors: no requests for 26.8 s, 45 failed"


def test_an_outage_of_minutes_is_told_beside_one_that_is_far_longer() -> None:
    clients = {
        "shop": client(outages=1, unavailable_s=929.0, longest_outage_s=929.0, operation="write", lost=0),
        "browser": client(outages=1, unavailable_s=359.9, longest_outage_s=359.9),
        "cron": client(outages=1, unavailable_s=59.0, longest_outage_s=59.0),
    }
    assert line(clients).endswith("; browser: out for 6 min")


def test_of_two_clients_that_are_out_at_the_end_nobody_gets_the_others_numbers() -> None:
    clients = statesim.run("broken-rollout", variants=["late-crash"]).metrics["variants"]["late-crash"][
        "clients"
    ]
    assert clients["shard"]["last_outage_s"] > clients["visitors"]["last_outage_s"]
    told = line(clients)
    last, total, others = (
        duration_text(seconds)
        for seconds in (
            clients["shard"]["last_outage_s"],
            clients["shard"]["unavailable_s"],
            clients["visitors"]["unavailable_s"],
        )
    )
    failed, unknown = clients["shard"]["failed"], clients["shard"]["unknown"]
    asked = clients["shard"]["acked"] + failed + unknown
    assert told == (
        f"shard: no requests until the end ({last}; {total} in all), {failed} of {asked:,} failed, "
        f"{unknown} unknown; "
        f"visitors: out for {others}"
    )


def test_what_others_lost_is_theirs() -> None:
    clients = {
        "readers": client(**ONE, failed=40),
        "orders": client(operation="write", lost=3),
    }
    assert line(clients) == ("readers: no requests for 26.8 s, 40 failed; orders: 3 acknowledged writes lost")


def test_a_headline_without_room_beside_the_title_stands_below_it_and_whole() -> None:
    records = statesim.run("promote-by-hand", variants=["unfenced"]).records
    texts = [text.get_text() for text in timeline(records).axes[0].texts]
    first = next(index for index, words in enumerate(texts) if words.startswith("nightly: "))
    assert texts[first - 1] == "A person promotes; the machine is repaired"
    assert "; shop: out for " in texts[first + 1]
    assert texts[first + 1].endswith("7 acknowledged writes lost")


def test_what_the_checkers_object_to_is_in_the_line_and_is_not_green() -> None:
    writer = {"operation": "write", "valid": False, "anomaly_stale_read": 85, "anomaly_phantom_read": 2}
    found = "judged invalid (85 × stale read)"
    assert told(**writer) == f"writes never stopped, nothing lost, but {found}"
    assert told(**{**writer, "lost": 3}) == f"writes never stopped, 3 acknowledged writes lost, {found}"
    assert told(**{**writer, "valid": True}) == "writes never stopped, nothing lost"
    assert told(**{**writer, "valid": None}) == "writes never stopped, nothing lost"
    metrics = {"clients": {"shop": client(**writer)}, "workloads": {}, "systems": {}}
    assert severity(metrics) == "hurt"


def test_users_who_are_logged_out_again_and_again_are_counted_so() -> None:
    users = {"operation": "act", "users_logged_out": 40, "valid": False, "anomaly_session_lost": 3063}
    assert told(**users, logged_out=3063) == "users' calls never stopped, 40 users logged out 3,063 times"
    assert told(**users, logged_out=47) == "users' calls never stopped, 40 users logged out"


def test_an_origin_that_bears_what_cold_caches_let_through_is_in_the_line() -> None:
    assert told(origin_jump=1.65) == "requests never stopped, the origin bore 1.6 times as much"
    assert told(origin_jump=1.18) == "requests never stopped"
    metrics = {"clients": {"a": client(origin_jump=1.65)}, "workloads": {}, "systems": {}}
    assert severity(metrics) == "hurt"


def colour(**values: object) -> str:
    return severity({"clients": {"visitors": client(**values)}, "workloads": {}, "systems": {}})


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ({"acked": 800, "failed": 200}, "200 of 1,000 requests failed"),
        ({"operation": "write", "acked": 80, "failed": 20}, "20 of 100 writes failed"),
        (
            {"operation": "segment", **ONE, "acked": 30, "failed": 70, "availability": 0.97},
            "70 of 100 failed",
        ),
        ({"operation": "segment", "streams_cut": 156, "viewers_cut": 100}, "100 viewers cut 156 times"),
        (
            {"operation": "segment", "streams_cut": 3, "viewers_cut": 3, "stalls": 51},
            "3 viewers cut, 51 stalls",
        ),
        ({"request_latency_p50_ms": 3400.0}, "slow (p50 3.4 s)"),
        ({"operation": "txn", "acked": 500, "aborted": 1885}, "1,885 of the transactions aborted"),
    ],
)
def test_what_clients_met_without_an_outage_is_in_the_line_and_is_not_green(values, part) -> None:
    assert part in told(**values)
    assert colour(**values) == "hurt"


def test_a_few_failures_or_aborts_or_calls_within_a_second_are_no_share_and_not_slow() -> None:
    assert told(acked=950, failed=50) == "50 of the requests failed"
    assert told(request_latency_p50_ms=900.0) == "requests never stopped"
    assert colour(operation="txn", acked=950, aborted=50) == "good"
    assert told(operation="write", **ONE, acked=30, failed=70, availability=0.7).count("failed") == 0


def test_users_calls_that_came_to_nothing_are_counted() -> None:
    assert "90 of 100 users' calls refused" in told(operation="act", acked=10, not_done=90)


def test_each_client_that_is_judged_invalid_is_named_the_worst_first_in_plain_words() -> None:
    lists = client(operation="txn", valid=False, **{"anomaly_G-single": 232, "anomaly_G0": 1})
    bank = client(operation="transfer", valid=False, anomaly_wrong_total=993)
    words = line({"lists": lists, "bank": bank})
    assert "but judged invalid (bank: 993 × wrong total; lists: 232 × read skew (G-single))" in words
    assert "but judged invalid (232 × read skew (G-single))" in line({"lists": lists})


def test_only_who_writes_is_told_that_nothing_was_lost() -> None:
    browser, shop = client(**ONE, failed=4), client(operation="write")
    assert line({"browser": browser, "shop": shop}) == "browser: no requests for 26.8 s, 4 failed"


@pytest.mark.parametrize(("most", "words"), [(2, "two primaries"), (3, "several primaries")])
def test_three_primaries_are_not_two(most: int, words: str) -> None:
    systems = {"db": {"dual_primary_s": 60.0, "primaries_max": most}}
    metrics = {"clients": {"a": client(operation="write")}, "workloads": {}, "systems": systems}
    assert outcome(metrics) == f"writes never stopped, nothing lost, {words} for 1 min"


def test_what_nobody_asked_for_has_not_gone_on() -> None:
    idle = client(acked=0, operation="write")
    assert line({"shop": idle}) == "clients asked for nothing"
    assert line({"shop": idle, "readers": client(operation="read")}) == "reads never stopped"
    assert line({"shop": idle, "visitors": client(**ONE)}) == "visitors: no requests for 26.8 s"


def test_a_rate_of_0_is_no_service_that_never_stopped() -> None:
    still = {"clients.shop.operations.rate": "0/s", "duration": "3m"}
    result = statesim.run("pg-node-crash", variants=["patroni-async"], settings=still)
    assert outcome(result.metrics["variants"]["patroni-async"]).startswith("clients asked for nothing")


@pytest.mark.parametrize(
    ("clients", "words", "level"),
    [
        ({"visitors": client()}, "requests never stopped; 2 pods Pending to the end", "hurt"),
        ({"visitors": client(**ONE, out_at_end=True)}, "no requests until the end (26.8 s)", "bad"),
        ({}, "no pod was replaced; 2 pods Pending to the end", "hurt"),
    ],
)
def test_pods_that_never_got_a_node_are_said_unless_a_client_says_worse(clients, words, level) -> None:
    workload = {"unscheduled_at_end": 2, "replaced": 0}
    metrics = {"clients": clients, "workloads": {"web": workload}, "systems": {}}
    assert outcome(metrics) == words
    assert severity(metrics) == level


def test_a_pod_without_a_place_on_any_node_is_counted_until_the_run_ends() -> None:
    metrics = statesim.run("zone-outage", variants=["web", "web-strict"]).metrics["variants"]
    found = {name: each["workloads"]["web"]["unscheduled_at_end"] for name, each in metrics.items()}
    assert found == {"web": 0, "web-strict": 2}
