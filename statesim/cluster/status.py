"""What a kubelet says about the containers of a pod: frozen values in the pod's status."""

from __future__ import annotations

from typing import NamedTuple


class Ended(NamedTuple):
    """One run of a container that is over (core/v1 ContainerStateTerminated)."""

    exit_code: int
    reason: str
    started_us: int
    ended_us: int
    run: int


class ContainerStatus(NamedTuple):
    """One container as last reported (core/v1 ContainerStatus).

    It runs if it has `started_us`, is over if it has `ended`, and waits for `waiting` else.

    Attributes
    ----------
    waiting
        ``ContainerCreating``, ``PodInitializing``, ``CrashLoopBackOff``.
    backoff_us
        How long the kubelet waits before it starts the container again.
    last
        The run before this one.
    run
        Which run this is, from 0.
    """

    name: str
    image: str
    ready: bool = False
    restarts: int = 0
    waiting: str = ""
    backoff_us: int = 0
    started_us: int | None = None
    ended: Ended | None = None
    last: Ended | None = None
    run: int = 0
