"""What a person does to data: deletes it by mistake, and brings it back from a backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.faults.ground import Missing
from statesim.systems.driver import Restorable

if TYPE_CHECKING:
    from statesim.faults.ground import Ground
    from statesim.systems.driver import Answer


@dataclass(slots=True)
class Restore:
    """A system is brought back as it was at an instant, or as late as there is anything of it."""

    on: Any
    to_us: int | None

    def apply(self, ground: Ground) -> list[str]:
        """Begin; it takes as long as the system says."""
        system = ground.systems[self.on.name]
        if not isinstance(system, Restorable):
            raise Missing(f"a system of kind {system.kind} has no backups")
        why = system.cannot_restore(self.to_us)
        if why is not None:
            raise Missing(why)
        system.restore(self.to_us)
        return [self.on.key]


class Statement:
    """What a person types at a server's prompt; implements `systems.driver.Request`."""

    kind = "everything"
    f = "truncate"
    value: Any = None

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.error = ""

    def answer(self, type_: Answer, value: Any = None, error: str = "") -> None:  # noqa: ARG002 - as asked
        """See `systems.driver.Request.answer`."""
        self.error = error if type_ == "fail" else ""


@dataclass(slots=True)
class Truncate:
    """Every row of a system is deleted: its primary commits that as it commits everything."""

    on: Any
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Type it."""
        system = ground.systems[self.on.name]
        process = system.primary()
        if process is None:
            raise Missing(f"there is no primary of {self.on.name} that would take it")
        statement = Statement(self.name)
        system.submit(process, statement)
        if statement.error:
            raise Missing(statement.error)
        return [f"Member/{process.pod}"]
