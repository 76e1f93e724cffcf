"""One attempt to place one pod: bind it, have its volumes made, make room for it, or say why it fits nowhere.

Source: kubernetes pkg/scheduler/schedule_one.go (before: scheduler.go): scheduleOne; framework/types.go:
FitError.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from statesim.control.actions import Action, Decision, Delete, Write
from statesim.control.claims import ClaimInfo, claims_problem, reservable
from statesim.control.feasible import Found, Search, search
from statesim.control.nodeinfo import Demand, Nodes
from statesim.control.preemption import BY_KUBE_SCHEDULER, BY_SCHEDULER, Outcome, preempt
from statesim.control.score import best
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.objects import PersistentVolume, Pod, PodDisruptionBudget
    from statesim.control.columns import Choice
    from statesim.control.nodeinfo import NodeInfo, Tenant
    from statesim.control.preemption import Candidate

NEWEST = Features.for_version()
# With more nodes than this a list of them that was given already is not repeated.
_LONG = 20

Reasons = tuple[tuple[str, tuple[str, ...]], ...]


BINDING_POLL_US = 1_000_000


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod without a node, the nodes, and what became of earlier attempts.

    Attributes
    ----------
    chosen, chosen_us
        The node that an earlier attempt chose, and when; the pod waits there for its volumes.
    not_before
        It is not looked at before.
    said
        The last answer that was given: message and reasons.
    draw
        Number from 0 to 1 that decides between equally good nodes.
    preferred
        The node to take if it fits, whatever the scores say (a replayed recording's choice).
    nominated
        By node: the other pods for which preemption is making room there.
    told
        Reasons that were given already, with the key of the pod that they were given for.
    start
        Where among the nodes the search begins.
    alike
        What came of a pod that asks the same, if it failed and nothing has changed since.
    """

    now: int
    pod: Pod
    nodes: tuple[NodeInfo, ...]
    claims: tuple[ClaimInfo, ...]
    chosen: str | None = None
    chosen_us: int = 0
    not_before: int = 0
    said: object = None
    draw: float = 0.0
    preferred: str | None = None
    features: Features = NEWEST
    demand: Demand | None = None
    nominated: Mapping[str, tuple[Tenant, ...]] = field(default_factory=dict)
    budgets: tuple[PodDisruptionBudget, ...] = ()
    told: Mapping[object, str] = field(default_factory=dict)
    start: int = 0
    alike: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision, and what the queue has to remember of it.

    Attributes
    ----------
    looked_at
        How many nodes were, if any were to be.
    waits_on
        The node that was chosen, if the pod's volumes are not there yet.
    answer, reasons, plugins
        If it failed: what there is to say, the nodes by reason, and the filters that refused them.
    preempts
        Other pods have to go for it.
    general
        It failed as every pod does that asks the same of a node and has no wishes about other pods.
    """

    decision: Decision
    looked_at: int | None = None
    waits_on: str | None = None
    answer: object = None
    reasons: Reasons = ()
    plugins: frozenset[str] = frozenset()
    preempts: bool = False
    general: bool = False


def decide(view: PodView) -> Decision:
    """Bind the pod, or first have its volumes made where it will run, or say why it fits nowhere."""
    return attempt(view).decision


def attempt(view: PodView) -> Attempt:
    """Try to place the pod (scheduleOne; volumebinding.go: Reserve, and PreBind as a wait for the claims)."""
    if view.chosen is not None and claims_problem(view.claims) is None:
        waiting = [info.name for info in view.claims if info.unbound]
        if waiting:
            why = f"waiting on {view.chosen} for the volumes of {', '.join(waiting)}"
            return Attempt(Decision(why=why), waits_on=view.chosen)
        due = _next_look(view)
        if view.now < due:
            why = f"its volumes are bound; the scheduler looks again on the second, for {view.chosen}"
            return Attempt(Decision(wake_at=due, why=why), waits_on=view.chosen)
        return Attempt(_bind(view, view.chosen))
    if view.now < view.not_before:
        return Attempt(Decision(wake_at=view.not_before, why="backing off after a failed attempt"))
    if view.alike is not None:
        return _fail_alike(view, view.alike)
    what = _search(view)
    choice = _choose(view, what)
    if choice is not None:
        return Attempt(_bind(view, choice.node.name), choice.looked_at)
    found = search(what)
    if not found.fitting:
        return _fail(view, what, found)
    asked = None
    if view.preferred is not None:
        asked = next((node for node in found.fitting if node.name == view.preferred), None)
    chosen = asked or best(
        view.pod, found.fitting, view.nodes, view.draw, demand=what.demand, features=view.features
    )
    unbound = [info for info in view.claims if info.unbound]
    if not unbound:
        return Attempt(_bind(view, chosen.name), found.looked_at)
    ready_made = reservable(view.claims, chosen)
    actions = tuple(action for info in unbound for action in _select(info, ready_made.get(info.name), chosen))
    why = f"{view.pod.name} will run on {chosen.name} once its volumes are bound"
    return Attempt(Decision(actions, why=why), found.looked_at, waits_on=chosen.name)


def _choose(view: PodView, what: Search) -> Choice | None:
    """Choose by what the nodes are known to answer, where that says all."""
    nodes = view.nodes
    if not isinstance(nodes, Nodes) or nodes.columns is None or nodes.choosy or view.preferred is not None:
        return None
    return nodes.columns.choose(what)


def _next_look(view: PodView) -> int:
    """Return when the scheduler next looks whether the volumes are bound: every second from its choice on.

    Source: volume/scheduling/scheduler_binder.go: BindPodVolumes (wait.Poll of one second, never at once).
    """
    looks = max(1, -(-(view.now - view.chosen_us) // BINDING_POLL_US))
    return view.chosen_us + looks * BINDING_POLL_US


def put_on(view: PodView, node: str) -> Attempt:
    """Put a pod where its nodeName says, whatever runs there and whether its claims are bound.

    In Kubernetes the pod is made with that node and the scheduler never hears of it ("Assigning Pods to
    Nodes: nodeName"); so a claim that waits for its first consumer is never bound.
    """
    return Attempt(_bind(view, node, "nodeName says so: no filter is asked"))


def _search(view: PodView) -> Search:
    """Return what is searched for; pods that are less important than this one keep no room from it."""
    mine = view.pod.spec.priority
    ahead = {
        node: kept
        for node, others in view.nominated.items()
        if (kept := tuple(t for t in others if t.priority >= mine))
    }
    return Search(
        pod=view.pod,
        demand=view.demand or Demand.of(view.pod.spec),
        nodes=view.nodes,
        claims=view.claims,
        features=view.features,
        nominated=ahead,
        budgets=view.budgets,
        start=view.start,
        draw=view.draw,
    )


def _bind(view: PodView, node: str, why: str = "") -> Decision:
    changes = {"node": node, "scheduled_us": view.now}
    fields = {"node": node, "uid": view.pod.uid}
    return Decision(
        (Write(view.pod, "Scheduled", changes, fields),), why=why or f"{node} is the best node that fits"
    )


def _select(info: ClaimInfo, volume: PersistentVolume | None, node: NodeInfo) -> Iterable[Action]:
    """Reserve a ready-made volume, and tell binder and provisioner the node.

    Source: volume/scheduling/scheduler_binder.go:bindAPIUpdate.
    """
    claim = info.claim
    if claim is None:
        return
    if volume is not None and volume.claim is None:
        holder = {"claim": claim.name, "claim_uid": claim.uid}
        yield Write(volume, "Reserved", holder, {"claim": claim.name})
    yield Write(claim, "SelectedNode", {"selected_node": node.name}, {"node": node.name})


# -- when no node will do ------------------------------------------------------------------------------


def _fail(view: PodView, what: Search, found: Found) -> Attempt:
    """Make room if that is possible, and say why there is none: each different answer once."""
    outcome = preempt(what, found) if view.nodes else Outcome(None)
    message, reasons = _message(view, found, outcome), _reasons(found)
    answer = (message, reasons)
    actions: list[Action] = []
    changes: dict[str, Any] = {}
    chosen = outcome.chosen
    if chosen is not None:
        actions += _make_room(view, chosen)
        changes = {"nominated_node": chosen.node.name}
    elif view.pod.nominated_node is not None and outcome.refused:
        changes = {"nominated_node": None}
    if changes or answer != view.said:
        actions.append(_say(view, message, reasons, changes, chosen))
    decision = Decision(tuple(actions), why=message)
    return Attempt(
        decision,
        found.looked_at,
        None,
        answer,
        reasons,
        found.plugins,
        preempts=chosen is not None,
        general=found.general,
    )


def _fail_alike(view: PodView, other: Attempt) -> Attempt:
    """Say of this pod what was just said of one that asks the same."""
    message = other.decision.why
    said = () if other.answer == view.said else (_say(view, message, other.reasons, {}, None),)
    return replace(other, decision=Decision(said, why=message))


def _say(
    view: PodView, message: str, reasons: Reasons, changes: dict[str, Any], chosen: Candidate | None
) -> Write:
    since = view.now if view.pod.refused is None else view.pod.refused[1]
    fields, details = _fields(view, reasons, chosen), {"refused": (message, since)}
    return Write(view.pod, "FailedScheduling", changes, fields, details=details)


def _message(view: PodView, found: Found, outcome: Outcome) -> str:
    """Return the words of `kubectl describe pod` (FitError)."""
    if not view.nodes:
        return "no nodes available to schedule pods"
    features = view.features
    once = features.has("SaysOnce")
    if found.problem is not None and once:
        shown = found.problem.reasons[0]
    else:
        counts: Counter[str] = Counter()
        for refused in (found.problem,) * len(view.nodes) if found.problem else found.refused.values():
            counts.update(refused.reasons)
        shown = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    message = f"0/{len(view.nodes)} nodes are available: {shown}."
    if not outcome.why or not features.has("SaysPreemption"):
        return message
    stop = "." if once and not features.has("SaysOneStop") else ""
    return f"{message} preemption: {outcome.why}{stop}"


def _reasons(found: Found) -> Reasons:
    """Return the nodes by reason; no nodes where the reason holds for whichever node."""
    if found.problem is not None:
        return tuple((reason, ()) for reason in found.problem.reasons)
    nodes: dict[str, list[str]] = {}
    for name, refused in found.refused.items():
        for reason in refused.reasons:
            nodes.setdefault(reason, []).append(name)
    return tuple(sorted((reason, tuple(sorted(names))) for reason, names in nodes.items()))


def _fields(view: PodView, reasons: Reasons, chosen: Candidate | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"uid": view.pod.uid}
    first = view.told.get(reasons)
    if len(view.nodes) > _LONG and first is not None and first != view.pod.key:
        fields["reasons_of"] = first
    else:
        fields["reasons"] = {reason: list(names) for reason, names in reasons}
    if chosen is not None:
        fields["nominated"] = chosen.node.name
    return fields


def _make_room(view: PodView, chosen: Candidate) -> Iterable[Action]:
    """Delete the victims gracefully, and let pods of lower priority look elsewhere (prepareCandidate)."""
    node = chosen.node.name
    marked = view.features.on("PodDisruptionConditions")
    reason = BY_SCHEDULER if view.features.has("PreemptionOwnVictims") else BY_KUBE_SCHEDULER
    for victim in chosen.victims:
        if victim.terminating:
            continue
        why = f"preempted by {view.pod.key} on node {node}"
        changes = {"disruption": reason} if marked else {}
        fields = {"uid": victim.pod.uid, "node": node, "by": view.pod.key}
        yield Write(victim.pod, "Preempted", changes, fields, why=why)
        yield Delete(victim.pod, why=why)
    for other in view.nominated.get(node, ()):
        if other.priority < view.pod.spec.priority:
            yield Write(other.pod, "NominationCleared", {"nominated_node": None}, why=f"{node} is taken")
