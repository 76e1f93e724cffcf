from __future__ import annotations

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Phase,
    Pod,
    VolumeAttachment,
)
from statesim.cluster.store import Store
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.attach_detach import (
    AttachDetach,
    Held,
    NodeView,
    Policy,
    VolumeView,
    WantedBy,
    decide,
    needs,
)
from statesim.control.attacher import Attacher, AttachmentView
from statesim.control.attacher import decide as complete
from statesim.control.runtime import Loop
from statesim.kernel.clock import Clock
from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import MINUTE, SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import ClaimSpec, Container, NodeSpec, PodSpec, Volume

SPEC = PodSpec((Container("c", "v1"),), volumes=(Volume("data", "claim", "data"),))
A, B = NodeView("a"), NodeView("b")
DEAD = NodeView("a", ready=False, mounted=True)


def held(node: NodeView, *, attached: bool = True, **kwargs: int) -> Held:
    name = f"v@{node.name}"
    return Held(VolumeAttachment(name=name, volume="v", node=node.name, attached=attached, **kwargs), node)  # type: ignore[arg-type]


def view(*has: Held, wanted: tuple[WantedBy, ...] = (), now: int = 0, **kwargs: object) -> VolumeView:
    shareable = bool(kwargs.get("shareable", False))
    reported = kwargs.get("reported", frozenset())
    policy = kwargs.get("policy", Policy())
    return VolumeView(now, "v", shareable, wanted, has, reported, policy)  # type: ignore[arg-type]


def by(node: NodeView, pod: str = "p") -> WantedBy:
    return WantedBy(Pod(name=pod, uid=f"uid-{pod}", spec=SPEC, node=node.name), node)


def done(decision: Decision) -> list[tuple[str, str]]:
    rows = []
    for action in decision.actions:
        assert isinstance(action, Create | Write | Delete)
        rows.append((action.event, action.object.name))
    return rows


def test_volume_is_attached_where_a_pod_needs_it() -> None:
    decision = decide(view(wanted=(by(A),), now=7))
    assert done(decision) == [("AttachRequested", "v@a")]
    create = decision.actions[0]
    assert isinstance(create, Create)
    assert create.object.requested_us == 7  # type: ignore[attr-defined]
    assert decide(view(held(A), wanted=(by(A),))).actions == ()


def test_unmounted_volume_is_detached_at_once_and_a_mounted_one_after_six_minutes() -> None:
    assert done(decide(view(held(A)))) == [("DetachRequested", "v@a")]
    first = decide(view(held(DEAD), now=SECOND))
    assert done(first) == [("Unneeded", "v@a")]
    assert first.wake_at == SECOND + 6 * MINUTE
    waiting = decide(view(held(DEAD, unneeded_us=SECOND), now=MINUTE))
    assert (waiting.actions, waiting.wake_at) == ((), SECOND + 6 * MINUTE)
    forced = decide(view(held(DEAD, unneeded_us=SECOND), now=SECOND + 6 * MINUTE))
    assert isinstance(forced.actions[0], Write)
    assert (forced.actions[0].event, forced.actions[0].fields["forced"]) == ("DetachRequested", True)


def test_the_six_minutes_begin_anew_when_the_volume_is_needed_again() -> None:
    decision = decide(view(held(DEAD, unneeded_us=SECOND), wanted=(by(DEAD),), now=MINUTE))
    assert [(a.event, a.changes) for a in decision.actions if isinstance(a, Write)] == [
        ("Needed", {"unneeded_us": None})
    ]


def test_out_of_service_node_is_not_waited_for() -> None:
    gone = NodeView("a", ready=False, out_of_service=True, mounted=True)
    assert done(decide(view(held(gone)))) == [("DetachRequested", "v@a")]
    off = Policy(out_of_service=False)
    assert done(decide(view(held(gone), policy=off))) == [("Unneeded", "v@a")]


def test_healthy_node_is_waited_for_as_long_as_it_takes() -> None:
    busy = NodeView("a", mounted=True)
    decision = decide(view(held(busy, unneeded_us=0), now=60 * MINUTE))
    assert (decision.actions, decision.wake_at) == ((), None)


def test_read_write_many_is_attached_to_both_nodes_and_read_write_once_to_one() -> None:
    wanted = (by(A, "p"), by(B, "q"))
    assert done(decide(view(wanted=wanted, shareable=True))) == [
        ("AttachRequested", "v@a"),
        ("AttachRequested", "v@b"),
    ]
    assert done(decide(view(wanted=wanted))) == [("AttachRequested", "v@a")]


def test_attachment_that_was_only_requested_counts_as_attached_elsewhere() -> None:
    assert decide(view(held(A, attached=False), wanted=(by(A), by(B, "q")))).actions == ()


def test_multi_attach_error_names_who_holds_the_volume_once_for_each_pod() -> None:
    wanted = (by(A, "old"), by(B, "new"))
    decision = decide(view(held(A), wanted=wanted))
    assert done(decision) == [("MultiAttach", "v@b")]
    note = decision.actions[0]
    assert isinstance(note, Write)
    told = {"volume": "v", "node": "b", "held_by": ["old"], "pod": "new", "uid": "uid-new"}
    assert note.fields == told
    assert note.why == 'Multi-Attach error for volume "v" Volume is already used by pod(s) old'
    assert decide(view(held(A), wanted=wanted, reported=frozenset({("b", "uid-new")}))).actions == ()
    orphaned = decide(view(held(DEAD, unneeded_us=0), wanted=(by(B, "new"),), now=MINUTE))
    note = orphaned.actions[0]
    assert isinstance(note, Write)
    assert note.fields["held_by"] == ["a"]
    words = "Volume is already exclusively attached to one node and can't be attached to another"
    assert note.why == f'Multi-Attach error for volume "v" {words}'


def test_nobody_complains_while_the_volume_is_on_its_way() -> None:
    assert done(decide(view(held(A), wanted=(by(B),)))) == [("DetachRequested", "v@a")]
    assert decide(view(held(A, detach_requested_us=0), wanted=(by(B),))).actions == ()


def test_volume_wanted_back_while_it_is_detached_is_attached_again_afterwards() -> None:
    assert decide(view(held(A, detach_requested_us=0), wanted=(by(A),))).actions == ()


def test_v05_which_pods_keep_a_volume_on_their_node() -> None:
    def pod(**kwargs: object) -> Pod:
        return Pod(name="p", spec=SPEC, **kwargs)  # type: ignore[arg-type]

    assert not needs(pod())
    assert needs(pod(node="a"))
    assert needs(pod(node="a", running=True, deleted_us=1))
    assert not needs(pod(node="a", running=False, deleted_us=1))
    assert not needs(pod(node="a", phase=Phase.FAILED))


def test_requests_are_completed_after_the_storage_systems_latency() -> None:
    asked = VolumeAttachment(name="v@a", volume="v", node="a", requested_us=10)
    assert complete(AttachmentView(10, asked, 5, 9)).wake_at == 15
    assert done(complete(AttachmentView(15, asked, 5, 9))) == [("Attached", "v@a")]
    leaving = VolumeAttachment(name="v@a", volume="v", node="a", attached=True, detach_requested_us=20)
    assert complete(AttachmentView(28, leaving, 5, 9)).wake_at == 29
    assert done(complete(AttachmentView(29, leaving, 5, 9))) == [("Detached", "v@a")]
    assert done(complete(AttachmentView(29, leaving, 5, 9, detaches=False))) == [("DetachFailed", "v@a")]
    assert complete(AttachmentView(29, leaving, 5, 9, detaches=False, said=True)).actions == ()


def test_volume_follows_its_pod_to_another_node() -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))
    Loop(AttachDetach(store), clock, store, 0)
    Loop(Attacher(store, Streams(1), attach=Fixed(SECOND), detach=Fixed(2 * SECOND)), clock, store, 0)
    for name in ("a", "b"):
        store.create(Node(name=name, spec=NodeSpec()))
    store.create(PersistentVolumeClaim(name="data", spec=ClaimSpec(), phase="Bound", volume="v"))
    volume = PersistentVolume(
        name="v", access_modes=("ReadWriteOnce",), storage_class="", size_bytes=1, reclaim_policy="Delete"
    )
    volume.claim = "data"
    store.create(volume)
    old = store.create(Pod(name="p", spec=SPEC, node="a"))
    clock.run(10 * SECOND)
    store.remove(old)
    store.create(Pod(name="p", spec=SPEC, node="b"))
    clock.run(20 * SECOND)
    assert [(e.t, e.event, e.fields["node"]) for e in store.trace.events if "volume" in e.fields] == [
        (0.0, "AttachRequested", "a"),
        (1.0, "Attached", "a"),
        (10.0, "DetachRequested", "a"),
        (12.0, "Detached", "a"),
        (12.0, "AttachRequested", "b"),
        (13.0, "Attached", "b"),
    ]
