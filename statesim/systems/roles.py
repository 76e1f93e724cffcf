"""Who is what: the ``Member/…`` events of a system, and the moment when nobody can write any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.driver import Context

PRIMARY = "primary"
REPLICA = "replica"
STARTING = "starting"
RECOVERING = "recovering"
BROKEN = "broken"  # it answers reads and follows nobody, until a person acts
STOPPED = "stopped"


class Roles:
    """The roles of a system's members as the trace tells them; a role is told once."""

    __slots__ = ("_clock", "_context", "_told", "_trace", "accepting")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._clock = context.clock
        self._trace = context.trace
        self._told: dict[str, tuple[str, bool]] = {}
        self.accepting: dict[str, str] = {}

    def become(
        self,
        process: Process,
        role: str,
        why: str,
        *,
        accepts_writes: bool = False,
        timeline: int | None = None,
    ) -> None:
        """Tell a member's role; what follows in this call of the clock is caused by it."""
        state = (role, accepts_writes)
        if self._told.get(process.uid) == state:
            return
        self._told[process.uid] = state
        self._clock.cause = self._trace.emit(
            f"Member/{process.pod}",
            "Role",
            role=role,
            system=self._context.name,
            accepts_writes=accepts_writes,
            timeline=timeline,
            uid=process.uid,
            why=why,
        )
        if accepts_writes:
            self.accepting[process.uid] = process.pod
        elif self.accepting.pop(process.uid, None) is not None and not self.accepting:
            self._trace.emit(f"System/{self._context.name}", "PrimaryLost", pod=process.pod, reason=why)

    def forget(self, process: Process) -> None:
        """Let the next run of the same container tell its role anew."""
        self._told.pop(process.uid, None)

    def tell(self, process: Process, event: str, timeline: int | None = None, **fields: object) -> None:
        """Tell what happened to a member; what follows in this call of the clock is caused by it."""
        self._clock.cause = self._trace.emit(
            f"Member/{process.pod}", event, system=self._context.name, timeline=timeline, **fields
        )
