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
from statesim.control.actions import Action, Create
from statesim.control.admission import admit
from statesim.scenario.specs import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import ControllerRevision, StatefulSet


def pod_for(owner: StatefulSet, ordinal: int, revision: ControllerRevision, toleration_us: int) -> Pod:
    """Return the pod of a slot: name, hostname, claims and labels follow from its ordinal.

    Source: pkg/controller/statefulset/stateful_set_utils.go: newStatefulSetPod, initIdentity, updateStorage.
    """
    name = pod_name(owner.name, ordinal)
    template = revision.template
    templates = {t.name for t in owner.spec.claim_templates}
    volumes = (
        *(v for v in template.spec.volumes if v.name not in templates),
        *(
            Volume(t, "claim", claim_name(t, owner.name, ordinal))
            for t in (c.name for c in owner.spec.claim_templates)
        ),
    )
    labels = {
        **template.labels,
        REVISION_LABEL: revision.name,
        POD_NAME_LABEL: name,
        POD_INDEX_LABEL: str(ordinal),
    }
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


def claims_for(
    owner: StatefulSet, ordinal: int, existing: Mapping[str, PersistentVolumeClaim]
) -> list[Action]:
    """Return the creations of a slot's missing claims; one that exists is met again, whatever it holds.

    Claims carry no owner: they outlive the pod and the set (stateful_pod_control.go:
    createPersistentVolumeClaims).
    """
    made: list[Action] = []
    for template in owner.spec.claim_templates:
        name = claim_name(template.name, owner.name, ordinal)
        if name not in existing:
            labels = {**template.labels, **owner.spec.selector.match_labels}
            claim = PersistentVolumeClaim(
                name=name, spec=template.spec, labels=labels, finalizers=("kubernetes.io/pvc-protection",)
            )
            made.append(Create(claim))
    return made
