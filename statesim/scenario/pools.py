"""A client's pool of connections: HikariCP's or PgBouncer's, by their own defaults.

Sources: HikariCP README and com.zaxxer.hikari.pool.HikariPool; pgbouncer doc/config.md and src/janitor.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.scenario.fields import Duration, DurationOrNever, Whole, wrong
from statesim.scenario.model import Model


class Preset(NamedTuple):
    """What one setting is called, and its default, in one of the two."""

    name: str
    value: Any


class Setting(NamedTuple):
    """A setting of pools; ``None`` = there is no such thing."""

    attribute: str
    key: str
    hikaricp: Preset | None
    pgbouncer: Preset | None


# "" = it has no name of its own
SETTINGS = (
    Setting("size", "size", Preset("maximumPoolSize", 10), Preset("default_pool_size", 20)),
    Setting("minimum_idle", "minimumIdle", Preset("minimumIdle", None), Preset("min_pool_size", 0)),
    Setting(
        "connection_timeout_us",
        "connectionTimeout",
        Preset("connectionTimeout", 30 * SECOND),
        Preset("query_wait_timeout", 120 * SECOND),
    ),
    Setting(
        "max_lifetime_us",
        "maxLifetime",
        Preset("maxLifetime", 1800 * SECOND),
        Preset("server_lifetime", 3600 * SECOND),
    ),
    Setting(
        "idle_timeout_us",
        "idleTimeout",
        Preset("idleTimeout", 600 * SECOND),
        Preset("server_idle_timeout", 600 * SECOND),
    ),
    Setting(
        "validate_after_us",
        "validateAfter",
        Preset("aliveBypassWindowMs", 500 * MILLISECOND),
        Preset("server_check_delay", 30 * SECOND),
    ),
    Setting(
        "validation_timeout_us",
        "validationTimeout",
        Preset("validationTimeout", 5 * SECOND),
        Preset("", None),
    ),
    Setting("keepalive_time_us", "keepaliveTime", Preset("keepaliveTime", None), None),
    Setting("login_retry_us", "loginRetry", None, Preset("server_login_retry", 15 * SECOND)),
    Setting("mode", "mode", None, Preset("pool_mode", "session")),
    Setting("close_read_only", "closeReadOnly", Preset("", False), Preset("", False)),
)
# timeouts.connect of a client that does not say: pgjdbc's connectTimeout, PgBouncer's server_connect_timeout
CONNECT_US = {"hikaricp": 10 * SECOND, "pgbouncer": 15 * SECOND}
DNS_MAX_TTL_US = 15 * SECOND  # PgBouncer: dns_max_ttl and dns_nxdomain_ttl, whatever the answer says


@dataclass(frozen=True, slots=True)
class PoolRules:
    """A pool's settings, none left open; ``None`` = never."""

    preset: str
    size: int
    minimum_idle: int
    connection_timeout_us: int | None
    max_lifetime_us: int | None
    idle_timeout_us: int | None
    validate_after_us: int | None
    validation_timeout_us: int | None
    keepalive_time_us: int | None
    login_retry_us: int | None
    mode: str
    close_read_only: bool


class Pool(Model):
    """Connections that callers share: what is not given is as HikariCP or PgBouncer has it."""

    preset: Literal["hikaricp", "pgbouncer"] = Field(
        description="Whose defaults and ways: hikaricp (in the application), pgbouncer (a proxy beside it)."
    )
    size: Whole | None = Field(None, ge=1, le=1000, description="How many connections there are at most.")
    minimum_idle: Whole | None = Field(
        None, ge=0, description="How many are kept without a caller; hikaricp: all of them."
    )
    connection_timeout_us: DurationOrNever = Field(
        None, alias="connectionTimeout", description="How long a caller waits for a connection."
    )
    max_lifetime_us: DurationOrNever = Field(
        None, alias="maxLifetime", description="After how long a connection that nobody uses is replaced."
    )
    idle_timeout_us: DurationOrNever = Field(
        None, alias="idleTimeout", description="After how long without use one beyond minimumIdle is closed."
    )
    validate_after_us: DurationOrNever = Field(
        None, alias="validateAfter", description="One that was idle for longer is tested before it is lent."
    )
    validation_timeout_us: DurationOrNever = Field(
        None, alias="validationTimeout", description="How long such a test may take."
    )
    keepalive_time_us: DurationOrNever = Field(
        None, alias="keepaliveTime", description="How often idle connections are tested; hikaricp alone."
    )
    login_retry_us: Duration | None = Field(
        None,
        alias="loginRetry",
        description="How long nothing is tried after a failure, and callers fail at once; pgbouncer alone.",
    )
    mode: Literal["transaction", "session"] | None = Field(
        None,
        description="transaction: a connection is lent for one operation. session: for as long as it and the "
        "caller's session last; pgbouncer alone.",
    )
    close_read_only: bool = Field(
        False, description="Whether a connection on which a write met a read-only server is closed."
    )

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        for setting in SETTINGS:
            given = setting.attribute in self.model_fields_set
            if given and getattr(setting, self.preset) is None:
                raise wrong(f"{setting.key} is not for preset: {self.preset}", "leave it out", (setting.key,))
        rules = self.rules()
        if rules.minimum_idle > rules.size:
            raise wrong("minimumIdle is more than size", f"at most {rules.size}", ("minimumIdle",))
        return self

    def rules(self) -> PoolRules:
        """Return what counts: what is given, else the preset's."""
        found: dict[str, Any] = {}
        for setting in SETTINGS:
            preset: Preset | None = getattr(setting, self.preset)
            given = setting.attribute in self.model_fields_set
            default = None if preset is None else preset.value
            found[setting.attribute] = getattr(self, setting.attribute) if given else default
        if found["minimum_idle"] is None:
            found["minimum_idle"] = found["size"]
        if found["mode"] is None:
            found["mode"] = "transaction"
        return PoolRules(preset=self.preset, **found)
