"""Several servers in one connection string: libpq's list of hosts, and pgjdbc's.

Sources: libpq, "Parameter Key Words", "Specifying Multiple Hosts"; pgjdbc, "Connection Fail-over".
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from statesim.kernel.spans import SECOND
from statesim.scenario.fields import Duration, ServerKey, wrong
from statesim.scenario.model import Model

LIBPQ_LEAST_US = 2 * SECOND  # libpq, connect_timeout: shorter ones are taken for two seconds
PGJDBC_CONNECT_US = 10 * SECOND  # pgjdbc, connectTimeout
HOST_RECHECK_US = 10 * SECOND  # pgjdbc, hostRecheckSeconds


class Connect(Model):
    """Servers that are tried in turn when a connection is made; it helps then and never later."""

    hosts: tuple[ServerKey, ...] = Field(
        min_length=1, description="Who is tried, in this order: [Pod/pg-0, Pod/pg-1, Pod/pg-2]."
    )
    target_session_attrs: (
        Literal["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] | None
    ) = Field(None, description="libpq's: which server will do; default any.")
    target_server_type: Literal["any", "primary", "secondary", "preferPrimary", "preferSecondary"] | None = (
        Field(None, description="pgjdbc's: which server will do. It remembers hosts' roles.")
    )
    host_recheck_us: Duration = Field(
        HOST_RECHECK_US,
        alias="hostRecheckSeconds",
        description="pgjdbc's: how long it believes what it knows of a host, for all its connections.",
    )
    load_balance_hosts: bool = Field(False, description="Whether the order is left to chance each time.")

    @property
    def pgjdbc(self) -> bool:
        """Tell whether it is pgjdbc that connects; else libpq."""
        return self.target_server_type is not None

    def patience_us(self, given_us: int | None, *, explicit: bool) -> int | None:
        """Return the patience for each host; ``None`` = as long as TCP's."""
        if self.pgjdbc:
            return given_us if explicit else PGJDBC_CONNECT_US
        return max(LIBPQ_LEAST_US, given_us) if explicit and given_us is not None else None

    @model_validator(mode="after")
    def _one_library(self) -> Self:
        if self.target_session_attrs is not None and self.pgjdbc:
            said = "targetSessionAttrs is libpq's and targetServerType is pgjdbc's"
            raise wrong(said, "write one of them", ("targetServerType",))
        if "host_recheck_us" in self.model_fields_set and not self.pgjdbc:
            said = "hostRecheckSeconds is pgjdbc's"
            raise wrong(said, "write targetServerType, or leave it out", ("hostRecheckSeconds",))
        return self
