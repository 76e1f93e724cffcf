"""Failure detectors: when a silence counts, and that nothing stands for those who are heard."""

from __future__ import annotations

from math import log

from hypothesis import given
from hypothesis import strategies as st

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.detectors import Heartbeat, PhiAccrual, Silence, Silences, Standing, agreed_us

times = st.integers(0, 10**9)
lengths = st.integers(0, 10**8)


def test_phi_convicts_at_the_documented_silence() -> None:
    # cassandra.yaml: phi_convict_threshold 8; with a gossip each second that is 18 seconds
    detector = PhiAccrual(8, SECOND)

    assert detector.patience_us == round(8 * log(10) * SECOND)
    assert 18.4 < detector.patience_us / SECOND < 18.5
    assert (
        detector.phi(detector.patience_us - MILLISECOND)
        < 8
        < detector.phi(detector.patience_us + MILLISECOND)
    )


@given(st.integers(1, 20), st.integers(MILLISECOND, 10 * SECOND), st.integers(1, 10 * SECOND))
def test_phi_rises_with_the_silence_and_falls_with_the_interval(
    threshold: int, interval: int, silence: int
) -> None:
    detector = PhiAccrual(threshold, interval)

    assert detector.phi(silence) < detector.phi(silence + 1)
    assert PhiAccrual(threshold, interval + 1).phi(silence) < detector.phi(silence)
    assert PhiAccrual(threshold + 1, interval).patience_us > detector.patience_us


@given(times, lengths, lengths, lengths, times, times)
def test_a_member_is_heard_then_suspected_then_expelled(
    since: int, suspect: int, expel: int, check: int, phase: int, now: int
) -> None:
    beat = Heartbeat(suspect, expel, check)
    suspected, expelled = beat.suspected_us(since), beat.expelled_us(since, phase)

    assert since <= suspected <= expelled
    assert 0 <= expelled - (suspected + expel) <= max(0, check - 1)  # at the next look
    if check:
        assert (expelled - phase) % check == 0
    expected = (
        Standing.EXPELLED if now >= expelled else Standing.SUSPECTED if now >= suspected else Standing.HEARD
    )
    assert beat.standing(since, now, phase) is expected
    assert beat.silence(since, phase).due_us == expelled


def test_group_replication_expels_after_five_seconds_and_five_more() -> None:
    beat = Heartbeat(5 * SECOND, 5 * SECOND)

    assert beat.standing(0, 5 * SECOND - 1) is Standing.HEARD
    assert beat.standing(0, 5 * SECOND) is Standing.SUSPECTED
    assert beat.standing(0, 10 * SECOND) is Standing.EXPELLED


@given(st.lists(st.builds(Silence, times, lengths), min_size=1), lengths)
def test_a_group_waits_for_the_latest_suspicion_but_not_for_ever(silences: list[Silence], limit: int) -> None:
    due = agreed_us(silences, limit)

    assert due == max(s.due_us for s in silences) or due == min(s.since_us for s in silences) + limit
    assert due <= min(s.since_us for s in silences) + limit


def test_of_two_silences_the_one_that_counts_sooner_stands() -> None:
    silences: Silences[str] = Silences()
    first = silences.begin("db-0", 10, 100)

    assert first is not None
    assert first.due_us == 110
    assert silences.begin("db-0", 20, 90) is None  # no sooner
    assert silences.lasts("db-0", first)
    sooner = silences.begin("db-0", 20, 5)  # its machine says that the program is gone
    assert sooner is not None
    assert not silences.lasts("db-0", first)
    assert silences.lasts("db-0", sooner)


def test_nothing_stands_of_who_is_heard() -> None:
    silences: Silences[frozenset[str]] = Silences()
    pair = frozenset(("db-0", "db-1"))

    assert silences.get(pair) is None
    assert not silences.end(pair)
    silence = silences.begin(pair, 0, 10)
    assert silence is not None
    assert silences.get(pair) is silence
    assert silences.end(pair)
    assert not silences.lasts(pair, silence)
