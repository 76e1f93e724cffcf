"""A database whose program breaks with some seeds: an error that nobody has foreseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.systems.postgres.driver import Postgres

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request


class Breaking(Postgres):
    """PostgreSQL that cannot bear a statement in one millisecond of two hundred."""

    kind: ClassVar[str] = "breaking"

    def __init__(self, context: Context, parameters: Any) -> None:
        super().__init__(context, parameters)
        self._time = context.clock

    def submit(self, process: Process, request: Request) -> None:
        millisecond = self._time.now // 1000
        if millisecond % 200 == 7:
            raise ZeroDivisionError(f"in the {millisecond}th millisecond")
        super().submit(process, request)
