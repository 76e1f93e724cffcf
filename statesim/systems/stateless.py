"""A stateless program: it answers while it runs, and keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Exit, Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.parameters import StatelessParameters


class Stateless:
    """Web servers, proxies, application code: any replica is as good as another."""

    def __init__(self, context: Context, parameters: StatelessParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._host = context.host
        self._running: dict[str, Process] = {}

    def started(self, process: Process) -> None:
        """Serve at once."""
        self._running[process.uid] = process
        self._host.listening(process, True)

    def stopping(self, process: Process) -> int | None:  # noqa: ARG002 - part of the contract
        """Leave the time to the image's `stop`."""
        return None

    def exited(self, process: Process, how: Exit) -> None:  # noqa: ARG002
        """Forget the program: it held nothing."""
        self._running.pop(process.uid, None)

    def frozen(self, process: Process) -> None:
        """Nothing to do: a frozen program is silent by itself."""

    def thawed(self, process: Process) -> None:
        """Nothing to do: it goes on where it was."""

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002
        """Accept whoever comes."""
        return None

    def submit(self, process: Process, request: Request) -> None:  # noqa: ARG002
        """Answer."""
        request.answer("ok", request.value)

    def network_changed(self) -> None:
        """Nothing to do: it talks to nobody."""

    def primary(self) -> Process | None:
        """Return nobody: there are no roles."""
        return None

    def replicas(self) -> Sequence[Process]:
        """Return all that run, by name."""
        return sorted(self._running.values(), key=lambda process: process.pod)

    def surviving(self) -> tuple[str, Sequence[Any]]:
        """Return nothing: there is nothing to lose."""
        return "", ()
