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
        ({**ONE, "failed": 12}, "requests back after 26.8 s, 12 failed"),
        ({**ONE, "failed": 12, "unknown": 3}, "requests back after 26.8 s, 12 failed, 3 unknown"),
        ({**ONE, "unknown": 3}, "requests back after 26.8 s, 3 unknown"),
    ],
)
def test_failed_is_failed_and_unknown_is_said_apart_with_an_outage_and_without(values, words) -> None:
    assert told(**values) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ONE, "requests back after 26.8 s"),
        ({**ONE, "outages": 2, "unavailable_s": 28.0}, "requests back after 26.8 s (28 s in all)"),
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
    assert line(clients) == "readers: requests back after 26.8 s, 40 failed"
    clients["visitors"] |= {"unavailable_s": 20.0, "longest_outage_s": 20.0}
    assert line(clients) == "readers: requests back after 26.8 s, 40 failed; visitors: out for 20 s"
    clients["visitors"] |= {"unavailable_s": 26.8, "longest_outage_s": 26.8}
    assert line(clients) == "requests back after 26.8 s, 45 failed"
    clients["idle"] = client()
    assert line(clients) == "readers, visitors: requests back after 26.8 s, 45 failed"


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
    assert told == (
        f"shard: no requests until the end ({last}; {total} in all), {failed} failed, {unknown} unknown; "
        f"visitors: out for {others}"
    )


def test_what_others_lost_is_theirs() -> None:
    clients = {
        "readers": client(**ONE, failed=40),
        "orders": client(operation="write", lost=3),
    }
    assert line(clients) == (
        "readers: requests back after 26.8 s, 40 failed; orders: 3 acknowledged writes lost"
    )


def test_a_headline_without_room_beside_the_title_stands_below_it_and_whole() -> None:
    records = statesim.run("promote-by-hand", variants=["unfenced"]).records
    texts = [text.get_text() for text in timeline(records).axes[0].texts]
    first = next(index for index, words in enumerate(texts) if words.startswith("nightly: "))
    assert texts[first - 1] == "A person promotes; the machine is repaired"
    assert texts[first + 1].endswith("shop: 7 acknowledged writes lost")


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
