"""What the clients need to be told by the scenario, and by the world that they are part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.kernel.distributions import Distribution
    from statesim.node.process import Process
    from statesim.systems.driver import System

MILLISECOND = 1_000
RTT_US = 500  # a round trip inside one region; the same for all, as zones have no distances here


class MixModel(Protocol):
    """Shares of writes and reads."""

    @property
    def write(self) -> float:
        """Return the share of writes."""

    @property
    def read(self) -> float:
        """Return the share of reads."""


class OperationsModel(Protocol):
    """What is asked, and how often."""

    @property
    def kind(self) -> str:
        """Return ``set`` or ``web``."""

    @property
    def rate(self) -> float:
        """Return operations per second, all sessions together."""

    @property
    def mix(self) -> MixModel:
        """Return the shares of writes and reads."""


class TimeoutsModel(Protocol):
    """How long a client waits. 0 or ``None`` = for ever (for `connect_us`: as long as the kernel tries)."""

    @property
    def connect_us(self) -> int | None:
        """Return the patience for a new connection."""

    @property
    def statement_us(self) -> int | None:
        """Return the patience for an answer."""

    @property
    def keepalive_us(self) -> int | None:
        """Return after how long an idle connection to nobody is found out."""


class BackoffModel(Protocol):
    """How long a session waits between attempts to connect."""

    @property
    def initial_us(self) -> int:
        """Return the first wait; each further one is twice as long."""

    @property
    def max_us(self) -> int:
        """Return the longest wait."""

    @property
    def jitter(self) -> float:
        """Return which share of a wait is left to chance, 0 to 1."""


class ClientModel(Protocol):
    """One row of the scenario's ``clients:``."""

    @property
    def name(self) -> str:
        """Return the client's name."""

    @property
    def target(self) -> str:
        """Return whom it talks to, ``Service/pg``."""

    @property
    def read_target(self) -> str | None:
        """Return whom it reads from, if that is somebody else."""

    @property
    def sessions(self) -> int:
        """Return how many connections it keeps (for each target)."""

    @property
    def operations(self) -> OperationsModel:
        """Return what it asks."""

    @property
    def timeouts(self) -> TimeoutsModel:
        """Return how patient it is."""

    @property
    def backoff(self) -> BackoffModel:
        """Return how it tries again."""

    @property
    def service_time(self) -> Distribution:
        """Return how long the server works on one operation."""

    @property
    def zone(self) -> str | None:
        """Return where it runs; ``None`` = outside of all zones."""


class WorldView(Protocol):
    """What is really so: asked only for what a packet would find out."""

    @property
    def systems(self) -> Mapping[str, System]:
        """Return the scenario's systems by name."""

    def find_process(self, pod: str, uid: str | None = None) -> Process | None:
        """Return the program of a pod's main container, if there is one (of that uid)."""

    def power(self, node: str) -> str:
        """Return whether a machine is ``on``, ``off`` or ``paused``."""

    def driver_of(self, process: Process) -> System:
        """Return the system that a program belongs to."""
