"""Servers of live streams: whom they wait for, whom they cut off."""

from __future__ import annotations

from math import exp

import pytest

from statesim.kernel.spans import MINUTE, SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from tests.systems.harness import Lab

VIEWERS = 400


class Viewer:
    """A viewer's end of a stream."""

    def __init__(self) -> None:
        self.heard = ""

    def reset(self, how: str) -> None:
        self.heard = how


def lab(**parameters: object) -> tuple[Lab, list[Viewer]]:
    found = Lab("streaming", **parameters)
    process = found.start("live-0")
    viewers = [Viewer() for _ in range(VIEWERS)]
    process.connections = dict(enumerate(viewers))
    return found, viewers


def drained(found: Lab, grace_s: float) -> int:
    """Tell a server to stop, and kill it when its grace is over; return how many it has cut off."""
    process = found.processes["live-0"]
    found.stop("live-0")
    found.run(grace_s)
    found.exit(process, Exit.KILLED, "its grace is over")
    return sum(event.fields["count"] for event in found.events("StreamsCut"))


@pytest.mark.parametrize("grace_s", [30, 600, 3600])
def test_of_viewers_who_stay_for_an_hour_a_share_is_left_when_the_grace_is_over(grace_s: float) -> None:
    found, viewers = lab()
    cut = drained(found, grace_s)
    share = exp(-grace_s / 3600)  # 99.2 % after 30 s, 85 % after ten minutes
    assert cut / VIEWERS == pytest.approx(share, abs=4 * (share * (1 - share) / VIEWERS) ** 0.5)
    assert sum(viewer.heard == "closed" for viewer in viewers) == VIEWERS - cut
    assert found.events("StreamsCut")[-1].fields["of"] == VIEWERS


def test_a_server_that_drains_ends_with_its_last_viewer_and_serves_them_until_then() -> None:
    found, viewers = lab(mean_session="10s")
    found.stop("live-0")
    process = found.processes["live-0"]
    assert found.system.accept(process, read_write=True) == "connection refused"
    assert process.listening, "streams that are open go on"
    found.run(600)
    assert not process.alive
    assert {viewer.heard for viewer in viewers} == {"closed"}
    assert found.events("StreamsCut") == []


def test_without_drain_all_are_cut_off_at_once() -> None:
    found, viewers = lab(drain=False)
    found.stop("live-0")
    assert {viewer.heard for viewer in viewers} == {"reset"}
    assert [(e.fields["count"], e.fields["of"]) for e in found.events("StreamsCut")] == [(VIEWERS, VIEWERS)]


def test_a_server_takes_so_many_new_streams_in_a_second() -> None:
    taken = {}
    for rate in (5, 50):
        found, _ = lab(accept_rate=rate)
        process = found.processes["live-0"]
        found.run(10)
        first = [found.system.accept(process, read_write=True) for _ in range(100)]
        found.run(1)
        again = [found.system.accept(process, read_write=True) for _ in range(100)]
        taken[rate] = (first.count(None), again.count(None))
    assert taken == {5: (5, 5), 50: (50, 50)}


def test_a_frozen_server_lets_viewers_go_when_it_goes_on() -> None:
    found, viewers = lab(mean_session="1s")
    found.stop("live-0")
    before = sum(viewer.heard == "closed" for viewer in viewers)
    found.freeze("live-0")
    found.run(0.5)
    assert sum(viewer.heard == "closed" for viewer in viewers) == before
    found.thaw("live-0")
    assert sum(viewer.heard == "closed" for viewer in viewers) > before + VIEWERS / 5


def test_open_streams_cost_nothing() -> None:
    found, _ = lab()
    before = found.clock.events
    found.run(20 * MINUTE / SECOND)
    assert found.clock.events == before


def test_parameters_and_other_requests() -> None:
    assert problems("streaming", {"mean_session": "1h", "drain": False, "accept_rate": 10}) == []
    assert problems("streaming", {"accept_rate": 0})
    found, _ = lab()
    assert found.ask("live-0", "segment", 40.0).type == "ok"
    assert "keeps no data" in found.write("live-0").error
    assert found.system.primary() is None
    assert [process.pod for process in found.system.replicas()] == ["live-0"]
    assert found.system.surviving()[1].keys() == []


def test_without_relay_only_the_server_that_it_is_pushed_to_has_the_programme() -> None:
    for relay, elsewhere in ((True, "ok"), (False, "fail")):
        lab = Lab("streaming", relay=relay, drop_idle_publisher="20s")
        for number in range(2):
            lab.start(f"live-{number}")
        assert lab.ask("live-0", "segment").type == elsewhere, "nobody has pushed anything yet"
        assert lab.ask("live-0", "request").type == "ok"
        assert lab.ask("live-0", "segment").type == "ok"
        assert lab.ask("live-1", "segment").type == elsewhere
        lab.run(20)
        assert lab.ask("live-0", "segment").type == "ok"
        lab.run(1)
        assert lab.ask("live-0", "segment").type == elsewhere, "the publisher is gone"
