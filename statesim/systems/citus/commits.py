"""Transactions through the coordinator: on one worker an ordinary commit, over several one in two phases.

PREPARE on each worker; a record of the decision with the coordinator's own commit; COMMIT PREPARED on each.
Who dies between leaves transactions *in doubt*, whose rows stay locked until the maintenance daemon looks:
what has a record is committed, what has none is rolled back (citus: transaction/transaction_management.c,
remote_transaction.c, transaction_recovery.c: RecoverTwoPhaseCommits). The daemon's first round comes when it
begins, the next ones after the interval (utils/maintenanced.c: CitusMaintenanceDaemonMain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.citus.staging import LockedError, NoNodeError, Staged
from statesim.systems.statements import Outcome, execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.trace import Trace
    from statesim.systems.base import Member
    from statesim.systems.citus.parameters import CitusParameters
    from statesim.systems.citus.shards import Catalogue, Shards
    from statesim.systems.driver import Request


class Commits:
    """What one run of the coordinator has under way.

    Parameters
    ----------
    name
        The system's, for the trace.
    node
        Returns a worker's disk by its name, or raises `NoNodeError`.
    """

    __slots__ = ("_active", "_armed", "_coordinator", "_count", "_name", "_node", "_p", "_trace", "_waiting")

    def __init__(
        self,
        name: str,
        coordinator: Member,
        parameters: CitusParameters,
        trace: Trace,
        node: Callable[[str], Shards],
    ) -> None:
        self._name = name
        self._coordinator = coordinator
        self._p = parameters
        self._trace = trace
        self._node = node
        self._count = 0
        self._armed = False
        self._active: set[str] = set()
        self._waiting: list[Request] = []

    @property
    def _catalogue(self) -> Catalogue:
        catalogue: Catalogue = self._coordinator.directory.contents
        return catalogue

    # -- a transaction ---------------------------------------------------------------------------------

    def serve(self, request: Request) -> None:
        """Execute a statement, or let it wait for a lock."""
        staged = Staged(self._catalogue, self._node)
        try:
            outcome = execute(request, staged)
        except LockedError:
            self._waiting.append(request)
        except NoNodeError as error:
            patience = self._p.node_connection_timeout if error.silent else 0
            self._later(patience, request.answer, "fail", None, str(error))
        else:
            self._commit(request, outcome, staged)

    def _commit(self, request: Request, outcome: Outcome, staged: Staged) -> None:
        now = self._now()
        if len(staged.writes) < 2:
            for name, writes in staged.writes.items():
                self._node(name).write(writes, now)
            request.answer(*outcome)
            return
        self._count += 1
        process = self._coordinator.process
        gid = f"citus_0_{process.uid}_{process.incarnation}_{self._count}"
        for name, writes in staged.writes.items():
            self._node(name).prepared[gid] = writes
        self._active.add(gid)
        self._later(self._p.round_trip, self._decide, gid, request, outcome, sorted(staged.writes))

    def _decide(self, gid: str, request: Request, outcome: Outcome, names: list[str]) -> None:
        """Commit at the coordinator: from here on the transaction is committed, whatever happens."""
        if gid in self._active:
            self._catalogue.decided[gid] = names
            self._later(self._p.round_trip, self._finish, gid, request, outcome)

    def _finish(self, gid: str, request: Request, outcome: Outcome) -> None:
        """Commit at the workers; who cannot be told learns it from the recovery, and nobody waits for him."""
        if gid not in self._active:
            return
        self._active.discard(gid)
        self._tell(gid)
        request.answer(*outcome)
        self._wake()
        if gid in self._catalogue.decided:
            self.look_again()

    def _tell(self, gid: str) -> None:
        """Send COMMIT PREPARED to those that have not had it."""
        untold = []
        for name in self._catalogue.decided.pop(gid):
            try:
                store = self._node(name)
            except NoNodeError:
                untold.append(name)
                continue
            if gid in store.prepared:
                store.commit(gid, self._now())
        if untold:
            self._catalogue.decided[gid] = untold

    def _wake(self) -> None:
        """Let those who wait for locks look again."""
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            self.serve(request)

    # -- in doubt --------------------------------------------------------------------------------------

    def end(self) -> None:
        """Hear that the coordinator has ended: what it had under way is in doubt."""
        if self._active:
            self._trace.emit(f"System/{self._name}", "InDoubt", count=len(self._active))
        self._active.clear()
        self._waiting.clear()

    def look_again(self) -> None:
        """Have the maintenance daemon look at its next round, which are counted from when it began."""
        if not self._armed:
            self._armed = True
            interval = self._p.recover_2pc_interval
            run = self._now() - self._coordinator.process.started_us
            self._later(interval - run % interval, self.recover)

    def recover(self) -> None:
        """End each transaction that is prepared at a worker that can be asked, and that nobody drives."""
        self._armed = False
        committed = rolled_back = 0
        for name in self._catalogue.nodes:
            try:
                store = self._node(name)
            except NoNodeError:
                continue
            for gid in [gid for gid in store.prepared if gid not in self._active]:
                if gid in self._catalogue.decided:
                    store.commit(gid, self._now())
                    committed += 1
                else:
                    store.roll_back(gid)
                    rolled_back += 1
        for gid in [gid for gid in self._catalogue.decided if gid not in self._active]:
            self._tell(gid)
        if committed or rolled_back:
            event = {"committed": committed, "rolled_back": rolled_back}
            self._trace.emit(f"System/{self._name}", "TwoPhaseRecovered", **event)
            self._wake()

    # ------------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return self._coordinator.life.now

    def _later(self, delay_us: int, fn: Callable[..., object], *args: object) -> None:
        if delay_us:
            self._coordinator.life.later(delay_us, fn, *args)
        else:
            fn(*args)
