"""A Service's endpoints at an instant, from however many slices tell of them."""

from __future__ import annotations

from statesim.analysis.states import state_at
from statesim.kernel.trace import TraceEvent


def test_the_slices_of_a_service_are_put_together_and_forgotten_with_it() -> None:
    told = [
        ("EndpointSlice/a", "EndpointsChanged", {"ready": ["a-0", "a-1"], "not_ready": []}),
        (
            "EndpointSlice/a-x2k4m",
            "EndpointsChanged",
            {"service": "a", "ready": ["a-2"], "not_ready": ["a-3"]},
        ),
        ("EndpointSlice/a", "TerminatingChanged", {"terminating": ["a-9"], "serving": []}),
        ("EndpointSlice/a", "EndpointsChanged", {"ready": ["a-1"], "not_ready": []}),
        ("EndpointSlice/a-x2k4m", "Deleted", {}),
        ("EndpointSlice/a", "Deleted", {}),
    ]
    events = [TraceEvent(n, n, obj, event, None, fields) for n, (obj, event, fields) in enumerate(told)]
    seen = [state_at(events, t).endpoints for t in range(len(events))]
    assert seen == [
        {"a": ("a-0", "a-1")},
        {"a": ("a-0", "a-1", "a-2")},
        {"a": ("a-0", "a-1", "a-2")},
        {"a": ("a-1", "a-2")},
        {"a": ("a-1",)},
        {},
    ]
