from __future__ import annotations

import made_traces as made
import pytest

from statesim.analysis.sentences import sentence
from statesim.analysis.why import chain, earlier_text, explain_text, not_in_trace
from statesim.errors import StatesimError
from statesim.kernel.trace import TraceEvent

S = 1_000_000


def test_a_new_primary_is_traced_back_to_the_power_cut() -> None:
    text = explain_text(chain(made.patroni().events, "Pod/pg-1", 100 * S))
    assert text.splitlines() == [
        "1. 60.000 s  power cut under the database (Node/n-a-1)",
        "2. 60.000 s  machine n-a-1 loses power, because the power is cut",
        "3. 84.100 s  the lease of pg-0 in pg has expired",
        "4. 85.200 s  pg-1 wins the election of pg (term 2), because pg-1 has the longest log",
        "5. 86.300 s  pg-1 was promoted to timeline 2",
    ]


def test_the_story_of_a_pod_includes_its_program_and_its_role() -> None:
    events = made.patroni().events
    assert chain(events, "Pod/pg-0", 60 * S)[-1].object == "Member/pg-0"
    assert chain(events, "Member/pg-0", 200 * S)[-1].event == "NotReady"
    assert chain(events, "System/pg", 90 * S)[-1].event == "Elected"


def test_what_happened_to_a_system_member_by_member_is_told_beside_the_last_of_it() -> None:
    lost = [
        TraceEvent(
            number, t * S, "System/auth", "SessionsLost", None, {"count": 8 + t, "pod": f"auth-{number}"}
        )
        for number, t in enumerate((63, 69, 75))
    ]
    assert earlier_text(lost, lost[-1]).splitlines() == [
        "before it, each with a story of its own (--at):",
        "  63.000 s  auth has lost 71 sessions with auth-0",
        "  69.000 s  auth has lost 77 sessions with auth-1",
    ]
    assert earlier_text(lost, lost[0]) == ""
    crowd = [lost[0]._replace(id=number) for number in range(12)]
    assert "and 3 more" in earlier_text(crowd, crowd[-1])


def test_a_label_that_marks_what_has_happened_is_not_the_story() -> None:
    events = [
        TraceEvent(0, S, "Member/a", "MajorityLost", None, {}),
        TraceEvent(1, 2 * S, "Pod/a", "Labelled", 0, {"labels": "role="}),
    ]
    assert chain(events, "Pod/a")[-1].event == "MajorityLost"
    assert chain(events[1:], "Pod/a")[-1].event == "Labelled", "there is nothing else to tell"


def test_an_unknown_object_names_the_nearest() -> None:
    with pytest.raises(StatesimError, match="did you mean Pod/pg-0"):
        chain(made.statefulset().events, "Pod/pg0", 10 * S)


def test_an_unknown_object_names_its_namesakes_or_what_there_is_of_its_kind() -> None:
    known = ("Pod/pg-0", "StatefulSet/web", "Deployment/shop", "Deployment/cart")
    assert not_in_trace("Deployment/web", known).endswith("did you mean StatefulSet/web?")
    assert not_in_trace("Deployment/x", known).endswith("it has Deployment cart, shop")
    assert not_in_trace("Service/x", known).endswith("it has no Service")


def test_what_a_settled_controller_says_is_told_in_words() -> None:
    event = TraceEvent(
        0, 0, "Deployment/a", "Status", None, {"readyReplicas": 1, "spec_replicas": 1, "why": "settled"}
    )
    assert sentence(event) == "Deployment a has 1 of 1 pods Ready, and its controller has nothing left to do"


def test_numbers_of_a_long_chain_are_aligned() -> None:
    events = [TraceEvent(i, i * S, "Pod/a", "Ready", i - 1 if i else None, {}) for i in range(10)]
    lines = explain_text(chain(events, "Pod/a")).splitlines()
    assert (lines[0][:12], lines[-1][:12]) == (" 1. 0.000 s ", "10. 9.000 s ")


def test_what_comes_again_and_again_is_told_for_the_first_and_the_last_time() -> None:
    happened = [
        ("Pod/a", "Created"),
        *[("Process/a", "Running"), ("Process/a", "Exited")] * 5,
        ("Pod/a", "BackOff"),
    ]
    events = [
        TraceEvent(i, i * S, obj, event, i - 1 if i else None, {}) for i, (obj, event) in enumerate(happened)
    ]
    assert explain_text(chain(events, "Pod/a")).splitlines() == [
        " 1.  0.000 s  pod a is created",
        " 2.  1.000 s  the program of a runs",
        " 3.  2.000 s  the program of a has ended",
        "  …           the same 3 more times, from 3.000 s to 8.000 s",
        "10.  9.000 s  the program of a runs",
        "11. 10.000 s  the program of a has ended",
        "12. 11.000 s  the kubelet waits before it starts the container of pod a again",
    ]


def test_an_object_to_which_nothing_had_happened_yet_says_when_it_begins() -> None:
    with pytest.raises(StatesimError, match=r"first event is Created at 402\.100 s"):
        chain(made.deployment_rwo().events, "Pod/pg-54d7-m8c5t", 10 * S)


@pytest.mark.parametrize(
    ("outage_s", "said"),
    [
        (0.0312, "0.031 s"),
        (1.00026, "1.0 s"),
        (26.83127, "26.8 s"),
        (355.0, "5 min 55 s"),
        (7500.25, "2 h 5 min"),
    ],
)
def test_how_long_an_outage_was_has_the_digits_that_matter(outage_s: float, said: str) -> None:
    event = TraceEvent(0, 0, "Client/shop", "Recovered", None, {"f": "write", "outage_s": outage_s})
    assert sentence(event) == f"the first write of shop succeeds again after {said}"


def test_every_event_of_the_made_runs_reads_as_a_sentence() -> None:
    for run in (*made.five_variants(), made.partition(), made.web_rollout()):
        for event in run.events:
            text = sentence(event)
            assert "{" not in text
            assert "?" not in text, text
            assert "[" not in text


def test_an_event_nobody_foresaw_is_told_by_its_name() -> None:
    assert sentence(TraceEvent(0, 0, "Widget/x", "Polished", None, {"why": "it was dull"})) == (
        "Widget/x: Polished, because it was dull"
    )


def test_a_part_without_its_field_is_left_out() -> None:
    assert sentence(TraceEvent(0, 0, "Pod/a", "Terminating", None, {})) == "pod a shall terminate"
    assert sentence(TraceEvent(0, 0, "Pod/a", "Terminating", None, {"grace_s": 30.0})) == (
        "pod a shall terminate, with 30 s of grace"
    )
