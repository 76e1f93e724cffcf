"""A journal that was packed and unpacked tells the same of every object."""

from __future__ import annotations

import pytest

from statesim.api import load
from statesim.cluster.wire import Frame
from statesim.cluster.wire.journal import Changes
from statesim.kernel.packed import Packed
from statesim.world import World
from tests.wire.conftest import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_object_reads_the_same_from_a_packed_journal(scenario: str) -> None:
    for variant in load(scenario).variants:
        run = World(variant).run()
        frame = Frame(run.events[0].fields["kubernetes"])
        journal, events = Packed(loose=9, chunk=64), Packed(loose=9, chunk=64)  # type: ignore[var-annotated]
        for row in run.journal:
            journal.append(row)
        for event in run.events:
            events.append(event)
        assert [each.line() for each in Changes(journal, frame)] == [
            each.line() for each in Changes(run.journal, frame)
        ]
        assert [event.line() for event in events] == [event.line() for event in run.events]
