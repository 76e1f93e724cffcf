"""Endpoints over slices: nothing is lost, no slice is too full, and few are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from statesim.cluster.objects import Endpoint
from statesim.control import slicing
from statesim.control.slicing import Layout


def endpoint(number: int, *, ready: bool = True) -> Endpoint:
    name = f"p-{number:03}"
    return Endpoint(pod=name, uid=name, address=f"10.0.0.{number}", node="n1", ready=ready)


def made_of(*numbers: int) -> tuple[Endpoint, ...]:
    return tuple(endpoint(number) for number in numbers)


def arrange(
    slices: dict[str, tuple[Endpoint, ...]], desired: tuple[Endpoint, ...] | list[Endpoint], most: int = 100
) -> Layout:
    return slicing.arrange(slices, {e.pod: e for e in desired}, most)


def applied(slices: dict[str, tuple[Endpoint, ...]], layout: Layout) -> list[tuple[Endpoint, ...]]:
    after = {name: kept for name, kept in slices.items() if name not in layout.delete}
    return [*{**after, **layout.update}.values(), *layout.create]


def test_k01_a_service_without_pods_has_an_empty_slice() -> None:
    assert arrange({}, []) == Layout(create=[()])
    assert arrange({"a": ()}, []) == Layout()
    assert arrange({"a": made_of(1)}, []) == Layout(update={"a": ()})
    assert arrange({"a": made_of(1), "b": made_of(2)}, []) == Layout(update={"a": ()}, delete=["b"])


def test_k01_more_than_a_hundred_endpoints_take_more_slices() -> None:
    layout = arrange({}, made_of(*range(250)))
    assert [len(endpoints) for endpoints in layout.create] == [100, 100, 50]
    assert (layout.update, layout.delete) == ({}, [])


def test_what_is_written_anyway_is_filled_first_the_fullest_before_the_others() -> None:
    slices = {"a": made_of(1, 2, 3), "b": made_of(4, 5), "c": made_of(6)}
    layout = arrange(slices, made_of(2, 3, 4, 6, 7, 8), most=3)
    assert layout.update == {"a": made_of(2, 3, 7), "b": made_of(4, 8)}
    assert (layout.create, layout.delete) == ([], [])


def test_new_endpoints_go_into_the_untouched_slice_that_they_fill_best() -> None:
    slices = {"a": made_of(1), "b": made_of(2, 3), "c": made_of(4, 5, 6, 7)}
    assert arrange(slices, made_of(*range(1, 10)), most=4).update == {"b": made_of(2, 3, 8, 9)}


def test_endpoints_that_no_slice_has_room_for_take_a_new_one_though_slices_are_half_empty() -> None:
    slices = {"a": made_of(1, 2), "b": made_of(3, 4)}
    layout = arrange(slices, made_of(*range(1, 8)), most=4)
    assert layout.create == [made_of(5, 6, 7)]
    assert layout.update == {}


def test_a_slice_that_would_go_is_written_anew_instead() -> None:
    layout = arrange({"a": made_of(1, 2), "b": made_of(3, 4)}, made_of(3, 4, 5, 6), most=2)
    assert layout == Layout(update={"a": made_of(5, 6)})


def test_a_changed_endpoint_stays_in_its_slice() -> None:
    slices = {"a": made_of(1, 2), "b": made_of(3)}
    layout = arrange(slices, [endpoint(1), endpoint(2, ready=False), endpoint(3)])
    assert layout.update == {"a": (endpoint(1), endpoint(2, ready=False))}
    assert (layout.create, layout.delete) == ([], [])


@given(st.lists(st.sets(st.integers(0, 30)), max_size=12))
def test_whatever_comes_and_goes_the_slices_hold_exactly_what_is_there(steps: list[set[int]]) -> None:
    slices: dict[str, tuple[Endpoint, ...]] = {}
    count = 0
    for there in steps:
        layout = arrange(slices, made_of(*there), most=4)
        after = applied(slices, layout)
        assert sorted(e.pod for endpoints in after for e in endpoints) == [f"p-{n:03}" for n in sorted(there)]
        assert all(len(endpoints) <= 4 for endpoints in after)
        assert len(after) == 1 or all(after)
        assert all(slices[name] != endpoints for name, endpoints in layout.update.items())
        kept = {n: e for n, e in {**slices, **layout.update}.items() if n not in layout.delete}
        fresh = {f"s-{count + i}": endpoints for i, endpoints in enumerate(layout.create)}
        count += len(fresh)
        slices = {**kept, **fresh}
        assert arrange(slices, made_of(*there), most=4) == Layout()
