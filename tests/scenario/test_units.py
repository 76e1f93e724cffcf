from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.scenario.units import (
    UnitError,
    format_duration,
    parse_bytes,
    parse_cpu,
    parse_duration,
    parse_rate,
    parse_stretch,
)


@pytest.mark.parametrize(
    ("written", "us"),
    [
        ("300ms", 300_000),
        ("90s", 90_000_000),
        ("5m", 300_000_000),
        ("1h30m", 5_400_000_000),
        ("2d", 172_800_000_000),
        ("15us", 15),
        ("1.5s", 1_500_000),
        (90, 90_000_000),
        ("90", 90_000_000),
        (0.25, 250_000),
        (0, 0),
    ],
)
def test_durations_are_read_as_kubernetes_writes_them(written: Any, us: int) -> None:
    assert parse_duration(written) == us


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("5min", "did you mean 5m?"),
        ("30 sec", "did you mean 30s?"),
        ("1 hour 30 minutes", "did you mean 1h30m?"),
        ("5M", "did you mean 5m?"),
        ("2w", "did you mean 14d?"),
        ("10msec", "did you mean 10ms?"),
        ("5 parsecs", None),
        ("soon", None),
    ],
)
def test_a_wrong_unit_of_time_is_put_right_if_it_can_be(written: str, hint: str | None) -> None:
    with pytest.raises(UnitError, match="is not a duration") as caught:
        parse_duration(written)
    assert caught.value.hint == hint


@pytest.mark.parametrize("written", [True, None, [], "-5s", -1, float("nan"), float("inf"), "9" * 30 + "d"])
def test_what_is_no_duration_is_refused(written: Any) -> None:
    with pytest.raises(UnitError):
        parse_duration(written)


@given(st.integers(0, 10**15))
def test_a_duration_survives_being_written_and_read(us: int) -> None:
    assert parse_duration(format_duration(us)) == us


@pytest.mark.parametrize(
    ("us", "text"),
    [(0, "0s"), (300_000, "300ms"), (1, "1us"), (5_400_000_000, "1h30m"), (61_500_000, "1m1.5s")],
)
def test_durations_are_written_the_usual_way(us: int, text: str) -> None:
    assert format_duration(us) == text


@pytest.mark.parametrize(
    ("written", "milli"), [("500m", 500), (2, 2_000), ("0.5", 500), (0.1, 100), ("2", 2_000)]
)
def test_cpu_is_thousandths(written: Any, milli: int) -> None:
    assert parse_cpu(written) == milli


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("10Gi", 10 * 2**30),
        ("1G", 10**9),
        ("512Mi", 2**29),
        (1024, 1024),
        ("1.5Ki", 1536),
        ("129e6", 129_000_000),
    ],
)
def test_bytes_have_binary_and_decimal_units(written: Any, size: int) -> None:
    assert parse_bytes(written) == size


@pytest.mark.parametrize(
    ("parse", "written", "hint"),
    [
        (parse_bytes, "10Gb", "did you mean 10Gi?"),
        (parse_bytes, "512mb", "did you mean 512Mi?"),
        (parse_bytes, "128m", "did you mean 128Mi?"),
        (parse_bytes, "7 apples", None),
        (parse_cpu, "2 cores", "did you mean 2?"),
        (parse_cpu, "half", None),
        (parse_rate, "20/sec", "did you mean 20/s?"),
        (parse_rate, "20rps", "did you mean 20/s?"),
        (parse_rate, "often", None),
    ],
)
def test_a_wrong_unit_gets_the_nearest_right_one(parse: Any, written: str, hint: str | None) -> None:
    with pytest.raises(UnitError) as caught:
        parse(written)
    assert caught.value.hint == hint


@pytest.mark.parametrize(("written", "rate"), [("20/s", 20.0), ("6/m", 0.1), ("3600/h", 1.0), (5, 5.0)])
def test_rates_are_per_second(written: Any, rate: float) -> None:
    assert parse_rate(written) == pytest.approx(rate)


@pytest.mark.parametrize("written", ["50s-2m", " 50 - 120s", ("50s", "2m"), [50, 120.0]])
def test_a_stretch_of_time_is_a_text_or_a_pair(written: Any) -> None:
    assert parse_stretch(written) == (50_000_000, 120_000_000)


@pytest.mark.parametrize("written", ["50s", "-5s", "50s-", "1s-2s-3s", (1, 2, 3), 5, None, {"a": 1}])
def test_what_is_no_stretch_of_time_is_told_what_one_is(written: Any) -> None:
    with pytest.raises(UnitError, match=r"is no stretch of time; expected one like 50s-120s"):
        parse_stretch(written)
    with pytest.raises(UnitError, match=r"it ends before it begins"):
        parse_stretch("120s-50s")
