"""Callers of registers in a laboratory: each does one thing at a time, and all that they see is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.judge import judge
from statesim.kernel.spans import MILLISECOND, SECOND
from tests.systems.harness import Ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.consistency.verdict import Verdict
    from tests.systems.harness import Lab


class Put(Ask):
    """An operation of the workload ``register``."""

    kind = "register"


class Caller:
    """A client process: one call at a time, of one key after the other, to one server after the other."""

    def __init__(
        self, lab: Lab, number: int, servers: Sequence[str], rows: list[tuple[Any, ...]], until: int
    ) -> None:
        self.lab = lab
        self.number = number
        self.servers = servers
        self.rows = rows
        self.until = until
        self.calls = 0
        self.next()

    def next(self) -> None:
        lab = self.lab
        if lab.clock.now > self.until:
            return
        self.calls += 1
        # every caller writes and reads each of three keys, in an order of its own
        key = f"k{(self.calls + self.number) // 2 % 3}"
        writes = (self.calls + self.number) % 2
        value = len(self.rows) if writes else None  # nobody else writes that
        process = lab.processes[self.servers[(self.calls * 2 + self.number) % 3]]
        f = "write" if writes else "read"
        if not (
            process.running and process.listening and lab.system.accept(process, read_write=True) is None
        ):
            lab.clock.after(100 * MILLISECOND, self.next)
            return
        self.rows.append((lab.clock.now, self.number, "shop", "invoke", f, [key, value], ""))
        ask = Put(f, [key, value])
        lab.system.submit(process, ask)
        self.wait(ask, lab.clock.now + 6 * SECOND)

    def wait(self, ask: Put, until: int) -> None:
        lab = self.lab
        if ask.type:
            ended = ask.type
        elif lab.clock.now < until:
            lab.clock.after(MILLISECOND // 4, self.wait, ask, until)
            return
        else:
            ended = "info" if ask.f == "write" else "fail"
        value = ask.result if ended == "ok" and ask.f == "read" else ask.value
        self.rows.append((lab.clock.now, self.number, "shop", ended, ask.f, value, ""))
        lab.clock.after(200 * MILLISECOND, self.next)


def judged(lab: Lab, rows: list[tuple[Any, ...]]) -> Verdict:
    """Return what the checkers say of what callers saw, and of what is left at the end."""
    rows.sort(key=lambda row: row[0])
    copy = lab.system.surviving()[1]
    keys = [f"k{number}" for number in range(3)]
    final = {key: values for key in keys if (values := copy.values(("shop", key)))}
    rows.append((lab.clock.now, "final", "shop", "ok", "final", final))
    return judge("register", rows, "shop", lab.clock.now)
