"""What is told beside a chain of causes: what callers heard, where data ended, how long nobody was primary."""

from __future__ import annotations

import statesim


def test_a_client_that_hangs_in_connecting_is_told_for_how_long_and_what_would_end_it() -> None:
    (variant,) = statesim.run("one-failover-three-ways-to-connect", variants=["power-cut"]).variants.values()
    hanging = variant.why("Client/no-timeout", at="4m").splitlines()[-1]
    assert hanging.startswith("4 of its sessions have had no connection since 123.1 s")
    assert "127 s" in hanging
    assert "127 s" not in variant.why("Client/no-timeout", at="5m")  # it is over
    assert "127 s" not in variant.why("Client/hosts", at="135s")  # its patience ends an attempt


def test_clients_of_a_proxy_are_told_what_it_waits_for_though_the_servers_are_back() -> None:
    (variant,) = statesim.run(
        "one-failover-three-ways-to-connect", variants=["pod-deleted"]
    ).variants.values()
    told = variant.why("Client/bouncer", at=130).splitlines()[-1]
    assert "server login has been failing" in told
    assert "server_login_retry" in told
    assert "server_login_retry" not in variant.why("Client/bouncer", at=140)


def test_what_is_missing_at_the_end_has_a_place_where_it_ended() -> None:
    result = statesim.run("killed-or-deleted", variants=["pod-emptydir", "pod-claim"])
    told = result.why("Client/shop", variant="pod-emptydir").splitlines()[-1]
    assert "is gone" in told
    assert told.endswith('after "the pod is deleted" at 120 s.')
    assert "data has ended" not in result.why("Client/shop", variant="pod-claim")


def test_who_is_elected_when_the_pause_is_over_is_told_whom_he_follows() -> None:
    result = statesim.run("switchover-or-crash", variants=["crash-while-paused"])
    told = result.why("System/pg").splitlines()[-1]
    assert told.startswith("There had been no primary for 173.")
    assert told.endswith('after "power cut" at 60 s.')
