"""The next contract of a shard, as a pure function; and what an emergency repair makes of a table."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from statesim.systems.consensus import LogEnd
from statesim.systems.rethinkdb.contracts import Contract, Report, Shard, State, View, decide
from statesim.systems.rethinkdb.requests import shard_of
from statesim.systems.rethinkdb.tables import Epoch, Table, assigned, created, repaired, without
from statesim.systems.wal import Timeline

ABC = ("a", "b", "c")
WANTED = Shard(ABC, "a")
NEED, STREAM = State.NEED_PRIMARY, State.STREAMING


def sees(*servers: str, of: tuple[str, ...] | None = None) -> dict[str, frozenset[str]]:
    """Return who sees whom where some servers are connected with each other."""
    return {each: frozenset(of or servers) for each in servers}


def next_of(
    contract: Contract, reports: dict[str, Report], seen: dict[str, frozenset[str]], **more: Any
) -> Any:
    return decide(View(contract, more.get("wanted", WANTED), reports, seen))


def need(**positions: int) -> dict[str, Report]:
    return {each: Report(NEED, position) for each, position in positions.items()}


def test_a_new_table_gets_the_primary_that_its_configuration_prefers() -> None:
    new, why = next_of(Contract(ABC, ABC), need(a=0, b=0, c=0), sees(*ABC))
    assert new.primary == "a"
    assert why == "the table's configuration prefers it"


def test_a_primary_that_most_voters_do_not_see_is_struck_out_and_only_then_replaced() -> None:
    branch = Timeline()
    branch.append(1, "x")
    old = Contract(ABC, ABC, primary="a", branch=branch)
    new, why = next_of(old, {"b": Report(State.BACKFILLING), "c": Report(STREAM)}, sees("b", "c"))
    assert (new.primary, why) == (None, "most of the voters do not see the primary")
    assert next_of(new, {}, sees("b", "c")).contract == new, "nobody is chosen before they have promised"
    assert next_of(new, need(b=1), sees("b", "c")).contract == new, "one of three is no majority"
    assert next_of(new, need(b=0, c=1), sees("b", "c")).contract.primary == "c", "who has most"


def test_who_has_less_than_most_voters_is_never_chosen() -> None:
    old = Contract(ABC, ABC)
    for positions in product((0, 1, 2), repeat=3):
        for there in (("a", "b"), ("b", "c"), ABC):
            reports = {each: Report(NEED, positions[ABC.index(each)]) for each in there}
            chosen = next_of(old, reports, sees(*there)).contract.primary
            if chosen is not None:
                has = reports[chosen].position
                assert 2 * sum(report.position <= has for report in reports.values()) > 3


def test_the_preferred_primary_is_waited_for_while_it_is_seen() -> None:
    reports = need(b=3, c=3)
    assert next_of(Contract(ABC, ABC), reports, sees(*ABC)).contract.primary is None
    assert next_of(Contract(ABC, ABC), reports, sees("b", "c")).contract.primary == "c"


def test_two_voters_are_no_majority_without_each_other() -> None:
    two = Shard(("a", "b"), "a")
    old = Contract(("a", "b"), ("a", "b"), primary="a")
    new = next_of(old, {}, sees("b"), wanted=two).contract
    assert new.primary is None
    assert next_of(new, need(b=9), sees("b"), wanted=two).contract.primary is None


def test_the_role_goes_back_in_two_steps_once_the_preferred_one_has_all() -> None:
    branch = Timeline()
    old = Contract(ABC, ABC, primary="c", branch=branch)
    ready = Report(State.READY)
    behind = {"a": Report(State.BACKFILLING), "c": ready}
    assert next_of(old, behind, sees(*ABC)).contract == old
    giving = next_of(old, {"a": Report(STREAM), "c": ready}, sees(*ABC)).contract
    assert (giving.primary, giving.hand_over) == ("c", "a")
    held = {"a": Report(STREAM), "c": Report(State.IN_PROGRESS)}
    assert next_of(giving, held, sees(*ABC)).contract == giving
    free = next_of(giving, {"a": Report(STREAM), "c": ready}, sees(*ABC)).contract
    assert (free.primary, free.hand_over) == (None, None)
    gone = next_of(giving, {"c": Report(State.IN_PROGRESS)}, sees("b", "c")).contract
    assert (gone.primary, gone.hand_over) == ("c", None), "it is gone again"


def test_a_branch_is_registered_when_its_primary_asks() -> None:
    branch = Timeline()
    new = next_of(
        Contract(ABC, ABC, primary="a"), {"a": Report(State.NEED_BRANCH, branch=branch)}, sees(*ABC)
    ).contract
    assert new.branch is branch


def test_a_new_voter_counts_when_it_has_the_data_and_the_old_one_until_then() -> None:
    wanted = Shard(("a", "b", "d"), "a")
    old = Contract(ABC, ABC, primary="a", branch=Timeline())
    ready = {"a": Report(State.READY)}
    seen = sees("a", "b", "d")
    invited = next_of(old, ready, seen, wanted=wanted).contract
    assert invited.replicas == ("a", "b", "c", "d")
    assert invited.temp_voters is None, "one of the three who shall vote has the data"
    streaming = {**ready, "b": Report(STREAM), "d": Report(State.BACKFILLING)}
    both = next_of(invited, streaming, seen, wanted=wanted).contract
    assert (both.voters, both.temp_voters) == (ABC, ("a", "b", "d"))
    assert not both.is_safe(("a", "d"))
    assert both.is_safe(("a", "b"))
    settled = next_of(both, streaming, seen, wanted=wanted).contract
    assert (settled.voters, settled.temp_voters) == (("a", "b", "d"), None)
    assert settled.replicas == ("a", "b", "d"), "who does not vote any more, and is not wanted, goes"


def test_a_table_has_a_primary_of_some_shard_on_each_server() -> None:
    assert [shard.primary for shard in assigned(ABC, 4)] == ["a", "b", "c", "a"]
    assert [shard_of(key, 1) for key in range(5)] == [0] * 5
    found = [shard_of(key, 3) for key in range(3000)]
    assert all(900 < found.count(number) < 1100 for number in range(3))


def made(shards: int = 1) -> Table:
    return created(Epoch(1, "a"), assigned(ABC, shards))


def test_a_repair_leaves_those_who_are_there_to_vote_and_the_dead_without_a_vote() -> None:
    found = repaired(made(), ("a", "b"), Epoch(9, "c"), erase=False)
    (contract,), (shard,) = found.table.contracts, found.table.shards
    assert (found.rolled_back, found.erased) == (1, 0)
    assert (contract.voters, contract.replicas, contract.primary) == (("c",), ABC, None)
    assert (shard.voters, shard.nonvoting, shard.primary) == (("c",), ("a", "b"), "c")
    assert found.table.newer_than(made())


def test_a_repair_of_what_is_healthy_changes_nothing_that_counts() -> None:
    found = repaired(made(), ("a",), Epoch(9, "c"), erase=True)
    assert (found.rolled_back, found.erased) == (0, 0)
    assert found.table.contracts == made().contracts


@pytest.mark.parametrize("erase", [True, False])
def test_a_shard_of_which_nobody_is_left_is_made_anew_only_if_that_is_allowed(erase: bool) -> None:
    lost, kept = Contract(("a",), ("a",), branch=Timeline()), Contract(("b",), ("b",))
    table = Table(Epoch(1, "a"), LogEnd(1, 5), (Shard(("a",), "a"), Shard(("b",), "b")), (lost, kept))
    found = repaired(table, ("a",), Epoch(9, "b"), erase=erase)
    assert (found.rolled_back, found.erased) == (0, 1)
    assert found.table.contracts == ((Contract(("b",), ("b",)) if erase else lost), kept)


def test_a_newcomer_takes_one_place() -> None:
    (shard,) = without(made(), ("a",), "d")
    assert (shard.replicas, shard.primary) == (("b", "c", "d"), "b")
