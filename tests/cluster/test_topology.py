from __future__ import annotations

import pytest

from statesim.cluster.topology import CONTROL_PLANE, Topology


@pytest.fixture
def network() -> Topology:
    topology = Topology()
    for name, zone in (("n-a", "a"), ("n-b", "b"), ("n-c", "c")):
        topology.add_node(name, zone)
    topology.add_client("shop")
    return topology


def test_everybody_reaches_everybody_at_first(network: Topology) -> None:
    ends = [*network.members("node"), *network.members("client"), CONTROL_PLANE]
    assert all(network.reachable(a, b) for a in ends for b in ends)


def test_a_cut_parts_a_group_from_everybody_else_but_not_from_itself(network: Topology) -> None:
    network.cut("p", {"n-a", "n-b"})
    assert network.reachable("n-a", "n-b")
    assert not network.reachable("n-a", "n-c")
    assert not network.reachable(CONTROL_PLANE, "n-b")
    assert network.reachable("shop", "n-c")


def test_a_cut_between_two_groups_leaves_all_other_paths(network: Topology) -> None:
    network.cut("p", {"n-a"}, {CONTROL_PLANE})
    assert not network.reachable("n-a", CONTROL_PLANE)
    assert not network.reachable(CONTROL_PLANE, "n-a")
    assert network.reachable("shop", "n-a")
    assert network.reachable("n-b", "n-a")


def test_healing_one_of_two_cuts_leaves_the_other(network: Topology) -> None:
    network.cut("p", {"n-a"})
    network.cut("q", {"n-a"}, {"n-b"})
    network.heal("p")
    assert not network.reachable("n-a", "n-b")
    assert network.reachable("n-a", "n-c")
    network.heal("q")
    assert network.reachable("n-a", "n-b")


def test_listeners_hear_of_changes_only(network: Topology) -> None:
    heard: list[int] = []
    network.listen(lambda: heard.append(network.version))
    network.cut("p", {"n-a"})
    network.heal("p")
    network.heal("p")
    assert len(heard) == 2
