"""A program in a container: what really runs, whatever the API server believes.

The kubelet starts and stops programs; drivers and clients meet them here. A program that is frozen, or whose
machine lost power, says nothing to anybody: that is the difference between a reset and silence.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.node.line import Line


class State(StrEnum):
    """Where a program is in its life."""

    RUNNING = "running"
    STOPPING = "stopping"
    FROZEN = "frozen"
    EXITED = "exited"


_RUNNING, _STOPPING, _EXITED = State.RUNNING, State.STOPPING, State.EXITED  # see connection.py


class Exit(StrEnum):
    """How a program ended."""

    STOPPED = "stopped"  # it was asked (SIGTERM) and obeyed
    KILLED = "killed"  # SIGKILL: nothing was said, but the machine answers with a reset
    CRASHED = "crashed"  # it ended by its own fault
    POWER_CUT = "power-cut"  # the machine is gone: nobody answers
    CORRUPTED = "corrupted"  # it refused its data


# exit code and reason as the container runtime gives them (128 + signal; a cut off run is code 255, Unknown)
EXIT_CODES = {
    Exit.STOPPED: (0, "Completed"),
    Exit.KILLED: (137, "Error"),
    Exit.CRASHED: (1, "Error"),
    Exit.CORRUPTED: (1, "Error"),
    Exit.POWER_CUT: (255, "Unknown"),
}


class Connection(Protocol):
    """A client's end of a TCP connection to a program."""

    def reset(self, how: str) -> None:
        """Hear that the connection is gone: `how` is ``reset`` or ``closed`` (said goodbye first)."""

    def doubt(self) -> None:
        """Hear nothing: the program or its machine has fallen silent, which only a packet finds out."""

    def move(self, process: Process, *, known: bool) -> None:
        """Go through another program from now on, which knows this flow or will reset it."""


class Driver(Protocol):
    """What the kubelet tells the model of the system that runs in a pod."""

    def started(self, process: Process) -> None:
        """Take over a program that has just begun to run."""

    def stopping(self, process: Process) -> int | None:
        """Hear SIGTERM; return how long the program will take to exit (µs), ``None`` = the image's `stop`."""

    def exited(self, process: Process, how: Exit) -> None:
        """Hear that the program is gone. After a power cut nobody hears of it but the model."""

    def frozen(self, process: Process) -> None:
        """Hear that the machine stands still."""

    def thawed(self, process: Process) -> None:
        """Hear that the machine runs on where it was."""


class Named(Protocol):
    """Whose program it is: a pod, or a machine that somebody else runs."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def uid(self) -> str:
        """Return what tells it from namesakes."""

    @property
    def ordinal(self) -> int | None:
        """Return its number, if it has one."""

    @property
    def ip(self) -> str:
        """Return its address."""


class Process:
    """One run of a pod's main container.

    Attributes
    ----------
    pod, uid, ordinal, node, ip
        The pod's name, uid and number, its machine's name, its address.
    incarnation
        Counts the runs of the same container in the same pod, from 0, over reboots of its machine as well.
    data
        Its data directory: ``pv/<volume>``, ``emptyDir/<uid>/<name>`` or ``layer/<uid>/<container>/<n>``.
    started_us
        When it began to run.
    asked
        Whether it has been asked to stop (SIGTERM).
    listening
        Whether it answers clients: set by its driver through ``Host.listening``.
    line
        Where operations wait for a worker; ``None`` = none has to.
    forwards
        Whether its connections end elsewhere, so that they do not end with it: set by the driver of a router.
    """

    __slots__ = (
        "asked",
        "connections",
        "container",
        "data",
        "driver",
        "forwards",
        "image",
        "incarnation",
        "ip",
        "line",
        "listening",
        "node",
        "ordinal",
        "pod",
        "started_us",
        "state",
        "uid",
    )

    def __init__(
        self, pod: Named, node: str, container: str, image: str, incarnation: int, data: str
    ) -> None:
        self.pod = pod.name
        self.uid = pod.uid
        self.ordinal = pod.ordinal
        self.ip = pod.ip
        self.node = node
        self.container = container
        self.image = image
        self.incarnation = incarnation
        self.data = data
        self.started_us = 0
        self.state = State.RUNNING
        self.listening = False
        self.asked = False
        self.forwards = False
        self.line: Line | None = None
        self.driver: Driver | None = None
        self.connections: dict[int, Connection] = {}

    @property
    def alive(self) -> bool:
        """Tell whether the program can still run an instruction, now or after a thaw."""
        return self.state is not _EXITED

    @property
    def running(self) -> bool:
        """Tell whether it runs now."""
        return self.state is _RUNNING or self.state is _STOPPING

    def fall_silent(self) -> None:
        """Say nothing any more on any connection: nobody at the other ends is told."""
        for connection in list(self.connections.values()):
            connection.doubt()


class Host(Protocol):
    """What a driver may ask of the machine and the cluster under its programs."""

    def listening(self, process: Process, answers: bool, *, ready: bool | None = None) -> None:
        """Say that the program answers clients (and whether its readiness check succeeds: as `answers`)."""

    def exit(self, process: Process, how: Exit, why: str) -> None:
        """End the program by its own decision; the kubelet restarts it as its restart policy says."""

    def reset(self, process: Process, why: str) -> None:
        """Reset the machine under a program, as its watchdog does: all that runs there ends, and it boots."""

    def label(self, process: Process, labels: Mapping[str, str | None], *, outside: bool = False) -> bool:
        """Patch labels onto the program's pod through the API server; False if that cannot be reached.

        ``None`` takes a label away. The program itself does it, or somebody beside the API server
        (`outside`), whom no cut stops.
        """

    def api_reachable(self, process: Process) -> bool:
        """Tell whether the program can reach the API server (and a store of the control plane, as etcd)."""

    def reachable(self, process: Process, other: Process) -> bool:
        """Tell whether packets get from one program's machine to the other's and back."""

    def zone(self, process: Process) -> str:
        """Return the zone of the program's machine; "" = it is in none."""

    def clock_us(self, process: Process) -> int:
        """Return what the clock of the program's machine shows, which may be wrong."""

    def answers(self, process: Process) -> bool:
        """Tell whether the machine under a program is on and not frozen: it refuses, not stays silent."""
