"""What a StatefulSet's slot is made of: the pod with its stable identity, and its claims."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.cluster.identity import claim_name, pod_name
from statesim.cluster.objects import (
    POD_INDEX_LABEL,
    POD_NAME_LABEL,
    REVISION_LABEL,
    PersistentVolumeClaim,
    Pod,
)
from statesim.control.actions import Create, Write
from statesim.control.admission import admit
from statesim.control.volumes import CLAIM_FINALIZER
from statesim.scenario.specs import Volume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.objects import ControllerRevision, OwnerRef, StatefulSet
    from statesim.control.statefulset_view import View


def ordinal_of(set_name: str, name: str) -> int | None:
    """Return the ordinal in a pod's name, ``None`` if the set would not give that name.

    Source: pkg/controller/statefulset/stateful_set_utils.go: getParentNameAndOrdinal.
    """
    parent, dash, ordinal = name.rpartition("-")
    canonical = ordinal.isascii() and ordinal.isdigit() and str(int(ordinal)) == ordinal
    return int(ordinal) if dash and parent == set_name and canonical else None


def volumes_for(owner: StatefulSet, ordinal: int, volumes: Iterable[Volume]) -> tuple[Volume, ...]:
    """Return a slot's volumes: its claims, and what the template has beside them (utils: updateStorage)."""
    names = [template.name for template in owner.spec.claim_templates]
    return (
        *(volume for volume in volumes if volume.name not in names),
        *(Volume(name, "claim", claim_name(name, owner.name, ordinal)) for name in names),
    )


def pod_for(
    owner: StatefulSet,
    ordinal: int,
    revision: ControllerRevision,
    toleration_us: int,
    *,
    indexed: bool = True,
) -> Pod:
    """Return the pod of a slot: name, hostname, claims and labels follow from its ordinal.

    `indexed` tells whether its version knows the label apps.kubernetes.io/pod-index
    (pkg/controller/statefulset/stateful_set_utils.go: newStatefulSetPod, initIdentity, updateStorage).
    """
    name = pod_name(owner.name, ordinal)
    template = revision.template
    labels = {**template.labels, REVISION_LABEL: revision.name, POD_NAME_LABEL: name}
    if indexed:
        labels[POD_INDEX_LABEL] = str(ordinal)
    volumes = volumes_for(owner, ordinal, template.spec.volumes)
    return Pod(
        name=name,
        spec=replace(admit(template.spec, toleration_us), volumes=volumes),
        labels=labels,
        annotations=dict(template.annotations),
        owner=owner.ref(),
        revision=revision.name,
        ordinal=ordinal,
        hostname=name,
        subdomain=owner.spec.service_name,
    )


def claims_for(view: View, ordinal: int) -> tuple[Create, ...]:
    """Return the creations of a slot's missing claims; one that exists is met again, whatever it holds.

    Claims carry no owner, and so outlive the pod and the set, unless whenDeleted is Delete
    (stateful_pod_control.go: createPersistentVolumeClaims).
    """
    owner = view.set
    made: list[Create] = []
    for template in owner.spec.claim_templates:
        name = claim_name(template.name, owner.name, ordinal)
        if name not in view.claims:
            claim = PersistentVolumeClaim(
                name=name,
                spec=template.spec,
                labels={**template.labels, **owner.spec.selector.match_labels},
                finalizers=(CLAIM_FINALIZER,),
                owner=None if view.spec.retain_when_deleted else owner.ref(),
            )
            made.append(Create(claim))
    return tuple(made)


def claim_owners(view: View, ordinal: int, pod: Pod) -> tuple[Write, ...]:
    """Return the changes that make a slot's claims go with whom the retention policy says, and nobody else.

    whenScaled Delete: with the pod, once its ordinal is no longer wanted; whenDeleted Delete: with the set.
    A claim that somebody else owns is left alone (KEP-1847; stateful_set_utils.go:
    updateClaimOwnerRefForSetAndPod).
    """
    spec, owner = view.spec, view.set
    wanted: OwnerRef | None = None if spec.retain_when_deleted else owner.ref()
    if not spec.retain_when_scaled and ordinal not in view.slots:
        wanted = pod.ref()
    actions = []
    for claim in view.claims_of(ordinal):
        if claim.owner == wanted or claim.terminating:
            continue
        if claim.owner in (None, owner.ref(), pod.ref()):
            with_whom = f"it goes with {wanted.key}" if wanted else "it outlives its pod and its set"
            fields = {"owner": wanted.key if wanted else None}
            why = f"retention policy: {with_whom}"
            actions.append(Write(claim, "OwnerChanged", {"owner": wanted}, fields, why=why))
    return tuple(actions)
