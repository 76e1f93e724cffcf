"""Why a claim stays Pending, in the words of Kubernetes' Events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.control.volumes import NO_PROVISIONER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim, StorageClass


class Reason(NamedTuple):
    """An Event: its reason and its message."""

    event: str
    message: str


def waits_for_pod(unscheduled: Sequence[str]) -> Reason:
    """Return what is said of a claim that is bound only for a pod that has a node.

    Source: pkg/controller/volume/persistentvolume/pv_controller.go: emitEventForUnboundDelayBindingClaim.
    """
    if not unscheduled:
        return Reason("WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    pods = f"pod {unscheduled[0]}" if len(unscheduled) == 1 else f"one of pods: {', '.join(unscheduled)}"
    return Reason("WaitForPodScheduled", f"waiting for {pods} to be scheduled")


def no_volume(claim: PersistentVolumeClaim, class_name: str, storage_class: StorageClass | None) -> Reason:
    """Return what is said of a claim for which there is no volume.

    Source: pv_controller.go: syncUnboundClaim, provisionClaimOperation, findProvisionablePlugin,
    provisionClaimOperationExternal; external-provisioner pkg/controller/controller.go (selectors).
    """
    if not class_name:
        message = "no persistent volumes available for this claim and no storage class is set"
        return Reason("FailedBinding", message)
    if storage_class is None:
        return Reason("ProvisioningFailed", f'storageclass.storage.k8s.io "{class_name}" not found')
    provisioner = storage_class.spec.provisioner
    if provisioner == NO_PROVISIONER:
        return Reason("ProvisioningFailed", f"no volume plugin matched name: {provisioner}")
    if claim.spec.selector is not None:
        message = (
            f'failed to provision volume with StorageClass "{class_name}": claim Selector is not supported'
        )
        return Reason("ProvisioningFailed", message)
    message = (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually "
        "by the system administrator. If volume creation is delayed, please verify that the provisioner is "
        "running and correctly registered."
    )
    return Reason("ExternalProvisioning", message)


def not_that_volume(
    claim: PersistentVolumeClaim, class_name: str, named: PersistentVolume | None
) -> Reason | None:
    """Return what is said of a claim that names a volume which it cannot have; nothing if there is none yet.

    Source: pv_controller.go: syncUnboundClaim, checkVolumeSatisfyClaim.
    """
    if named is None:
        return None
    if named.claim is not None and (named.claim != claim.name or named.claim_uid not in (None, claim.uid)):
        return Reason("FailedBinding", f'volume "{named.name}" already bound to a different claim.')
    problem = ""
    if named.size_bytes < claim.spec.size_bytes:
        problem = "requested PV is too small"
    elif named.storage_class != class_name:
        problem = "storageClassName does not match"
    elif not set(claim.spec.access_modes) <= set(named.access_modes):
        problem = "incompatible accessMode"
    if problem:
        return Reason("VolumeMismatch", f'Cannot bind to requested volume "{named.name}": {problem}')
    return None
