"""The clients of a scenario: whom they ask, what, how often, and how patient they are."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.scenario.fields import (
    Delay,
    Duration,
    DurationOrNever,
    Name,
    Number,
    Rate,
    ServerKey,
    Whole,
    wrong,
)
from statesim.scenario.hosts import Connect  # noqa: TC001 - pydantic reads it
from statesim.scenario.model import Model
from statesim.scenario.pools import CONNECT_US, DNS_MAX_TTL_US, Pool

COUNTABLE = ("set", "web")
MOST_FOLLOWED = 1_000  # with recording: flow: sessions that are followed, each for others that are alike


class Mix(Model):
    """Shares of writes and reads; they are made to sum to 1."""

    write: Number = Field(0.5, ge=0, description="Share of writes; if only read is given, what it leaves.")
    read: Number = Field(0.5, ge=0, description="Share of reads; if only write is given, what it leaves.")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Fill in the share that is not given, and let both sum to 1."""
        if not isinstance(data, dict) or not set(data) <= {"write", "read"} or not data:
            return data
        if not all(isinstance(share, int | float) and not isinstance(share, bool) for share in data.values()):
            return data
        if len(data) == 1:
            ((key, share),) = data.items()
            if not 0 <= share <= 1:
                raise wrong(f"a share lies between 0 and 1, found {share}", at=(key,))
            other = "read" if key == "write" else "write"
            return {key: float(share), other: round(1.0 - share, 12)}
        total = data["write"] + data["read"]
        if data["write"] < 0 or data["read"] < 0 or total <= 0:
            raise wrong("shares are not negative, and one of them is above 0")
        return {key: share / total for key, share in data.items()}


class Operations(Model):
    """What a client asks, and how often."""

    kind: Literal["set", "register", "counter", "bank", "append", "web", "login", "cache", "stream"] = Field(
        "set",
        description="set: writers add integers, each once, and readers look for those acknowledged. "
        "register: keys are written, read, and set if they hold what is expected (cas). counter: some add "
        "one, some read. bank: money moves between accounts. append: transactions that read lists and "
        "append to them. web: requests without memory. login: users who log in and act "
        "with their session. cache: requests for objects of which some are popular. "
        "stream: viewers who stay with one server.",
    )
    rate: Rate = Field(description="Operations in a time, all sessions together: 20/s.")
    mix: Mix = Field(
        Mix.model_construct(), description="Shares of writes and reads; not for kinds web and login."
    )
    reads: Literal["recent", "all"] = Field(
        "recent",
        description="Of set, for which elements readers look. recent: one of the last hundred acknowledged. "
        "all: any that was acknowledged, so that they meet what is gone.",
    )
    keys: Whole = Field(5, ge=2, description="How many registers, accounts, or lists at a time.")
    cas: Number = Field(
        0.3, ge=0, le=1, description="Which share of a register's writes compares before it sets."
    )
    logout: Number = Field(0.0, ge=0, lt=1, description="Which share of a user's wishes is to log out.")
    objects: Whole = Field(100_000, ge=1, le=10_000_000, description="Of cache: how many objects there are.")
    zipf: Number = Field(
        0.8, ge=0, le=5, description="Of cache: the exponent of their popularity; 0 = all alike."
    )
    times: Whole = Field(1, ge=1, description="Of cache: how many requests one operation stands for.")
    buffer_us: Duration = Field(
        40 * SECOND, alias="buffer", description="Of stream: how much a player holds in advance."
    )


class Timeouts(Model):
    """How patient a client is."""

    connect_us: DurationOrNever = Field(
        5 * SECOND, alias="connect", description="Patience for a new connection."
    )
    statement_us: DurationOrNever = Field(
        10 * SECOND, alias="statement", description="Patience for an answer."
    )
    keepalive_us: DurationOrNever = Field(
        None,
        alias="keepalive",
        description="After how long an application's own pings (HTTP/2, gRPC) notice that a peer is dead; "
        "default never. TCP's keepalive is tcp.keepalive.",
    )


class TcpKeepalive(Model):
    """Probes of an idle connection; the defaults are Linux's."""

    idle_us: Duration = Field(
        7200 * SECOND, alias="idle", description="tcp_keepalive_time: silence before the first probe."
    )
    interval_us: Duration = Field(
        75 * SECOND, alias="interval", description="tcp_keepalive_intvl: between two probes."
    )
    count: Whole = Field(
        9, ge=1, description="tcp_keepalive_probes: how many without an answer end the connection."
    )

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        for key, value in (("idle", self.idle_us), ("interval", self.interval_us)):
            if value < SECOND:
                raise wrong(f"{key} is at least 1s: Linux counts whole seconds", at=(key,))
        return self


class Tcp(Model):
    """What the clients' kernel does for their connections."""

    user_timeout_us: DurationOrNever = Field(
        None,
        alias="userTimeout",
        description="TCP_USER_TIMEOUT: how long sent data may wait for its acknowledgement; default: 15 "
        "retransmissions, 924.6 s.",
    )
    keepalive: TcpKeepalive | None = Field(
        None,
        description="SO_KEEPALIVE: probes of idle connections; {} = Linux's values. Default: none.",
    )


class Backoff(Model):
    """How long a session waits before it connects again."""

    policy: Literal["none", "fixed", "exponential"] = Field(
        "exponential",
        description="exponential: the wait is doubled each time. fixed: it is initial each time. none: a "
        "session connects when somebody calls, once for each caller.",
    )
    initial_us: Duration = Field(100 * MILLISECOND, alias="initial", description="The first wait.")
    max_us: Duration = Field(2 * SECOND, alias="max", description="The longest wait.")
    jitter: Number = Field(0.2, ge=0, le=1, description="Which share of a wait is left to chance.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.policy != "exponential" and "max_us" in self.model_fields_set:
            raise wrong(f"max is not for policy: {self.policy}", "leave it out", ("max",))
        if self.policy == "exponential" and self.max_us < self.initial_us:
            raise wrong("max is shorter than initial", at=("max",))
        return self


class Dns(Model):
    """What a client remembers of the names that it has looked up."""

    cache: Literal["none", "ttl", "forever"] = Field(
        "none",
        description="none: it asks for each connection, as the C library does. ttl: it keeps an answer as "
        "long as that says, or as long as ttl says. forever: once it has an answer it never asks again.",
    )
    ttl_us: Duration | None = Field(
        None, alias="ttl", description="How long it keeps an answer, whatever that says: 30s for a usual JVM."
    )
    negative_ttl_us: Duration | None = Field(
        None,
        alias="negativeTtl",
        description="How long it remembers that there is no such name; default: as the answer says with "
        "cache: ttl, 10s with forever or where ttl is given.",
    )

    @model_validator(mode="after")
    def _remembers(self) -> Self:
        if self.ttl_us is not None and self.cache != "ttl":
            raise wrong(f"ttl is not for cache: {self.cache}", "write cache: ttl", ("ttl",))
        if self.negative_ttl_us is not None and self.cache == "none":
            raise wrong("negativeTtl is not for cache: none", "write cache: ttl", ("negativeTtl",))
        return self


def _target_or_hosts(schema: dict[str, Any]) -> None:
    """Say that a client with several hosts has no target of its own."""
    schema["required"].remove("target")
    schema["anyOf"] = [{"required": ["target"]}, {"required": ["connect"]}]


class Client(Model):
    """A group of sessions that do the same."""

    model_config = ConfigDict(json_schema_extra=_target_or_hosts)

    name: Name = Field(description="What metrics call it.")
    target: ServerKey = Field(
        description="Whom it talks to, by name: Service/pg, or one pod of it, Pod/pg-0."
    )
    read_target: ServerKey | None = Field(
        None, description="The Service, or the pod, that it reads from, if another one."
    )
    dns: Dns = Field(Dns.model_construct(), description="What it remembers of the names that it looks up.")
    sessions: Whole = Field(1, ge=1, description="How many connections it keeps.")
    connections: Literal["kept", "short"] = Field(
        "kept",
        description="kept: a session keeps its connection, and so its pod. short: it opens one for each "
        "operation, as behind a proxy that does not keep them.",
    )
    addresses: Literal["shared", "own"] = Field(
        "shared",
        description="Where sessions come from, for sessionAffinity. shared: one address, as behind a NAT. "
        "own: each has its own.",
    )
    connect: Connect | None = Field(
        None, description="Several servers that are tried in turn; the first of them is the target then."
    )
    pool: Pool | None = Field(
        None, description="Connections that its sessions share; default: each session has its own."
    )
    zone: Name | None = Field(
        None, description="The zone of the clients' machine; default: outside the cluster."
    )
    operations: Operations = Field(description="What it asks, and how often.")
    recording: Literal["full", "flow"] = Field(
        "full",
        description="full: every operation is recorded. flow: operations are counted, in one piece while "
        "nothing changes; there is no history.",
    )
    timeouts: Timeouts = Field(Timeouts.model_construct(), description="How patient it is.")
    tcp: Tcp = Field(Tcp.model_construct(), description="What its kernel does for its connections.")
    backoff: Backoff = Field(Backoff.model_construct(), description="How it tries again.")
    service_time: Delay = Field(
        Fixed(3 * MILLISECOND), description="How long the server works on one operation."
    )

    @model_validator(mode="before")
    @classmethod
    def _first_host(cls, data: Any) -> Any:
        """Take the first of several hosts for the target."""
        if not isinstance(data, dict) or not isinstance(data.get("connect"), dict):
            return data
        hosts = data["connect"].get("hosts")
        if not isinstance(hosts, list | tuple) or not hosts:
            return data
        if "target" in data:
            raise wrong("target and connect.hosts are not for the same client", "leave it out", ("target",))
        return {**data, "target": hosts[0]}

    @model_validator(mode="after")
    def _as_given(self) -> Self:
        if self.connect is not None:
            self.model_fields_set.discard("target")  # so that it is not written beside the hosts
        return self

    def connect_patience_us(self) -> int | None:
        """Return the patience for a new connection: what is given, else the library's own."""
        explicit, given_us = "connect_us" in self.timeouts.model_fields_set, self.timeouts.connect_us
        if self.connect is not None:
            return self.connect.patience_us(given_us, explicit=explicit)
        if self.pool is None or explicit:
            return given_us
        return CONNECT_US[self.pool.preset]

    @property
    def pgjdbc(self) -> bool:
        """Tell whether it is pgjdbc that connects: from a pool of Java's, or to hosts as pgjdbc chooses."""
        pooled = self.pool is not None and self.pool.preset == "hikaricp"
        return pooled or (self.connect is not None and self.connect.pgjdbc)

    def beyond_its_library(self) -> list[tuple[str, str, str]]:
        """Return what is given in `tcp` and its library cannot set: the key, why not, and what there is.

        Of TCP's options pgjdbc sets ``SO_KEEPALIVE`` alone (PGProperty.java: TCP_KEEP_ALIVE, a boolean); how
        long and how often is the kernel's.
        """
        if not self.pgjdbc or not self.tcp:
            return []
        found = []
        if self.tcp.user_timeout_us is not None:
            hint = "timeouts.statement is its socketTimeout"
            found.append(("userTimeout", "pgjdbc has no tcp_user_timeout, which is libpq's", hint))
        if self.tcp.keepalive is not None and self.tcp.keepalive.model_fields_set:
            message = "pgjdbc has no such values: its tcpKeepAlive is on or off, and the kernel's values hold"
            found.append(("keepalive", message, "{} is on; or set sysctl net.ipv4.tcp_keepalive_time"))
        return found

    def remembers(self) -> Dns:
        """Return what it remembers of names: what is given, else PgBouncer's ``dns_max_ttl`` behind one."""
        if self.pool is None or self.pool.preset != "pgbouncer" or "dns" in self.model_fields_set:
            return self.dns
        return Dns(cache="ttl", ttl_us=DNS_MAX_TTL_US, negative_ttl_us=DNS_MAX_TTL_US)

    @model_validator(mode="after")
    def _pooled(self) -> Self:
        if self.pool is None:
            return self
        if self.connections == "short":
            raise wrong(
                "connections: short is not for a client with a pool", "leave it out", ("connections",)
            )
        if "backoff" in self.model_fields_set:
            raise wrong(
                "backoff is not for a client with a pool, which has its own", "leave it out", ("backoff",)
            )
        if self.pool.keepalive_time_us and (self.timeouts.keepalive_us or self.tcp.keepalive is not None):
            said = "pool.keepaliveTime and another keepalive are not for the same client"
            raise wrong(said, "leave one of them out", ("pool", "keepaliveTime"))
        return self

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.recording == "full":
            return self
        kind = self.operations.kind
        if kind not in COUNTABLE:
            said = f"recording: flow keeps no history, and kind: {kind} is judged by it"
            raise wrong(said, f"write recording: full, or kind: {' or '.join(COUNTABLE)}", ("recording",))
        if self.pool is not None and self.sessions > MOST_FOLLOWED:
            said = f"recording: flow follows a pool's callers one by one, at most {MOST_FOLLOWED:,} of them"
            raise wrong(said, f"write recording: full, or at most {MOST_FOLLOWED:,} sessions", ("recording",))
        return self

    @model_validator(mode="after")
    def _one_keepalive(self) -> Self:
        if self.timeouts.keepalive_us and self.tcp.keepalive is not None:
            said = "timeouts.keepalive are the application's own pings; with them tcp.keepalive has no say"
            raise wrong(said, "leave one of them out", ("tcp", "keepalive"))
        return self

    @model_validator(mode="after")
    def _reads(self) -> Self:
        if self.read_target is not None and self.operations.kind == "append":
            said = "readTarget is not for kind: append, whose transactions read and write in one place"
            raise wrong(said, "leave it out", ("readTarget",))
        return self
