"""The control plane fails: its controllers stand still, or their leader dies and a standby takes over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.control.leader_election import Failover

if TYPE_CHECKING:
    from statesim.control.leader_election import Record
    from statesim.faults.ground import Ground

LEADER, STANDBY = "control-plane-1", "control-plane-2"


@dataclass(slots=True)
class ControlPlaneOutage:
    """kube-controller-manager and kube-scheduler stand still; the API server, kubelets and storage go on.

    When it ends they go on with what has changed meanwhile. With `failover` their processes have died
    instead, and those of the standby, which take over when leader election lets them, begin anew: they list
    everything, and what the old ones only had in memory (how long a node has been silent, for how long a
    pod has tolerated a taint, a quarantine, the six minutes of a forced detach) is counted from then.
    """

    failover: bool
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Stop them."""
        programs = list(ground.plane.programs())
        for program in programs:
            ground.plane.hold(program, self.name)
            if self.failover:
                self._fail_over(ground, program)
        return [f"Lease/{program}" for program in programs]

    def revert(self, ground: Ground) -> None:
        """Let them go on."""
        for program in ground.plane.programs():
            ground.plane.let_go(program, self.name)

    def _fail_over(self, ground: Ground, program: str) -> None:
        def elected(record: Record) -> None:
            ground.clock.cause = ground.trace.emit(
                f"Lease/{program}",
                "LeaderElection",
                holder=record.holder,
                transitions=record.transitions,
                why="the record has not changed for the whole lease",
            )
            ground.plane.let_go(program, self.name, anew=True)

        rng = ground.streams.get("fault", self.name, program)
        Failover(ground.clock, rng, LEADER, STANDBY, elected)
