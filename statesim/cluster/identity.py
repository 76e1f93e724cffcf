"""Stable identity: ordinals, hostnames, claim names and DNS names, and the hashes that name revisions."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from random import Random

    from statesim.scenario.specs import PodTemplate

# apimachinery pkg/util/rand: vowels and look-alikes are left out, so that no bad word appears
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# what every kubelet says of its machine (pkg/kubelet/kubelet_node_status.go: initialNode)
MACHINE_LABELS = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
}
NAMESPACE = "default"
DOMAIN = "cluster.local"


def pod_name(set_name: str, ordinal: int) -> str:
    """Return a StatefulSet pod's name (pkg/controller/statefulset/stateful_set_utils.go: getPodName)."""
    return f"{set_name}-{ordinal}"


def claim_name(template: str, set_name: str, ordinal: int) -> str:
    """Return the claim's name for a template and an ordinal (same file: getPersistentVolumeClaimName)."""
    return f"{template}-{set_name}-{ordinal}"


def dns_name(hostname: str, subdomain: str, namespace: str = NAMESPACE, domain: str = DOMAIN) -> str:
    """Return a pod's stable name under its headless Service ("DNS for Services and Pods")."""
    return f"{hostname}.{subdomain}.{namespace}.svc.{domain}"


def template_hash(template: PodTemplate, collisions: int = 0) -> str:
    """Return the hash that names a revision: the same for equal templates, ten characters.

    It covers everything that the template says, simulated or not, as the API server stores it
    (pkg/controller/controller_utils.go: ComputeHash; pkg/controller/history: HashControllerRevision).
    """
    said = (template.labels, template.annotations, template.spec.raw or asdict(template.spec))
    text = json.dumps([dict(part) for part in said], sort_keys=True)
    return derived_suffix(text, collisions, length=10)


def derived_suffix(*path: object, length: int = 5) -> str:
    """Return an end of a name that looks random and follows from `path`."""
    number = int.from_bytes(digest(*path, size=8), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)


def random_suffix(rng: Random, length: int = 5) -> str:
    """Return the random end of a ReplicaSet pod's name."""
    return "".join(_ALPHABET[int(rng.random() * len(_ALPHABET))] for _ in range(length))


def node_ip(name: str) -> str:
    """Return a node's address, which outlives its Node object."""
    a, b = digest("node-ip", name, size=2)
    return f"172.18.{a}.{1 + b % 254}"


def pod_ip(uid: str, sandbox: int = 0) -> str:
    """Return a pod's address; another one for each incarnation: the name is stable, the address is not.

    A pod whose machine has been rebooted gets another sandbox, and with it another address
    (pkg/kubelet/kuberuntime/kuberuntime_manager.go: computePodActions, SyncPod).
    """
    a, b, c = digest("ip", uid, *((sandbox,) if sandbox else ()), size=3)
    return f"10.{a}.{b}.{c}"
