"""Which systems there are: those that ship, those that are installed beside, and those that a caller brings.

A scenario names a kind and never code. Who writes a driver of his own passes its class to `statesim.run`, or
installs it under the entry-point group ``statesim.systems`` with its kind as the entry point's name.
"""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from statesim.errors import ModelError
from statesim.scenario.words import did_you_mean
from statesim.systems.auth.driver import Auth
from statesim.systems.cassandra.driver import Cassandra
from statesim.systems.cdn.driver import Cdn
from statesim.systems.citus.driver import Citus
from statesim.systems.driver import (
    ByHand,
    Managed,
    Outside,
    Programs,
    Rebuildable,
    Repairable,
    Restorable,
    Stored,
)
from statesim.systems.galera.driver import Galera
from statesim.systems.mysql.driver import MysqlAsync, MysqlSemiSync
from statesim.systems.mysql_group.driver import MysqlGroup
from statesim.systems.parameters import parse
from statesim.systems.patroni.driver import Patroni
from statesim.systems.postgres.driver import Postgres
from statesim.systems.postgres_replication.driver import PostgresReplication
from statesim.systems.rds.driver import Rds
from statesim.systems.rethinkdb.driver import RethinkDB
from statesim.systems.role_labels import role_labels
from statesim.systems.router.driver import Router
from statesim.systems.stateless import Stateless
from statesim.systems.stream_servers import StreamServers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from statesim.scenario.bindings import Doubt
    from statesim.systems.driver import Context, System

GROUP = "statesim.systems"
# which systems do what a word of the timeline asks
ORDERS: dict[str, type[Any]] = {
    "promote": ByHand,
    "rebuild": Rebuildable,
    "restore": Restorable,
    "emergency-repair": Repairable,
    "switchover": Managed,
    "pause": Managed,
    "resume": Managed,
    "store-loss": Stored,
    "process-kill": Programs,
    "process-pause": Programs,
}
SHIPPED: tuple[type[System], ...] = (
    Stateless,
    Postgres,
    PostgresReplication,
    Patroni,
    Cassandra,
    Auth,
    Router,
    Galera,
    Cdn,
    StreamServers,
    Rds,
    MysqlAsync,
    MysqlSemiSync,
    MysqlGroup,
    RethinkDB,
    Citus,
)


class Catalogue:
    """The drivers that a run knows, by kind.

    Parameters
    ----------
    more
        Drivers beside those that ship and those that are installed.

    Raises
    ------
    ModelError
        If one of them has no kind, or one that is taken.
    """

    def __init__(self, more: Iterable[type[System]] = ()) -> None:
        self._drivers = {driver.kind: driver for driver in SHIPPED}
        for driver in more:
            self._add(driver)

    def _add(self, driver: type[System]) -> None:
        kind = getattr(driver, "kind", "")
        if not kind:
            raise ModelError(f"{driver.__name__} has no kind: say kind = 'my-system' in the class")
        if kind in self._drivers:
            raise ModelError(f"there is a system {kind} already; give {driver.__name__} another kind")
        self._drivers[kind] = driver

    def find(self, kind: str) -> type[System] | None:
        """Return the driver of a kind; an installed one is imported when a scenario first asks for it."""
        if kind not in self._drivers:
            for point in entry_points(group=GROUP, name=kind):
                self._add(point.load())
        return self._drivers.get(kind)

    def shipped(self) -> dict[str, type[System]]:
        """Return the drivers that ship, by kind."""
        return {driver.kind: driver for driver in SHIPPED}

    def kinds(self) -> list[str]:
        """Return every kind there is."""
        return sorted({*self._drivers, *entry_points(group=GROUP).names})

    def parameters(self, kind: str) -> list[str]:
        """Return the names of the parameters that such systems take; none if the kind is unknown."""
        driver = self.find(kind)
        return [] if driver is None else [row.name for row in fields(driver.takes)]

    def problems(self, kind: str, mapping: Mapping[str, Any]) -> list[str]:
        """Return everything that is wrong with a system's kind and parameters, one sentence each."""
        driver = self.find(kind)
        if driver is None:
            hint = did_you_mean(kind, self.kinds())
            return [f"there is no system {kind}" + (f"; {hint}" if hint else "")]
        return parse(driver.takes, mapping)[1]

    def doubts(
        self, kind: str, mapping: Mapping[str, Any], names: Collection[str] | None, most: int | None
    ) -> list[Doubt]:
        """Return what a system's parameters say that cannot be meant of its pods; see `Parameters.doubts`."""
        driver = self.find(kind)
        parameters = None if driver is None else parse(driver.takes, mapping)[0]
        return [] if parameters is None else parameters.doubts(names, most)

    def labels(self, kind: str, mapping: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]] | None:
        """Return which labels a system puts on its pods, with their values; ``None`` = that is not known."""
        driver = self.find(kind)
        parameters = None if driver is None else parse(driver.takes, mapping)[0]
        return None if driver is None or parameters is None else role_labels(driver, parameters)

    def obeys(self, kind: str, word: str) -> bool:
        """Tell whether such systems do what a word of the timeline asks; an unknown kind may."""
        driver = self.find(kind)
        return driver is None or issubclass(driver, ORDERS[word])

    def outside(self, kind: str) -> bool | None:
        """Tell whether such systems run outside the cluster; ``None`` = the kind is unknown."""
        driver = self.find(kind)
        return None if driver is None else issubclass(driver, Outside)

    def build(self, kind: str, context: Context, mapping: Mapping[str, Any]) -> System:
        """Return a new driver.

        Raises
        ------
        ModelError
            If the kind is unknown or its parameters are wrong; `problems` says so before a run.
        """
        wrong = self.problems(kind, mapping)
        driver = self.find(kind)
        if wrong or driver is None:
            raise ModelError(f"system {context.name}: {'; '.join(wrong)}")
        return driver(context, parse(driver.takes, mapping)[0])


CATALOGUE = Catalogue()
problems = CATALOGUE.problems
build = CATALOGUE.build
